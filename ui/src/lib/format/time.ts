/** Moments and spans as a tired person reads them. Always UTC, always said so where it matters. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** "14:22:07" */
export function clockTime(at: number): string {
  const date = new Date(at);
  return `${clockMinute(at)}:${two(date.getUTCSeconds())}`;
}

/** "14:22" */
export function clockMinute(at: number): string {
  const date = new Date(at);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

/** "20 Nov 14:22" */
export function dayAndMinute(at: number): string {
  return `${day(at)} ${clockMinute(at)}`;
}

/** "20 Nov" */
export function day(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""}`;
}

/** The time alone today, with the day before it otherwise. */
export function momentNear(at: number, now: number): string {
  return day(at) === day(now) ? clockTime(at) : dayAndMinute(at);
}

/** "06:12", "2:31:00", "3 d 4 h": a running or finished length of time. */
export function lasted(ms: number): string {
  const left = Math.max(0, ms);
  if (left >= DAY) return `${Math.floor(left / DAY)} d ${Math.floor((left % DAY) / HOUR)} h`;
  const hours = Math.floor(left / HOUR);
  const minutes = Math.floor((left % HOUR) / MINUTE);
  const seconds = Math.floor((left % MINUTE) / SECOND);
  const tail = `${two(minutes)}:${two(seconds)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** "48 m 37 s", "2 h 31 m", "23 s": a length in words, for headings. */
export function lengthInWords(ms: number): string {
  const left = Math.max(0, ms);
  if (left >= HOUR) return `${Math.floor(left / HOUR)} h ${Math.floor((left % HOUR) / MINUTE)} m`;
  if (left >= MINUTE) {
    return `${Math.floor(left / MINUTE)} m ${Math.floor((left % MINUTE) / SECOND)} s`;
  }
  return `${Math.floor(left / SECOND)} s`;
}

/** "21 s ago", "4 min ago", "2 h ago", "3 d ago"; never in the future. */
export function ago(at: number, now: number): string {
  return `${span(now - at)} ago`;
}

/** "21 s", "4 min", "2 h", "3 d": one unit, rounded down. */
export function span(ms: number): string {
  const left = Math.max(0, ms);
  if (left < MINUTE) return `${Math.floor(left / SECOND)} s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)} min`;
  if (left < DAY) return `${Math.floor(left / HOUR)} h`;
  return `${Math.floor(left / DAY)} d`;
}
