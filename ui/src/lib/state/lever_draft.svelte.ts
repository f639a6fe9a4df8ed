/**
 * One pull of a lever, from the plan to the proof: planning → planned → applying → applied. It is
 * never confirmed by anything but a person who saw the plan of this very draft.
 */
import type { InterlockCheck, Mode, OnExpiry, OverridePlan, OverrideView } from "../contract";
import { ApiFailure, type Host } from "../host";
import type { Board } from "./board.svelte";
import type { LeverIntent } from "./lever_intent";

export type Phase = "planning" | "planned" | "failed" | "applying" | "applied";

export const DURATIONS_MIN = [15, 30, 60, 120] as const;
const MINUTE_MS = 60_000;

export class LeverDraft {
  readonly intent: LeverIntent;
  phase: Phase = $state("planning");
  plan: OverridePlan | null = $state.raw(null);
  /** Engine time of the plan: it is as old as that. */
  lookedAt = $state(0);
  /** Why there is no plan, or why the confirmation was refused. */
  failure: ApiFailure | null = $state.raw(null);
  /** What the engine answered to the confirmation. */
  answer: OverrideView | null = $state.raw(null);
  holder = $state("");
  reason = $state("");
  minutes: number = $state(60);
  onExpiry: OnExpiry = $state("return_if_healthy");
  broken: string[] = $state([]);
  readonly #host: Host;
  readonly #board: Board;

  constructor(host: Host, board: Board, intent: LeverIntent) {
    this.#host = host;
    this.#board = board;
    this.intent = intent;
    this.holder = board.operator;
  }

  get sets(): boolean {
    return this.intent.kind === "set";
  }

  /** Only setting a lever may break a rule; a way back that a rule forbids is no way back. */
  canBreak(lock: InterlockCheck): boolean {
    return lock.breakable && this.sets;
  }

  /** What a person must still do before the lever can be pulled, in words. */
  get missing(): string[] {
    const locked = (this.plan?.interlocks ?? []).filter((lock) => !lock.holds);
    const missing: string[] = [];
    if (this.reason.trim() === "") missing.push("a reason");
    if (this.holder.trim() === "") missing.push("who answers for it");
    for (const lock of locked) {
      if (!this.canBreak(lock)) missing.push(`the interlock “${lock.name}” to hold`);
      else if (!this.broken.includes(lock.name))
        missing.push(`“${lock.name}” to be broken by name`);
    }
    return missing;
  }

  get ready(): boolean {
    const blocked = (this.plan?.problems ?? []).length > 0;
    return this.phase === "planned" && !blocked && this.missing.length === 0;
  }

  until(): number {
    return this.#board.clock.exact() + this.minutes * MINUTE_MS;
  }

  /** Asks what would happen. Also the answer to "changed since you looked". */
  async look(): Promise<void> {
    this.failure = null;
    this.phase = "planning";
    try {
      this.plan = await this.#plan();
      this.lookedAt = this.#board.clock.exact();
      this.phase = "planned";
    } catch (thrown) {
      this.failure = ApiFailure.from(thrown);
      this.phase = "failed";
    }
  }

  async confirm(): Promise<void> {
    if (!this.ready) return;
    this.failure = null;
    this.phase = "applying";
    try {
      this.answer = await this.#apply();
      this.phase = "applied";
    } catch (thrown) {
      this.failure = ApiFailure.from(thrown);
      this.phase = "planned";
    }
  }

  #plan(): Promise<OverridePlan> {
    const { kind, route } = this.intent;
    if (kind === "undo") return this.#host.call("override_undo_plan", { route });
    return this.#host.call("override_plan", this.#asked());
  }

  #asked() {
    const { route } = this.intent;
    const { target, mode } = this.#wanted();
    const until = this.sets ? this.until() : null;
    return { route, target, mode, forced_breakers: this.#forcedBreakers(), until };
  }

  #wanted(): { target: string | null; mode: Mode } {
    return this.intent.kind === "set" ? this.intent : { target: null, mode: "full" };
  }

  /** Changing target or mode leaves breakers that somebody forced as they are. */
  #forcedBreakers() {
    if (!this.sets) return [];
    return this.#board.overrides.get(this.intent.route)?.override?.forced_breakers ?? [];
  }

  #apply(): Promise<OverrideView> {
    const { route } = this.intent;
    const holder = this.holder.trim();
    const reason = this.reason.trim();
    const expected = this.plan?.expected ?? null;
    if (this.intent.kind === "undo") {
      const undo = { route, holder, reason };
      // Without a plan the state of this moment would be taken, which nobody has seen.
      return this.#host.call("override_undo", expected ? { ...undo, expected } : undo);
    }
    if (this.intent.kind === "clear") {
      return this.#host.call("override_clear", { route, holder, reason, expected });
    }
    const { target, mode } = this.intent;
    return this.#host.call("override_apply", {
      route,
      target,
      mode,
      forced_breakers: this.#forcedBreakers(),
      holder,
      reason,
      until: this.until(),
      on_expiry: this.onExpiry,
      break_interlocks: [...this.broken],
      expected,
    });
  }
}
