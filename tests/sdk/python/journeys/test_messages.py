"""Messages with the `anthropic` package: every wish, through every kind of vendor."""

import asyncio
import re

import pytest
from conftest import LONG_INSTRUCTION, LONG_INSTRUCTION_TOKENS, ORDER_FIELDS, PIXEL, VENDORS
from pydantic import BaseModel, ConfigDict

QUESTION = {"role": "user", "content": "Where is my order?"}
ORDER_TOOL = {
    "name": "order_find",
    "description": "Finds an order.",
    "input_schema": ORDER_FIELDS,
}

pytestmark = pytest.mark.parametrize("vendor", VENDORS)


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reference: int
    express: bool


def usual(vendor, **more):
    return {"model": f"via-{vendor}", "max_tokens": 1000, "messages": [QUESTION], **more}


def test_a_plain_question_is_answered_counted_and_can_be_traced(stand, vendor):
    raw = stand.anthropic.messages.with_raw_response.create(**usual(vendor))
    answer = raw.parse()
    assert answer.id.startswith("msg_")
    assert (answer.type, answer.role) == ("message", "assistant")
    assert answer.model == f"via-{vendor}"
    assert answer.stop_reason == "end_turn"
    (block,) = answer.content
    assert len(block.text) > 20
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert answer._request_id == raw.headers["x-changeover-request-id"]
    assert raw.headers["x-changeover-target"] == f"calm-{vendor}"


def test_instructions_reach_the_model_as_text_and_as_blocks(stand, vendor):
    def counted(**more):
        answer = stand.anthropic.messages.create(**usual(vendor, **more))
        return answer.usage.input_tokens

    bare = counted()
    block = {
        "type": "text",
        "text": LONG_INSTRUCTION,
        "cache_control": {"type": "ephemeral"},
    }
    for system in [LONG_INSTRUCTION, [block]]:
        assert counted(system=system) - bare > LONG_INSTRUCTION_TOKENS * 0.9


def test_a_tool_is_called_its_result_understood_and_an_answer_follows(stand, vendor):
    client = stand.anthropic
    called = client.messages.create(
        **usual(vendor, tools=[ORDER_TOOL], tool_choice={"type": "any"})
    )
    assert called.stop_reason == "tool_use"
    call = next(block for block in called.content if block.type == "tool_use")
    assert call.name == "order_find"
    Order.model_validate(call.input)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": LONG_INSTRUCTION}
    conversation = [
        QUESTION,
        {"role": "assistant", "content": called.content},
        {"role": "user", "content": [result]},
    ]
    answered = client.messages.create(
        **{**usual(vendor), "messages": conversation, "tools": [ORDER_TOOL]}
    )
    assert answered.stop_reason == "end_turn"
    grown = answered.usage.input_tokens - called.usage.input_tokens
    assert grown > LONG_INSTRUCTION_TOKENS * 0.9, "the result reached the model"


def test_the_stream_helper_gathers_text_and_usage(stand, vendor):
    with stand.anthropic.messages.stream(**usual(vendor)) as stream:
        pieces = list(stream.text_stream)
        whole = stream.get_final_message()
    assert len(pieces) > 1, "it came in pieces"
    assert whole.content[0].text == "".join(pieces)
    assert whole.stop_reason == "end_turn"
    assert whole.usage.input_tokens > 0
    assert whole.usage.output_tokens > 0


def test_a_bare_stream_has_the_dialects_events_in_their_order(stand, vendor):
    kinds = []
    for event in stand.anthropic.messages.create(**usual(vendor, stream=True)):
        if kinds[-1:] != [event.type]:
            kinds.append(event.type)
    assert kinds == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_a_streamed_call_of_a_tool_is_gathered(stand, vendor):
    asked = usual(vendor, tools=[ORDER_TOOL], tool_choice={"type": "any"})
    with stand.anthropic.messages.stream(**asked) as stream:
        whole = stream.get_final_message()
    assert whole.stop_reason == "tool_use"
    call = next(block for block in whole.content if block.type == "tool_use")
    assert call.id
    Order.model_validate(call.input)


def test_an_answer_fits_its_schema_whole_and_streamed(stand, vendor):
    asked = {**usual(vendor), "model": f"judged-{vendor}", "output_format": Order}
    whole = stand.anthropic.messages.parse(**asked)
    assert isinstance(whole.parsed_output, Order)
    with stand.anthropic.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    assert isinstance(streamed.parsed_output, Order)


def test_a_picture_reaches_the_model(stand, vendor):
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "What is this?"}]
    asked = {**usual(vendor), "messages": [{"role": "user", "content": content}]}
    assert stand.anthropic.messages.create(**asked).usage.input_tokens > 258


def test_the_answer_ends_before_a_stop(stand, vendor):
    answer = stand.anthropic.messages.create(**usual(vendor, stop_sequences=[".", "?"]))
    assert re.fullmatch(r"[^.?]+", answer.content[0].text)
    # Only one vendor says what ended an answer; the others only say that it ended.
    told = "stop_sequence" if vendor == "anthropic" else "end_turn"
    assert answer.stop_reason == told


def test_the_answer_is_no_longer_than_allowed(stand, vendor):
    cut = stand.anthropic.messages.create(**{**usual(vendor), "max_tokens": 5})
    assert cut.stop_reason == "max_tokens"
    assert cut.usage.output_tokens == 5


def test_the_asynchronous_client_does_the_same(stand, vendor):
    async def both():
        async with stand.async_anthropic() as client:
            whole = await client.messages.create(**usual(vendor))
            async with client.messages.stream(**usual(vendor)) as stream:
                return whole.content[0].text, await stream.get_final_text()

    whole, streamed = asyncio.run(both())
    assert len(whole) > 20
    assert len(streamed) > 20


def test_routes_are_listed_as_models_and_found_by_name(stand, vendor):
    client = stand.anthropic
    assert f"via-{vendor}" in {model.id for model in client.models.list()}
    assert client.models.retrieve(f"via-{vendor}").type == "model"
