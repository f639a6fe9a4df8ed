/** Every test has a world of its own, and fails on what the page complains about. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test as base } from "@playwright/test";
import { Headless } from "./headless";

interface World {
  engine: Headless;
}

export const test = base.extend<World>({
  engine: async ({}, use, info) => {
    const dataDir = await mkdtemp(path.join(tmpdir(), "changeover-browser-"));
    const headless = new Headless(dataDir);
    await headless.start();
    await use(headless);
    await headless.stop();
    if (info.status !== info.expectedStatus) {
      await info.attach("changeover-headless", {
        body: headless.log,
        contentType: "text/plain",
      });
    }
    await rm(dataDir, { recursive: true, force: true });
  },

  page: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // What was refused or cut on purpose the browser reports as well; the page has to show it.
      const answered = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !answered) complaints.push(message.text());
    });
    await use(page);
    expect(complaints, "the page complained").toEqual([]);
  },
});

export { expect };
