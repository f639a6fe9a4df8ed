/** Alerts in plain words, and what needs somebody first. */
import type {
  AlertRuleId,
  AlertState,
  AlertView,
  MaintenanceWindow,
  NoticeKind,
  OutgoingMessage,
  Severity,
  Subject,
  Tone,
  Undelivered,
} from "../contract";
import { plural } from "./figures";
import { ago, momentNear } from "./time";

export const ALERT_STATE_WORDS: Record<AlertState, string> = {
  normal: "well",
  pending: "pending",
  firing: "firing",
  no_data: "no data",
  error: "cannot be evaluated",
};

export const SEVERITY_WORDS: Record<Severity, string> = {
  info: "info",
  warning: "warning",
  critical: "critical",
};

export const RULE_WORDS: Record<AlertRuleId, string> = {
  their_trouble: "a provider is down or degraded",
  our_trouble: "a provider refuses us",
  our_network: "our own network",
  page_incident: "a page declares an incident",
  slo_burn: "error budget burns",
  gateway_unreachable: "gateway unreachable",
  gateway_drifted: "gateway drifted",
  expiry_held: "override held beyond its end",
  probes_resting: "probes rest, budget spent",
  premium_per_hour: "fallbacks cost too much",
};

export const NOTICE_WORDS: Record<NoticeKind, string> = {
  fired: "fired",
  worsened: "worsened",
  updated: "updated",
  reminder: "reminder",
  resolved: "resolved",
  no_data: "no data",
  error: "cannot be evaluated",
  data_back: "data is back",
  acknowledged: "acknowledged",
  test: "test",
};

export function alertTone({ state, severity }: AlertView): Tone {
  if (state === "no_data" || state === "error") return "unknown";
  if (state === "normal") return "quiet";
  if (severity === "info") return "quiet";
  if (state === "pending") return "degraded";
  return severity === "critical" ? "outage" : "degraded";
}

/** Somebody is wanted: it fires or cannot be judged, and nobody has it and nothing withholds it. */
export function needsSomebody(alert: AlertView, now: number): boolean {
  const wrong = alert.state === "firing" || alert.state === "error" || alert.state === "no_data";
  return wrong && !isQuieted(alert, now);
}

/** Why people are not told of it now. */
function isQuieted(alert: AlertView, now: number): boolean {
  const { acknowledged, silenced_by, covered_by } = alert;
  return (
    acknowledged !== null || isSnoozed(alert, now) || silenced_by !== null || covered_by !== null
  );
}

export function isSnoozed({ snoozed }: AlertView, now: number): boolean {
  return snoozed !== null && snoozed.until > now;
}

const STATE_ORDER: AlertState[] = ["firing", "error", "no_data", "pending", "normal"];
const SEVERITY_ORDER: Severity[] = ["critical", "warning", "info"];

/** What needs somebody, then what is in hands, then what may come, then what is over. */
export function alertOrder(alerts: readonly AlertView[], now: number): AlertView[] {
  const rank = (alert: AlertView) =>
    (needsSomebody(alert, now) ? 0 : 100) +
    STATE_ORDER.indexOf(alert.state) * 10 +
    SEVERITY_ORDER.indexOf(alert.severity);
  return [...alerts].sort(
    (one, other) =>
      rank(one) - rank(other) || other.since - one.since || one.key.localeCompare(other.key),
  );
}

export interface RestRule {
  rule: AlertRuleId;
  subjects: Subject[];
}

/**
 * The rules with those of their subjects that are well, or of which nothing is known, in the order of
 * the list of rules. What is not known is never listed as well.
 */
export function restByRule(alerts: readonly AlertView[], known: boolean): RestRule[] {
  const rules = Object.keys(RULE_WORDS) as AlertRuleId[];
  const rest = alerts.filter((alert) => alert.state === "normal" && alert.known === known);
  return rules.flatMap((rule) => {
    const its = rest.filter((alert) => alert.rule === rule);
    return its.length === 0 ? [] : [{ rule, subjects: its.map(({ subject }) => subject) }];
  });
}

/** What withholds its notices, in sentences; none where people are told. */
export function quietSentences(
  alert: AlertView,
  windows: readonly MaintenanceWindow[],
  titleOf: (key: string) => string | null,
  now: number,
): string[] {
  const { acknowledged, snoozed, silenced_by, covered_by } = alert;
  const sentences: string[] = [];
  if (acknowledged) {
    const note = acknowledged.note === "" ? "" : `: “${acknowledged.note}”`;
    sentences.push(`taken on by ${acknowledged.by} ${ago(acknowledged.at, now)}${note}`);
  }
  if (snoozed && snoozed.until > now) {
    sentences.push(`snoozed by ${snoozed.by} until ${momentNear(snoozed.until, now)}`);
  }
  if (silenced_by !== null) {
    const window = windows.find(({ id }) => id === silenced_by);
    sentences.push(
      window
        ? `silenced by a maintenance window until ${momentNear(window.until, now)}: “${window.reason}” (${window.by})`
        : `silenced by maintenance window ${silenced_by}`,
    );
  }
  if (covered_by !== null) sentences.push(`told as part of “${titleOf(covered_by) ?? covered_by}”`);
  return sentences;
}

/** What people know of it: "told 3 min ago: fired". */
export function toldSentence({ told, state, covered_by }: AlertView, now: number): string {
  if (told === null && covered_by !== null) return "not told by itself";
  if (told === null) return state === "pending" ? "not told yet" : "nobody was told";
  return `told ${ago(told.at, now)}: ${NOTICE_WORDS[told.kind]}`;
}

/** Where a sink stands, in one sentence. */
export function sinkSentence(sink: Undelivered, now: number): string {
  const delivered =
    sink.last_delivered_at === null
      ? "nothing delivered yet"
      : `last delivered ${ago(sink.last_delivered_at, now)}`;
  const parts = [
    ...(sink.given_up > 0 ? [`${plural(sink.given_up, "message")} given up`] : []),
    ...(sink.queued > 0 ? [`${plural(sink.queued, "message")} tried again`] : []),
  ];
  return parts.length === 0 ? delivered : `${parts.join(", ")} · ${delivered}`;
}

export function sinkTone({ given_up, queued, last_problem }: Undelivered): Tone {
  if (given_up > 0) return "outage";
  return queued > 0 && last_problem !== null ? "degraded" : "quiet";
}

/** "delivered", "perhaps delivered", "next try in …", "given up after 12 tries". */
export function messageSentence(message: OutgoingMessage, now: number): string {
  const tries = plural(message.attempts, "try", "tries");
  if (message.state === "delivered") return `delivered ${ago(message.done_at ?? now, now)}`;
  if (message.state === "given_up" && message.begun_at !== null) {
    return `perhaps delivered ${ago(message.begun_at, now)}`;
  }
  if (message.state === "given_up") return `given up after ${tries}`;
  const next = message.next_try_at;
  if (next === null || next <= now) return `on its way, ${tries} so far`;
  return `next try at ${momentNear(next, now)}, ${tries} so far`;
}
