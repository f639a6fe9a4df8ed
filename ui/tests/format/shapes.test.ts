import { expect, test } from "vitest";
import { EVERY_STATE } from "../../fixtures/alerts";
import type { AlertState } from "../../src/lib/contract";
import {
  alertForm,
  COMPONENT_FORMS,
  IMPACT_STATES,
  VERDICT_FORMS,
} from "../../src/lib/format/shapes";

const [alert] = EVERY_STATE;
const inState = (state: AlertState) => alertForm({ ...alert!, state });

test("an alert that fires, may fire, is well or cannot be judged is told apart without colour", () => {
  const forms = (["firing", "pending", "normal", "no_data"] as const).map(inState);
  expect(new Set(forms).size).toBe(forms.length);
  // Both mean that nothing is known; the word says why.
  expect(inState("error")).toBe(inState("no_data"));
});

test("what is not known never has the shape of what is well", () => {
  expect(VERDICT_FORMS.unknown).not.toBe(VERDICT_FORMS.operating);
  expect(COMPONENT_FORMS.unknown).not.toBe(COMPONENT_FORMS.operational);
  expect(IMPACT_STATES.unknown).toBe("unknown");
});

test("ours to mend has a shape that theirs never has", () => {
  const theirs = [VERDICT_FORMS.their_degradation, VERDICT_FORMS.their_outage];
  for (const ours of ["our_configuration", "our_quota", "our_billing", "our_network"] as const) {
    expect(theirs).not.toContain(VERDICT_FORMS[ours]);
  }
});
