import { expect, test } from "vitest";
import { ALERTS, EVERY_STATE } from "../../fixtures/alerts";
import { outage } from "../../fixtures/world";
import { alertLook } from "../../src/lib/state/alert_look";

const { targets } = outage();
const [theirs] = ALERTS;
const byRule = (rule: string) => EVERY_STATE.find((alert) => alert.rule === rule)!;

test("a provider's trouble leads to the triage of its worst target", () => {
  const [well, bad] = ["claude-haiku", "claude-opus"].map((id) => {
    const one = targets.find((target) => target.id === id)!;
    return { ...one, verdict: id === "claude-opus" ? one.verdict : ("operating" as const) };
  });
  expect(alertLook(theirs!, [well!, bad!])).toEqual({ kind: "triage", target: "claude-opus" });
  expect(alertLook(theirs!, [bad!, well!])).toEqual({ kind: "triage", target: "claude-opus" });
});

test("a target's own alert leads to that target, however well it is", () => {
  const own = { ...theirs!, subject: { kind: "target" as const, id: "claude-haiku" } };
  expect(alertLook(own, targets)).toEqual({ kind: "triage", target: "claude-haiku" });
});

test("where no target is watched the provider's page is what can be looked at", () => {
  expect(alertLook(theirs!, [])).toEqual({ kind: "provider", provider: "anthropic" });
});

test("what is no provider's leads to the screen that shows it", () => {
  expect(alertLook(byRule("gateway_unreachable"), targets)).toMatchObject({ screen: "board" });
  expect(alertLook(byRule("our_network"), targets)).toMatchObject({ screen: "probes" });
  expect(alertLook(byRule("premium_per_hour"), targets)).toMatchObject({ screen: "fallbacks" });
  expect(alertLook(byRule("page_incident"), targets)).toEqual({
    kind: "provider",
    provider: "provider-5",
  });
});
