/** The contract's closed lists in plain words. A missing word is a type error, not an empty cell. */
import type {
  ConvergenceStep,
  Criticality,
  FallbackPeriod,
  LaneKind,
  Mode,
  OnExpiry,
  ProviderView,
  Tone,
  VerdictKind,
} from "../contract";
import { ago } from "./time";

export const VERDICT_WORDS: Record<VerdictKind, string> = {
  operating: "operating",
  their_degradation: "their degradation",
  their_outage: "their outage",
  our_configuration: "your configuration",
  our_quota: "your quota",
  our_billing: "your billing",
  our_network: "your network",
  unknown: "not known yet",
};

export const VERDICT_TONES: Record<VerdictKind, Tone> = {
  operating: "quiet",
  their_degradation: "degraded",
  their_outage: "outage",
  our_configuration: "degraded",
  our_quota: "degraded",
  our_billing: "degraded",
  our_network: "degraded",
  unknown: "unknown",
};

export const CRITICALITY_WORDS: Record<Criticality, string> = {
  must_succeed: "must succeed",
  can_degrade: "can degrade",
  can_delay: "can delay",
};

export const MODE_WORDS: Record<Mode, string> = {
  full: "full",
  short: "short",
  cached: "cached",
  template: "template",
  approval: "human approval",
  off: "off",
};

export const STEP_WORDS: Record<ConvergenceStep, string> = {
  asked: "asked",
  accepted: "accepted",
  loaded: "loaded, waiting for traffic",
  served: "served",
  settled: "settled",
  refused: "refused",
  unreachable: "unreachable",
  lost_update: "changed outside",
  drifted: "drifted",
};

export const LANE_WORDS: Record<LaneKind, string> = {
  status_page: "status page",
  verdict: "verdict",
  probes: "probes",
  traffic: "traffic",
  levers: "levers",
};

export const ON_EXPIRY_WORDS: Record<OnExpiry, string> = {
  return_if_healthy: "back to auto if the primary is healthy",
  hold: "hold and raise the alarm",
};

/** Where a period sent the route: the target, or the mode that needs none. */
export function servedInstead(period: FallbackPeriod): string {
  if (period.mode === "full") return period.served_by ?? "nobody";
  const mode = `mode: ${MODE_WORDS[period.mode]}`;
  return period.served_by === null ? mode : `${period.served_by}, ${mode}`;
}

/**
 * What the provider's own page says, set against what we judge. A page that says all is well while
 * it is not is called silent; a page that cannot be read is never taken for good news.
 */
export function statusPageSentence(provider: ProviderView, now: number): string {
  if (!provider.page_watched) return "no status page watched";
  const read = provider.page_read_at;
  if (provider.page_network_down) {
    const down = "status page not asked, your own network is down";
    if (read === null) return down;
    return provider.page === "unknown"
      ? `${down}; last read ${ago(read, now)}`
      : `${down}; page said ${provider.page.replaceAll("_", " ")} ${ago(read, now)}`;
  }
  if (provider.page_unreadable) {
    return read === null
      ? "status page unreadable"
      : `status page unreadable, last read ${ago(read, now)}`;
  }
  if (read === null) return "status page not read yet";
  const checked = `(checked ${ago(read, now)})`;
  if (provider.page === "unknown") return `status page gives no state ${checked}`;
  if (provider.page !== "operational") {
    return `page says ${provider.page.replaceAll("_", " ")} ${checked}`;
  }
  const theirs = provider.verdict === "their_outage" || provider.verdict === "their_degradation";
  return `status page ${theirs ? "silent" : "operational"} ${checked}`;
}
