/** What one open window holds: the host, the board, and which sheet lies on top. */
import { getContext, setContext, tick } from "svelte";
import { moveToTrouble } from "../actions/rows";
import { clockTime } from "../format/time";
import { ApiFailure, type Host } from "../host";
import type { AlertLook } from "./alert_look";
import { Board } from "./board.svelte";
import { Connection } from "./connection.svelte";
import { LeverDraft } from "./lever_draft.svelte";
import type { LeverIntent } from "./lever_intent";
import { Router } from "./router.svelte";
import { Toasts } from "./toasts.svelte";

export type Overlay = "palette" | "help" | "lever" | "triage" | "provider" | "request";

export class Session {
  readonly host: Host;
  readonly board = new Board();
  readonly connection: Connection;
  readonly router = new Router();
  readonly toasts = new Toasts();
  overlay: Overlay | null = $state(null);
  lever: LeverDraft | null = $state.raw(null);
  /** The target whose trouble is being looked at, and whether its health is to be unfolded. */
  triaged: { target: string; whyScore: boolean } | null = $state.raw(null);
  /** The provider whose page is being read. */
  provider: string | null = $state(null);
  /** The scenario chosen in the sandbox bar, not yet played. */
  scenario: string | null = $state(null);
  /** Said once by a screen reader. */
  announcement = $state("");

  constructor(host: Host) {
    this.host = host;
    this.connection = new Connection(host, this.board);
  }

  /** Levers are pulled on what is so now, never on an old picture. */
  get canAct(): boolean {
    return this.connection.link === "live";
  }

  /** "as of 14:22:07 UTC" while nothing is heard; null while the picture is of now. */
  get stale(): string | null {
    if (this.connection.link !== "lost" || !this.board.filled) return null;
    return `as of ${clockTime(this.board.clock.now)} UTC`;
  }

  pull(intent: LeverIntent): void {
    if (!this.canAct) return;
    this.lever = new LeverDraft(this.host, this.board, intent);
    this.overlay = "lever";
    void this.lever.look();
  }

  triage(target: string, whyScore = false): void {
    this.triaged = { target, whyScore };
    this.overlay = "triage";
  }

  showProvider(provider: string): void {
    this.provider = provider;
    this.overlay = "provider";
  }

  /** To the board, and there to the next target that is in trouble. */
  async showTrouble(): Promise<void> {
    this.router.go("board");
    await tick();
    moveToTrouble();
  }

  /** Opens what an alert is about. */
  look(look: AlertLook): void {
    if (look.kind === "triage") this.triage(look.target);
    else if (look.kind === "provider") this.showProvider(look.provider);
    else this.router.go(look.screen);
  }

  close(): void {
    this.overlay = null;
  }

  /** Crashes a gateway of the sandbox, or starts it again. */
  async switchGateway(gateway: string, up: boolean): Promise<void> {
    try {
      await this.host.call("sandbox_gateway", { gateway, up });
    } catch (thrown) {
      const what = up ? `${gateway} was not started` : `${gateway} was not crashed`;
      this.toasts.failed(what, ApiFailure.from(thrown));
    }
  }

  async play(scenario: string | null, speed: number | null): Promise<void> {
    try {
      this.board.sandbox = await this.host.call("scenario_play", { scenario, speed });
    } catch (thrown) {
      const what = scenario === null ? "The speed was not changed" : "The scenario did not start";
      this.toasts.failed(what, ApiFailure.from(thrown));
    }
  }
}

const KEY = Symbol("session");

export function provideSession(session: Session): Session {
  return setContext(KEY, session);
}

export function useSession(): Session {
  return getContext<Session>(KEY);
}
