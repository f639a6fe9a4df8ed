/**
 * Money from integer nanodollars, by integer arithmetic. What has no price is said to have none;
 * it is never shown as $0.
 */
const NANODOLLARS_PER_DOLLAR = 1_000_000_000;

export const UNPRICED = "unpriced";

/** Digits behind the point that an amount needs: cents, and more where it is under ten cents. */
function digitsFor(absolute: number): number {
  if (absolute === 0 || absolute >= NANODOLLARS_PER_DOLLAR / 10) return 2;
  return absolute >= NANODOLLARS_PER_DOLLAR / 1_000 ? 4 : 6;
}

/** "25.61" out of 25 610 000 000; halves are rounded away from zero. */
export function dollars(nanodollars: number, digits = digitsFor(Math.abs(nanodollars))): string {
  const step = 10 ** (9 - digits);
  const steps = Math.floor((Math.abs(nanodollars) + Math.floor(step / 2)) / step);
  const perDollar = 10 ** digits;
  const whole = Math.floor(steps / perDollar);
  const fraction = String(steps % perDollar).padStart(digits, "0");
  return digits === 0 ? group(whole) : `${group(whole)}.${fraction}`;
}

export function group(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "$25.61", "−$0.21", "unpriced". */
export function money(nanodollars: number | null, digits?: number): string {
  if (nanodollars === null) return UNPRICED;
  const text = `$${dollars(nanodollars, digits)}`;
  return nanodollars < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** "+$2.52", "−$0.21", "±$0.00"; a premium always has its sign. */
export function premium(nanodollars: number | null): string {
  if (nanodollars === null) return "not known";
  const text = `$${dollars(nanodollars)}`;
  if (!/[1-9]/.test(text)) return `±${text}`;
  return nanodollars < 0 ? `−${text}` : `+${text}`;
}

export function premiumPerHour(nanodollars: number): string {
  return `${premium(nanodollars)}/h`;
}

/** "11 %" of the base, with its sign; null where there is nothing to compare with. */
export function premiumShare(extra: number | null, base: number | null): string | null {
  if (extra === null || base === null || base <= 0) return null;
  const tenths = Math.round((Math.abs(extra) * 1000) / base);
  const text = tenths >= 100 ? String(Math.round(tenths / 10)) : (tenths / 10).toFixed(1);
  return `${text} %`;
}
