/** Every screen for those who do not see it, and for those who see it badly: contrast included. */
import type { Page } from "@playwright/test";
import axe from "axe-core";
import { find, open, provider, reach } from "./harness/console";
import { expect, test } from "./harness/test";

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: loaded } = window as unknown as {
      axe: typeof import("axe-core");
    };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const result = await loaded.run(document, { runOnly: tags });
    return result.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
    );
  });
  return found;
}

for (const colorScheme of ["dark", "light"] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test("no screen and no sheet breaks a rule", async ({ page, engine }) => {
      await open(page, engine);
      await find(page, "run 10");
      await find(page, "play Platform outage");
      await expect(provider(page, "Anthropic")).toContainText("their outage", {
        timeout: 30_000,
      });
      expect(await violations(page), "the board").toEqual([]);
      await reach(page, "1", "gpt-main");
      await page.keyboard.type("500s");
      expect(await violations(page), "the lever sheet").toEqual([]);
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      expect(await violations(page), "the keys").toEqual([]);
      await page.keyboard.press("Escape");
      await find(page, "Triage claude-opus");
      const sheet = page.getByRole("dialog", { name: /their outage/ });
      await sheet.getByRole("button", { name: /^Why \d+\?$/ }).press("Enter");
      await sheet
        .getByRole("button", { name: /replay$/ })
        .first()
        .press("Enter");
      await expect(sheet.getByText("What it was made from")).toBeVisible();
      await expect(sheet.getByRole("columnheader", { name: "first token" })).toBeVisible();
      expect(await violations(page), "the triage sheet").toEqual([]);
      await page.keyboard.press("Escape");
      await find(page, "Read what Anthropic says");
      await expect(page.getByRole("dialog", { name: "Anthropic" })).toContainText("Their page");
      expect(await violations(page), "a provider's page").toEqual([]);
      await page.keyboard.press("Escape");
      await find(page, "Acknowledge “Anthropic: their outage");
      await expect(page.getByRole("form", { name: /^Acknowledge: Anthropic/ })).toBeVisible();
      expect(await violations(page), "Alerts").toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByText("What else is watched").press("Enter");
      await expect(page.getByText("gateway unreachable")).toBeVisible();
      await page.getByRole("button", { name: "Add a window …" }).press("Enter");
      await expect(page.getByRole("form", { name: "A new maintenance window" })).toBeVisible();
      expect(await violations(page), "a window of our own, and what is well").toEqual([]);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("form")).toBeHidden();
      await page.keyboard.press("/");
      await expect(page.getByLabel("Request id")).toBeFocused();
      expect(await violations(page), "the path of a request").toEqual([]);
      await page.keyboard.press("Escape");
      for (const [key, heading] of [
        ["s", "Status"],
        ["p", "Probes"],
        ["f", "Fallbacks"],
        ["a", "Audit"],
      ] as const) {
        await page.keyboard.press("g");
        await page.keyboard.press(key);
        await expect(page.getByRole("heading", { level: 1, name: heading })).toBeAttached();
        await expect(page.getByRole("table").first()).toBeVisible({
          timeout: 30_000,
        });
        expect(await violations(page), heading).toEqual([]);
      }
    });
  });
}

test("the board reads in order: verdicts, figures, levers, the hour in words", async ({
  page,
  engine,
}) => {
  await open(page, engine);
  await expect(page.getByRole("main")).toMatchAriaSnapshot(`
    - main:
      - heading "Board" [level=1]
      - region "Providers":
        - heading "Providers" [level=2]
        - table:
          - rowgroup:
            - row:
              - columnheader "Target"
              - columnheader "p95 · p99, 60 min"
              - columnheader "health"
              - columnheader "TTFT p95"
              - columnheader "total p95"
              - columnheader "p99"
              - columnheader "tok/s"
              - columnheader "errors 5 min"
              - columnheader "$ / 1k ok"
              - columnheader "standby"
          - rowgroup:
            - row /Anthropic/:
              - rowheader /Anthropic ·/
            - row /claude-opus/:
              - rowheader "claude-opus":
                - button "claude-opus"
      - region "Levers":
        - heading "Levers" [level=2]
        - list:
          - listitem:
            - article "chat":
              - heading "chat" [level=3]
              - radiogroup "Target of chat":
                - radio /auto/ [checked]
                - radio "claude-opus"
              - radiogroup "Mode of chat":
                - radio "full" [checked]
      - region "Last 60 minutes":
        - heading "Last 60 minutes" [level=2]
        - list "The last hour in words"
  `);
});
