/** Finding an action by what is typed of its title. */

/**
 * How near a title is to what was typed, from 0 (not at all) to 1. Every word that was typed must
 * begin a word of the title or stand in one: "triage gpt" never finds what has no gpt in it. Words
 * that begin the title's count most, and more the earlier they stand.
 */
export function nearness(title: string, typed: string): number {
  const wanted = words(typed);
  if (wanted.length === 0) return 1;
  const near = wanted.map((word) => nearnessOfWord(title.toLowerCase(), word));
  if (near.includes(0)) return 0;
  return near.reduce((sum, one) => sum + one, 0) / near.length;
}

function nearnessOfWord(title: string, word: string): number {
  const place = title.indexOf(word);
  if (place < 0) return 0;
  if (place === 0) return 1;
  const begins = words(title).findIndex((one) => one.startsWith(word));
  return begins < 0 ? 0.1 : 0.9 - 0.5 * (begins / words(title).length);
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
