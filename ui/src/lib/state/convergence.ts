/** How far a pull of a lever has come, as the engine reports it. Done means served, nothing less. */
import type { Convergence, ConvergenceStep, OverrideView } from "../contract";

export type Progress = "done" | "under_way" | "trouble";

const PROGRESS: Record<ConvergenceStep, Progress> = {
  asked: "under_way",
  accepted: "under_way",
  loaded: "under_way",
  served: "done",
  settled: "done",
  refused: "trouble",
  unreachable: "trouble",
  lost_update: "trouble",
  drifted: "trouble",
};

export function progressOf(step: ConvergenceStep): Progress {
  return PROGRESS[step];
}

export function overallProgress(convergence: readonly Convergence[]): Progress {
  const all = convergence.map((one) => progressOf(one.step));
  if (all.includes("trouble")) return "trouble";
  return all.length > 0 && all.every((progress) => progress === "done") ? "done" : "under_way";
}

export interface Outcome {
  view: OverrideView;
  progress: Progress;
  /** The lever is off the board: back at auto everywhere. */
  settled: boolean;
  /** Somebody changed the route again since. */
  overtaken: boolean;
}

/**
 * What became of the confirmation `answer`. What the board shows of an older generation says
 * nothing about it: the old override may well be settled while the new one is only asked for.
 * `seen` is the last that was seen of this generation or a newer one.
 */
export function outcomeOf(
  answer: OverrideView,
  live: OverrideView | undefined,
  seen: OverrideView | null,
): Outcome {
  const current = live && live.generation >= answer.generation ? live : null;
  const view = current ?? seen ?? answer;
  const gone = live === undefined && seen !== null;
  const settled = gone && answer.override === null;
  const overtaken = view.generation > answer.generation || (gone && !settled);
  const progress = settled ? "done" : overtaken ? "trouble" : overallProgress(view.convergence);
  return { view, progress, settled, overtaken };
}

/** "Served on 2 of 3 gateways." */
export function servedSentence(view: OverrideView): string {
  const done = view.convergence.filter((one) => progressOf(one.step) === "done").length;
  return `Served on ${done} of ${view.convergence.length} gateways.`;
}
