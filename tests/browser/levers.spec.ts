/** Levers when something else happens at the same time. */
import { Cable } from "./harness/cable";
import { confirm, find, holdEnter, lever, open, reach } from "./harness/console";
import { expect, test } from "./harness/test";

const HOUR_MS = 3_600_000;

test("a change by another operator since one looked is refused, shown, and planned anew", async ({
  page,
  engine,
}) => {
  await open(page, engine);
  await find(page, "run 10");
  await reach(page, "1", "gpt-main");
  const { now } = await engine.call("snapshot", null);
  await engine.call("override_apply", {
    route: "chat",
    target: "gemini-pro",
    mode: "full",
    forced_breakers: [],
    holder: "jo",
    reason: "I was faster",
    until: now + HOUR_MS,
    on_expiry: "return_if_healthy",
    break_interlocks: [],
    expected: null,
  });
  await confirm(page, "500s on all Claude models");
  const refusal = page
    .getByRole("dialog")
    .getByRole("alert")
    .filter({ hasText: "since you looked" });
  await expect(refusal).toContainText("jo");
  await expect(lever(page, "chat")).toContainText("I was faster");

  await refusal.getByRole("button", { name: "Look again" }).press("Enter");
  await expect(refusal).toBeHidden();
  await expect(page.getByRole("dialog")).toContainText("gemini-pro → gpt-main");
  await expect(page.getByLabel("Reason")).toHaveValue("500s on all Claude models");
  await page.getByRole("button", { name: /^Hold to/ }).focus();
  await holdEnter(page);
  await expect(page.getByRole("dialog").getByText("Done.")).toBeVisible({
    timeout: 60_000,
  });
});

test("a gateway that is down is shown as such, and brought along when it returns", async ({
  page,
  engine,
}) => {
  await open(page, engine);
  await find(page, "run 10");
  await engine.call("sandbox_gateway", { gateway: "eu-2", up: false });
  await expect(page.getByText(/gateways 2\/3 in sync/)).toBeVisible({
    timeout: 30_000,
  });
  await reach(page, "1", "gpt-main");
  await confirm(page, "rehearsing the switch");
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByText("Not everywhere.")).toBeVisible({
    timeout: 60_000,
  });
  await expect(sheet).toContainText("Served on 2 of 3 gateways", {
    timeout: 60_000,
  });
  await expect(sheet.getByText("Done.")).toBeHidden();
  await engine.call("sandbox_gateway", { gateway: "eu-2", up: true });
  await expect(sheet.getByText("Done.")).toBeVisible({ timeout: 60_000 });
  await expect(sheet).toContainText("Served on 3 of 3 gateways");
});

test("a hold that is let go too early changes nothing", async ({ page, engine }) => {
  await open(page, engine);
  await reach(page, "1", "gpt-main");
  await page.keyboard.type("only looking");
  const button = page.getByRole("button", { name: /^Hold to/ });
  await expect(button).toBeEnabled();
  await button.hover();
  await page.mouse.down();
  await page.mouse.up();
  await expect(page.getByText("Let go too early; nothing was changed.")).toBeAttached();
  await page.keyboard.press("Escape");
  const { overrides } = await engine.call("snapshot", null);
  expect(overrides).toEqual([]);
});

test("a connection that breaks makes the picture old, and live again when it is mended", async ({
  page,
  engine,
}) => {
  const cable = new Cable(engine.url);
  await cable.mend();
  await page.goto(`${cable.url}/#token=${engine.token}`);
  const auto = lever(page, "chat").getByRole("radio").first();
  await expect(auto).toBeEnabled();

  await cable.cut();
  const banner = page.getByRole("region", { name: "Connection" });
  await expect(banner).toContainText("Connection to the engine lost");
  await expect(page.getByText(/^as of [\d:]+ UTC$/)).toHaveCount(3);
  await expect(auto).toBeDisabled();
  const clock = page.locator("header time");
  const stopped = await clock.textContent();
  await expect(banner).toContainText("2 s ago");
  expect(await clock.textContent()).toBe(stopped);

  await cable.mend();
  await expect(banner).toBeHidden({ timeout: 30_000 });
  await expect(auto).toBeEnabled();
  await expect(clock).not.toHaveText(stopped ?? "");
  await cable.cut();
});
