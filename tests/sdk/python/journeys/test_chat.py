"""Chat Completions with the `openai` package: every wish, through every kind of vendor."""

import asyncio
import json
import re

import pytest
from conftest import LONG_INSTRUCTION, LONG_INSTRUCTION_TOKENS, ORDER_FIELDS, PIXEL, VENDORS
from pydantic import BaseModel, ConfigDict

QUESTION = {"role": "user", "content": "Where is my order?"}
ORDER_TOOL = {
    "type": "function",
    "function": {
        "name": "order_find",
        "description": "Finds an order.",
        "parameters": ORDER_FIELDS,
    },
}

pytestmark = pytest.mark.parametrize("vendor", VENDORS)


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reference: int
    express: bool


def test_a_plain_question_is_answered_counted_and_can_be_traced(stand, vendor):
    model = f"via-{vendor}"
    raw = stand.openai.chat.completions.with_raw_response.create(model=model, messages=[QUESTION])
    answer = raw.parse()
    (choice,) = answer.choices
    assert answer.object == "chat.completion"
    assert answer.model == model
    assert choice.finish_reason == "stop"
    assert len(choice.message.content) > 20
    assert choice.message.refusal is None
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0
    assert answer._request_id == raw.headers["x-changeover-request-id"]
    assert raw.headers["x-changeover-target"] == f"calm-{vendor}"


def test_instructions_reach_the_model_under_either_of_their_roles(stand, vendor):
    def counted(*before):
        answer = stand.openai.chat.completions.create(
            model=f"via-{vendor}", messages=[*before, QUESTION]
        )
        return answer.usage.prompt_tokens

    bare = counted()
    for role in ["system", "developer"]:
        instructed = counted({"role": role, "content": LONG_INSTRUCTION})
        assert instructed - bare > LONG_INSTRUCTION_TOKENS * 0.9


def test_a_tool_is_called_its_result_understood_and_an_answer_follows(stand, vendor):
    client, model = stand.openai, f"via-{vendor}"
    called = client.chat.completions.create(
        model=model, messages=[QUESTION], tools=[ORDER_TOOL], tool_choice="required"
    )
    (choice,) = called.choices
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert call.function.name == "order_find"
    Order.model_validate_json(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": LONG_INSTRUCTION}
    answered = client.chat.completions.create(
        model=model, messages=[QUESTION, choice.message, result], tools=[ORDER_TOOL]
    )
    assert answered.choices[0].finish_reason == "stop"
    grown = answered.usage.prompt_tokens - called.usage.prompt_tokens
    assert grown > LONG_INSTRUCTION_TOKENS * 0.9, "the result reached the model"


def test_the_stream_helper_gathers_text_and_usage(stand, vendor):
    pieces = []
    with stand.openai.chat.completions.stream(
        model=f"via-{vendor}", messages=[QUESTION], stream_options={"include_usage": True}
    ) as stream:
        for event in stream:
            if event.type == "content.delta":
                pieces.append(event.delta)
        whole = stream.get_final_completion()
    assert len(pieces) > 1, "it came in pieces"
    assert whole.choices[0].message.content == "".join(pieces)
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage.completion_tokens > 0


def test_a_bare_stream_has_one_end_and_usage_only_where_it_was_asked_for(stand, vendor):
    chunks = list(
        stand.openai.chat.completions.create(
            model=f"via-{vendor}", messages=[QUESTION], stream=True
        )
    )
    assert len({chunk.id for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks)
    ends = [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason]
    assert ends == ["stop"]


def test_a_streamed_call_of_a_tool_is_gathered(stand, vendor):
    # The SDK's own helper takes only tools whose arguments the vendor holds to their schema.
    strict = {"type": "function", "function": {**ORDER_TOOL["function"], "strict": True}}
    with stand.openai.chat.completions.stream(
        model=f"via-{vendor}", messages=[QUESTION], tools=[strict], tool_choice="required"
    ) as stream:
        whole = stream.get_final_completion()
    assert whole.choices[0].finish_reason == "tool_calls"
    (call,) = whole.choices[0].message.tool_calls
    assert call.id
    Order.model_validate(call.function.parsed_arguments)


def test_an_answer_fits_its_schema_whole_and_streamed(stand, vendor):
    asked = {"model": f"judged-{vendor}", "messages": [QUESTION], "response_format": Order}
    whole = stand.openai.chat.completions.parse(**asked)
    assert isinstance(whole.choices[0].message.parsed, Order)
    with stand.openai.chat.completions.stream(**asked) as stream:
        streamed = stream.get_final_completion()
    assert isinstance(streamed.choices[0].message.parsed, Order)


def test_any_json_is_given_where_any_is_asked_for(stand, vendor):
    answer = stand.openai.chat.completions.create(
        model=f"judged-{vendor}",
        messages=[{"role": "user", "content": "Answer in JSON."}],
        response_format={"type": "json_object"},
    )
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


def test_a_picture_reaches_the_model(stand, vendor):
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    content = [{"type": "text", "text": "What is this?"}, picture]
    seen = stand.openai.chat.completions.create(
        model=f"via-{vendor}", messages=[{"role": "user", "content": content}]
    )
    assert seen.usage.prompt_tokens > 258


def test_the_answer_ends_before_a_stop(stand, vendor):
    asked = {"model": f"via-{vendor}", "messages": [QUESTION], "stop": [".", "?"]}
    whole = stand.openai.chat.completions.create(**asked)
    assert whole.choices[0].finish_reason == "stop"
    assert re.fullmatch(r"[^.?]+", whole.choices[0].message.content)


def test_the_answer_is_no_longer_than_allowed_by_either_field(stand, vendor):
    for field in ["max_completion_tokens", "max_tokens"]:
        cut = stand.openai.chat.completions.create(
            model=f"via-{vendor}", messages=[QUESTION], **{field: 5}
        )
        assert cut.choices[0].finish_reason == "length"
        assert cut.usage.completion_tokens == 5


def test_the_asynchronous_client_does_the_same(stand, vendor):
    async def both():
        async with stand.async_openai() as client:
            asked = {"model": f"via-{vendor}", "messages": [QUESTION]}
            whole = client.chat.completions.create(**asked)
            stream = client.chat.completions.create(**asked, stream=True)
            whole, stream = await asyncio.gather(whole, stream)
            pieces = [c.delta.content or "" async for chunk in stream for c in chunk.choices]
            return whole.choices[0].message.content, "".join(pieces)

    whole, streamed = asyncio.run(both())
    assert len(whole) > 20
    assert len(streamed) > 20


def test_routes_are_listed_as_models_and_found_by_name(stand, vendor):
    client = stand.openai
    assert f"via-{vendor}" in {model.id for model in client.models.list()}
    assert client.models.retrieve(f"via-{vendor}").object == "model"
