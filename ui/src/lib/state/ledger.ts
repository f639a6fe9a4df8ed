/**
 * When the ledger has to be asked again. Requests that were under way when a period ended are
 * counted a little later, so a period that has just ended still grows.
 */
import type { FallbackPeriod } from "../contract";

const MINUTE_MS = 60_000;
const SETTLES_WITHIN_MS = 5 * MINUTE_MS;

/** A number that is another one whenever the period's figures may be: each minute, then never. */
export function revisionOf(period: FallbackPeriod, now: number): number {
  const end = period.ended_at === null ? now : period.ended_at + SETTLES_WITHIN_MS;
  return Math.floor(Math.min(now, end) / MINUTE_MS);
}
