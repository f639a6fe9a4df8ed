import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FixtureHost } from "../../fixtures/host";
import { outage } from "../../fixtures/world";
import { ApiFailure } from "../../src/lib/host/host";
import { Board } from "../../src/lib/state/board.svelte";
import { Connection } from "../../src/lib/state/connection.svelte";

let host: FixtureHost;
let board: Board;
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FixtureHost(outage());
  board = new Board();
  connection = new Connection(host, board);
});

afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const snapshots = () => host.calls.filter(({ command }) => command === "snapshot").length;

describe("the connection", () => {
  test("events that arrive while the snapshot is on its way are not lost", async () => {
    connection.start();
    host.handlers?.changed({
      sequence: 42,
      now: outage().now,
      speed: 1,
      changes: [{ piece: "override_gone", value: "chat" }],
    });
    await settle();
    expect(connection.link).toBe("live");
    expect(board.sequence).toBe(42);
    expect(board.overrides.get("chat")).toBeUndefined();
  });

  test("a gap in the numbers fetches the whole again", async () => {
    connection.start();
    await settle();
    host.snapshot.sequence = 50;
    host.snapshot.operator = "after the gap";
    host.handlers?.changed({ sequence: 50, now: outage().now, speed: 1, changes: [] });
    await settle();
    expect(snapshots()).toBe(2);
    expect(board.operator).toBe("after the gap");
    expect(board.sequence).toBe(50);
  });

  test("a broken stream leaves the picture, marks it old and stops its clock", async () => {
    connection.start();
    await settle();
    host.handlers?.lost("the connection was closed");
    const shown = board.clock.now;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(connection.link).toBe("lost");
    expect(connection.failure?.message).toContain("the connection was closed");
    expect(board.providers.ids).toHaveLength(3);
    expect(board.clock.now).toBe(shown);
  });

  test("a stream that stands again makes the picture whole and live", async () => {
    connection.start();
    await settle();
    host.handlers?.lost("the connection was closed");
    host.snapshot.sequence = 77;
    host.handlers?.opened();
    await settle();
    expect(connection.link).toBe("live");
    expect(connection.failure).toBeNull();
    expect(board.sequence).toBe(77);
  });

  test("a snapshot alone, without the stream, does not count as live", async () => {
    connection.start();
    await settle();
    host.handlers?.lost("the connection was closed");
    await connection.refresh();
    expect(connection.link).toBe("lost");
  });

  test("a first snapshot that fails is asked for again by itself", async () => {
    host.refusals.set("snapshot", ApiFailure.unreachable("connection refused"));
    connection.start();
    await settle();
    expect(connection.link).toBe("lost");
    expect(board.filled).toBe(false);
    host.refusals.clear();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(connection.link).toBe("live");
    expect(board.filled).toBe(true);
  });
});
