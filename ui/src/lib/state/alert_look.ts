/** Where an alert is looked into: the sheet or screen that shows what it is about. */
import type { AlertView, TargetView } from "../contract";
import type { View } from "./router.svelte";

export type AlertLook =
  | { kind: "triage"; target: string }
  | { kind: "provider"; provider: string }
  | { kind: "screen"; screen: View };

export function alertLook(alert: AlertView, targets: readonly TargetView[]): AlertLook {
  const { rule, subject, provider } = alert;
  switch (rule) {
    case "their_trouble":
    case "our_trouble":
    case "slo_burn": {
      const target = subject.kind === "target" ? subject.id : worstOf(provider, targets);
      if (target !== null) return { kind: "triage", target };
      return provider === null
        ? { kind: "screen", screen: "board" }
        : { kind: "provider", provider };
    }
    case "page_incident":
      return provider === null
        ? { kind: "screen", screen: "status" }
        : { kind: "provider", provider };
    case "our_network":
    case "probes_resting":
      return { kind: "screen", screen: "probes" };
    case "premium_per_hour":
      return { kind: "screen", screen: "fallbacks" };
    case "gateway_unreachable":
    case "gateway_drifted":
    case "expiry_held":
      return { kind: "screen", screen: "board" };
  }
}

/** The provider's target in trouble with the lowest health; any of its targets where none is. */
export function worstOf(provider: string | null, targets: readonly TargetView[]): string | null {
  const rank = ({ verdict, score }: TargetView) =>
    (verdict === "operating" ? 1_000 : 0) + (score?.score ?? 100);
  const its = targets.filter((target) => target.provider === provider);
  return [...its].sort((one, other) => rank(one) - rank(other))[0]?.id ?? null;
}
