import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FixtureHost, fixtureHost } from "../../fixtures/host";
import { NOW, outage } from "../../fixtures/world";
import type { Commands, OverrideView } from "../../src/lib/contract";
import { ApiFailure } from "../../src/lib/host/host";
import { Board } from "../../src/lib/state/board.svelte";
import { outcomeOf, overallProgress, servedSentence } from "../../src/lib/state/convergence";
import { LeverDraft } from "../../src/lib/state/lever_draft.svelte";
import { chosen, type LeverIntent } from "../../src/lib/state/lever_intent";

const SWITCH: LeverIntent = { kind: "set", route: "chat", target: "gemini-pro", mode: "full" };

let host: FixtureHost;
let board: Board;

beforeEach(() => {
  host = new FixtureHost(outage(), 0);
  board = new Board();
  board.take(outage());
});

afterEach(() => board.clock.stop());

function sent<Name extends keyof Commands>(command: Name): Commands[Name]["request"] | undefined {
  return host.calls.find((call) => call.command === command)?.request as never;
}

async function planned(intent: LeverIntent): Promise<LeverDraft> {
  const draft = new LeverDraft(host, board, intent);
  await draft.look();
  return draft;
}

describe("choosing a segment", () => {
  const [chat, extract] = outage().routes;
  const [held] = outage().overrides;

  test("auto in full mode is the way back, not an override", () => {
    expect(chosen(chat!, held, { target: null })).toEqual({ kind: "clear", route: "chat" });
  });

  test("a target keeps the mode that is held, a mode keeps the target", () => {
    expect(chosen(chat!, held, { mode: "template" })).toEqual({
      kind: "set",
      route: "chat",
      target: "gpt-main",
      mode: "template",
    });
  });

  test("choosing what an untouched lever does anyway asks for nothing", () => {
    expect(chosen(extract!, undefined, { target: null })).toBeNull();
    expect(chosen(extract!, undefined, { mode: "full" })).toBeNull();
  });
});

describe("a pull", () => {
  test("is not ready without reason and holder, and then does nothing", async () => {
    const draft = await planned(SWITCH);
    draft.holder = "  ";
    expect(draft.missing).toEqual(["a reason", "who answers for it"]);
    await draft.confirm();
    expect(draft.phase).toBe("planned");
    expect(sent("override_apply")).toBeUndefined();
  });

  test("hands back what was looked at, with holder, reason and until", async () => {
    const draft = await planned(SWITCH);
    draft.reason = " 529s on all models ";
    draft.minutes = 30;
    await draft.confirm();
    expect(draft.phase).toBe("applied");
    const request = sent("override_apply");
    expect(request).toMatchObject({
      route: "chat",
      target: "gemini-pro",
      holder: "mk",
      reason: "529s on all models",
      on_expiry: "return_if_healthy",
      break_interlocks: [],
      expected: draft.plan?.expected,
    });
    expect(Math.abs((request?.until ?? 0) - (NOW + 30 * 60_000))).toBeLessThan(5_000);
  });

  test("leaves breakers that somebody forced as they are", async () => {
    const forced = [{ target: "claude-opus", state: "forced_open" as const }];
    const [view] = outage().overrides;
    board.overrides.put({ ...view!, override: { ...view!.override!, forced_breakers: forced } });
    const draft = await planned(SWITCH);
    draft.reason = "529s";
    await draft.confirm();
    expect(sent("override_plan")?.forced_breakers).toEqual(forced);
    expect(sent("override_apply")?.forced_breakers).toEqual(forced);
  });

  test("back to auto goes by override_clear, undo by override_undo", async () => {
    for (const intent of [
      { kind: "clear", route: "chat" },
      { kind: "undo", route: "chat", returnsTo: "auto" },
    ] as const) {
      const draft = await planned(intent);
      draft.reason = "all is well again";
      await draft.confirm();
      expect(draft.phase).toBe("applied");
    }
    expect(sent("override_clear")).toMatchObject({ route: "chat", reason: "all is well again" });
    expect(sent("override_clear")?.expected).not.toBeNull();
    expect(sent("override_undo")).toEqual({
      route: "chat",
      holder: "mk",
      reason: "all is well again",
      expected: outage().gateways.map(({ id }) => ({ gateway: id, etag: `"42"` })),
    });
    expect(sent("override_apply")).toBeUndefined();
  });

  test("undo shows its plan per gateway before anything is confirmed", async () => {
    const draft = await planned({ kind: "undo", route: "chat", returnsTo: "auto" });
    expect(sent("override_undo_plan")).toEqual({ route: "chat" });
    expect(draft.plan?.gateways.map(({ gateway }) => gateway)).toEqual(["eu-1", "eu-2", "us-1"]);
    expect(draft.ready).toBe(false);
    expect(sent("override_undo")).toBeUndefined();
  });

  test("a way back that a rule forbids cannot be forced", async () => {
    host = fixtureHost("blocked") as FixtureHost;
    const blocked = host.planned!;
    const lock = blocked.interlocks.find(({ holds }) => !holds)!;
    const draft = await planned({ kind: "undo", route: "chat", returnsTo: "auto" });
    draft.plan = blocked;
    draft.reason = "back";
    draft.broken = [lock.name];
    expect(draft.canBreak(lock)).toBe(false);
    expect(draft.ready).toBe(false);
  });

  test("an interlock that does not hold must be broken by name", async () => {
    host = fixtureHost("blocked") as FixtureHost;
    const draft = await planned(SWITCH);
    draft.reason = "no other way";
    expect(draft.ready).toBe(false);
    draft.broken = ["one_path_open"];
    expect(draft.ready).toBe(true);
    await draft.confirm();
    expect(sent("override_apply")?.break_interlocks).toEqual(["one_path_open"]);
  });

  test("one that cannot be broken stops it for good", async () => {
    const blocked = fixtureHost("blocked") as FixtureHost;
    const plan = blocked.planned!;
    host.planned = {
      ...plan,
      interlocks: plan.interlocks.map((lock) => ({ ...lock, breakable: false })),
    };
    const draft = await planned(SWITCH);
    draft.reason = "no other way";
    draft.broken = ["one_path_open"];
    expect(draft.ready).toBe(false);
    expect(draft.missing[0]).toContain("to hold");
  });

  test("a change by another since is shown, and looking again plans anew", async () => {
    const draft = await planned(SWITCH);
    draft.reason = "529s";
    const stale = {
      code: "stale",
      message: "chat was changed by jo since you looked",
      hint: null,
      retry_after_ms: null,
    } as const;
    host.refusals.set("override_apply", new ApiFailure(stale));
    await draft.confirm();
    expect(draft.phase).toBe("planned");
    expect(draft.failure?.code).toBe("stale");
    expect(draft.reason).toBe("529s");
    host.refusals.clear();
    await draft.look();
    expect(draft.failure).toBeNull();
    expect(host.calls.filter(({ command }) => command === "override_plan")).toHaveLength(2);
  });
});

describe("done", () => {
  const [settled] = outage().overrides;
  const step = (
    view: OverrideView,
    name: OverrideView["convergence"][number]["step"],
    first = 0,
  ) => ({
    ...view,
    convergence: view.convergence.map((one, index) =>
      index >= first ? { ...one, step: name } : one,
    ),
  });

  test("is what traffic proved on every gateway, nothing less", () => {
    expect(overallProgress(settled!.convergence)).toBe("done");
    expect(overallProgress(step(settled!, "loaded", 2).convergence)).toBe("under_way");
    expect(overallProgress(step(settled!, "accepted").convergence)).toBe("under_way");
    expect(overallProgress(step(settled!, "unreachable", 2).convergence)).toBe("trouble");
    expect(overallProgress([])).toBe("under_way");
    expect(servedSentence(step(settled!, "refused", 1))).toBe("Served on 1 of 3 gateways.");
  });

  test("an older override that is settled says nothing of the new one", () => {
    const answer = step({ ...settled!, generation: 43 }, "asked");
    expect(outcomeOf(answer, settled, null).progress).toBe("under_way");
  });

  test("back at auto is done when the lever has left the board, not before it was seen", () => {
    const answer = step({ ...settled!, generation: 43, override: null }, "asked");
    expect(outcomeOf(answer, undefined, null).progress).toBe("under_way");
    expect(outcomeOf(answer, undefined, step(answer, "served"))).toMatchObject({
      progress: "done",
      settled: true,
    });
  });

  test("a newer change by another overtakes it", () => {
    const answer = step({ ...settled!, generation: 43 }, "asked");
    const newer = { ...settled!, generation: 44, requested_by: "jo" };
    expect(outcomeOf(answer, newer, newer)).toMatchObject({ progress: "trouble", overtaken: true });
    expect(outcomeOf(answer, undefined, answer)).toMatchObject({ overtaken: true });
  });
});
