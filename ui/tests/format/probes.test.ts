import { expect, test } from "vitest";
import { NOW } from "../../fixtures/moment";
import { CREDENTIALS, PROBES } from "../../fixtures/probes";
import { expiryWords, forecastWords, probeRemarks, spentWidth } from "../../src/lib/format/probes";

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
  expect(forecastWords(PROBES)).toBe("$0.92 a day");
  expect(forecastWords({ ...PROBES, unpriced: true })).toContain("has no price");
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
