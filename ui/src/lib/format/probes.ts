/** Probes, what they cost and which credential they use, in plain words. */
import type {
  CredentialReport,
  FindingSeverity,
  OwnNetworkState,
  ProbeKind,
  ProbeSample,
  ProviderProbes,
  SkippedProbes,
  TargetForecast,
  Tone,
} from "../contract";
import { NO_FIGURE, seconds } from "./figures";
import { ago, dayAndMinute, momentNear, span } from "./time";
import { classWords } from "./verdict";

export const PROBE_KIND_WORDS: Record<ProbeKind, string> = {
  streaming_completion: "streamed answer",
  structured_output: "structured output",
  tool_call: "tool call",
  canary: "canary question",
  reachability: "reachability",
};

export const FINDING_WORDS: Record<FindingSeverity, string> = {
  note: "note",
  warning: "warning",
  problem: "problem",
};

export const FINDING_TONES: Record<FindingSeverity, Tone> = {
  note: "quiet",
  warning: "degraded",
  problem: "outage",
};

export const NETWORK_WORDS: Record<OwnNetworkState, string> = {
  present: "up",
  gone: "down",
  names_gone: "names do not resolve",
  tls_gone: "TLS does not come about",
  unknown: "not known",
};

export const NETWORK_TONES: Record<OwnNetworkState, Tone> = {
  present: "quiet",
  gone: "outage",
  names_gone: "outage",
  tls_gone: "outage",
  unknown: "unknown",
};

/** How wide the bar of what is spent is, 0 to 100. Only a drawing: the figures stand beside it. */
export function spentWidth({ spent_today, daily_budget }: ProviderProbes): number {
  if (daily_budget <= 0) return spent_today > 0 ? 100 : 0;
  return Math.min(100, Math.round((spent_today * 100) / daily_budget));
}

export interface ProbeRemark {
  tone: Tone;
  sentence: string;
}

/** What is worth saying of a provider's probes, gravest first. */
export function probeRemarks(probes: ProviderProbes, now: number): ProbeRemark[] {
  const remarks: ProbeRemark[] = [];
  const say = (tone: Tone, sentence: string) => remarks.push({ tone, sentence });
  if (!probes.enabled) say("unknown", "no probes are made; verdicts rest on traffic alone");
  if (probes.rest_until !== null) {
    say(
      "degraded",
      `today's budget is spent, probes rest until ${momentNear(probes.rest_until, now)}`,
    );
  }
  if (probes.vacuous.length > 0) {
    say(
      "degraded",
      `${probes.vacuous.join(", ")}: says yes to a call that cannot be, so its good probes prove nothing`,
    );
  }
  if (probes.invalid.length > 0) {
    say(
      "degraded",
      `${probes.invalid.join(", ")}: the probe itself is refused, so it says nothing of health`,
    );
  }
  if (probes.stretch > 1) {
    say(
      "quiet",
      `now ${probes.stretch} times as far apart as configured, so that the budget lasts`,
    );
  }
  if (probes.unpriced) say("unknown", "a target has no price, so the forecast reckons it as dear");
  if (probes.probed_by !== null) {
    say("quiet", `another console probes for this one: ${probes.probed_by}`);
  }
  if (probes.turn_kept_at !== null)
    say("quiet", `consoles that share the account take turns at ${probes.turn_kept_at}`);
  return remarks;
}

/** What a probe came to: "ok", "overloaded · HTTP 529", "refused as a probe, says nothing". */
export function probeOutcome({ outcome, http_status, validity }: ProbeSample): string {
  const status = http_status === null ? "" : ` · HTTP ${http_status}`;
  if (validity === "probe_invalid") return `the probe itself was refused${status}`;
  if (outcome.kind === "failed") return `${classWords(outcome.class)}${status}`;
  return validity === "vacuous" ? "ok, but would be with anything" : "ok";
}

/** A probe that is no evidence is not known, whatever it came to. */
export function probeTone({ outcome, validity }: ProbeSample): Tone {
  if (validity !== "valid") return "unknown";
  return outcome.kind === "ok" ? "quiet" : "outage";
}

/** What was not probed, and why: gaps that are ours; null where there are none. */
export function skippedSentence(skipped: SkippedProbes): string | null {
  const reasons: [number, string][] = [
    [skipped.no_money, "the day's money was used up"],
    [skipped.no_room, "too many were under way"],
    [skipped.slept, "this machine slept or stood still"],
    [skipped.cut_short, "this machine stood still in the middle, so they prove nothing"],
    [skipped.elsewhere, "another console probed"],
  ];
  const told = reasons.filter(([count]) => count > 0).map(([count, why]) => `${count} × ${why}`);
  return told.length === 0 ? null : `Not probed in the last hour: ${told.join(" · ")}`;
}

/**
 * How soon trouble is proved by a target's probes alone; over a minute that is worth a warning, as a
 * verdict within one takes callers' traffic then.
 */
export function provedWithin({ verdict_within_ms }: TargetForecast): ProbeRemark | null {
  if (verdict_within_ms === null) return null;
  const late = verdict_within_ms > 60_000;
  return { tone: late ? "degraded" : "quiet", sentence: span(verdict_within_ms) };
}

/** Milliseconds of a phase: "31 ms", "4.81 s"; a dash where it was not reached or not needed. */
export function phase(ms: number | null): string {
  if (ms === null) return NO_FIGURE;
  if (ms < 1_000) return `${ms} ms`;
  const { number, unit } = seconds(ms);
  return `${number} ${unit}`;
}

/** "expires 24 Nov 09:00 UTC", "expired 3 d ago"; null where nobody says. */
export function expiryWords({ expires_at }: CredentialReport, now: number): string | null {
  if (expires_at === null) return null;
  return expires_at <= now
    ? `expired ${ago(expires_at, now)}`
    : `expires ${dayAndMinute(expires_at)} UTC`;
}
