// What each mode gives is something that each SDK understands, whole and streamed.

import assert from "node:assert/strict";
import { test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

import { ORDER_FIELDS, anthropic, force, openai } from "../support/stand.mjs";

const TEMPLATE = /We are slower than usual on ladder-\w+\. Please try again in \d+ min\./;
const NOTICE = /^A shorter answer than usual\.\n\n/;

/** The two SDKs with the same verbs: `{ text, tokens, headers }` of an answer. */
const DOORS = {
  openai: {
    errors: OpenAI,
    whole: async (content, more = {}) => {
      const asked = { model: "ladder-openai", messages: [{ role: "user", content }], ...more };
      const { data, response } = await openai().chat.completions.create(asked).withResponse();
      const [choice] = data.choices;
      assert.ok(["stop", "length"].includes(choice.finish_reason));
      const tokens = data.usage?.completion_tokens;
      return { text: choice.message.content, tokens, headers: response.headers };
    },
    streamed: async (content) => {
      const asked = { model: "ladder-openai", messages: [{ role: "user", content }] };
      const stream = openai().chat.completions.stream(asked);
      return { text: (await stream.finalChatCompletion()).choices[0].message.content };
    },
    schema: {
      response_format: {
        type: "json_schema",
        json_schema: { name: "order", strict: true, schema: ORDER_FIELDS },
      },
    },
    tool: {
      tools: [{ type: "function", function: { name: "order_find", parameters: ORDER_FIELDS } }],
      tool_choice: "required",
    },
  },
  anthropic: {
    errors: Anthropic,
    whole: async (content, more = {}) => {
      const asked = {
        model: "ladder-anthropic",
        max_tokens: 1_000,
        messages: [{ role: "user", content }],
        ...more,
      };
      const { data, response } = await anthropic().messages.create(asked).withResponse();
      assert.ok(["end_turn", "max_tokens"].includes(data.stop_reason));
      const tokens = data.usage.output_tokens;
      return { text: data.content[0].text, tokens, headers: response.headers };
    },
    streamed: async (content) => {
      const asked = {
        model: "ladder-anthropic",
        max_tokens: 1_000,
        messages: [{ role: "user", content }],
      };
      return { text: await anthropic().messages.stream(asked).finalText() };
    },
    schema: { output_config: { format: { type: "json_schema", schema: ORDER_FIELDS } } },
    tool: {
      tools: [{ name: "order_find", input_schema: ORDER_FIELDS }],
      tool_choice: { type: "any" },
    },
  },
};

for (const [door, { errors, whole, streamed, schema, tool }] of Object.entries(DOORS)) {
  const route = `ladder-${door}`;

  test(`${door}: template`, async () => {
    await force(route, { mode: "template" });
    const answer = await whole("Where is my order?");
    assert.match(answer.text, TEMPLATE);
    assert.equal(answer.headers.get("x-changeover-degraded"), "template");
    assert.match((await streamed("Where is my order?")).text, TEMPLATE);
  });

  test(`${door}: a template does not pretend to be a call of a tool or an order`, async () => {
    await force(route, { mode: "template" });
    for (const shape of [schema, tool]) {
      await assert.rejects(whole("Where is my order?", shape), (error) => {
        assert.ok(error instanceof errors.InternalServerError, error.message);
        assert.equal(error.status, 503);
        return true;
      });
    }
  });

  test(`${door}: short`, async () => {
    await force(route, { mode: "short" });
    const answer = await whole("How short?");
    assert.match(answer.text, NOTICE);
    assert.ok(answer.tokens <= 256, `${answer.tokens}`);
    assert.equal(answer.headers.get("x-changeover-degraded"), "short");
    assert.match((await streamed("How short?")).text, NOTICE);
  });

  test(`${door}: cached`, async () => {
    await force(route);
    const asked = "What is kept?";
    const first = await whole(asked);
    await force(route, { mode: "cached" });
    const kept = await whole(asked);
    assert.ok(kept.text.endsWith(first.text), kept.text);
    assert.match(kept.text, NOTICE);
    assert.match(kept.headers.get("x-changeover-cache"), /^(fresh|stale); age=\d+$/);
    assert.equal((await streamed(asked)).text, kept.text);
    assert.match((await whole("What was never asked?")).text, TEMPLATE);
  });

  test(`${door}: off`, async () => {
    await force(route, { mode: "off" });
    for (const call of [whole, streamed]) {
      await assert.rejects(call("Where is my order?"), (error) => {
        assert.ok(error instanceof errors.InternalServerError, error.message);
        assert.equal(error.status, 503);
        assert.ok(Number(error.headers.get("retry-after")) >= 1);
        return true;
      });
    }
  });
}
