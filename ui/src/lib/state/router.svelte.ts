/** Which screen is shown, kept in the address' fragment so that "back" works in a browser. */
export const VIEWS = ["board", "status", "alerts", "probes", "fallbacks", "audit"] as const;
export type View = (typeof VIEWS)[number];

export const VIEW_TITLES: Record<View, string> = {
  board: "Board",
  status: "Status",
  alerts: "Alerts",
  probes: "Probes",
  fallbacks: "Fallbacks",
  audit: "Audit",
};

/** The second key of "g b". Alerts and audit begin alike. */
export const VIEW_KEYS: Record<View, string> = {
  board: "b",
  status: "s",
  alerts: "l",
  probes: "p",
  fallbacks: "f",
  audit: "a",
};

export class Router {
  view: View = $state("board");
  /** What of the view: a period's id. */
  item: string | null = $state(null);

  constructor() {
    this.read();
  }

  read(): void {
    const [view, item] = window.location.hash.replace(/^#\/?/, "").split("/");
    this.view = VIEWS.find((known) => known === view) ?? "board";
    this.item = item ? decodeURIComponent(item) : null;
  }

  go(view: View, item: string | null = null): void {
    window.location.hash = hrefOf(view, item);
    this.view = view;
    this.item = item;
  }
}

export function hrefOf(view: View, item: string | null = null): string {
  return item === null ? `#/${view}` : `#/${view}/${encodeURIComponent(item)}`;
}
