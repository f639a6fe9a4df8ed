/**
 * A list of the snapshot, keyed by id, with one signal per item: an event that changes one item
 * re-renders that item's row and nothing else. Putting an equal value changes nothing.
 */
export class Cell<T> {
  value: T = $state.raw() as T;

  constructor(value: T) {
    this.value = value;
  }
}

export class Collection<T> {
  /** The order of the rows. A new array only when an item came or went. */
  ids: readonly string[] = $state.raw([]);
  // Each cell is a signal of its own and `ids` is one; a reactive map would add a third for nothing.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #cells = new Map<string, Cell<T>>();
  readonly #idOf: (value: T) => string;

  constructor(idOf: (value: T) => string) {
    this.#idOf = idOf;
  }

  /** The item now; reading it inside an effect also follows its coming and going. */
  get(id: string): T | undefined {
    return this.ids.includes(id) ? this.#cells.get(id)?.value : undefined;
  }

  get all(): T[] {
    return this.ids.flatMap((id) => this.#cells.get(id)?.value ?? []);
  }

  put(value: T): void {
    const id = this.#idOf(value);
    const cell = this.#cells.get(id);
    if (cell) {
      if (!sameJson(cell.value, value)) cell.value = value;
      return;
    }
    this.#cells.set(id, new Cell(value));
    this.ids = [...this.ids, id];
  }

  remove(id: string): void {
    if (!this.#cells.delete(id)) return;
    this.ids = this.ids.filter((other) => other !== id);
  }

  /** Makes the list exactly this one, touching only what differs. */
  replace(values: readonly T[]): void {
    const ids = values.map(this.#idOf);
    const gone = this.ids.filter((id) => !ids.includes(id));
    for (const id of gone) this.#cells.delete(id);
    for (const value of values) {
      const id = this.#idOf(value);
      const cell = this.#cells.get(id);
      if (!cell) this.#cells.set(id, new Cell(value));
      else if (!sameJson(cell.value, value)) cell.value = value;
    }
    if (!sameJson(this.ids, ids)) this.ids = ids;
  }
}

/** Both values come from JSON of one serialiser, so equal values have equal text. */
export function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
