/** What a person asked of a lever, before anything was planned. */
import type { Mode, OverrideView, RouteView } from "../contract";
import { overallProgress } from "./convergence";

export type LeverIntent =
  | { kind: "set"; route: string; target: string | null; mode: Mode }
  | { kind: "clear"; route: string }
  | { kind: "undo"; route: string; returnsTo: string };

/** Where the lever's override stands, as the board shows it. */
export type LeverStage = "auto" | "held" | "held_outside" | "returning" | "returned";

/** A lever that went back is still spoken of for this long, with the way to undo it. */
const RETURNED_FOR_MS = 15 * 60_000;

export function stageOf(view: OverrideView | undefined, now: number): LeverStage {
  if (!view) return "auto";
  if (view.override !== null) return view.convergence.length === 0 ? "held_outside" : "held";
  if (overallProgress(view.convergence) !== "done") return "returning";
  return now - view.requested_at < RETURNED_FOR_MS ? "returned" : "auto";
}

/** What is asked of the route now. */
export interface LeverPosition {
  target: string | null;
  mode: Mode;
  /** There is an override, or one is on its way back to auto. */
  held: boolean;
}

export function positionOf(view: OverrideView | undefined): LeverPosition {
  const wanted = view?.override ?? null;
  return wanted === null
    ? { target: null, mode: "full", held: false }
    : { target: wanted.target, mode: wanted.mode, held: true };
}

/** Target "auto" in full mode is no override at all: the lever goes back. */
export function intentFor(route: string, target: string | null, mode: Mode): LeverIntent {
  return target === null && mode === "full"
    ? { kind: "clear", route }
    : { kind: "set", route, target, mode };
}

/** The intent of choosing a segment; null where the lever stands there already by itself. */
export function chosen(
  route: RouteView,
  view: OverrideView | undefined,
  choice: { target: string | null } | { mode: Mode },
): LeverIntent | null {
  const now = positionOf(view);
  const wanted = { ...now, ...choice };
  if (!now.held && wanted.target === null && wanted.mode === "full") return null;
  return intentFor(route.id, wanted.target, wanted.mode);
}
