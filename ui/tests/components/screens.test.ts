import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FixtureHost } from "../../fixtures/host";
import { openIncident } from "../../fixtures/pages";
import { outage } from "../../fixtures/world";
import App from "../../src/App.svelte";
import { ApiFailure } from "../../src/lib/host";

let host: FixtureHost;

beforeEach(() => {
  window.history.replaceState(null, "", "/");
  vi.useFakeTimers({ shouldAdvanceTime: true });
  host = new FixtureHost(outage(), 100);
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const user = () => userEvent.setup({ advanceTimers: vi.advanceTimersByTime.bind(vi) });

async function open(): Promise<void> {
  render(App, { host });
  await screen.findByRole("table");
}

const asked = (command: string) => host.calls.filter((call) => call.command === command);

describe("triage", () => {
  test("says what to do, what it is not, and opens a plan without applying it", async () => {
    await open();
    await user().click(screen.getByRole("button", { name: "claude-opus" }));
    const sheet = await screen.findByRole("dialog", { name: /their outage/ });
    expect(await within(sheet).findByText("no 429; 62 % of the limit was left")).toBeVisible();
    expect(sheet).toHaveTextContent("44 %");
    expect(sheet).toHaveTextContent("$ANTHROPIC_API_KEY");
    await user().click(within(sheet).getByRole("button", { name: /Look at the plan/ }));
    expect(await screen.findByRole("dialog", { name: /Switch agent/ })).toBeVisible();
    expect(asked("override_plan")).toHaveLength(1);
    expect(asked("override_apply")).toHaveLength(0);
  });

  test("the score on the board opens the sheet with its sum unfolded", async () => {
    await open();
    await user().click(screen.getAllByRole("button", { name: "11" })[0]!);
    const sheet = await screen.findByRole("dialog");
    const fold = await within(sheet).findByRole("button", { name: "Fold the sum" });
    expect(fold).toHaveAttribute("aria-expanded", "true");
    expect(within(sheet).getByRole("row", { name: /failed attempts −89/ })).toBeVisible();
  });

  test("a past verdict is made again when asked, and not before", async () => {
    await open();
    await user().click(screen.getByRole("button", { name: "claude-opus" }));
    const sheet = await screen.findByRole("dialog");
    const before = await within(sheet).findByRole("button", { name: /replay/ });
    expect(asked("verdict_explain").map(({ request }) => request)).toEqual([
      { target: "claude-opus", at: null, change: null },
    ]);
    await user().click(before);
    expect(await within(sheet).findByText(/the same, word for word/)).toBeVisible();
  });

  test("the latest probes are shown phase by phase, and what was not reached is a dash", async () => {
    await open();
    await user().click(screen.getByRole("button", { name: "claude-opus" }));
    const sheet = await screen.findByRole("dialog");
    const failed = await within(sheet).findByRole("row", { name: /overloaded · HTTP 529/ });
    const phases = within(failed).getAllByRole("cell").slice(1, 8);
    expect(phases.map((cell) => cell.textContent)).toEqual([
      "4 ms",
      "12 ms",
      "31 ms",
      "—",
      "—",
      "—",
      "231 ms",
    ]);
    expect(failed).toHaveTextContent("their id req_011CVsample");
    expect(within(sheet).getByRole("row", { name: /^14:20:58 ok/ })).toHaveTextContent("$0.000190");
  });

  test("the next target in trouble is one key away, also from another screen", async () => {
    await open();
    await user().keyboard("gst");
    await waitFor(() => expect(document.activeElement).toHaveTextContent("claude-opus"));
    await user().keyboard("t");
    await waitFor(() => expect(document.activeElement).toHaveTextContent("claude-haiku"));
    expect(host.calls.filter(({ command }) => command.startsWith("override"))).toEqual([]);
  });
});

test("a request is looked up by the id that its answer carried, step by step", async () => {
  await open();
  await user().keyboard("/");
  const sheet = await screen.findByRole("dialog", { name: "The path of one request" });
  await user().type(within(sheet).getByLabelText("Request id"), "nobody{Enter}");
  expect(await within(sheet).findByText("no request nobody is kept")).toBeVisible();
  await user().clear(within(sheet).getByLabelText("Request id"));
  await user().type(within(sheet).getByLabelText("Request id"), "01JD3V9K5Q{Enter}");
  const failed = await within(sheet).findByRole("row", { name: /HTTP 529/ });
  expect(failed).toHaveTextContent("claude-opus");
  expect(asked("request_get").at(-1)!.request).toEqual({ gateway: "eu-1", id: "01JD3V9K5Q" });
});

describe("a provider's page", () => {
  test("is read as text, with who knew first and their weight beside ours", async () => {
    host.snapshot.incidents = [openIncident()];
    await open();
    await user().click(screen.getByRole("button", { name: /their page: “Elevated errors/ }));
    const sheet = await screen.findByRole("dialog", { name: "Anthropic" });
    const incident = (await within(sheet).findAllByRole("article"))[0]!;
    expect(incident).toHaveTextContent("31 min before the page said so");
    expect(incident).toHaveTextContent("they say “minor”, we read it as major");
    expect(incident).toHaveTextContent("<b>Nothing here is markup.</b>");
    expect(incident.querySelector("b")).not.toHaveTextContent("markup");
  });

  test("that cannot be read is never shown as operational", async () => {
    await open();
    await user().keyboard("gs");
    const row = await screen.findByRole("row", { name: /^Gemini/ });
    expect(row).toHaveTextContent("not known");
    expect(row).toHaveTextContent("unreadable after 4 failures");
    expect(row).not.toHaveTextContent("operational");
  });
});

describe("alerts", () => {
  test("are counted beside the screen's name and taken on under a name", async () => {
    await open();
    expect(screen.getByRole("link", { name: /Alerts.*1 needs somebody/ })).toBeVisible();
    await user().keyboard("gl");
    const alert = await screen.findByRole("article", { name: /Anthropic: their outage/ });
    await user().click(within(alert).getByRole("button", { name: "Acknowledge …" }));
    await user().type(within(alert).getByLabelText("Note"), "switching{Enter}");
    await waitFor(() => expect(alert).toHaveTextContent("taken on by mk"));
    expect(asked("alert_acknowledge")[0]!.request).toEqual({
      key: "their_trouble provider:anthropic",
      by: "mk",
      note: "switching",
    });
    expect(screen.getByRole("link", { name: "Alerts" })).toBeVisible();
  });

  test("lead to the triage of what they are about", async () => {
    await open();
    await user().keyboard("gl");
    const alert = await screen.findByRole("article", { name: /Anthropic: their outage/ });
    await user().click(within(alert).getByRole("button", { name: /^Triage claude-/ }));
    expect(await screen.findByRole("dialog", { name: /their outage/ })).toBeVisible();
  });

  test("what else is watched and well is told when asked, and not before", async () => {
    await open();
    await user().keyboard("gl");
    const fold = await screen.findByText("What else is watched");
    expect(asked("alert_list")).toHaveLength(0);
    await user().click(fold);
    expect(await screen.findAllByText("OpenAI, Gemini")).toHaveLength(2);
  });

  test("what was not delivered is listed and can be tried again", async () => {
    await open();
    await user().keyboard("gl");
    const again = await screen.findAllByRole("button", { name: /^Try again: / });
    expect(again).toHaveLength(2);
    await user().click(again[1]!);
    expect(asked("outgoing_retry")[0]!.request).toEqual({ id: "m2", by: "mk" });
  });

  test("a window of our own is added with its reason, in UTC", async () => {
    await open();
    await user().keyboard("gs");
    await user().click(await screen.findByRole("button", { name: "Add a window …" }));
    const form = screen.getByRole("form", { name: "A new maintenance window" });
    const add = within(form).getByRole("button", { name: "Add the window" });
    expect(add).toBeDisabled();
    await user().type(within(form).getByLabelText("Reason"), "moving house");
    await user().click(add);
    const [call] = asked("maintenance_put");
    expect(call!.request).toMatchObject({
      subject: { kind: "provider", id: "anthropic" },
      reason: "moving house",
      by: "mk",
    });
    expect(await screen.findByText("“moving house” · mk")).toBeVisible();
  });
});

test("a window of our own is changed in place and keeps what was not touched", async () => {
  await open();
  await user().keyboard("gs");
  await user().click(await screen.findByRole("button", { name: "Edit …: target gemini-pro" }));
  const form = screen.getByRole("form", { name: "The maintenance window" });
  const reason = within(form).getByLabelText("Reason");
  expect(reason).toHaveValue("moving to a new project");
  await user().clear(reason);
  await user().type(reason, "it takes longer{Enter}");
  const before = outage().windows.find(({ id }) => id === "window-1")!;
  const { id, subject, from, until } = before;
  await waitFor(() =>
    expect(asked("maintenance_put").map(({ request }) => request)).toEqual([
      { id, subject, from, until, reason: "it takes longer", by: "mk" },
    ]),
  );
  expect(await screen.findByText("“it takes longer” · mk")).toBeVisible();
  expect(screen.queryByRole("form")).toBeNull();
  // What stands in the configuration file is changed there.
  expect(screen.queryByRole("button", { name: "Edit …: everything" })).toBeNull();
});

test("an engine that was never reached is told once, and nothing is made up", async () => {
  const failure = ApiFailure.unreachable("connection refused");
  host.refusals.set("snapshot", failure);
  render(App, { host });
  for (const [keys, heading] of [
    ["gs", "Status"],
    ["gl", "Alerts"],
    ["gp", "Probes"],
  ] as const) {
    await user().keyboard(keys);
    await screen.findByRole("heading", { level: 1, name: heading });
    expect(await screen.findAllByText(failure.message)).toHaveLength(1);
    const main = screen.getByRole("main");
    expect(main).not.toHaveTextContent(/as of|None|Nothing|Loading/);
  }
});

test("another pace of probes is reckoned and nothing is changed by it", async () => {
  await open();
  await user().keyboard("gp");
  await user().click(await screen.findByRole("radio", { name: "5 min" }));
  await waitFor(() =>
    expect(asked("probe_forecast").at(-1)!.request).toEqual({ provider: null, interval_s: 300 }),
  );
});

test("probes show what is spent and what is odd about a credential, never the secret", async () => {
  await open();
  await user().keyboard("gp");
  const row = (await screen.findAllByRole("row", { name: /^Anthropic/ }))[0]!;
  expect(row).toHaveTextContent("$0.31");
  expect(row).toHaveTextContent("$1.00");
  expect(
    await screen.findByText("OPENAI_API_KEY is set as well and holds another key."),
  ).toBeVisible();
  expect(screen.getByText("9f31c0aa")).toBeVisible();
});
