/** From key presses to actions, with sequences like "g b". Pure but for the pending first key. */
import type { Action } from "./action";

/** A second key that comes later than this starts anew. */
const SEQUENCE_MS = 1_200;

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  at: number;
  /** The press goes into a text field. */
  typing: boolean;
}

export class KeyReader {
  #first: { keys: string; at: number } | null = null;

  /** The action that this press completes, if any. */
  read(press: Press, actions: readonly Action[]): Action | null {
    const name = nameOf(press);
    if (name === null || (press.typing && !name.startsWith("Ctrl+"))) return this.#forget();
    const first = this.#first;
    this.#first = null;
    const joined = first && press.at - first.at < SEQUENCE_MS ? `${first.keys} ${name}` : null;
    const hit =
      (joined && actions.find((action) => action.keys === joined)) ??
      actions.find((action) => action.keys === name);
    if (hit) return hit;
    const begins = actions.some((action) => action.keys?.startsWith(`${name} `));
    if (begins) this.#first = { keys: name, at: press.at };
    return null;
  }

  #forget(): null {
    this.#first = null;
    return null;
  }
}

function nameOf(press: Press): string | null {
  if (press.altKey || ["Control", "Shift", "Meta", "Alt"].includes(press.key)) return null;
  if (press.ctrlKey || press.metaKey) return `Ctrl+${press.key.toUpperCase()}`;
  return press.key;
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select"))
  );
}
