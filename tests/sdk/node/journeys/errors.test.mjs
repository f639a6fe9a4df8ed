// What goes wrong, in each SDK's own classes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

import {
  CALLER_KEY,
  VENDORS,
  anthropic,
  guardedAnthropic,
  guardedOpenai,
  openai,
} from "../support/stand.mjs";

const QUESTION = { role: "user", content: "Where is my order?" };

/** The two SDKs with the same verbs. */
const DOORS = [
  {
    door: "openai",
    errors: OpenAI,
    overloaded: { status: 503, kind: OpenAI.InternalServerError },
    guarded: guardedOpenai,
    client: openai,
    ask: (client, model, options) =>
      client.chat.completions.create({ model, messages: [QUESTION] }, options),
    askBadly: (client) => client.chat.completions.create({ model: "via-openai", messages: [] }),
    stream: (client, model) => client.chat.completions.stream({ model, messages: [QUESTION] }),
    gathered: (stream) => stream.finalChatCompletion(),
    textEvent: "content",
  },
  {
    door: "anthropic",
    errors: Anthropic,
    overloaded: { status: 529, kind: Anthropic.InternalServerError },
    guarded: guardedAnthropic,
    client: anthropic,
    ask: (client, model, options) =>
      client.messages.create({ model, max_tokens: 500, messages: [QUESTION] }, options),
    askBadly: (client) =>
      client.messages.create({ model: "via-openai", max_tokens: 500, messages: [] }),
    stream: (client, model) =>
      client.messages.stream({ model, max_tokens: 500, messages: [QUESTION] }),
    gathered: (stream) => stream.finalMessage(),
    textEvent: "text",
  },
];

/** The error that a call ends with, of the class that it must be of. */
async function refusal(call, kind, status) {
  const error = await call.then(
    () => assert.fail("it was answered"),
    (error) => error,
  );
  assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
  assert.equal(error.status, status, error.message);
  assert.ok(error.requestID, "it can be traced");
  return error;
}

for (const {
  door,
  errors,
  overloaded,
  guarded,
  client: open,
  ask,
  askBadly,
  ...streams
} of DOORS) {
  const client = open();

  test(`${door}: a route that is not there`, async () => {
    const error = await refusal(ask(client, "no-such-route"), errors.NotFoundError, 404);
    assert.match(error.message, /no-such-route.*via-openai/s, "it says which there are");
    await refusal(client.models.retrieve("no-such-route"), errors.NotFoundError, 404);
  });

  test(`${door}: a request that cannot be read`, async () => {
    const error = await refusal(askBadly(client), errors.BadRequestError, 400);
    assert.match(error.message, /messages/);
  });

  test(`${door}: keys`, async () => {
    await refusal(ask(guarded("wrong"), "slow-openai"), errors.AuthenticationError, 401);
    const shop = guarded(CALLER_KEY);
    const listed = [];
    for await (const model of shop.models.list()) listed.push(model.id);
    assert.deepEqual(listed.sort(), ["slow-anthropic", "slow-openai"]);
    await refusal(ask(shop, "slow-gemini"), errors.NotFoundError, 404);
  });

  test(`${door}: more at once than the target takes`, async () => {
    const shop = guarded(CALLER_KEY);
    const calls = Array.from({ length: 4 }, () => ask(shop, `slow-${door}`));
    const ended = await Promise.allSettled(calls);
    const served = ended.filter((call) => call.status === "fulfilled");
    const shed = ended.filter((call) => call.status === "rejected").map((call) => call.reason);
    assert.ok(served.length >= 1 && shed.length >= 1, `${served.length} served`);
    for (const error of shed) {
      assert.ok(error instanceof errors.RateLimitError, error.message);
      assert.ok(Number(error.headers.get("retry-after")) >= 1);
    }
  });

  for (const vendor of VENDORS) {
    test(`${door}: ${vendor} is overloaded`, async () => {
      const { kind, status } = overloaded;
      await refusal(ask(client, `overloaded-${vendor}`), kind, status);
    });

    test(`${door}: ${vendor} limits us`, async () => {
      const error = await refusal(ask(client, `limited-${vendor}`), errors.RateLimitError, 429);
      assert.ok(Number(error.headers.get("retry-after")) >= 1);
    });

    test(`${door}: ${vendor} fails, is not there, or does not know our key`, async () => {
      for (const route of ["erroring", "down", "locked"]) {
        await refusal(ask(client, `${route}-${vendor}`), errors.InternalServerError, 502);
      }
    });

    test(`${door}: ${vendor} breaks off in mid-stream`, async () => {
      const stream = streams.stream(client, `breaking-${vendor}`);
      const pieces = [];
      stream.on(streams.textEvent, (piece) => pieces.push(piece));
      const error = await streams.gathered(stream).then(
        () => assert.fail("it was taken for whole"),
        (error) => error,
      );
      assert.ok(error instanceof errors.APIError, `${error.constructor.name}: ${error.message}`);
      assert.ok(pieces.length > 0, "what came before was given");
    });
  }
}

describe("a vendor that hangs", { concurrency: true }, () => {
  for (const { door, errors, client, ask } of DOORS) {
    for (const vendor of VENDORS) {
      test(`${door}: ${vendor} does not answer as long as the caller waits`, async () => {
        // The SDK says so in whole seconds, rounded down: the gateway gives up first.
        const asked = ask(client(), `hanging-${vendor}`, { timeout: 2_900 });
        await refusal(asked, errors.InternalServerError, 504);
      });
    }
  }
});

test("openai: what is not served says what is", async () => {
  const asked = openai().responses.create({ model: "via-openai", input: "Where is my order?" });
  const error = await refusal(asked, OpenAI.NotFoundError, 404);
  assert.match(error.message, /chat\/completions/);
});

test("anthropic: what is not served says what is", async () => {
  const asked = anthropic().messages.countTokens({ model: "via-openai", messages: [QUESTION] });
  const error = await refusal(asked, Anthropic.NotFoundError, 404);
  assert.match(error.message, /not counted here/);
  assert.equal(error.type, "not_found_error");
});

test("anthropic: an overload is told as the SDK tells it apart", async () => {
  const asked = { model: "overloaded-anthropic", max_tokens: 5, messages: [QUESTION] };
  const error = await refusal(anthropic().messages.create(asked), Anthropic.OverloadedError, 529);
  assert.equal(error.type, "overloaded_error");
});

test("a refusal of the model is told as each dialect tells it", async () => {
  const client = { openai: openai(), anthropic: anthropic() };
  for (const vendor of VENDORS) {
    const model = `refusing-${vendor}`;
    const chat = { model, messages: [QUESTION] };
    const completion = await client.openai.chat.completions.create(chat);
    const streamed = await client.openai.chat.completions.stream(chat).finalChatCompletion();
    for (const { choices } of [completion, streamed]) {
      const [{ finish_reason, message }] = choices;
      assert.ok(message.refusal || finish_reason === "content_filter", JSON.stringify(choices));
      assert.ok(!message.content);
    }
    const asked = { model, max_tokens: 500, messages: [QUESTION] };
    const message = await client.anthropic.messages.create(asked);
    assert.equal(message.stop_reason, "refusal");
    const gathered = await client.anthropic.messages.stream(asked).finalMessage();
    assert.equal(gathered.stop_reason, "refusal");
  }
});
