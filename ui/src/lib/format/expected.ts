/** What is expected of a provider now: planned work of its page, and our own windows. */
import type { Incident, MaintenanceWindow, ProviderView, TargetView } from "../contract";
import { momentNear } from "./time";

export interface Expected {
  key: string;
  sentence: string;
}

export function expectedNow(
  provider: ProviderView,
  targets: readonly TargetView[],
  planned: readonly Incident[],
  windows: readonly MaintenanceWindow[],
  now: number,
): Expected[] {
  const theirs = planned.filter(
    (work) =>
      work.provider === provider.id &&
      (work.maintenance?.state === "in_progress" || work.maintenance?.state === "verifying"),
  );
  const ours = windows.filter(
    (window) => window.from <= now && now < window.until && concerns(window, provider, targets),
  );
  return [
    ...theirs.map((work) => ({
      key: `${work.id.source} ${work.id.native}`,
      sentence: theirSentence(work, now),
    })),
    ...ours.map((window) => ({ key: window.id, sentence: ourSentence(window, now) })),
  ];
}

function concerns(
  { subject }: MaintenanceWindow,
  provider: ProviderView,
  targets: readonly TargetView[],
): boolean {
  if (subject.kind === "everything") return true;
  if (subject.kind === "provider") return subject.id === provider.id;
  return subject.kind === "target" && targets.some(({ id }) => id === subject.id);
}

function theirSentence({ title, maintenance }: Incident, now: number): string {
  const ends = maintenance?.ends_at ?? null;
  const until = ends === null ? "no end given" : `until ${momentNear(ends, now)}`;
  return `planned work on their side, ${until}: “${title}”`;
}

function ourSentence({ subject, until, reason, by }: MaintenanceWindow, now: number): string {
  const of = subject.kind === "target" ? ` of ${subject.id}` : "";
  return `your maintenance window${of} until ${momentNear(until, now)}, nobody is told: “${reason}” (${by})`;
}
