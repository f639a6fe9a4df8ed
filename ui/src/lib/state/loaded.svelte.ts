/**
 * Something asked for once and again: not yet there, there, or failed. What was there stays on the
 * screen while a newer answer is awaited or has failed; the panel then says how old it is.
 */
import { ApiFailure } from "../host";

export class Loaded<T> {
  value: T | null = $state.raw(null);
  failure: ApiFailure | null = $state.raw(null);
  loading = $state(false);
  /** Engine time of the value. */
  loadedAt = $state(0);
  readonly #ask: () => Promise<T>;
  readonly #now: () => number;
  #round = 0;

  constructor(ask: () => Promise<T>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  async load(): Promise<void> {
    const round = ++this.#round;
    this.loading = true;
    try {
      const value = await this.#ask();
      if (round !== this.#round) return;
      this.value = value;
      this.failure = null;
      this.loadedAt = this.#now();
    } catch (thrown) {
      if (round === this.#round) this.failure = ApiFailure.from(thrown);
    } finally {
      if (round === this.#round) this.loading = false;
    }
  }
}
