import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FixtureHost } from "../../fixtures/host";
import { outage } from "../../fixtures/world";
import { type Action, offered } from "../../src/lib/actions/action";
import { KeyReader } from "../../src/lib/actions/keys";
import { actionTable } from "../../src/lib/actions/table";
import { Session } from "../../src/lib/state/session.svelte";

function action(id: string, keys: string | null): Action {
  return { id, title: id, keys, scope: "everywhere", dangerous: false, run: vi.fn() };
}

function press(key: string, more: { ctrlKey?: boolean; typing?: boolean; at?: number } = {}) {
  return { key, ctrlKey: false, metaKey: false, altKey: false, typing: false, at: 0, ...more };
}

describe("keys", () => {
  const actions = [action("board", "g b"), action("help", "?"), action("palette", "Ctrl+K")];
  const read = (...presses: ReturnType<typeof press>[]) => {
    const reader = new KeyReader();
    return presses.map((one) => reader.read(one, actions)?.id ?? null);
  };

  test("a sequence needs both keys, in time", () => {
    expect(read(press("g"), press("b", { at: 300 }))).toEqual([null, "board"]);
    expect(read(press("g"), press("b", { at: 5_000 }))).toEqual([null, null]);
    expect(read(press("b"))).toEqual([null]);
  });

  test("a wrong second key starts anew, and may itself be a key", () => {
    expect(read(press("g"), press("?", { at: 100 }))).toEqual([null, "help"]);
  });

  test("text fields keep their keys, but for those with Ctrl", () => {
    expect(read(press("?", { typing: true }))).toEqual([null]);
    expect(read(press("k", { ctrlKey: true, typing: true }))).toEqual(["palette"]);
  });
});

describe("the table of actions", () => {
  let session: Session;

  beforeEach(() => {
    session = new Session(new FixtureHost(outage()));
    session.board.take(outage());
  });

  afterEach(() => session.board.clock.stop());

  test("no id and no key is given twice", () => {
    const actions = actionTable(session);
    const keys = actions.flatMap(({ keys: one }) => one ?? []);
    expect(new Set(actions.map(({ id }) => id)).size).toBe(actions.length);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("every lever of every route can be reached by name", () => {
    const ids = actionTable(session).map(({ id }) => id);
    expect(ids).toContain("lever.set.agent.gpt-main");
    expect(ids).toContain("lever.clear.chat");
    expect(ids).not.toContain("lever.clear.extract");
    expect(ids).not.toContain("lever.set.chat.gpt-main");
  });

  test("nothing that changes traffic is offered on an old picture", () => {
    const all = actionTable(session);
    expect(all.some(({ dangerous }) => dangerous)).toBe(true);
    expect(offered(all, "board", false).some(({ dangerous }) => dangerous)).toBe(false);
    const pull = all.find(({ id }) => id === "lever.set.agent.gpt-main");
    pull?.run();
    expect(session.lever).toBeNull();
  });

  test("an action of the board is not offered elsewhere", () => {
    const ids = offered(actionTable(session), "audit", true).map(({ id }) => id);
    expect(ids).not.toContain("lever.focus.chat");
    expect(ids).toContain("board.show");
  });
});
