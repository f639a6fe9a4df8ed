import { describe, expect, test } from "vitest";
import { at, NOW } from "../../fixtures/moment";
import { openIncident, PAST_INCIDENTS, PLANNED, SOURCES } from "../../fixtures/pages";
import {
  declared,
  eventHeads,
  hintSentence,
  incidentWhen,
  readWords,
  safeLink,
  sourceSentence,
  stateWords,
  weightSentence,
  windowWhen,
} from "../../src/lib/format/pages";

const [source] = SOURCES;
const [past] = PAST_INCIDENTS;

describe("how well a page is read", () => {
  test("always says how old the last good look is", () => {
    expect(sourceSentence(source!, NOW)).toBe("read 21 s ago");
    const failing = { ...source!, failures: 1 };
    expect(sourceSentence(failing, NOW)).toBe("read 21 s ago · 1 failure since");
    const unreadable = { ...source!, failures: 3, unreadable: true, last_good_at: NOW - 600_000 };
    expect(sourceSentence(unreadable, NOW)).toBe("unreadable after 3 failures · read 10 min ago");
  });

  test("our own network is not their page's fault, and never read is not read", () => {
    const down = { ...source!, network_down: true, last_good_at: null };
    expect(sourceSentence(down, NOW)).toBe("not asked, your own network is down · never read well");
  });
});

test("what goes on is shown with the age of the look behind it, what is over is not", () => {
  const open = openIncident();
  expect(readWords(open, source, NOW)).toBe("read 21 s ago");
  expect(readWords(PLANNED[0]!, { ...source!, unreadable: true }, NOW)).toBe(
    "read 21 s ago, unreadable since",
  );
  expect(readWords(open, { ...source!, network_down: true }, NOW)).toContain("own network");
  expect(readWords(past!, source, NOW)).toBeNull();
  expect(readWords(open, undefined, NOW)).toBeNull();
});

describe("an incident", () => {
  test("has their weight beside ours, also where both are the same or theirs is missing", () => {
    expect(weightSentence(past!)).toBe("they say “minor”, we read it as major");
    expect(weightSentence({ ...past!, severity: "Major" })).toBe("they say “Major”, so do we");
    const unknown = { ...past!, impact: "unknown" as const };
    expect(weightSentence({ ...unknown, severity: null })).toBe("its weight is not known");
    expect(weightSentence(unknown)).toBe("they say “minor”, which tells us no weight");
    expect(weightSentence({ ...past!, severity: null })).toBe(
      "they give no weight, we read it as major",
    );
  });

  test("says how its start is known where that is not plain", () => {
    const incident = openIncident({ started_at: at(14, 12), start: "newest_update" });
    expect(incidentWhen(incident, NOW)).toBe("since 14:12:00 (or earlier)");
    expect(incidentWhen(past!, NOW)).toBe("19 Nov 09:00 to 19 Nov 09:48");
  });

  test("planned work has words of its own", () => {
    expect(stateWords(PLANNED[0]!)).toBe("planned");
    expect(stateWords(past!)).toBe("resolved");
  });

  test("is one line for its event, and what goes on comes first", () => {
    const head = openIncident({ id: { source: "page", native: "head" } });
    const child = openIncident({
      id: { source: "page", native: "child" },
      event: { source: "page", native: "head" },
    });
    expect(eventHeads([child, head])).toEqual([head]);
    expect(declared([head, child], PAST_INCIDENTS)[0]).toEqual(head);
  });

  test("of an event and of the list is one, as the event says it", () => {
    const newer = { ...past!, title: "renamed" };
    const titles = declared([newer], PAST_INCIDENTS).map(({ title }) => title);
    expect(titles.filter((title) => title === past!.title)).toEqual([]);
    expect(titles).toContain("renamed");
  });
});

test("a hint says who gave it and whether it was signed, and nothing of the page's state", () => {
  const hint = {
    source: "anthropic-page",
    provider: "anthropic",
    platform: "statuspage" as const,
    at: NOW - 60_000,
    way: { kind: "gateway" as const, gateway: "eu-1" },
    signed: false,
    said: "all is well",
    count: 3,
  };
  expect(hintSentence(hint, NOW)).toBe("hinted 1 min ago by eu-1, not signed, 3 so far");
  const own = { ...hint, way: { kind: "receiver" as const }, signed: true };
  expect(hintSentence(own, NOW)).toBe("hinted 1 min ago by webhook, signed, 3 so far");
});

test("only https is followed, whatever a page wrote", () => {
  expect(safeLink("https://status.example/incidents/1")).toBe("https://status.example/incidents/1");
  for (const url of [
    "javascript:alert(1)",
    "http://status.example/",
    "data:text/html,x",
    "https://user@status.example/",
    "//status.example",
    "",
  ]) {
    expect(safeLink(url), url).toBeNull();
  }
  expect(safeLink(null)).toBeNull();
});

test("a window names its second day only where it has one", () => {
  const HOUR = 3_600_000;
  expect(windowWhen(NOW, NOW + HOUR)).toBe("20 Nov 14:22 to 15:22 UTC");
  expect(windowWhen(NOW, NOW + 12 * HOUR)).toBe("20 Nov 14:22 to 21 Nov 02:22 UTC");
  expect(windowWhen(NOW, null)).toBe("20 Nov 14:22 to no end given");
});
