import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiFailure, type StreamHandlers } from "../../src/lib/host/host";
import { httpHost, takeToken } from "../../src/lib/host/http";
import { readServerSentEvents } from "../../src/lib/host/sse";

const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", fetched);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  fetched.mockReset();
});

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
}

async function dataOf(...chunks: string[]): Promise<string[]> {
  const seen: string[] = [];
  for await (const data of readServerSentEvents(streamOf(...chunks))) seen.push(data);
  return seen;
}

describe("server-sent events", () => {
  test("are put together over chunks, whatever the line ends", async () => {
    expect(await dataOf("da", 'ta: {"a":', "1}\n", "\ndata: 2\r\n\r\n")).toEqual(['{"a":1}', "2"]);
  });

  test("comments are heard but are no events, and half an event is none", async () => {
    expect(await dataOf(": keep-alive\n\n", "event: x\n\n", "data: cut off")).toEqual([]);
  });

  test("several data lines are one text", async () => {
    expect(await dataOf("data: a\ndata: b\n\n")).toEqual(["a\nb"]);
  });
});

describe("the token", () => {
  test("is taken out of the address at once", () => {
    window.history.replaceState(null, "", "/#token=abc-123");
    expect(takeToken(window.location, window.history)).toBe("abc-123");
    expect(window.location.hash).toBe("");
    expect(takeToken(window.location, window.history)).toBeNull();
  });

  test("a screen in the fragment is left alone", () => {
    window.history.replaceState(null, "", "/#/fallbacks");
    expect(takeToken(window.location, window.history)).toBeNull();
    expect(window.location.hash).toBe("#/fallbacks");
  });
});

describe("a command", () => {
  const host = httpHost("secret");

  test("carries the token in the header, never in the address", async () => {
    fetched.mockResolvedValue(Response.json({ entries: 3, intact: true, broken_at: null }));
    await host.call("audit_verify", null);
    const [url, init] = fetched.mock.calls[0]!;
    expect(url).toBe("/api/audit_verify");
    expect(init?.headers).toMatchObject({ authorization: "Bearer secret" });
    expect(init?.body).toBe("null");
  });

  test("that is refused says the engine's own words", async () => {
    const error = {
      code: "stale",
      message: "changed by jo since you looked",
      hint: "Look again.",
      retry_after_ms: null,
    };
    fetched.mockResolvedValue(Response.json(error, { status: 412 }));
    const failure = await host.call("audit_verify", null).catch(ApiFailure.from);
    expect(failure).toMatchObject({ code: "stale", message: error.message, hint: "Look again." });
  });

  test("without a valid token says what to open, not a number", async () => {
    fetched.mockResolvedValue(new Response("no", { status: 401 }));
    const failure = (await host.call("audit_verify", null).catch(ApiFailure.from)) as ApiFailure;
    expect(failure.message).toContain("no valid key");
    expect(failure.hint).toContain("changeover-headless");
  });

  test("that does not arrive has no code and says what to check", async () => {
    fetched.mockRejectedValue(new TypeError("Failed to fetch"));
    const failure = (await host.call("audit_verify", null).catch(ApiFailure.from)) as ApiFailure;
    expect(failure.code).toBeNull();
    expect(failure.hint).not.toBeNull();
  });
});

describe("the stream", () => {
  const changed = { sequence: 2, now: 1, speed: 1, changes: [] };
  const handlers = () => ({
    opened: vi.fn<StreamHandlers["opened"]>(),
    changed: vi.fn<StreamHandlers["changed"]>(),
    lost: vi.fn<StreamHandlers["lost"]>(),
  });

  test("that ends is opened again by itself, until it is stopped", async () => {
    const envelope = JSON.stringify({ event: "engine_changed", payload: changed });
    fetched.mockImplementation(async () => new Response(streamOf(`data: ${envelope}\n\n`)));
    const heard = handlers();
    const stop = httpHost("secret").listen(heard);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.changed).toHaveBeenCalledExactlyOnceWith(changed);
    expect(heard.lost).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(600);
    expect(heard.opened).toHaveBeenCalledTimes(2);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard.opened).toHaveBeenCalledTimes(2);
  });

  test("that falls silent is taken for broken", async () => {
    fetched.mockImplementation(async (_, init) => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) =>
          init?.signal?.addEventListener("abort", () => controller.error(new Error("aborted"))),
      });
      return new Response(body);
    });
    const heard = handlers();
    const stop = httpHost("secret").listen(heard);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(heard.lost).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(heard.lost).toHaveBeenCalledWith("nothing was heard for too long");
    stop();
  });
});
