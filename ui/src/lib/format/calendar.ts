/** Planned work and our own windows as bars over the coming days. */
import type { Incident, LaneSpan, MaintenanceWindow, Subject } from "../contract";

export const DAY_MS = 86_400_000;

export interface CalendarLane {
  name: string;
  spans: LaneSpan[];
}

/** "Anthropic", "claude-opus", "everything": whom a window is about. */
export function subjectWords(subject: Subject, nameOf: (provider: string) => string): string {
  if (subject.kind === "everything") return "everything";
  if (subject.kind === "provider") return nameOf(subject.id);
  return `${subject.kind} ${subject.id}`;
}

export function subjectKey(subject: Subject): string {
  return subject.kind === "everything" ? "everything" : `${subject.kind}:${subject.id}`;
}

/** From the midnight before now, so many days. */
export function calendarRange(now: number, days: number): { from: number; until: number } {
  const from = Math.floor(now / DAY_MS) * DAY_MS;
  return { from, until: from + days * DAY_MS };
}

/** Two lanes: what pages announce, and what we expect ourselves. */
export function calendarLanes(
  planned: readonly Incident[],
  windows: readonly MaintenanceWindow[],
  range: { from: number; until: number },
  nameOf: (provider: string) => string,
): CalendarLane[] {
  const theirs = planned.flatMap(({ maintenance, provider }): LaneSpan[] =>
    maintenance === null || maintenance.state === "completed"
      ? []
      : [
          {
            from: maintenance.starts_at,
            until: maintenance.ends_at,
            label: nameOf(provider),
            tone: "maintenance",
          },
        ],
  );
  const ours = windows.map(({ subject, from, until }): LaneSpan => ({
    from,
    until,
    label: subjectWords(subject, nameOf),
    tone: "override",
  }));
  const within = (span: LaneSpan) =>
    span.from < range.until && (span.until ?? range.until) > range.from;
  return [
    { name: "theirs", spans: theirs.filter(within) },
    { name: "ours", spans: ours.filter(within) },
  ];
}

const UTC_FIELD_LENGTH = "2024-11-20T14:22".length;

/** What a date field shows for a moment, in UTC. */
export function utcField(at: number): string {
  return new Date(at).toISOString().slice(0, UTC_FIELD_LENGTH);
}

/** What a date field says, read as UTC; null where it says nothing. */
export function fromUtcField(text: string): number | null {
  const at = Date.parse(`${text}Z`);
  return text.length >= UTC_FIELD_LENGTH && Number.isFinite(at) ? at : null;
}
