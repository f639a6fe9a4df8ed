/** What a person at the console does, by keyboard alone, in the words of the screen. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "./test";
import type { Headless } from "./headless";

export async function open(page: Page, headless: Headless): Promise<void> {
  await page.goto(headless.address);
  await expect(page.getByRole("rowheader", { name: /Anthropic/ })).toBeVisible();
}

/** Ctrl K, some words, Enter. */
export async function find(page: Page, words: string): Promise<void> {
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Find an action" });
  await expect(palette).toBeVisible();
  await page.keyboard.type(words);
  await page.keyboard.press("Enter");
  await expect(palette).toBeHidden();
}

export function provider(page: Page, name: string): Locator {
  return page.getByRole("rowheader", { name: new RegExp(`^${name} `) });
}

export function lever(page: Page, route: string): Locator {
  return page.getByRole("article", { name: route, exact: true });
}

/** Puts the hand on the lever and moves it along to the target: opens the plan, changes nothing. */
export async function reach(page: Page, leverKey: string, target: string): Promise<void> {
  await page.keyboard.press("Escape");
  await page.keyboard.press(leverKey);
  const here = page.locator('[role="radio"]:focus');
  await expect(here).toBeVisible();
  for (let step = 0; step < 6 && (await here.textContent()) !== target; step += 1) {
    await page.keyboard.press("ArrowRight");
  }
  await expect(here).toHaveText(target);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
}

/** Types the reason, leads on with Enter, and holds Enter until the sheet says what became of it. */
export async function confirm(page: Page, reason: string): Promise<void> {
  const field = page.getByLabel("Reason");
  await expect(field).toBeFocused();
  await page.keyboard.press("Control+a");
  await page.keyboard.type(reason);
  await expect(page.getByRole("button", { name: /^Hold to/ })).toBeEnabled();
  await page.keyboard.press("Enter");
  await holdEnter(page);
}

/** Holds Enter on the button that has the focus until the engine has answered. */
export async function holdEnter(page: Page): Promise<void> {
  await expect(page.getByRole("button", { name: /^Hold to/ })).toBeFocused();
  await page.keyboard.down("Enter");
  const answered = page.getByRole("dialog").getByText(/^(On its way|Done|Not everywhere)\.$/);
  await expect(
    answered.or(page.getByRole("alert").filter({ hasText: /\S/ })).first(),
  ).toBeVisible();
  await page.keyboard.up("Enter");
}

/** Per cent of a route's requests that fail, as its lever says. */
export async function failingPercent(page: Page, route: string): Promise<number> {
  const text = (await lever(page, route).textContent()) ?? "";
  const found = /([<\d.]+) % failing/.exec(text)?.[1];
  return found === undefined ? Number.NaN : Number(found.replace("<", ""));
}
