/**
 * Keeps the board current: listens, fetches the whole at the start and after every gap, and says
 * how old the picture is when nothing is heard.
 */
import type { EngineChanged } from "../contract";
import { ApiFailure, type Host } from "../host";
import type { Board } from "./board.svelte";

/** `live`: what is shown is so now. `lost`: what is shown was so at `lastHeardAt`. */
export type Link = "connecting" | "live" | "lost";

const RETRY_MS = 2_000;

export class Connection {
  link: Link = $state("connecting");
  failure: ApiFailure | null = $state.raw(null);
  /** Wall time of the last word from the engine, Unix milliseconds. */
  lastHeardAt = $state(0);
  readonly #host: Host;
  readonly #board: Board;
  #missed: EngineChanged[] = [];
  #fetching = false;
  #streaming = false;
  #stopListening: (() => void) | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, board: Board) {
    this.#host = host;
    this.#board = board;
  }

  start(): void {
    this.#stopListening ??= this.#host.listen({
      opened: () => {
        this.#streaming = true;
        void this.refresh();
      },
      changed: (event) => this.#changed(event),
      lost: (problem) => {
        this.#streaming = false;
        this.#lose(ApiFailure.unreachable(problem));
      },
    });
  }

  stop(): void {
    this.#stopListening?.();
    this.#stopListening = null;
    clearTimeout(this.#retry);
    this.#board.clock.stop();
  }

  /** Fetches the whole snapshot. Events that arrive meanwhile are kept and applied after it. */
  async refresh(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    clearTimeout(this.#retry);
    try {
      const snapshot = await this.#host.call("snapshot", null);
      this.#board.take(snapshot);
      this.#heard();
    } catch (thrown) {
      this.#lose(ApiFailure.from(thrown));
      this.#retry = setTimeout(() => void this.refresh(), RETRY_MS);
      return;
    } finally {
      this.#fetching = false;
    }
    const missed = this.#missed;
    this.#missed = [];
    for (const event of missed) this.#changed(event);
  }

  #changed(event: EngineChanged): void {
    if (this.#fetching || !this.#board.filled) {
      this.#missed.push(event);
      return;
    }
    if (this.#board.apply(event) === "gap") {
      this.#missed.push(event);
      void this.refresh();
      return;
    }
    this.#heard();
  }

  #heard(): void {
    this.lastHeardAt = Date.now();
    // Without the stream the picture is a still one, however fresh.
    if (!this.#streaming) return;
    this.link = "live";
    this.failure = null;
  }

  #lose(failure: ApiFailure): void {
    this.failure = failure;
    this.link = "lost";
    this.#missed = [];
    this.#board.clock.freeze();
  }
}
