"""What goes wrong, in each SDK's own classes; and what goes on although a vendor fails."""

from concurrent.futures import ThreadPoolExecutor

import anthropic
import openai
import pytest
from conftest import VENDORS

QUESTION = {"role": "user", "content": "Where is my order?"}
FAULTS = ["overloaded", "erroring", "limited", "down"]


class Chat:
    """The `openai` package."""

    name = "openai"
    errors = openai
    overloaded = 503

    def client(self, stand):
        return stand.openai

    def guarded(self, stand, key):
        return stand.guarded_openai(key)

    def ask(self, client, model, messages=(QUESTION,), **more):
        asked = {"model": model, "messages": list(messages), **more}
        raw = client.chat.completions.with_raw_response.create(**asked)
        return raw.parse().choices[0].message.content, raw.headers

    def gather(self, client, model, pieces):
        asked = {"model": model, "messages": [QUESTION], "stream": True}
        raw = client.chat.completions.with_raw_response.create(**asked)
        for chunk in raw.parse():
            pieces += [c.delta.content for c in chunk.choices if c.delta.content]
        return raw.headers


class Messages:
    """The `anthropic` package."""

    name = "anthropic"
    errors = anthropic
    overloaded = 529

    def client(self, stand):
        return stand.anthropic

    def guarded(self, stand, key):
        return stand.guarded_anthropic(key)

    def ask(self, client, model, messages=(QUESTION,), **more):
        asked = {"model": model, "max_tokens": 500, "messages": list(messages), **more}
        raw = client.messages.with_raw_response.create(**asked)
        return raw.parse().content[0].text, raw.headers

    def gather(self, client, model, pieces):
        asked = {"model": model, "max_tokens": 500, "messages": [QUESTION]}
        with client.messages.stream(**asked) as stream:
            for piece in stream.text_stream:
                pieces.append(piece)
            return stream.response.headers


DOORS = [Chat(), Messages()]

by_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
by_vendor = pytest.mark.parametrize("vendor", VENDORS)


def refusal(kind, status, call, *args, **more):
    """The error that a call ends with, of the class that it must be of."""
    with pytest.raises(kind) as raised:
        call(*args, **more)
    assert raised.value.status_code == status, raised.value
    assert raised.value.request_id, "it can be traced"
    return raised.value


@by_door
def test_a_route_that_is_not_there(stand, door):
    client, kind = door.client(stand), door.errors.NotFoundError
    error = refusal(kind, 404, door.ask, client, "no-such-route")
    assert "no-such-route" in str(error)
    assert "via-openai" in str(error), "it says which there are"
    refusal(kind, 404, client.models.retrieve, "no-such-route")


@by_door
def test_a_request_that_cannot_be_read(stand, door):
    client, kind = door.client(stand), door.errors.BadRequestError
    assert "messages" in str(refusal(kind, 400, door.ask, client, "via-openai", messages=()))


@by_door
def test_keys(stand, door):
    wrong = door.guarded(stand, "wrong")
    refusal(door.errors.AuthenticationError, 401, door.ask, wrong, "slow-openai")
    shop = door.guarded(stand, stand.caller_key)
    assert {model.id for model in shop.models.list()} == {"slow-anthropic", "slow-openai"}
    refusal(door.errors.NotFoundError, 404, door.ask, shop, "slow-gemini")


@by_door
def test_more_at_once_than_the_target_takes(stand, door):
    shop = door.guarded(stand, stand.caller_key)
    with ThreadPoolExecutor(4) as pool:
        route = f"slow-{door.name}"
        calls = [pool.submit(door.ask, shop, route, max_tokens=20) for _ in range(4)]
    shed = [call.exception() for call in calls if call.exception()]
    assert 1 <= len(shed) <= 3
    for error in shed:
        assert isinstance(error, door.errors.RateLimitError)
        assert int(error.response.headers["retry-after"]) >= 1


@by_door
@by_vendor
def test_what_a_vendor_refuses_or_breaks_is_told_in_the_sdks_classes(stand, door, vendor):
    client, errors = door.client(stand), door.errors
    for fault, kind, status in [
        ("overloaded", errors.InternalServerError, door.overloaded),
        ("limited", errors.RateLimitError, 429),
        ("erroring", errors.InternalServerError, 502),
        ("down", errors.InternalServerError, 502),
        ("locked", errors.InternalServerError, 502),
    ]:
        refusal(kind, status, door.ask, client, f"{fault}-{vendor}")


@by_door
@by_vendor
def test_a_stream_that_breaks_off_raises_after_what_it_gave(stand, door, vendor):
    pieces = []
    with pytest.raises(door.errors.APIError):
        door.gather(door.client(stand), f"breaking-{vendor}", pieces)
    assert pieces


@by_door
def test_the_gateway_gives_up_when_the_caller_does(stand, door):
    # The SDK tells how long it waits; a little of it is left for the answer's own way.
    client = door.client(stand)
    kind = door.errors.InternalServerError
    refusal(kind, 504, door.ask, client, "hanging-openai", timeout=2.5)


def assert_the_next_answers(stand, door, fault, vendor):
    client, route, pieces = door.client(stand), f"after-{fault}-{vendor}", []
    text, headers = door.ask(client, route)
    streamed = door.gather(client, route, pieces)
    assert len(text) > 20
    assert len("".join(pieces)) > 20
    following = VENDORS[(VENDORS.index(vendor) + 1) % len(VENDORS)]
    assert all(way["x-changeover-target"] == f"calm-{following}" for way in (headers, streamed))


@by_door
@by_vendor
@pytest.mark.parametrize("fault", FAULTS)
def test_calls_go_on_succeeding_while_a_vendor_fails(stand, door, vendor, fault):
    assert_the_next_answers(stand, door, fault, vendor)


def test_calls_go_on_succeeding_while_a_vendor_hangs(stand):
    # Side by side: what hangs is waited for.
    cases = [(door, vendor) for door in DOORS for vendor in VENDORS]
    with ThreadPoolExecutor(len(cases)) as pool:
        calls = [
            pool.submit(assert_the_next_answers, stand, door, "hanging", vendor)
            for door, vendor in cases
        ]
    for call in calls:
        call.result()


@by_door
def test_a_lever_moves_the_route_to_another_vendor(stand, door):
    for vendor in reversed(VENDORS):
        stand.force("levered", {"target": f"calm-{vendor}"})
        _, headers = door.ask(door.client(stand), "levered")
        assert headers["x-changeover-target"] == f"calm-{vendor}"


@by_door
def test_each_mode_gives_what_the_sdk_understands(stand, door):
    route, client = f"ladder-{door.name}", door.client(stand)

    def streamed():
        pieces = []
        headers = door.gather(client, route, pieces)
        return "".join(pieces), headers

    stand.force(route)
    first, _ = door.ask(client, route)
    for mode, beginning in [
        ("short", "A shorter answer than usual."),
        ("cached", "A shorter answer than usual."),
        ("template", f"We are slower than usual on {route}."),
    ]:
        stand.force(route, {"mode": mode})
        for text, headers in [door.ask(client, route), streamed()]:
            assert text.startswith(beginning), mode
            assert headers["x-changeover-degraded"] == mode
    stand.force(route, {"mode": "cached"})
    kept, headers = door.ask(client, route)
    assert kept.endswith(first)
    assert "age=" in headers["x-changeover-cache"]
    stand.force(route, {"mode": "off"})
    error = refusal(door.errors.InternalServerError, 503, door.ask, client, route)
    assert int(error.response.headers["retry-after"]) >= 1
