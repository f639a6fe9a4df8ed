/** Being woken up: whose fault, what to do, who takes it on, and what their page says at last. */
import { find, open, provider } from "./harness/console";
import { expect, test } from "./harness/test";

test("an outage is triaged, its lever looked at and not pulled, and its alert taken on", async ({
  page,
  engine,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, engine);
  await find(page, "run 10");
  await find(page, "play Platform outage");
  await expect(provider(page, "Anthropic")).toContainText("their outage", { timeout: 60_000 });

  await test.step("the triage sheet says why, what not, and what to do", async () => {
    await find(page, "Triage claude-opus");
    const sheet = page.getByRole("dialog", { name: /their outage/ });
    await expect(sheet.getByRole("heading", { name: "What it is not" })).toBeVisible();
    await expect(sheet).toContainText("your quota");
    await sheet.getByRole("button", { name: "Copy as Markdown" }).press("Enter");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain("their outage");
    expect(copied).toContain("## Evidence");
    await sheet.getByRole("button", { name: "Copy the failing call as curl" }).press("Enter");
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toMatch(/^curl [\s\S]*\$[A-Z_]*KEY/);
  });

  await test.step("the probes behind it are seen phase by phase", async () => {
    const sheet = page.getByRole("dialog", { name: /their outage/ });
    const failed = sheet.getByRole("row", { name: /HTTP 5\d\d/ }).first();
    await expect(failed).toContainText(/\d+ ms|\d\.\d+ s/);
  });

  await test.step("why this number, as a sum that is the number", async () => {
    const sheet = page.getByRole("dialog", { name: /their outage/ });
    await sheet.getByRole("button", { name: /^Why \d+\?$/ }).press("Enter");
    await expect(sheet.getByRole("row", { name: /failed attempts −\d+/ })).toBeVisible();
  });

  await test.step("a suggested lever opens its plan and changes nothing", async () => {
    const sheet = page.getByRole("dialog", { name: /their outage/ });
    await sheet
      .getByRole("button", { name: /Look at the plan/ })
      .first()
      .press("Enter");
    await expect(page.getByRole("button", { name: /^Hold to/ })).toBeVisible();
    await page.keyboard.press("Escape");
    expect((await engine.call("snapshot", null)).overrides).toEqual([]);
  });

  await test.step("the alert is taken on under a name, and remembered", async () => {
    const alert = page.getByRole("article", { name: /^Anthropic: their outage/ });
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await expect(alert).toContainText("firing", { timeout: 60_000 });
    await alert.getByRole("button", { name: "Acknowledge …" }).press("Enter");
    await expect(alert.getByLabel("Note")).toBeFocused();
    await page.keyboard.type("switching chat");
    await page.keyboard.press("Enter");
    await expect(alert).toContainText("“switching chat”");
    const { alerts } = await engine.call("snapshot", null);
    const taken = alerts.find(({ title }) => title.startsWith("Anthropic: their outage"));
    expect(taken?.acknowledged?.note).toBe("switching chat");
    await alert.getByRole("button", { name: /^Triage claude-/ }).press("Enter");
    await expect(page.getByRole("dialog", { name: /their outage/ })).toBeVisible();
    await page.keyboard.press("Escape");
  });
});

test("an incident that a page declares late is read as text, with who knew first", async ({
  page,
  engine,
}) => {
  test.setTimeout(420_000);
  await open(page, engine);
  await find(page, "run 20");
  await find(page, "play Capacity exhaustion");
  const line = page.getByRole("button", { name: /^their page: “/ }).first();
  await expect(line).toBeVisible({ timeout: 300_000 });
  await line.press("Enter");
  const incident = page.getByRole("dialog").getByRole("article").first();
  await expect(incident).toContainText(/before the page said so/);
  await expect(incident.getByRole("list", { name: "Updates, newest first" })).toBeVisible();
  await expect(incident).toContainText(/they (say|give)/);
});

test("a request is followed through its gateway by the id that its answer carried", async ({
  page,
  engine,
}) => {
  await open(page, engine);
  await page.keyboard.press("/");
  const sheet = page.getByRole("dialog", { name: "The path of one request" });
  await expect(sheet.getByLabel("Request id")).toBeFocused();
  await page.keyboard.type("no-such-request");
  await page.keyboard.press("Enter");
  await expect(sheet.locator("[aria-live]")).toContainText(/\S/);
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
});
