import { expect, test } from "vitest";
import { ALERTS, WINDOWS } from "../../fixtures/alerts";
import { NOW } from "../../fixtures/moment";
import { PLANNED } from "../../fixtures/pages";
import { outage } from "../../fixtures/world";
import {
  calendarLanes,
  calendarRange,
  fromUtcField,
  subjectWords,
  utcField,
} from "../../src/lib/format/calendar";
import { expectedNow } from "../../src/lib/format/expected";

const nameOf = (provider: string) => (provider === "openai" ? "OpenAI" : provider);

test("the calendar begins at midnight and shows only what touches it", () => {
  const range = calendarRange(NOW, 14);
  expect(utcField(range.from)).toBe("2024-11-20T00:00");
  const [theirs, ours] = calendarLanes(PLANNED, WINDOWS, range, nameOf);
  expect(theirs!.spans.map(({ label }) => label)).toEqual(["OpenAI"]);
  expect(ours!.spans.map(({ label }) => label)).toEqual(["target gemini-pro", "everything"]);
  const later = calendarRange(NOW + 30 * 86_400_000, 14);
  expect(calendarLanes(PLANNED, WINDOWS, later, nameOf).flatMap(({ spans }) => spans)).toEqual([]);
});

test("work that is completed is planned no more", () => {
  const [plan] = PLANNED;
  const done = { ...plan!, maintenance: { ...plan!.maintenance!, state: "completed" as const } };
  expect(calendarLanes([done], [], calendarRange(NOW, 14), nameOf)[0]!.spans).toEqual([]);
});

test("a date field is read as UTC, and nothing is made of nothing", () => {
  expect(fromUtcField(utcField(NOW))).toBe(Math.floor(NOW / 60_000) * 60_000);
  expect(fromUtcField("")).toBeNull();
  expect(fromUtcField("2024-13-40T99:99")).toBeNull();
});

test("a subject is named as people call it", () => {
  expect(subjectWords({ kind: "provider", id: "openai" }, nameOf)).toBe("OpenAI");
  expect(subjectWords({ kind: "everything" }, nameOf)).toBe("everything");
  expect(subjectWords(ALERTS[0]!.subject, nameOf)).toBe("anthropic");
});

test("what is expected of a provider now: its own work under way and our windows, no others", () => {
  const { providers, targets } = outage();
  const of = (id: string) => providers.find((provider) => provider.id === id)!;
  const its = (id: string) => targets.filter(({ provider }) => provider === id);
  const under = PLANNED.map((plan) => ({
    ...plan,
    maintenance: { ...plan.maintenance!, state: "in_progress" as const },
  }));
  const say = (id: string) =>
    expectedNow(of(id), its(id), under, WINDOWS, NOW).map(({ sentence }) => sentence);
  expect(say("anthropic")).toEqual([]);
  expect(say("openai")[0]).toContain("planned work on their side, until 23 Nov 05:30");
  expect(say("gemini")).toEqual([
    "your maintenance window of gemini-pro until 16:00:00, nobody is told: “moving to a new project” (jo)",
  ]);
});
