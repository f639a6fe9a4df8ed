import { describe, expect, test } from "vitest";
import { full } from "../../fixtures/extremes";
import { NOW, outage } from "../../fixtures/world";
import { type Bar, layBars, layMarks, type Scale } from "../../src/lib/format/timeline";

const scale: Scale = {
  from: NOW - 3_600_000,
  until: NOW,
  width: 1_000,
  measure: (label) => label.length * 6,
};

function wordsOf(bar: Bar) {
  const width = scale.measure(bar.label ?? "");
  return { row: bar.row, from: bar.labelX, to: bar.labelX + width };
}

function overlaps(one: { from: number; to: number }, other: { from: number; to: number }) {
  return one.from < other.to && other.from < one.to;
}

const crowds = [...full().timeline.lanes, ...outage().timeline.lanes].map(
  (lane, index) => [`${index} ${lane.kind}`, lane.spans] as const,
);

describe("labels of bars", () => {
  test.each(crowds)(
    "lane %s: no words leave the picture or lie on other words or bars",
    (_, spans) => {
      const { bars } = layBars(spans, scale);
      expect(bars).toHaveLength(spans.length);
      for (const bar of bars.filter(({ label }) => label !== null)) {
        const words = wordsOf(bar);
        expect(words.from).toBeGreaterThanOrEqual(0);
        expect(words.to).toBeLessThanOrEqual(scale.width);
        for (const other of bars.filter((one) => one !== bar && one.row === bar.row)) {
          const itsBar = { from: other.x, to: other.x + other.width };
          expect(overlaps(words, itsBar)).toBe(false);
          if (other.label !== null) expect(overlaps(words, wordsOf(other))).toBe(false);
        }
      }
    },
  );

  test("a label that does not fit stands beside its bar", () => {
    const short = {
      from: NOW - 1_800_000,
      until: NOW - 1_790_000,
      label: "chat 38 % failing",
      tone: "outage" as const,
    };
    const [bar] = layBars([short], scale).bars;
    expect(bar).toMatchObject({ label: "chat 38 % failing", inside: false });
    expect(bar?.labelX).toBeGreaterThan((bar?.x ?? 0) + (bar?.width ?? 0));
  });

  test("at the right edge it stands to the left", () => {
    const late = {
      from: NOW - 5_000,
      until: null,
      label: "chat → gpt-main",
      tone: "override" as const,
    };
    const [bar] = layBars([late], scale).bars;
    expect(bar?.label).toBe("chat → gpt-main");
    expect(bar?.labelX).toBeLessThan(bar?.x ?? 0);
  });

  test("where a label has no room it is shortened to what its bar holds", () => {
    const long = "Anthropic: their outage, all models, looks like capacity exhaustion, page silent";
    const spans = Array.from({ length: 7 }, () => ({
      from: NOW - 3_500_000,
      until: null,
      label: `${long} ${"x".repeat(120)}`,
      tone: "outage" as const,
    }));
    const { bars } = layBars(spans, scale);
    const worded = bars.filter(({ label }) => label !== null);
    expect(worded).toHaveLength(5);
    for (const bar of worded) {
      expect(bar.label).toMatch(/^Anthropic: their outage, .*…$/u);
      expect(scale.measure(bar.label ?? "")).toBeLessThanOrEqual(bar.width);
    }
  });

  test("what ended before the hour is not drawn", () => {
    const old = {
      from: NOW - 9_000_000,
      until: NOW - 8_000_000,
      label: "old",
      tone: "quiet" as const,
    };
    expect(layBars([old], scale)).toEqual({ bars: [], rows: 1 });
  });
});

test("words of marks do not overlap; a mark without room keeps its line", () => {
  const crowd = Array.from({ length: 12 }, (_, index) => ({
    at: NOW - index * 20_000,
    label: `switched +${index} s`,
    tone: "override" as const,
  }));
  const { marks } = layMarks(crowd, scale);
  expect(marks).toHaveLength(12);
  const worded = marks.filter(({ label }) => label !== null);
  expect(worded.length).toBeGreaterThan(1);
  for (const [index, mark] of worded.entries()) {
    const extent = { from: mark.labelX, to: mark.labelX + scale.measure(mark.label ?? "") };
    for (const other of worded.slice(index + 1).filter(({ row }) => row === mark.row)) {
      const its = { from: other.labelX, to: other.labelX + scale.measure(other.label ?? "") };
      expect(overlaps(extent, its)).toBe(false);
    }
  }
});
