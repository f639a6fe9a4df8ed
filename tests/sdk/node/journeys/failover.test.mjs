// One vendor fails, in each way; the calls of both SDKs go on succeeding.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FAULTS, VENDORS, anthropic, force, openai } from "../support/stand.mjs";

const QUESTION = { role: "user", content: "Where is my order?" };
const chat = openai();
const messages = anthropic();

/** Who answered, and what: of each SDK, whole and streamed. */
const CALLS = {
  "openai, whole": async (model) => {
    const asked = { model, messages: [QUESTION] };
    const { data, response } = await chat.chat.completions.create(asked).withResponse();
    return { text: data.choices[0].message.content, headers: response.headers };
  },
  "openai, streamed": async (model) => {
    const asked = { model, messages: [QUESTION], stream: true };
    const { data, response } = await chat.chat.completions.create(asked).withResponse();
    let text = "";
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? "";
    return { text, headers: response.headers };
  },
  "anthropic, whole": async (model) => {
    const asked = { model, max_tokens: 500, messages: [QUESTION] };
    const { data, response } = await messages.messages.create(asked).withResponse();
    return { text: data.content[0].text, headers: response.headers };
  },
  "anthropic, streamed": async (model) => {
    const stream = messages.messages.stream({ model, max_tokens: 500, messages: [QUESTION] });
    const { response } = await stream.withResponse();
    return { text: await stream.finalText(), headers: response.headers };
  },
};

// Side by side: what hangs is waited for, and there is much of it.
describe("one vendor fails", { concurrency: true }, () => {
  for (const [name, call] of Object.entries(CALLS)) {
    for (const fault of FAULTS) {
      for (const [index, vendor] of VENDORS.entries()) {
        test(`${name}: ${vendor} is ${fault}, the next vendor answers`, async () => {
          const { text, headers } = await call(`after-${fault}-${vendor}`);
          const next = VENDORS[(index + 1) % VENDORS.length];
          assert.ok(text.length > 20, text);
          assert.equal(headers.get("x-changeover-target"), `calm-${next}`);
        });
      }
    }

    test(`${name}: a stream that is held back survives what breaks off`, async () => {
      for (const vendor of VENDORS) {
        const { text, headers } = await call(`held-breaking-${vendor}`);
        assert.ok(text.length > 20, text);
        assert.notEqual(headers.get("x-changeover-target"), `breaking-${vendor}`);
      }
    });
  }
});

test("a lever moves the route to another vendor", async () => {
  for (const [name, call] of Object.entries(CALLS)) {
    for (const vendor of [...VENDORS].reverse()) {
      await force("levered", { target: `calm-${vendor}` });
      const { text, headers } = await call("levered");
      assert.ok(text.length > 20, `${name}: ${text}`);
      assert.equal(headers.get("x-changeover-target"), `calm-${vendor}`, name);
    }
  }
});
