import "@testing-library/jest-dom/vitest";

// jsdom lays nothing out; components only need these to exist.
class NoResize {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= NoResize as unknown as typeof ResizeObserver;
HTMLCanvasElement.prototype.getContext = (() => null) as never;
Element.prototype.scrollIntoView ??= () => undefined;
