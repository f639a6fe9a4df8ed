/**
 * What the screens need of the program that carries them. There are two: the desktop's window and
 * changeover-headless over loopback HTTP. Nothing above this folder knows which one it is.
 */
import type { ApiError, CommandName, Commands, EngineChanged, Events } from "../contract";

export interface StreamHandlers {
  /** The stream stands; what happened before it stood was not heard. */
  opened(): void;
  changed(event: EngineChanged): void;
  /** The stream broke. The host tries again by itself and calls `opened` when it stands. */
  lost(problem: string): void;
}

export interface Host {
  call<Name extends CommandName>(
    command: Name,
    request: Commands[Name]["request"],
  ): Promise<Commands[Name]["response"]>;
  /** Starts listening; the answer stops it. */
  listen(handlers: StreamHandlers): () => void;
}

/** Both hosts wrap an event in the same envelope. */
export type Envelope = {
  [Name in keyof Events]: { event: Name; payload: Events[Name] };
}[keyof Events];

/** A command that was refused or did not arrive. `code` is null where no engine answered. */
export class ApiFailure extends Error {
  readonly code: ApiError["code"] | null;
  readonly hint: string | null;
  readonly retryAfterMs: number | null;

  constructor(error: Omit<ApiError, "code"> & { code: ApiError["code"] | null }) {
    super(error.message);
    this.name = "ApiFailure";
    this.code = error.code;
    this.hint = error.hint;
    this.retryAfterMs = error.retry_after_ms;
  }

  /** Whatever was thrown, as a failure that can be shown. */
  static from(thrown: unknown): ApiFailure {
    if (thrown instanceof ApiFailure) return thrown;
    if (isApiError(thrown)) return new ApiFailure(thrown);
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return ApiFailure.unreachable(message);
  }

  static unreachable(why: string): ApiFailure {
    const said = "The engine did not answer: ";
    return new ApiFailure({
      code: null,
      // A failure that is told on is not told twice.
      message: why.startsWith(said) ? why : said + why,
      hint: "Check that Changeover is still running; this page tries again by itself.",
      retry_after_ms: null,
    });
  }
}

export function isApiError(value: unknown): value is ApiError {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Record<string, unknown>;
  return typeof record.code === "string" && typeof record.message === "string";
}
