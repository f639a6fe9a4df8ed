/**
 * The screens in a real browser, carried by the real changeover-headless. Packages come from
 * ui/node_modules by the paths in tsconfig.json, so that one lock file holds them all.
 */
import { defineConfig } from "@playwright/test";

/** A run clears its results when it begins: two at a time must not share them. Workers inherit it. */
process.env.CHANGEOVER_BROWSER_RUN ??= String(process.pid);

export default defineConfig({
  testDir: ".",
  outputDir: `results/${process.env.CHANGEOVER_BROWSER_RUN}`,
  preserveOutput: "failures-only",
  // One world at a time: each test starts three gateways, three vendors and their callers.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1440, height: 900 },
    colorScheme: "dark",
    timezoneId: "UTC",
    locale: "en-GB",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHANGEOVER_CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    },
  },
  projects: [
    { name: "browser", testIgnore: "picture.spec.ts" },
    { name: "picture", testMatch: "picture.spec.ts" },
  ],
});
