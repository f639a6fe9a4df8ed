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

/** "served on 2 of 3 gateways" */
export function servedSentence(view: OverrideView): string {
  const done = view.convergence.filter((one) => progressOf(one.step) === "done").length;
  return `served on ${done} of ${view.convergence.length} gateways`;
}
