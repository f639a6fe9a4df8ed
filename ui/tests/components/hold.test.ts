import { fireEvent, render, screen } from "@testing-library/svelte";
import { createRawSnippet } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import HoldButton from "../../src/components/shared/HoldButton.svelte";

const done = vi.fn();
const children = createRawSnippet(() => ({ render: () => "<span>Hold to switch</span>" }));

beforeEach(() => {
  vi.useFakeTimers();
  done.mockReset();
});

afterEach(() => vi.useRealTimers());

function show(disabled = false): HTMLElement {
  render(HoldButton, { done, disabled, children });
  return screen.getByRole("button", { name: /Hold to switch/ });
}

test.each([
  ["Enter", "Enter"],
  ["Space", " "],
])("holding %s long enough confirms, once", async (_, key) => {
  const button = show();
  await fireEvent.keyDown(button, { key });
  await fireEvent.keyDown(button, { key, repeat: true });
  await vi.advanceTimersByTimeAsync(790);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(20);
  expect(done).toHaveBeenCalledOnce();
});

test("holding the mouse confirms", async () => {
  await fireEvent.pointerDown(show(), { button: 0 });
  await vi.advanceTimersByTimeAsync(810);
  expect(done).toHaveBeenCalledOnce();
});

test.each([
  ["letting the key go", "keyUp", { key: "Enter" }],
  ["losing the focus", "blur", {}],
] as const)("%s early changes nothing, and says so", async (_, event, init) => {
  const button = show();
  await fireEvent.keyDown(button, { key: "Enter" });
  await vi.advanceTimersByTimeAsync(500);
  await fireEvent[event](button, init);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(done).not.toHaveBeenCalled();
  expect(screen.getByRole("status")).toHaveTextContent("nothing was changed");
});

test.each(["pointerUp", "pointerLeave", "pointerCancel"] as const)(
  "%s early changes nothing",
  async (event) => {
    const button = show();
    await fireEvent.pointerDown(button, { button: 0 });
    await vi.advanceTimersByTimeAsync(500);
    await fireEvent[event](button);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(done).not.toHaveBeenCalled();
  },
);

test("a click alone, a key that was held already, or a disabled button do nothing", async () => {
  const button = show();
  await fireEvent.click(button);
  await fireEvent.keyDown(button, { key: "Enter", repeat: true });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(done).not.toHaveBeenCalled();
});
