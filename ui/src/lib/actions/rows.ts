/** Moving the focus through a screen's rows with j and k. A row is what carries data-row. */
export function moveThroughRows(step: 1 | -1): void {
  const rows = rowsOfScreen();
  if (rows.length === 0) return;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = now === -1 ? (step === 1 ? 0 : rows.length - 1) : now + step;
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
}

/** To the next target in trouble below the one that has the focus; after the last to the first. */
export function moveToTrouble(): void {
  const rows = rowsOfScreen();
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const troubled = (row: HTMLElement) => row.matches("[data-trouble]");
  (rows.slice(now + 1).find(troubled) ?? rows.find(troubled))?.focus();
}

function rowsOfScreen(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("main [data-row]")];
}

/** Puts the focus on the chosen (or first) segment of a route's lever. */
export function focusLever(index: number): void {
  const lever = document.querySelectorAll("main [data-lever]")[index];
  const segment =
    lever?.querySelector<HTMLElement>('[role="radio"][aria-checked="true"]') ??
    lever?.querySelector<HTMLElement>('[role="radio"]');
  segment?.focus();
}
