/** How wide words are in the font of the timeline, remembered per word. */
const FONT = '11px "Inter Variable", Inter, system-ui, sans-serif';
/** Where nothing can be measured: a little more than an average letter. */
const LETTER_PX = 6.4;

const known = new Map<string, number>();
let context: CanvasRenderingContext2D | null | undefined;

export function measureLabel(label: string): number {
  const before = known.get(label);
  if (before !== undefined) return before;
  context ??= document.createElement("canvas").getContext("2d");
  if (context) context.font = FONT;
  const width = Math.ceil(context?.measureText(label).width ?? label.length * LETTER_PX);
  if (known.size > 2_000) known.clear();
  known.set(label, width);
  return width;
}
