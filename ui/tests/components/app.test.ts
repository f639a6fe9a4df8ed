import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FixtureHost, fixtureHost } from "../../fixtures/host";
import { empty, NOW, outage } from "../../fixtures/world";
import App from "../../src/App.svelte";
import { ApiFailure } from "../../src/lib/host/host";

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

async function hold(button: HTMLElement): Promise<void> {
  button.focus();
  await fireEvent.keyDown(button, { key: "Enter" });
  await vi.advanceTimersByTimeAsync(850);
}

describe("the board", () => {
  test("says whose fault it is, with the evidence and what their page says", async () => {
    await open();
    const group = screen.getByRole("rowheader", { name: /Anthropic/ });
    expect(group).toHaveTextContent("their outage, all models");
    expect(group).toHaveTextContent("status page silent (checked");
    expect(group).toHaveTextContent("529 overloaded on 41 % of probes");
    // What is wrong leads to where it is.
    await user().click(screen.getByRole("button", { name: "Anthropic is down for you" }));
    await waitFor(() => expect(document.activeElement).toHaveTextContent("claude-opus"));
  });

  test("shows no figure as a dash and no price as unpriced", async () => {
    await open();
    const row = screen.getByRole("row", { name: /^gemini-pro/ });
    expect(row).toHaveTextContent("unpriced");
    expect(row).not.toHaveTextContent("$0");
  });

  test("a target that has a price but answered nobody is not called unpriced", async () => {
    await open();
    const [target] = outage().targets;
    const figures = { ...target!.figures, cost_per_thousand: null, priced: true };
    host.emit({ piece: "target", value: { ...target!, figures } });
    const row = screen.getByRole("row", { name: /^claude-opus/ });
    await waitFor(() => expect(row).not.toHaveTextContent("31.40"));
    expect(row).not.toHaveTextContent("unpriced");
  });

  test("says when probes rest because their budget is spent, and until when", async () => {
    await open();
    const [provider] = outage().providers;
    const resting = { ...provider!, probes_rest_until: NOW + 3_600_000 };
    host.emit({ piece: "provider", value: resting });
    expect(await screen.findByText(/probes rest until 15:22:07/)).toBeVisible();
  });

  test("an override that ran out and still holds asks for a decision", async () => {
    await open();
    const [view] = outage().overrides;
    host.emit({ piece: "override", value: { ...view!, expiry_held: ["eu-1", "us-1"] } });
    expect(await screen.findByText(/ran out and still holds on eu-1, us-1/)).toBeVisible();
  });

  test("follows events", async () => {
    await open();
    const [target] = outage().targets;
    host.emit({ piece: "target", value: { ...target!, standby: "ready again" } });
    expect(await screen.findByText("ready again")).toBeVisible();
  });

  test("an event leaves the nodes of other rows alone", async () => {
    await open();
    const before = screen.getByRole("row", { name: /gpt-mini/ });
    const watcher = new MutationObserver(() => undefined);
    watcher.observe(before, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    const [target] = outage().targets;
    host.emit({ piece: "target", value: { ...target!, standby: "ready again" } });
    await screen.findByText("ready again");
    expect(screen.getByRole("row", { name: /gpt-mini/ })).toBe(before);
    expect(watcher.takeRecords()).toEqual([]);
  });
});

test("a gateway that does not answer is named, with what becomes of it", async () => {
  await open();
  expect(screen.queryByRole("list", { name: "Gateways in trouble" })).toBeNull();
  const [gateway] = outage().gateways;
  const value = {
    ...gateway!,
    reachability: "unreachable" as const,
    problem: "connection refused",
  };
  host.emit({ piece: "gateway", value });
  const list = await screen.findByRole("list", { name: "Gateways in trouble" });
  expect(list).toHaveTextContent("eu-1 unreachable since 09:00:00.");
  expect(list).toHaveTextContent("connection refused");
});

describe("the faces of a panel", () => {
  test("loading", async () => {
    host.call = () => new Promise(() => undefined);
    render(App, { host });
    expect(await screen.findByText("Loading …")).toBeVisible();
  });

  test("empty says what to do", async () => {
    host = new FixtureHost(empty());
    render(App, { host });
    expect(await screen.findByText(/No provider is configured/)).toBeVisible();
  });

  test("failed says what to do, and tries again when asked", async () => {
    host.refusals.set("snapshot", ApiFailure.unreachable("connection refused"));
    render(App, { host });
    const again = await screen.findByRole("button", { name: "Try again" });
    expect(screen.getByText(/Check that Changeover is still running/)).toBeVisible();
    host.refusals.clear();
    await user().click(again);
    expect(await screen.findByRole("table")).toBeVisible();
  });

  test("stale keeps the picture, says how old it is and offers no lever", async () => {
    await open();
    host.handlers?.lost("the connection was closed");
    expect(await screen.findByText("Connection to the engine lost")).toBeVisible();
    expect(screen.getAllByText(/^as of 14:22/)).toHaveLength(4);
    const radios = within(screen.getByRole("radiogroup", { name: "Target of chat" })).getAllByRole(
      "radio",
    );
    for (const radio of radios) expect(radio).toBeDisabled();
  });

  test("a failing poll is never a toast", async () => {
    await open();
    host.refusals.set("fallback_list", ApiFailure.unreachable("connection refused"));
    await user().keyboard("gf");
    expect(await screen.findByRole("button", { name: "Try again" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "Dismiss" })).toBeNull();
  });

  test("an action that fails is one", async () => {
    await open();
    const full = {
      code: "unavailable",
      message: "the sandbox is stopping",
      hint: null,
      retry_after_ms: null,
    } as const;
    host.refusals.set("scenario_play", new ApiFailure(full));
    await user().click(screen.getByRole("button", { name: "Play again" }));
    expect(
      await screen.findByText(/The scenario did not start: the sandbox is stopping/),
    ).toBeVisible();
  });
});

describe("pulling a lever", () => {
  const group = (name: string) => screen.getByRole("radiogroup", { name });

  test("by keyboard alone: lever, plan, reason, hold, proof", async () => {
    await open();
    const keys = user();
    await keys.keyboard("3");
    expect(document.activeElement).toHaveTextContent("auto → claude-opus");
    await keys.keyboard("{ArrowRight}{ArrowRight}");
    expect(host.calls.some(({ command }) => command === "override_plan")).toBe(false);
    await keys.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog", { name: /Switch agent/ });
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Reason")));
    expect(within(dialog).getByText("eu-1, eu-2, us-1")).toBeVisible();
    const button = within(dialog).getByRole("button", { name: /Hold to switch 3 gateways/ });
    expect(button).toBeDisabled();
    await keys.keyboard("529s on all models{Enter}");
    expect(document.activeElement).toBe(button);
    await fireEvent.keyDown(button, { key: "Enter" });
    await vi.advanceTimersByTimeAsync(850);
    expect(await within(dialog).findByText("On its way.")).toBeVisible();
    expect(within(dialog).queryByText("Done.")).toBeNull();
    await vi.advanceTimersByTimeAsync(350);
    expect(await within(dialog).findByText("Done.")).toBeVisible();
    expect(dialog).toHaveTextContent("Served on 3 of 3 gateways");
  });

  test("of a route that is switched already shows the old proof no longer", async () => {
    await open();
    await user().click(within(group("Target of chat")).getByRole("radio", { name: "gemini-pro" }));
    await screen.findByRole("dialog");
    await user().type(screen.getByLabelText("Reason"), "gpt-main is slow");
    await hold(screen.getByRole("button", { name: /Hold to switch/ }));
    expect(await screen.findByText("On its way.")).toBeVisible();
    expect(screen.getByRole("dialog")).toHaveTextContent("Served on 0 of 3 gateways");
  });

  test("a change by another since: shown, and looked at again", async () => {
    await open();
    await user().click(within(group("Target of chat")).getByRole("radio", { name: "auto" }));
    await screen.findByRole("dialog", { name: "Return chat to auto" });
    await user().type(screen.getByLabelText("Reason"), "all is well");
    const stale = {
      code: "stale",
      message: "chat was changed by jo since you looked",
      hint: "Look again.",
      retry_after_ms: null,
    } as const;
    host.refusals.set("override_clear", new ApiFailure(stale));
    await hold(screen.getByRole("button", { name: /Hold to return/ }));
    expect(await screen.findByText("chat was changed by jo since you looked")).toBeVisible();
    host.refusals.clear();
    const alert = screen.getByText(/since you looked$/).closest<HTMLElement>('[role="alert"]');
    await user().click(within(alert!).getByRole("button", { name: "Look again" }));
    await waitFor(() => expect(screen.queryByText(/since you looked$/)).toBeNull());
    expect(screen.getByLabelText("Reason")).toHaveValue("all is well");
  });

  test("an interlock must be broken by its own tick", async () => {
    host = fixtureHost("blocked") as FixtureHost;
    await open();
    await user().click(within(group("Target of chat")).getByRole("radio", { name: "gemini-pro" }));
    const dialog = await screen.findByRole("dialog");
    await user().type(screen.getByLabelText("Reason"), "no other way");
    expect(within(dialog).getByRole("button", { name: /Hold to switch/ })).toBeDisabled();
    await user().click(within(dialog).getByRole("checkbox", { name: /Break “one path open”/ }));
    expect(
      within(dialog).getByRole("button", { name: /Hold to break the interlock/ }),
    ).toBeEnabled();
  });

  test("a plan says how old it is, and is made anew when asked", async () => {
    await open();
    await user().click(within(group("Target of chat")).getByRole("radio", { name: "gemini-pro" }));
    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByText(/looked \d+ s ago/)).toBeVisible();
    await user().click(within(dialog).getByRole("button", { name: "Look again" }));
    const plans = () => host.calls.filter(({ command }) => command === "override_plan");
    await waitFor(() => expect(plans()).toHaveLength(2));
    expect(screen.getByLabelText("Reason")).toBeVisible();
  });

  test("Escape leaves everything as it is", async () => {
    await open();
    await user().click(within(group("Target of chat")).getByRole("radio", { name: "gemini-pro" }));
    await screen.findByRole("dialog");
    await user().keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(host.calls.some(({ command }) => command === "override_apply")).toBe(false);
  });
});

describe("fallbacks", () => {
  test("lists what it cost, says now for what is open and never $0 for the unpriced", async () => {
    await open();
    await user().keyboard("gf");
    const open_ = await screen.findByRole("row", { name: /20 Nov 14:10/ });
    expect(open_).toHaveTextContent("now");
    expect(open_).toHaveTextContent("+$0.62");
    const unpriced = screen.getByRole("row", { name: /11 Nov 22:04/ });
    expect(unpriced).toHaveTextContent("not known");
    expect(await screen.findByText("detect → switched")).toBeVisible();
  });

  test("a period grows with its events", async () => {
    await open();
    await user().keyboard("gf");
    await screen.findByRole("row", { name: /20 Nov 14:10/ });
    const [period] = outage().periods;
    const cost = { ...period!.cost, requests: 5_001, answered: 5_001 };
    host.emit({ piece: "period", value: { ...period!, cost } });
    await waitFor(() =>
      expect(screen.getByRole("row", { name: /20 Nov 14:10/ })).toHaveTextContent("5,001"),
    );
  });
});
