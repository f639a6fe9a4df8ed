import { describe, expect, test } from "vitest";
import { ALERTS, MESSAGES, UNDELIVERED, WELL, WINDOWS } from "../../fixtures/alerts";
import { NOW } from "../../fixtures/moment";
import {
  alertOrder,
  alertTone,
  messageSentence,
  needsSomebody,
  quietSentences,
  restByRule,
  sinkSentence,
  sinkTone,
  toldSentence,
} from "../../src/lib/format/alerts";

const [firing, covered, silenced, pending] = ALERTS;
const titleOf = (key: string) => ALERTS.find((one) => one.key === key)?.title ?? null;

describe("an alert needs somebody", () => {
  test("while it fires and nobody has it, and not when something withholds it", () => {
    expect(needsSomebody(firing!, NOW)).toBe(true);
    expect(needsSomebody(covered!, NOW)).toBe(false);
    expect(needsSomebody(silenced!, NOW)).toBe(false);
    expect(needsSomebody(pending!, NOW)).toBe(false);
    const taken = { ...firing!, acknowledged: { by: "mk", at: NOW, note: "" } };
    expect(needsSomebody(taken, NOW)).toBe(false);
  });

  test("again when its snooze has ended", () => {
    const snoozed = { ...firing!, snoozed: { by: "mk", at: NOW - 60_000, until: NOW } };
    expect(needsSomebody(snoozed, NOW - 1)).toBe(false);
    expect(needsSomebody(snoozed, NOW)).toBe(true);
  });

  test("also when it cannot be evaluated: not known is not well", () => {
    expect(needsSomebody({ ...firing!, state: "error" }, NOW)).toBe(true);
    expect(needsSomebody({ ...firing!, state: "no_data" }, NOW)).toBe(true);
    expect(alertTone({ ...firing!, state: "no_data" })).toBe("unknown");
  });
});

test("what needs somebody stands first, what is quiet after it, what may come last", () => {
  const keys = alertOrder([pending!, silenced!, covered!, firing!], NOW).map(({ rule }) => rule);
  expect(keys).toEqual(["their_trouble", "slo_burn", "our_trouble", "premium_per_hour"]);
});

test("says what withholds its notices, and who", () => {
  expect(quietSentences(covered!, WINDOWS, titleOf, NOW)).toEqual([
    "told as part of “Anthropic: their outage, all models”",
  ]);
  expect(quietSentences(silenced!, WINDOWS, titleOf, NOW)).toEqual([
    "silenced by a maintenance window until 16:00:00: “moving to a new project” (jo)",
  ]);
  const taken = { ...firing!, acknowledged: { by: "mk", at: NOW - 60_000, note: "switching" } };
  expect(quietSentences(taken, [], titleOf, NOW)).toEqual([
    "taken on by mk 1 min ago: “switching”",
  ]);
  expect(quietSentences(firing!, WINDOWS, titleOf, NOW)).toEqual([]);
});

test("says what people know of it", () => {
  expect(toldSentence(firing!, NOW)).toBe("told 11 min ago: fired");
  expect(toldSentence(silenced!, NOW)).toBe("nobody was told");
  expect(toldSentence(pending!, NOW)).toBe("not told yet");
  // It is told as a part of another one, so somebody knows.
  expect(toldSentence(covered!, NOW)).toBe("not told by itself");
});

describe("what could not be delivered", () => {
  test("is counted per sink, gravest first", () => {
    const [good, bad] = UNDELIVERED;
    expect(sinkSentence(good!, NOW)).toBe("last delivered 11 min ago");
    expect(sinkTone(good!)).toBe("quiet");
    expect(sinkSentence(bad!, NOW)).toBe(
      "1 message given up, 1 message tried again · last delivered 5 h ago",
    );
    expect(sinkTone(bad!)).toBe("outage");
  });

  test("says for each message how often it was tried and when it is next", () => {
    const sentences = MESSAGES.map((one) => messageSentence(one, NOW));
    expect(sentences).toEqual([
      "next try at 14:22:47, 4 tries so far",
      "given up after 12 tries",
      "delivered 11 min ago",
    ]);
  });

  test("of one that was cut off nobody knows whether it arrived", () => {
    const cutOff = { ...MESSAGES[1]!, begun_at: NOW - 180_000 };
    expect(messageSentence(cutOff, NOW)).toBe("perhaps delivered 3 min ago");
  });
});

test("what is not known is listed by itself, and never as well", () => {
  const unseen = { ...WELL[0]!, key: "unseen", known: false };
  expect(restByRule([unseen], true)).toEqual([]);
  expect(restByRule([unseen], false)).toEqual([{ rule: unseen.rule, subjects: [unseen.subject] }]);
});

test("what is well is listed by rule, and what is not well is not among it", () => {
  expect(restByRule([...ALERTS, ...WELL], true)).toEqual([
    {
      rule: "their_trouble",
      subjects: [
        { kind: "provider", id: "openai" },
        { kind: "provider", id: "gemini" },
      ],
    },
    {
      rule: "probes_resting",
      subjects: [
        { kind: "provider", id: "openai" },
        { kind: "provider", id: "gemini" },
      ],
    },
  ]);
});
