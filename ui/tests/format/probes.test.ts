import { expect, test } from "vitest";
import { NOW } from "../../fixtures/moment";
import { CREDENTIALS, FORECASTS, PROBES, samples } from "../../fixtures/probes";
import {
  expiryWords,
  phase,
  probeOutcome,
  probeRemarks,
  probeTone,
  provedWithin,
  skippedSentence,
  spentWidth,
} from "../../src/lib/format/probes";

const remarks = (more: Partial<typeof PROBES>) =>
  probeRemarks({ ...PROBES, turn_kept_at: null, ...more }, NOW);

test("a budget that is spent is said with when probes come back", () => {
  const [remark] = remarks({ rest_until: NOW + 3_600_000 });
  expect(remark).toEqual({
    tone: "degraded",
    sentence: "today's budget is spent, probes rest until 15:22:07",
  });
});

test("a probe that cannot fail and one that is refused are each said to prove nothing", () => {
  const said = remarks({ vacuous: ["gpt-main"], invalid: ["gpt-mini"] });
  expect(said.map(({ tone }) => tone)).toEqual(["degraded", "degraded"]);
  expect(said[0]!.sentence).toContain("gpt-main: says yes to a call that cannot be");
  expect(said[1]!.sentence).toContain("gpt-mini: the probe itself is refused");
});

test("no probes are not quiet: what is judged then rests on traffic alone", () => {
  expect(remarks({ enabled: false })[0]!.tone).toBe("unknown");
  expect(remarks({})).toEqual([]);
});

test("a forecast without a price says that it is reckoned", () => {
  const [remark] = remarks({ unpriced: true });
  expect(remark!.sentence).toContain("has no price");
});

test("a probe that was refused as such is neither good nor bad, whatever it came to", () => {
  const [failed, refused, fine] = samples("claude-opus");
  expect([failed, refused, fine].map((one) => probeTone(one!))).toEqual([
    "outage",
    "unknown",
    "quiet",
  ]);
  expect(probeOutcome(failed!)).toBe("overloaded · HTTP 529");
  expect(probeOutcome(refused!)).toBe("the probe itself was refused · HTTP 400");
  expect(probeOutcome({ ...fine!, validity: "vacuous" })).toContain("would be with anything");
  expect(probeTone({ ...fine!, validity: "vacuous" })).toBe("unknown");
});

test("a phase that was not reached is a dash and never zero", () => {
  expect(phase(null)).toBe("—");
  expect(phase(0)).toBe("0 ms");
  expect(phase(999)).toBe("999 ms");
  expect(phase(4_812)).toBe("4.81 s");
});

test("the bar of what is spent never leaves its track, also without a budget", () => {
  expect(spentWidth(PROBES)).toBe(31);
  expect(spentWidth({ ...PROBES, spent_today: 5 * PROBES.daily_budget })).toBe(100);
  expect(spentWidth({ ...PROBES, daily_budget: 0 })).toBe(100);
  expect(spentWidth({ ...PROBES, daily_budget: 0, spent_today: 0 })).toBe(0);
});

test("a credential's end is said only where somebody says it", () => {
  const [none, soon] = CREDENTIALS;
  expect(expiryWords(none!, NOW)).toBeNull();
  expect(expiryWords(soon!, NOW)).toBe("expires 26 Nov 14:22 UTC");
  expect(expiryWords({ ...soon!, expires_at: NOW - 7_200_000 }, NOW)).toBe("expired 2 h ago");
});

test("what was not probed is said with its reasons, and nothing where nothing was skipped", () => {
  const none = { no_money: 0, no_room: 0, slept: 0, elsewhere: 0, cut_short: 0 };
  expect(skippedSentence(none)).toBeNull();
  expect(skippedSentence({ ...none, no_money: 12, slept: 2 })).toBe(
    "Not probed in the last hour: 12 × the day's money was used up · 2 × this machine slept or stood still",
  );
});

test("a pace at which probes alone prove nothing within a minute is worth a warning", () => {
  const [near, far] = FORECASTS[0]!.targets;
  expect(provedWithin(near!)).toEqual({ tone: "quiet", sentence: "55 s" });
  expect(provedWithin(far!)?.tone).toBe("degraded");
  expect(provedWithin({ ...near!, verdict_within_ms: null })).toBeNull();
});
