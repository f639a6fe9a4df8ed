import { expect, test } from "vitest";
import { NOW } from "../../fixtures/moment";
import { EPISODE } from "../../fixtures/triage";
import { episodeFacts, peakWords, points, scoreTone } from "../../src/lib/format/verdict";

test("points have their sign, so that a sum reads as one", () => {
  expect([100, -18, 0].map(points)).toEqual(["+100", "−18", "0"]);
});

test("with low confidence no number is health, however high it is", () => {
  expect(scoreTone("operating", "low")).toBe("unknown");
  expect(scoreTone("operating", "high")).toBe("quiet");
  expect(scoreTone("their_outage", "medium")).toBe("outage");
});

test("an episode says how long, how soon it was seen, how bad and how far", () => {
  expect(episodeFacts(EPISODE, NOW)).toEqual([
    { value: "12 m 49 s", label: "since the first failure" },
    { value: "22 s", label: "from first failure to verdict" },
    { value: "44 %", label: "failed at worst (61 of 140)" },
    { value: "all models", label: "2 targets in it" },
  ]);
});

test("trouble in which nothing failed has no peak, and is not called 0 %", () => {
  const slow = { ...EPISODE, peak: null };
  expect(peakWords(slow)).toBe("none failed");
  expect(episodeFacts(slow, NOW).map(({ value }) => value)).not.toContain("0 %");
});
