import { describe, expect, test } from "vitest";
import { NOW, outage, PERIOD } from "../../fixtures/world";
import { breakerSentences } from "../../src/lib/format/breakers";
import { groupDiffs } from "../../src/lib/format/diff";
import { servedInstead, statusPageSentence } from "../../src/lib/format/words";

const [anthropic, openai] = outage().providers;
if (!anthropic || !openai) throw new Error("the fixture has two providers at least");

describe("the status page in words", () => {
  test("a page that says all is well during their outage is silent", () => {
    expect(statusPageSentence(anthropic, NOW)).toBe("status page silent (checked 21 s ago)");
    expect(statusPageSentence(openai, NOW)).toBe("status page operational (checked 21 s ago)");
  });

  test("a fault of ours does not make their page silent", () => {
    const ours = { ...anthropic, verdict: "our_quota" as const };
    expect(statusPageSentence(ours, NOW)).toContain("status page operational");
  });

  test("what cannot be read is never taken for good news", () => {
    const unreadable = { ...openai, page_unreadable: true };
    expect(statusPageSentence(unreadable, NOW)).toBe("status page unreadable, last read 21 s ago");
    expect(statusPageSentence({ ...openai, page: "unknown" }, NOW)).not.toContain("operational");
    expect(statusPageSentence({ ...openai, page_read_at: null }, NOW)).toBe(
      "status page not read yet",
    );
    expect(statusPageSentence({ ...openai, page_watched: false }, NOW)).toBe(
      "no status page watched",
    );
  });

  test("what it admits is quoted in its own grade", () => {
    const admits = { ...anthropic, page: "major_outage" as const };
    expect(statusPageSentence(admits, NOW)).toBe("page says major outage (checked 21 s ago)");
  });
});

test("a period that needs no provider names its mode", () => {
  expect(servedInstead(PERIOD)).toBe("gpt-main");
  expect(servedInstead({ ...PERIOD, served_by: null, mode: "approval" })).toBe(
    "mode: human approval",
  );
});

test("breakers of several gateways become one sentence per target", () => {
  const breaker = {
    target: "claude-haiku",
    observed: "open" as const,
    forced: null,
    since: NOW,
    calls: 40,
    failures: 30,
    next_trial_at: NOW + 18_000,
  };
  const later = { ...breaker, next_trial_at: NOW + 40_000 };
  const reports = [
    { gateway: "eu-1", breaker },
    { gateway: "eu-2", breaker: later },
  ];
  expect(breakerSentences(reports, 3, NOW)).toEqual([
    { target: "claude-haiku", rest: "open on eu-1, eu-2, next trial in 00:18" },
  ]);
  expect(breakerSentences(reports, 2, NOW)[0]?.rest).toBe("open everywhere, next trial in 00:18");
});

test("gateways with the same difference stand together, others apart", () => {
  const diff = {
    reachable: true,
    generation_before: 41,
    generation_after: 42,
    lines: [{ field: "target", before: "auto", after: "gpt-main" }],
    problem: null,
  };
  const groups = groupDiffs([
    { gateway: "eu-1", ...diff },
    { gateway: "eu-2", ...diff },
    { gateway: "us-1", ...diff, generation_before: 40 },
  ]);
  expect(groups.map((group) => group.gateways)).toEqual([["eu-1", "eu-2"], ["us-1"]]);
});
