/**
 * The desktop: one command and one event channel carry the whole contract. The only file that
 * knows Tauri.
 */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { CommandName, Commands } from "../contract";
import { ApiFailure, type Envelope, type Host, type StreamHandlers } from "./host";

const CHANNEL = "changeover://event";

export function runsInDesktop(): boolean {
  return "__TAURI_INTERNALS__" in window;
}

export const desktopHost: Host = {
  async call<Name extends CommandName>(command: Name, request: Commands[Name]["request"]) {
    try {
      const arguments_ = { command, payload: request };
      return await invoke<Commands[Name]["response"]>("invoke_api", arguments_);
    } catch (thrown) {
      throw ApiFailure.from(thrown);
    }
  },

  listen(handlers: StreamHandlers) {
    let stopped = false;
    let unlisten: (() => void) | null = null;
    listen<Envelope>(CHANNEL, ({ payload }) => handlers.changed(payload.payload)).then(
      (stop) => {
        if (stopped) return stop();
        unlisten = stop;
        handlers.opened();
      },
      (thrown: unknown) => handlers.lost(ApiFailure.from(thrown).message),
    );
    return () => {
      stopped = true;
      unlisten?.();
    };
  },
};
