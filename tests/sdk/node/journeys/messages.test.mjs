// Messages with the `@anthropic-ai/sdk` package: every wish, through every kind of vendor.

import assert from "node:assert/strict";
import { test } from "node:test";

import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";

import {
  LONG_INSTRUCTION,
  LONG_INSTRUCTION_TOKENS,
  ORDER_FIELDS,
  PIXEL,
  VENDORS,
  anthropic,
} from "../support/stand.mjs";

const client = anthropic();
const QUESTION = { role: "user", content: "Where is my order?" };
const ORDER_TOOL = {
  name: "order_find",
  description: "Finds an order.",
  input_schema: ORDER_FIELDS,
};
const Order = z.object({ reference: z.number().int(), express: z.boolean() });

for (const vendor of VENDORS) {
  const usual = { model: `via-${vendor}`, max_tokens: 1_000, messages: [QUESTION] };

  test(`${vendor}: a plain question is answered, counted and can be traced`, async () => {
    const { data, response, request_id } = await client.messages.create(usual).withResponse();
    assert.match(data.id, /^msg_/);
    assert.equal(data.type, "message");
    assert.equal(data.role, "assistant");
    assert.equal(data.model, usual.model);
    assert.equal(data.stop_reason, "end_turn");
    assert.equal(data.stop_sequence, null);
    assert.deepEqual(
      data.content.map((block) => block.type),
      ["text"],
    );
    assert.ok(data.content[0].text.length > 20);
    assert.ok(data.usage.input_tokens > 0 && data.usage.output_tokens > 0);
    assert.equal(data._request_id, response.headers.get("x-changeover-request-id"));
    assert.equal(request_id, data._request_id);
    assert.equal(response.headers.get("x-changeover-target"), `calm-${vendor}`);
  });

  test(`${vendor}: instructions reach the model, as text and as blocks`, async () => {
    const counted = async (system) =>
      (await client.messages.create({ ...usual, system })).usage.input_tokens;
    const bare = await counted(undefined);
    const block = { type: "text", text: LONG_INSTRUCTION, cache_control: { type: "ephemeral" } };
    for (const system of [LONG_INSTRUCTION, [block]]) {
      const instructed = await counted(system);
      assert.ok(instructed - bare > LONG_INSTRUCTION_TOKENS * 0.9, `${bare} and ${instructed}`);
    }
  });

  test(`${vendor}: a tool is called, its result is understood, an answer follows`, async () => {
    const called = await client.messages.create({
      ...usual,
      tools: [ORDER_TOOL],
      tool_choice: { type: "any" },
    });
    assert.equal(called.stop_reason, "tool_use");
    const call = called.content.find((block) => block.type === "tool_use");
    assert.equal(call.name, "order_find");
    Order.parse(call.input);
    const result = { type: "tool_result", tool_use_id: call.id, content: LONG_INSTRUCTION };
    const answered = await client.messages.create({
      ...usual,
      messages: [
        QUESTION,
        { role: "assistant", content: called.content },
        { role: "user", content: [result] },
      ],
      tools: [ORDER_TOOL],
    });
    assert.equal(answered.stop_reason, "end_turn");
    const grown = answered.usage.input_tokens - called.usage.input_tokens;
    assert.ok(grown > LONG_INSTRUCTION_TOKENS * 0.9, `the result reached the model: ${grown}`);
  });

  test(`${vendor}: a named tool is the one that is called`, async () => {
    const called = await client.messages.create({
      ...usual,
      tools: [{ name: "other", input_schema: ORDER_FIELDS }, ORDER_TOOL],
      tool_choice: { type: "tool", name: "order_find", disable_parallel_tool_use: true },
    });
    const names = called.content.map((block) => block.name);
    assert.deepEqual(names, ["order_find"]);
  });

  test(`${vendor}: the stream helper gathers text and usage`, async () => {
    const stream = client.messages.stream(usual);
    const pieces = [];
    stream.on("text", (piece) => pieces.push(piece));
    const whole = await stream.finalMessage();
    assert.ok(pieces.length > 1, "it came in pieces");
    assert.equal(whole.content[0].text, pieces.join(""));
    assert.equal(whole.stop_reason, "end_turn");
    assert.ok(whole.usage.input_tokens > 0 && whole.usage.output_tokens > 0);
    assert.ok(stream.request_id);
  });

  test(`${vendor}: a bare stream has the dialect's events in their order`, async () => {
    const kinds = [];
    for await (const event of await client.messages.create({ ...usual, stream: true })) {
      if (event.type !== kinds.at(-1)) kinds.push(event.type);
    }
    assert.deepEqual(kinds, [
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  test(`${vendor}: a streamed call of a tool is gathered`, async () => {
    const stream = client.messages.stream({
      ...usual,
      tools: [ORDER_TOOL],
      tool_choice: { type: "any" },
    });
    const fragments = [];
    stream.on("inputJson", (fragment) => fragments.push(fragment));
    const whole = await stream.finalMessage();
    assert.equal(whole.stop_reason, "tool_use");
    const call = whole.content.find((block) => block.type === "tool_use");
    assert.ok(call.id);
    Order.parse(call.input);
    assert.deepEqual(JSON.parse(fragments.join("")), call.input);
  });

  test(`${vendor}: an answer fits its schema, whole and streamed`, async () => {
    const asked = {
      ...usual,
      model: `judged-${vendor}`,
      output_config: { format: zodOutputFormat(Order) },
    };
    const whole = await client.messages.parse(asked);
    Order.parse(whole.parsed_output);
    const streamed = await client.messages.stream(asked).finalMessage();
    Order.parse(streamed.parsed_output);
  });

  test(`${vendor}: a picture reaches the model, in a result of a tool too`, async () => {
    const picture = {
      type: "image",
      source: { type: "base64", media_type: "image/png", data: PIXEL },
    };
    const content = [picture, { type: "text", text: QUESTION.content }];
    const seen = await client.messages.create({ ...usual, messages: [{ role: "user", content }] });
    assert.ok(seen.usage.input_tokens > 258, `${seen.usage.input_tokens}`);
    const call = { type: "tool_use", id: "toolu_photo", name: "order_find", input: {} };
    const result = { type: "tool_result", tool_use_id: call.id, content: [picture] };
    const answered = await client.messages.create({
      ...usual,
      tools: [ORDER_TOOL],
      messages: [
        QUESTION,
        { role: "assistant", content: [call] },
        { role: "user", content: [result] },
      ],
    });
    assert.equal(answered.stop_reason, "end_turn");
    assert.ok(answered.usage.input_tokens > 258, `${answered.usage.input_tokens}`);
  });

  test(`${vendor}: the answer ends before a stop`, async () => {
    const asked = { ...usual, stop_sequences: [".", "?"] };
    for (const answer of [
      await client.messages.create(asked),
      await client.messages.stream(asked).finalMessage(),
    ]) {
      assert.match(answer.content[0].text, /^[^.?]+$/);
      // Only one vendor says what ended an answer; the others only say that it ended.
      const told = vendor === "anthropic" ? "stop_sequence" : "end_turn";
      assert.equal(answer.stop_reason, told);
      assert.equal(answer.stop_sequence !== null, told === "stop_sequence");
    }
  });

  test(`${vendor}: the answer is no longer than allowed`, async () => {
    const cut = await client.messages.create({ ...usual, max_tokens: 5 });
    assert.equal(cut.stop_reason, "max_tokens");
    assert.equal(cut.usage.output_tokens, 5);
  });

  test(`${vendor}: what only flavours an answer is taken, in the beta interface too`, async () => {
    const flavoured = {
      ...usual,
      temperature: 0.3,
      top_k: 40,
      metadata: { user_id: "customer-4711" },
      service_tier: "auto",
    };
    for (const messages of [client.messages, client.beta.messages]) {
      assert.equal((await messages.create(flavoured)).stop_reason, "end_turn");
    }
  });
}

test("routes are listed as models, and found by name", async () => {
  const listed = [];
  for await (const model of client.models.list()) listed.push(model.id);
  assert.ok(listed.includes("via-openai") && listed.includes("embed"), listed.join());
  const found = await client.models.retrieve("via-openai");
  assert.equal(found.type, "model");
  assert.equal(found.id, "via-openai");
  assert.ok(!Number.isNaN(Date.parse(found.created_at)));
});
