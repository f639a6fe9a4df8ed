/** Which shape stands for which state. The same state has the same shape on every screen. */
import type { AlertView, ComponentState, Impact, Tone, VerdictKind } from "../contract";

export type Form =
  /** All is well. */
  | "ring"
  | "paused"
  /** It may become a matter. */
  | "open_triangle"
  | "triangle"
  | "half_square"
  | "square"
  /** It is ours to mend. */
  | "diamond"
  | "disc"
  /** Not known. */
  | "dashes";

export const VERDICT_FORMS: Record<VerdictKind, Form> = {
  operating: "ring",
  their_degradation: "triangle",
  their_outage: "square",
  our_configuration: "diamond",
  our_quota: "diamond",
  our_billing: "diamond",
  our_network: "diamond",
  unknown: "dashes",
};

export const COMPONENT_FORMS: Record<ComponentState, Form> = {
  operational: "ring",
  under_maintenance: "paused",
  degraded_performance: "triangle",
  partial_outage: "half_square",
  major_outage: "square",
  unknown: "dashes",
};

/** The weight of what a page declares, as the component state that it amounts to. */
export const IMPACT_STATES: Record<Impact, ComponentState> = {
  none: "operational",
  minor: "degraded_performance",
  major: "partial_outage",
  critical: "major_outage",
  maintenance: "under_maintenance",
  unknown: "unknown",
};

export function alertForm({ state, severity }: AlertView): Form {
  if (state === "normal") return "ring";
  if (state === "pending") return "open_triangle";
  if (state !== "firing") return "dashes";
  return severity === "critical" ? "square" : severity === "warning" ? "triangle" : "disc";
}

/** Where a thing has no states of its own but how much it needs somebody. */
export const TONE_FORMS: Record<Tone, Form> = {
  quiet: "ring",
  degraded: "triangle",
  outage: "square",
  override: "disc",
  maintenance: "paused",
  unknown: "dashes",
};
