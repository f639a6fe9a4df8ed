import { describe, expect, test } from "vitest";
import { NOW, PERIOD } from "../../fixtures/world";
import { revisionOf } from "../../src/lib/state/ledger";

const MINUTE = 60_000;
const revisions = (endedAt: number | null, ...minutes: number[]) =>
  new Set(
    minutes.map((after) => revisionOf({ ...PERIOD, ended_at: endedAt }, NOW + after * MINUTE)),
  ).size;

describe("a period in the ledger is asked for again", () => {
  test("every minute while it lasts", () => {
    expect(revisions(null, 0, 1, 2, 60)).toBe(4);
  });

  test("for some minutes after its end, as late requests are counted", () => {
    expect(revisions(NOW, 0, 1, 2)).toBe(3);
  });

  test("no more once it has settled", () => {
    expect(revisions(NOW, 10, 11, 60)).toBe(1);
  });

  test("not within a minute", () => {
    expect(revisions(NOW, 2, 2.1)).toBe(1);
  });
});
