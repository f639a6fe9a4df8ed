/**
 * Where the bars and words of the timeline stand. Words never overlap and never leave the picture:
 * a bar is given a row in which both it and its label have room. A label stands in its bar where
 * it fits, beside it where it does not; where neither is free it is shortened to what its bar holds,
 * and below that left to the list in words.
 */
import type { LaneMark, LaneSpan, Tone } from "../contract";

export interface Scale {
  from: number;
  until: number;
  /** Pixels of the drawn hour. */
  width: number;
  /** Pixels that a label takes. */
  measure: (label: string) => number;
}

export interface Bar {
  x: number;
  width: number;
  row: number;
  tone: Tone;
  label: string | null;
  labelX: number;
  inside: boolean;
  /** The same in words. */
  title: string;
}

export interface Mark {
  x: number;
  tone: Tone;
  label: string | null;
  labelX: number;
  row: number;
  title: string;
}

interface Extent {
  from: number;
  to: number;
}

/** Rows in which nothing lies on anything. Below them one more holds what found no room. */
const MOST_ROWS = 4;
/** A label of fewer letters tells nothing. */
const FEWEST_LETTERS = 5;
const PADDING = 6;
const GAP = 8;
const NARROWEST_BAR = 2;

export function xOf(at: number, scale: Scale): number {
  const share = (at - scale.from) / (scale.until - scale.from);
  return Math.min(Math.max(share, 0), 1) * scale.width;
}

export function layBars(spans: readonly LaneSpan[], scale: Scale): { bars: Bar[]; rows: number } {
  const rows: Extent[][] = [];
  const seen = spans.filter((span) => (span.until ?? scale.until) > scale.from);
  const ordered = [...seen].sort((one, other) => one.from - other.from);
  const bars = ordered.map((span) => layBar(span, scale, rows));
  return { bars, rows: Math.max(rows.length, 1) };
}

function layBar(span: LaneSpan, scale: Scale, rows: Extent[][]): Bar {
  const x = xOf(span.from, scale);
  const end = xOf(span.until ?? scale.until, scale);
  const width = Math.max(end - x, NARROWEST_BAR);
  const bar = { x, width, tone: span.tone, title: span.label };
  const room = scale.measure(span.label);
  for (const place of placesFor(x, width, room, scale.width)) {
    const row = freeRow(rows, place.extent);
    if (row !== null) {
      return { ...bar, row, label: span.label, labelX: place.labelX, inside: place.inside };
    }
  }
  const row = freeRow(rows, { from: x, to: x + width }) ?? MOST_ROWS;
  const label = row === MOST_ROWS ? inLastRow(rows, x, width) : true;
  const words = label ? shortened(span.label, width - 2 * PADDING, scale) : null;
  return { ...bar, row, label: words, labelX: x + PADDING, inside: words !== null };
}

/** Bars lie on each other in the last row; the first in a place has the words. */
function inLastRow(rows: Extent[][], x: number, width: number): boolean {
  const taken = (rows[MOST_ROWS] ??= []);
  const extent = { from: x, to: x + width };
  if (!taken.every((other) => isApart(extent, other))) return false;
  taken.push(extent);
  return true;
}

/** As much of the label as there is room for, with an ellipsis; null below a few letters. */
function shortened(label: string, room: number, { measure }: Scale): string | null {
  if (measure(label) <= room) return label;
  for (let length = label.length - 1; length >= FEWEST_LETTERS; length -= 1) {
    const short = `${label.slice(0, length).trimEnd()}…`;
    if (measure(short) <= room) return short;
  }
  return null;
}

function isApart(one: Extent, other: Extent): boolean {
  return one.from >= other.to || one.to <= other.from;
}

/** In the bar; right of it; left of it. */
function placesFor(x: number, width: number, room: number, whole: number) {
  const inside = { labelX: x + PADDING, inside: true, extent: { from: x, to: x + width } };
  const right = x + width + PADDING;
  const left = x - PADDING - room;
  return [
    ...(room + 2 * PADDING <= width ? [inside] : []),
    ...(right + room <= whole
      ? [{ labelX: right, inside: false, extent: { from: x, to: right + room } }]
      : []),
    ...(left >= 0 ? [{ labelX: left, inside: false, extent: { from: left, to: x + width } }] : []),
  ];
}

/** The first row in which the extent is free; it is taken at once. */
function freeRow(rows: Extent[][], extent: Extent): number | null {
  for (let row = 0; row < MOST_ROWS; row += 1) {
    const taken = (rows[row] ??= []);
    if (taken.every((other) => isApart(extent, other))) {
      taken.push(extent);
      return row;
    }
  }
  return null;
}

/** Marks run through all lanes; their words stand below, in at most two rows. */
export function layMarks(
  marks: readonly LaneMark[],
  scale: Scale,
): { marks: Mark[]; rows: number } {
  const rows: Extent[][] = [[], []];
  const ordered = [...marks]
    .filter((mark) => mark.at >= scale.from)
    .sort((one, other) => one.at - other.at);
  const laid = ordered.map((mark) => layMark(mark, scale, rows));
  return { marks: laid, rows: rows[1]?.length ? 2 : 1 };
}

function layMark(mark: LaneMark, scale: Scale, rows: Extent[][]): Mark {
  const x = xOf(mark.at, scale);
  const room = scale.measure(mark.label);
  const base = { x, tone: mark.tone, title: mark.label };
  for (const [row, taken] of rows.entries()) {
    for (const labelX of [x + 4, x - 4 - room]) {
      const extent = { from: labelX - GAP / 2, to: labelX + room + GAP / 2 };
      const fits = labelX >= 0 && labelX + room <= scale.width;
      if (fits && taken.every((other) => isApart(extent, other))) {
        taken.push(extent);
        return { ...base, label: mark.label, labelX, row };
      }
    }
  }
  return { ...base, label: null, labelX: x, row: 0 };
}
