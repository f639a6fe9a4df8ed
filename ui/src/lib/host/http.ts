/**
 * changeover-headless over loopback HTTP. The token comes in the address' fragment, which no
 * server and no log sees; it is taken out of the address at once and kept in memory only.
 */
import type { CommandName, Commands } from "../contract";
import { ApiFailure, type Envelope, type Host, isApiError, type StreamHandlers } from "./host";
import { readServerSentEvents } from "./sse";

/** The server sends a comment at least every 15 s; twice that without a byte means it is gone. */
const SILENCE_LIMIT_MS = 35_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8_000;

export function takeToken(location: Location, history: History): string | null {
  const found = /^#token=([\w.~-]+)/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return found[1] ?? null;
}

export function httpHost(token: string | null, base = ""): Host {
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return {
    async call<Name extends CommandName>(command: Name, request: Commands[Name]["request"]) {
      const response = await fetch(`${base}/api/${command}`, {
        method: "POST",
        headers: { ...authorization, "content-type": "application/json" },
        body: JSON.stringify(request),
      }).catch((thrown: unknown) => {
        throw ApiFailure.from(thrown);
      });
      if (!response.ok) throw await failureOf(response);
      return (await response.json()) as Commands[Name]["response"];
    },
    listen: (handlers) => listen(`${base}/api/events`, authorization, handlers),
  };
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const body: unknown = await response.json().catch(() => null);
  if (isApiError(body)) return new ApiFailure(body);
  if (response.status === 401 || response.status === 403) return lostKey();
  return ApiFailure.unreachable(`HTTP ${response.status}`);
}

function lostKey(): ApiFailure {
  return new ApiFailure({
    code: null,
    message: "This page has no valid key for the engine.",
    hint: "Open the address again that changeover-headless printed when it started; the key is never stored.",
    retry_after_ms: null,
  });
}

function listen(url: string, headers: Record<string, string>, handlers: StreamHandlers) {
  const stop = new AbortController();
  void (async () => {
    let retryMs = FIRST_RETRY_MS;
    while (!stop.signal.aborted) {
      const problem = await streamOnce(url, headers, stop.signal, {
        ...handlers,
        opened: () => {
          retryMs = FIRST_RETRY_MS;
          handlers.opened();
        },
      });
      if (stop.signal.aborted) return;
      handlers.lost(problem);
      await pause(retryMs, stop.signal);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  })();
  return () => stop.abort();
}

/** Reads one connection to its end; the answer says why it ended. */
async function streamOnce(
  url: string,
  headers: Record<string, string>,
  stop: AbortSignal,
  handlers: StreamHandlers,
): Promise<string> {
  const silence = new AbortController();
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS);
  };
  try {
    heard();
    const signal = AbortSignal.any([stop, silence.signal]);
    const response = await fetch(url, { headers, signal, cache: "no-store" });
    if (!response.ok || !response.body) return (await failureOf(response)).message;
    handlers.opened();
    for await (const data of readServerSentEvents(response.body, heard)) {
      const envelope = JSON.parse(data) as Envelope;
      if (envelope.event === "engine_changed") handlers.changed(envelope.payload);
    }
    return "the connection was closed";
  } catch (thrown) {
    if (silence.signal.aborted) return "nothing was heard for too long";
    return ApiFailure.from(thrown).message;
  } finally {
    clearTimeout(watchdog);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
