export type ApiErrorCode = "stale" | "interlock" | "invalid" | "not_found" | "unavailable" | "unknown_command" | "internal";
export type ApiError = { code: ApiErrorCode, message: string, hint: string | null, retry_after_ms: number | null, };
