/** The README's picture: the sandbox in a platform outage, chat switched. `npm run screenshot`. */
import path from "node:path";
import { confirm, failingPercent, find, open, provider, reach } from "./harness/console";
import { expect, test } from "./harness/test";

test("docs/board.png", async ({ page, engine }) => {
  test.setTimeout(600_000);
  await open(page, engine);
  // Some quiet minutes first, so that the lines have something to rise from.
  await find(page, "run 10");
  const { now: from } = await engine.call("snapshot", null);
  const minutes = async () => ((await engine.call("snapshot", null)).now - from) / 60_000;
  await expect.poll(minutes, { timeout: 300_000 }).toBeGreaterThan(20);
  await find(page, "play Platform outage");
  await expect(provider(page, "Anthropic")).toContainText("their outage", {
    timeout: 60_000,
  });
  await reach(page, "1", "gpt-main");
  await confirm(page, "500s on all Claude models, their page silent");
  await expect(page.getByRole("dialog").getByText("Done.")).toBeVisible({
    timeout: 60_000,
  });
  await page.keyboard.press("Escape");
  await expect.poll(() => failingPercent(page, "chat"), { timeout: 90_000 }).toBeLessThan(1);
  // Long enough for the outage to be more than a mark at the edge.
  await expect.poll(minutes, { timeout: 120_000 }).toBeGreaterThan(32);
  await find(page, "run 1×");
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.screenshot({
    path: path.resolve(__dirname, "../../docs/board.png"),
  });
});
