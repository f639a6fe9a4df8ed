/** Breakers of several gateways, one sentence per target. */
import type { RouteView } from "../contract";
import { lasted } from "./time";

export interface BreakerSentence {
  target: string;
  /** "open on 2 of 3 gateways, next trial in 00:18" */
  rest: string;
}

export function breakerSentences(
  breakers: RouteView["breakers"],
  gateways: number,
  now: number,
): BreakerSentence[] {
  const targets = [...new Set(breakers.map(({ breaker }) => breaker.target))];
  return targets.map((target) => {
    const reports = breakers.filter(({ breaker }) => breaker.target === target);
    return { target, rest: sentence(reports, gateways, now) };
  });
}

function sentence(reports: RouteView["breakers"], gateways: number, now: number): string {
  const states = [...new Set(reports.map(({ breaker }) => wordOf(breaker)))];
  const where =
    reports.length === gateways
      ? "everywhere"
      : `on ${reports.map(({ gateway }) => gateway).join(", ")}`;
  const trials = reports.flatMap(({ breaker }) => breaker.next_trial_at ?? []);
  const next = trials.length > 0 ? Math.min(...trials) : null;
  const trial = next !== null && next > now ? `, next trial in ${lasted(next - now)}` : "";
  return `${states.join(" or ")} ${where}${trial}`;
}

function wordOf(breaker: RouteView["breakers"][number]["breaker"]): string {
  return (breaker.forced ?? breaker.observed).replace("_", " ");
}
