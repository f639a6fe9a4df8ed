/** Picks the host that carries this page. */
import type { Host } from "./host";
import { httpHost, takeToken } from "./http";
import { desktopHost, runsInDesktop } from "./tauri";

export { ApiFailure, type Host, type StreamHandlers } from "./host";

export async function pickHost(): Promise<Host> {
  if (import.meta.env.DEV) {
    const fixture = new URLSearchParams(window.location.search).get("fixture");
    if (fixture !== null) {
      const { fixtureHost } = await import("../../../fixtures/host");
      return fixtureHost(fixture);
    }
  }
  return runsInDesktop() ? desktopHost : httpHost(takeToken(window.location, window.history));
}
