// Where the gateway is, and its levers. What stands behind which route is written in
// tests/support/stand/configuration.rs.

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

if (!process.env.CHANGEOVER_STAND) {
  throw new Error("there is no gateway: `cargo xtask test --only sdks` runs these tests");
}
const stand = JSON.parse(process.env.CHANGEOVER_STAND);

/** The vendors behind the gateway; `via-<vendor>` leads to one of them alone. */
export const VENDORS = ["anthropic", "openai", "gemini"];

/** The faults that another vendor can make good. */
export const FAULTS = ["overloaded", "erroring", "limited", "down", "hanging"];

/** The only key that the guarded gateway knows. */
export const CALLER_KEY = stand.caller_key;

/** What both clients are given besides an address. A retry would hide what the gateway said. */
const USUAL = { apiKey: "whatever", maxRetries: 0, timeout: 60_000 };

export function openai(options = {}) {
  return new OpenAI({ baseURL: `${stand.url}/v1`, ...USUAL, ...options });
}

export function anthropic(options = {}) {
  return new Anthropic({ baseURL: stand.url, ...USUAL, ...options });
}

/** The same at the gateway that asks for a key and serves one request at a time. */
export function guardedOpenai(apiKey) {
  return openai({ baseURL: `${stand.guarded_url}/v1`, apiKey });
}

export function guardedAnthropic(apiKey) {
  return anthropic({ baseURL: stand.guarded_url, apiKey });
}

/** Pulls a lever: what `route` is to do from now on. Without a wish it goes back to auto. */
export async function force(route, wish) {
  const who = { holder: "sdk journeys", reason: "to see what the SDKs make of it" };
  const address = `${stand.admin_url}/admin/v1/routes/${route}`;
  const headers = { authorization: `Bearer ${stand.token}`, "content-type": "application/json" };
  const state = await (await fetch(address, { headers })).json();
  const change = { ...headers, "if-match": state.etag };
  const answer = wish
    ? await fetch(`${address}/override`, {
        method: "PUT",
        headers: change,
        body: JSON.stringify({ ...wish, ...who, until: Date.now() + 600_000 }),
      })
    : await fetch(`${address}/override?${new URLSearchParams(who)}`, {
        method: "DELETE",
        headers: change,
      });
  if (!answer.ok) throw new Error(`the lever of ${route} was refused: ${await answer.text()}`);
}

/** A picture: one transparent pixel, as PNG. */
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/** More tokens than anything else in these tests. */
export const LONG_INSTRUCTION = "Answer as a patient clerk of an old bookshop would. ".repeat(20);
export const LONG_INSTRUCTION_TOKENS = LONG_INSTRUCTION.length / 4;

/** The fields of an order, as JSON schema. */
export const ORDER_FIELDS = {
  type: "object",
  properties: { reference: { type: "integer" }, express: { type: "boolean" } },
  required: ["reference", "express"],
  additionalProperties: false,
};
