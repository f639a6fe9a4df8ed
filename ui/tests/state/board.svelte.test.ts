import { flushSync } from "svelte";
import { afterEach, describe, expect, test } from "vitest";
import { outage } from "../../fixtures/world";
import type { Change } from "../../src/lib/contract";
import { Board } from "../../src/lib/state/board.svelte";

const boards: Board[] = [];

function filled(): Board {
  const board = new Board();
  boards.push(board);
  board.take(outage());
  return board;
}

afterEach(() => boards.splice(0).forEach((board) => board.clock.stop()));

function event(board: Board, changes: Change[], step = 1) {
  return { sequence: board.sequence + step, now: outage().now, speed: 1, changes };
}

function first<T>(values: readonly T[]): T {
  const [value] = values;
  if (value === undefined) throw new Error("the fixture is empty");
  return value;
}

describe("events", () => {
  test("a piece of the same id is replaced, a new one joins at the end", () => {
    const board = filled();
    const provider = { ...first(outage().providers), summary: "operating" };
    const newcomer = { ...provider, id: "mistral", name: "Mistral" };
    const applied = board.apply(
      event(board, [
        { piece: "provider", value: provider },
        { piece: "provider", value: newcomer },
      ]),
    );
    expect(applied).toBe("applied");
    expect(board.providers.get("anthropic")?.summary).toBe("operating");
    expect(board.providers.ids).toEqual(["anthropic", "openai", "gemini", "mistral"]);
  });

  test("a missing number changes nothing and asks for the whole", () => {
    const board = filled();
    const change: Change = { piece: "override_gone", value: "chat" };
    expect(board.apply(event(board, [change], 2))).toBe("gap");
    expect(board.overrides.get("chat")).toBeDefined();
    expect(board.sequence).toBe(41);
  });

  test("an event that the snapshot contains already is passed over", () => {
    const board = filled();
    const change: Change = { piece: "override_gone", value: "chat" };
    expect(board.apply(event(board, [change], 0))).toBe("known");
    expect(board.overrides.get("chat")).toBeDefined();
  });

  test("what is gone is gone", () => {
    const board = filled();
    board.apply(
      event(board, [
        { piece: "override_gone", value: "chat" },
        { piece: "period_gone", value: "period-3" },
      ]),
    );
    expect(board.overrides.ids).toEqual([]);
    expect(board.periods.all).toEqual([]);
  });

  test("a snapshot drops what it no longer holds", () => {
    const board = filled();
    board.take({ ...outage(), providers: outage().providers.slice(1) });
    expect(board.providers.ids).toEqual(["openai", "gemini"]);
    expect(board.providers.get("anthropic")).toBeUndefined();
  });
});

describe("what re-renders", () => {
  test("only what changed: neither its neighbours nor an equal value", () => {
    const board = filled();
    const runs: Record<string, number> = {};
    const stop = $effect.root(() => {
      for (const id of board.targets.ids) {
        $effect(() => {
          void board.targets.get(id);
          runs[id] = (runs[id] ?? 0) + 1;
        });
      }
    });
    flushSync();
    const target = first(outage().targets);
    board.apply(event(board, [{ piece: "target", value: { ...target, standby: "ready" } }]));
    flushSync();
    board.apply(event(board, [{ piece: "target", value: { ...target, standby: "ready" } }]));
    flushSync();
    board.take({ ...outage(), sequence: 99, targets: board.targets.all });
    flushSync();
    stop();
    expect(runs[target.id]).toBe(2);
    const others = Object.entries(runs).filter(([id]) => id !== target.id);
    expect(others.map(([, count]) => count)).toEqual([1, 1, 1, 1]);
  });
});
