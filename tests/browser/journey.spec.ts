/** The main job, once: see, judge, switch, prove, put back, read what it cost, and find it again. */
import type { Page } from "@playwright/test";
import type { FallbackPeriod } from "../../ui/src/lib/contract";
import { confirm, failingPercent, find, lever, open, provider, reach } from "./harness/console";
import type { Headless } from "./harness/headless";
import { expect, test } from "./harness/test";

const MINUTE_MS = 60_000;

test("a provider fails, chat is switched by keyboard, proved, put back, and remembered", async ({
  page,
  engine,
}) => {
  await open(page, engine);
  await find(page, "run 10");
  await expect(page.getByRole("radio", { name: "10×" })).toBeChecked();
  await find(page, "play Platform outage");

  await test.step("whose fault it is, while their page is silent", async () => {
    const anthropic = provider(page, "Anthropic");
    await expect(anthropic).toContainText("their outage", { timeout: 30_000 });
    await expect(anthropic).toContainText("status page silent (checked");
    const snapshot = await engine.call("snapshot", null);
    const verdict = snapshot.verdicts.find(({ target }) => target === "claude-opus");
    const started = snapshot.sandbox?.playing?.started_at ?? 0;
    expect(verdict?.kind).toBe("their_outage");
    expect((verdict?.since ?? Infinity) - started).toBeLessThanOrEqual(MINUTE_MS);
  });

  await test.step("the lever, by keyboard alone", async () => {
    await reach(page, "1", "gpt-main");
    await confirm(page, "500s on all Claude models, their page silent");
    const sheet = page.getByRole("dialog");
    await expect(sheet.getByText("Done.")).toBeVisible({ timeout: 30_000 });
    await expect(sheet).toContainText("Served on 3 of 3 gateways");
    await page.keyboard.press("Escape");
    await expect(lever(page, "chat").getByRole("radio", { name: "gpt-main" })).toBeChecked();
  });

  await test.step("callers are served again", async () => {
    await expect.poll(() => failingPercent(page, "chat"), { timeout: 90_000 }).toBeLessThan(1);
  });

  await test.step("back to auto when the provider is well", async () => {
    await find(page, "play Calm");
    await expect(provider(page, "Anthropic")).toContainText("operating", {
      timeout: 120_000,
    });
    await find(page, "Return chat to auto");
    await confirm(page, "Anthropic answers again");
    await expect(page.getByRole("dialog").getByText("Done.")).toBeVisible({
      timeout: 60_000,
    });
    await page.keyboard.press("Escape");
  });

  const before = await test.step("what it cost", async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("f");
    const row = page.getByRole("row", { name: /chat gpt-main manual/ });
    await expect(row).not.toContainText("now", { timeout: 60_000 });
    // Requests that were under way at its end are counted a little later, and the screen follows.
    await expect
      .poll(() => endedBefore(engine), { timeout: 90_000 })
      .toBeGreaterThan(3 * MINUTE_MS);
    const { cost } = await manualPeriod(engine);
    await expect(row.getByRole("cell").nth(4)).toHaveText(String(cost.requests));
    // "+?" where an answer broke off before its tokens were counted: known in part, and said so.
    await expect(row.getByRole("cell").nth(6)).toHaveText(/^\$\d+\.\d+(\+\?)?$/);
    await expect(row.getByRole("cell").nth(7)).toHaveText(/^[+−±]\$\d+\.\d+$/);
    const ledger = await row.innerText();
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    return { ledger, audit: await auditRows(page) };
  });
  expect(before.audit.join("\n")).toContain("500s on all Claude models");

  await test.step("the next morning everything is as it was", async () => {
    await engine.stop();
    await engine.start();
    await open(page, engine);
    await page.keyboard.press("g");
    await page.keyboard.press("f");
    const row = page.getByRole("row", { name: /chat gpt-main manual/ });
    await expect(row).toBeVisible();
    expect(await row.innerText()).toBe(before.ledger);
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    const after = await auditRows(page);
    expect(after.slice(-before.audit.length)).toEqual(before.audit);
    await page.getByRole("button", { name: "Verify the chain" }).press("Enter");
    await expect(page.getByText(/all links hold/)).toBeVisible();
  });
});

async function manualPeriod(engine: Headless): Promise<FallbackPeriod> {
  const { periods } = await engine.call("fallback_list", { before: null, limit: null });
  const found = periods.find(({ route, cause }) => route === "chat" && cause === "manual");
  if (!found) throw new Error("the ledger has no manual period of chat");
  return found;
}

/** Engine milliseconds since the manual period ended. */
async function endedBefore(engine: Headless): Promise<number> {
  const { now } = await engine.call("snapshot", null);
  return now - ((await manualPeriod(engine)).ended_at ?? now);
}

/** Each link but for its time, whose wording depends on what day it is. */
async function auditRows(page: Page): Promise<string[]> {
  await expect(page.getByRole("columnheader", { name: "Hash" })).toBeVisible();
  const rows = await page.locator("tbody tr").all();
  return Promise.all(
    rows.map(async (row) => {
      const cells = await row.locator("th, td").allInnerTexts();
      return cells.filter((_, column) => column !== 1).join(" | ");
    }),
  );
}
