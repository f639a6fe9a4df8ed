// Chat Completions with the `openai` package: every wish, through every kind of vendor.

import assert from "node:assert/strict";
import { test } from "node:test";

import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

import {
  LONG_INSTRUCTION,
  LONG_INSTRUCTION_TOKENS,
  ORDER_FIELDS,
  PIXEL,
  VENDORS,
  openai,
} from "../support/stand.mjs";

const client = openai();
const QUESTION = { role: "user", content: "Where is my order?" };
const ORDER_TOOL = {
  type: "function",
  function: { name: "order_find", description: "Finds an order.", parameters: ORDER_FIELDS },
};
const Order = z.object({ reference: z.number().int(), express: z.boolean() });

for (const vendor of VENDORS) {
  const model = `via-${vendor}`;

  test(`${vendor}: a plain question is answered, counted and can be traced`, async () => {
    const { data, response } = await client.chat.completions
      .create({ model, messages: [QUESTION] })
      .withResponse();
    assert.equal(data.object, "chat.completion");
    assert.equal(data.model, model);
    assert.equal(data.choices.length, 1);
    const [choice] = data.choices;
    assert.equal(choice.finish_reason, "stop");
    assert.equal(choice.message.role, "assistant");
    assert.ok(choice.message.content.length > 20, choice.message.content);
    assert.equal(choice.message.refusal, null);
    const { prompt_tokens, completion_tokens, total_tokens } = data.usage;
    assert.ok(prompt_tokens > 0 && completion_tokens > 0);
    assert.equal(total_tokens, prompt_tokens + completion_tokens);
    assert.equal(data._request_id, response.headers.get("x-changeover-request-id"));
    assert.equal(response.headers.get("x-changeover-target"), `calm-${vendor}`);
  });

  test(`${vendor}: instructions reach the model, under either of their roles`, async () => {
    const counted = async (...before) => {
      const messages = [...before, QUESTION];
      return (await client.chat.completions.create({ model, messages })).usage.prompt_tokens;
    };
    const bare = await counted();
    for (const role of ["system", "developer"]) {
      const instructed = await counted({ role, content: LONG_INSTRUCTION });
      assert.ok(instructed - bare > LONG_INSTRUCTION_TOKENS * 0.9, `${bare} and ${instructed}`);
    }
  });

  test(`${vendor}: a tool is called, its result is understood, an answer follows`, async () => {
    const messages = [QUESTION];
    const called = await client.chat.completions.create({
      model,
      messages,
      tools: [ORDER_TOOL],
      tool_choice: "required",
    });
    const [choice] = called.choices;
    assert.equal(choice.finish_reason, "tool_calls");
    assert.equal(choice.message.content, null);
    const [call] = choice.message.tool_calls;
    assert.equal(call.function.name, "order_find");
    Order.parse(JSON.parse(call.function.arguments));
    const result = { role: "tool", tool_call_id: call.id, content: LONG_INSTRUCTION };
    const answered = await client.chat.completions.create({
      model,
      messages: [...messages, choice.message, result],
      tools: [ORDER_TOOL],
    });
    assert.equal(answered.choices[0].finish_reason, "stop");
    const grown = answered.usage.prompt_tokens - called.usage.prompt_tokens;
    assert.ok(grown > LONG_INSTRUCTION_TOKENS * 0.9, `the result reached the model: ${grown}`);
  });

  test(`${vendor}: a named tool is the one that is called`, async () => {
    const other = { type: "function", function: { name: "other", parameters: ORDER_FIELDS } };
    const called = await client.chat.completions.create({
      model,
      messages: [QUESTION],
      tools: [other, ORDER_TOOL],
      tool_choice: { type: "function", function: { name: "order_find" } },
      parallel_tool_calls: false,
    });
    const names = called.choices[0].message.tool_calls.map((call) => call.function.name);
    assert.deepEqual(names, ["order_find"]);
  });

  test(`${vendor}: the stream helper gathers text and usage`, async () => {
    const stream = client.chat.completions.stream({
      model,
      messages: [QUESTION],
      stream_options: { include_usage: true },
    });
    const pieces = [];
    stream.on("content", (piece) => pieces.push(piece));
    const whole = await stream.finalChatCompletion();
    assert.ok(pieces.length > 1, "it came in pieces");
    assert.equal(whole.choices[0].message.content, pieces.join(""));
    assert.equal(whole.choices[0].finish_reason, "stop");
    assert.ok((await stream.totalUsage()).completion_tokens > 0);
  });

  test(`${vendor}: a bare stream has one end, and usage only where it was asked for`, async () => {
    const chunks = [];
    const asked = { model, messages: [QUESTION], stream: true };
    for await (const chunk of await client.chat.completions.create(asked)) chunks.push(chunk);
    assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1, "one id throughout");
    assert.ok(chunks.every((chunk) => chunk.object === "chat.completion.chunk"));
    assert.ok(chunks.every((chunk) => !chunk.usage));
    const ends = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.finish_reason);
    assert.deepEqual(
      ends.map((choice) => choice.finish_reason),
      ["stop"],
    );
  });

  test(`${vendor}: a streamed call of a tool is gathered`, async () => {
    const stream = client.chat.completions.stream({
      model,
      messages: [QUESTION],
      tools: [ORDER_TOOL],
      tool_choice: "required",
    });
    const done = [];
    stream.on("tool_calls.function.arguments.done", (event) => done.push(event));
    const whole = await stream.finalChatCompletion();
    assert.equal(whole.choices[0].finish_reason, "tool_calls");
    const [call] = whole.choices[0].message.tool_calls;
    assert.ok(call.id);
    Order.parse(JSON.parse(call.function.arguments));
    assert.deepEqual(
      done.map((event) => event.name),
      ["order_find"],
    );
  });

  test(`${vendor}: an answer fits its schema, whole and streamed`, async () => {
    const asked = {
      model: `judged-${vendor}`,
      messages: [QUESTION],
      response_format: zodResponseFormat(Order, "order"),
    };
    const whole = await client.chat.completions.parse(asked);
    Order.parse(whole.choices[0].message.parsed);
    const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
    Order.parse(streamed.choices[0].message.parsed);
  });

  test(`${vendor}: any JSON is given where any is asked for`, async () => {
    const answered = await client.chat.completions.create({
      model: `judged-${vendor}`,
      messages: [{ role: "user", content: "Answer in JSON." }],
      response_format: { type: "json_object" },
    });
    assert.equal(typeof JSON.parse(answered.choices[0].message.content), "object");
  });

  test(`${vendor}: a picture reaches the model`, async () => {
    const picture = { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } };
    const content = [{ type: "text", text: QUESTION.content }, picture];
    const seen = await client.chat.completions.create({
      model,
      messages: [{ role: "user", content }],
    });
    assert.ok(seen.usage.prompt_tokens > 258, `${seen.usage.prompt_tokens}`);
  });

  test(`${vendor}: the answer ends before a stop`, async () => {
    const asked = { model, messages: [QUESTION], stop: [".", "?"] };
    const whole = await client.chat.completions.create(asked);
    assert.equal(whole.choices[0].finish_reason, "stop");
    assert.match(whole.choices[0].message.content, /^[^.?]+$/);
    const streamed = await client.chat.completions.stream(asked).finalContent();
    assert.match(streamed, /^[^.?]+$/);
  });

  test(`${vendor}: the answer is no longer than allowed, by either field`, async () => {
    for (const field of ["max_completion_tokens", "max_tokens"]) {
      const asked = { model, messages: [QUESTION], [field]: 5 };
      const cut = await client.chat.completions.create(asked);
      assert.equal(cut.choices[0].finish_reason, "length");
      assert.equal(cut.usage.completion_tokens, 5);
    }
  });

  test(`${vendor}: what only flavours an answer is taken`, async () => {
    const answered = await client.chat.completions.create({
      model,
      messages: [QUESTION],
      temperature: 0.3,
      top_p: 0.9,
      seed: 7,
      user: "customer-4711",
      presence_penalty: 0.1,
      frequency_penalty: 0.1,
      reasoning_effort: "low",
      metadata: { shop: "eu" },
      store: false,
    });
    assert.equal(answered.choices[0].finish_reason, "stop");
  });
}

test("vectors come as the SDK asks for them by itself, and as numbers", async () => {
  const input = ["order", "invoice", "order"];
  const usual = await client.embeddings.create({ model: "embed", input });
  assert.equal(usual.model, "embed");
  assert.equal(usual.data.length, 3);
  assert.ok(usual.usage.prompt_tokens > 0);
  const [first, second, third] = usual.data.map((entry) => entry.embedding);
  assert.equal(first.length, 1536);
  assert.deepEqual(first, third);
  assert.notDeepEqual(first, second);
  const length = Math.hypot(...first);
  assert.ok(Math.abs(length - 1) < 1e-4, `decoded as floats: ${length}`);
  const numbers = await client.embeddings.create({
    model: "embed",
    input: "order",
    encoding_format: "float",
    dimensions: 8,
  });
  assert.equal(numbers.data[0].embedding.length, 8);
});

test("routes are listed as models, and found by name", async () => {
  const listed = [];
  for await (const model of client.models.list()) listed.push(model.id);
  assert.ok(listed.includes("via-openai") && listed.includes("embed"), listed.join());
  const found = await client.models.retrieve("via-openai");
  assert.equal(found.id, "via-openai");
  assert.equal(found.object, "model");
  assert.equal(typeof found.created, "number");
});
