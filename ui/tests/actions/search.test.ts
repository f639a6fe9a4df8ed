import { describe, expect, test } from "vitest";
import { nearness } from "../../src/lib/actions/search";

const TITLES = [
  "Triage claude-opus: why, and what to do",
  "Triage gpt-main: why, and what to do",
  "Switch agent to gpt-main …",
  "Read what Google Gemini says of itself",
  "Return agent to auto …",
  "Go to Audit",
];

function found(typed: string): string[] {
  return TITLES.map((title) => ({ title, near: nearness(title, typed) }))
    .filter(({ near }) => near > 0)
    .sort((one, other) => other.near - one.near)
    .map(({ title }) => title);
}

describe("finding an action", () => {
  test("nothing is found in which a typed word does not stand", () => {
    expect(found("triage gpt")).toEqual(["Triage gpt-main: why, and what to do"]);
    expect(found("gemini")).toEqual(["Read what Google Gemini says of itself"]);
    expect(found("audit")).toEqual(["Go to Audit"]);
    expect(found("triage gemini")).toEqual([]);
  });

  test("what begins with the word comes before what only has it", () => {
    expect(found("agent")).toEqual(["Switch agent to gpt-main …", "Return agent to auto …"]);
    expect(found("return")[0]).toBe("Return agent to auto …");
  });

  test("nothing typed leaves everything", () => {
    expect(found("  ")).toHaveLength(TITLES.length);
  });
});
