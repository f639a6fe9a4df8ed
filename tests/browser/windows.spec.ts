/** Times of our own in which nobody is told: made, changed and ended by keyboard, and audited. */
import { open } from "./harness/console";
import { expect, test } from "./harness/test";

test("a maintenance window is made, changed in place and ended, each under a name", async ({
  page,
  engine,
}) => {
  await open(page, engine);
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  const listed = page.getByRole("region", { name: "Your maintenance windows" });

  await test.step("made", async () => {
    await page.getByRole("button", { name: "Add a window …" }).press("Enter");
    const form = page.getByRole("form", { name: "A new maintenance window" });
    await expect(form.getByLabel("What is worked on")).toBeFocused();
    await form.getByLabel("What is worked on").selectOption("target gpt-mini");
    await form.getByLabel("Reason").fill("a new key");
    await form.getByLabel("Reason").press("Enter");
    await expect(listed).toContainText("“a new key”");
    await expect(listed).toContainText("open now");
  });

  const made = (await engine.call("snapshot", null)).windows;
  expect(made).toHaveLength(1);

  await test.step("changed: what was not touched stays to the millisecond", async () => {
    await listed.getByRole("button", { name: /^Edit …/ }).press("Enter");
    const form = page.getByRole("form", { name: "The maintenance window" });
    await form.getByLabel("Reason").fill("two new keys");
    await form.getByLabel("Reason").press("Enter");
    await expect(listed).toContainText("“two new keys”");
    const { windows } = await engine.call("snapshot", null);
    expect(windows).toEqual([{ ...made[0], reason: "two new keys" }]);
  });

  await test.step("ended, and all three are in the audit", async () => {
    await listed.getByRole("button", { name: /^End now/ }).press("Enter");
    await expect(listed).toContainText("None.");
    const { entries } = await engine.call("audit_list", { before: null, limit: 10 });
    const done = entries.map(({ action }) => action).filter((one) => one.startsWith("maintenance"));
    expect(done).toEqual(["maintenance_removed", "maintenance_put", "maintenance_put"]);
  });
});
