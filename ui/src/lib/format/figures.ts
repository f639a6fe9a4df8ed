/** Measured figures: a number and, apart from it, its unit. */
import { group } from "./money";

export interface Figure {
  number: string;
  unit: string;
}

/** Too few values to say; never zero. */
export const NO_FIGURE = "—";

/** Milliseconds as seconds, to the hundredth: 0.61 s, 4.81 s, 12.4 s. */
export function seconds(ms: number): Figure {
  return inSeconds(ms, ms < 9_995 ? 2 : 1);
}

/** Whole answers take longer: 0.42 s, 5.2 s, 19.2 s, 104 s. */
export function coarseSeconds(ms: number): Figure {
  return inSeconds(ms, ms < 995 ? 2 : ms < 99_950 ? 1 : 0);
}

function inSeconds(ms: number, digits: number): Figure {
  return { number: (ms / 1_000).toFixed(digits), unit: "s" };
}

/** A share of 0 to 1 as per cent. Something above nothing is never shown as 0.0. */
export function percent(share: number, digits = 1): Figure {
  const smallest = 10 ** -digits;
  const value = share * 100;
  if (value > 0 && value < smallest) return { number: `<${smallest.toFixed(digits)}`, unit: "%" };
  // 99.97 % answered is not "100 %".
  const shown = share < 1 && value > 100 - smallest / 2 ? 100 - smallest : value;
  return { number: shown.toFixed(digits), unit: "%" };
}

/** Whole share of counts, "99.7 %"; null where nothing was counted. */
export function shareOf(part: number, whole: number): Figure | null {
  if (whole <= 0) return null;
  const share = percent(part / whole);
  return part === whole ? { number: "100", unit: "%" } : share;
}

export function rate(perSecond: number): Figure {
  return { number: perSecond < 10 ? perSecond.toFixed(1) : group(Math.round(perSecond)), unit: "" };
}

export function requestsPerMinute(value: number): string {
  return `${value < 10 ? trim(value.toFixed(1)) : group(Math.round(value))} req/min`;
}

function trim(text: string): string {
  return text.replace(/\.0$/, "");
}

export function count(value: number): string {
  return group(Math.round(value));
}

/** "1 override", "3 overrides". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
