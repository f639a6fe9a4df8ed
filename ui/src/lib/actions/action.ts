/** Everything a person can do, as data: the palette, the help sheet and the keys all read it. */
import type { View } from "../state/router.svelte";

export type Scope = "everywhere" | View;

export interface Action {
  /** Dotted: `board.show`, `lever.set.chat.gpt-main`. */
  id: string;
  title: string;
  /** "Ctrl+K", "?", "g b"; null where only the palette reaches it. */
  keys: string | null;
  scope: Scope;
  /** Leads to a change of traffic. Not offered while the picture is old. */
  dangerous: boolean;
  run(): void;
}

/** Actions that make sense on this screen, now. */
export function offered(actions: readonly Action[], view: View, canAct: boolean): Action[] {
  return actions.filter(
    (action) =>
      (action.scope === "everywhere" || action.scope === view) && (canAct || !action.dangerous),
  );
}
