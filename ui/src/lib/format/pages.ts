/** What providers' status pages say, in plain words. Their text is shown as text, always. */
import type {
  ComponentState,
  HintView,
  Impact,
  Incident,
  IncidentId,
  IncidentState,
  IncidentView,
  MaintenanceState,
  SourceState,
  StartBasis,
  StatusStep,
  Tone,
  WebhookPlatform,
} from "../contract";
import { ago, clockMinute, day, dayAndMinute, momentNear, span } from "./time";

export const COMPONENT_WORDS: Record<ComponentState, string> = {
  operational: "operational",
  under_maintenance: "under maintenance",
  degraded_performance: "degraded performance",
  partial_outage: "partial outage",
  major_outage: "major outage",
  unknown: "not known",
};

export const COMPONENT_TONES: Record<ComponentState, Tone> = {
  operational: "quiet",
  under_maintenance: "maintenance",
  degraded_performance: "degraded",
  partial_outage: "outage",
  major_outage: "outage",
  unknown: "unknown",
};

export const INCIDENT_STATE_WORDS: Record<IncidentState, string> = {
  investigating: "investigating",
  identified: "identified",
  monitoring: "monitoring",
  resolved: "resolved",
  left_page: "told no longer, end not known",
};

export const MAINTENANCE_STATE_WORDS: Record<MaintenanceState, string> = {
  scheduled: "planned",
  in_progress: "under way",
  verifying: "being verified",
  completed: "completed",
};

export const IMPACT_WORDS: Record<Impact, string> = {
  none: "none",
  minor: "minor",
  major: "major",
  critical: "critical",
  maintenance: "planned work",
  unknown: "not known",
};

export const IMPACT_TONES: Record<Impact, Tone> = {
  none: "quiet",
  minor: "degraded",
  major: "outage",
  critical: "outage",
  maintenance: "maintenance",
  unknown: "unknown",
};

export const STEP_TOLD_WORDS: Record<StatusStep, string> = {
  opened: "opened",
  updated: "updated",
  state_changed: "state changed",
  reopened: "opened again",
  resolved: "resolved",
  left_page: "told no longer, end not known",
  maintenance_announced: "planned work announced",
  maintenance_changed: "planned work changed",
  maintenance_began: "planned work began",
  maintenance_ended: "planned work ended",
};

/** How the start is known, where that is worth saying. */
export const START_WORDS: Record<StartBasis, string | null> = {
  stated: null,
  oldest_update: null,
  identity: "as its id tells",
  newest_update: "or earlier",
};

/** Their word for its weight beside our reading of it: "they say “minor”, we read it as major". */
export function weightSentence({ severity, impact }: Incident): string {
  if (impact === "unknown") {
    return severity === null
      ? "its weight is not known"
      : `they say “${severity}”, which tells us no weight`;
  }
  if (severity === null) return `they give no weight, we read it as ${IMPACT_WORDS[impact]}`;
  if (severity.toLowerCase() === impact) return `they say “${severity}”, so do we`;
  return `they say “${severity}”, we read it as ${IMPACT_WORDS[impact]}`;
}

/** "since 14:12", "14:12 to 14:59", "20 Nov 14:12 to …", with how the start is known. */
export function incidentWhen(incident: Incident, now: number): string {
  const basis = START_WORDS[incident.start];
  const from = momentNear(incident.started_at, now) + (basis === null ? "" : ` (${basis})`);
  return incident.ended_at === null
    ? `since ${from}`
    : `${from} to ${momentNear(incident.ended_at, now)}`;
}

/** "24 Nov 02:00 to 04:00 UTC", "24 Nov 22:00 to 25 Nov 02:00 UTC"; an open end is said to be. */
export function windowWhen(from: number, until: number | null): string {
  if (until === null) return `${dayAndMinute(from)} to no end given`;
  const end = day(from) === day(until) ? clockMinute(until) : dayAndMinute(until);
  return `${dayAndMinute(from)} to ${end} UTC`;
}

/** The page's own state of planned work, or the incident's. */
export function stateWords(incident: Incident): string {
  return incident.maintenance === null
    ? INCIDENT_STATE_WORDS[incident.state]
    : MAINTENANCE_STATE_WORDS[incident.maintenance.state];
}

/** Only https is followed, whatever a page wrote. */
export function safeLink(url: string | null): string | null {
  if (url === null) return null;
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" && parsed.username === "" ? parsed.href : null;
  } catch {
    return null;
  }
}

/**
 * What a page says, for a shape and a word beside it. What was said before our own network went is
 * no news of now: it is shown as not known, with what was said.
 */
export function pageSays(
  page: ComponentState,
  { old }: { old: boolean },
): { state: ComponentState; words: string } {
  if (!old || page === "unknown") return { state: page, words: COMPONENT_WORDS[page] };
  return { state: "unknown", words: `said ${COMPONENT_WORDS[page]}` };
}

/** How well a page can be read: always with the age of the last good look. */
export function sourceSentence(source: SourceState, now: number): string {
  const read =
    source.last_good_at === null ? "never read well" : `read ${ago(source.last_good_at, now)}`;
  if (source.network_down) return `not asked, your own network is down · ${read}`;
  if (source.unreadable) return `unreadable after ${source.failures} failures · ${read}`;
  if (source.failures > 0) return `${read} · ${failures(source.failures)} since`;
  return read;
}

/** How old what is shown of an incident is; null for what is over or is watched no longer. */
export function readWords(
  incident: Incident,
  source: SourceState | undefined,
  now: number,
): string | null {
  if (incident.ended_at !== null || !source || source.last_good_at === null) return null;
  const read = `read ${ago(source.last_good_at, now)}`;
  if (source.network_down) return `${read}, your own network is down`;
  return source.unreadable ? `${read}, unreadable since` : read;
}

function failures(count: number): string {
  return count === 1 ? "1 failure" : `${count} failures`;
}

/** "looks every 30 s"; null where it is not known. */
export function lookWords(source: SourceState): string | null {
  return source.interval_ms === null ? null : `looks every ${span(source.interval_ms)}`;
}

export const PLATFORM_WORDS: Record<WebhookPlatform, string> = {
  statuspage: "Statuspage",
  incident_io: "incident.io",
  instatus: "Instatus",
  better_stack: "Better Stack",
  other: "another platform",
};

/** A webhook is a reason to look, never the page's state: who hinted, when, and whether signed. */
export function hintSentence({ at, way, signed, count }: HintView, now: number): string {
  const by = way.kind === "gateway" ? `by ${way.gateway}` : "by webhook";
  const how = signed ? "signed" : "not signed";
  return `hinted ${ago(at, now)} ${by}, ${how}, ${count} so far`;
}

function sameId(one: IncidentId, other: IncidentId): boolean {
  return one.source === other.source && one.native === other.native;
}

/** The first incident of each event: its others are shown below it and told with it. */
export function eventHeads<One extends Incident>(incidents: readonly One[]): One[] {
  return incidents.filter(({ id, event }) => event === null || sameId(id, event));
}

/** What goes on, worst first, then what began last. */
export function openFirst(incidents: readonly IncidentView[]): IncidentView[] {
  const weight: Impact[] = ["critical", "major", "minor", "unknown", "none", "maintenance"];
  const rank = ({ ended_at, impact }: IncidentView) =>
    (ended_at === null ? 0 : 100) + (ended_at === null ? weight.indexOf(impact) : 0);
  return [...incidents].sort(
    (one, other) => rank(one) - rank(other) || other.started_at - one.started_at,
  );
}

/**
 * Incidents of now and those listed from the past, one of each: what events brought is newer. One
 * of each event, what goes on first. Planned work is a kind of its own and not among them.
 */
export function declared(
  live: readonly IncidentView[],
  listed: readonly IncidentView[],
): IncidentView[] {
  const past = listed.filter(
    ({ id, maintenance }) => maintenance === null && !live.some((one) => sameId(one.id, id)),
  );
  return openFirst(eventHeads([...live, ...past]));
}
