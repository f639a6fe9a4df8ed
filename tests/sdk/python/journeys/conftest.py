"""Where the gateway is, and its levers.

What stands behind which route is written in tests/support/stand/configuration.rs.
"""

import json
import os
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from anthropic import Anthropic, AsyncAnthropic
from openai import AsyncOpenAI, OpenAI

VENDORS = ["anthropic", "openai", "gemini"]

LONG_INSTRUCTION = "Answer as a patient clerk of an old bookshop would. " * 20
LONG_INSTRUCTION_TOKENS = len(LONG_INSTRUCTION) / 4

#: One transparent pixel, as PNG.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6"
    "kgAAAABJRU5ErkJggg=="
)

ORDER_FIELDS = {
    "type": "object",
    "properties": {"reference": {"type": "integer"}, "express": {"type": "boolean"}},
    "required": ["reference", "express"],
    "additionalProperties": False,
}


@dataclass
class Stand:
    """The gateways, and the clients that speak to them."""

    url: str
    admin_url: str
    token: str
    guarded_url: str
    caller_key: str

    def usual(self, key: str = "whatever") -> dict[str, Any]:
        """What both clients are given. A retry would hide what the gateway said."""
        return {"api_key": key, "max_retries": 0, "timeout": 60}

    @cached_property
    def openai(self) -> OpenAI:
        return OpenAI(base_url=f"{self.url}/v1", **self.usual())

    def async_openai(self) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=f"{self.url}/v1", **self.usual())

    @cached_property
    def anthropic(self) -> Anthropic:
        return Anthropic(base_url=self.url, **self.usual())

    def async_anthropic(self) -> AsyncAnthropic:
        return AsyncAnthropic(base_url=self.url, **self.usual())

    def guarded_openai(self, key: str) -> OpenAI:
        return OpenAI(base_url=f"{self.guarded_url}/v1", **self.usual(key))

    def guarded_anthropic(self, key: str) -> Anthropic:
        return Anthropic(base_url=self.guarded_url, **self.usual(key))

    def force(self, route: str, wish: dict[str, Any] | None = None) -> None:
        """Pulls a lever. Without a wish the route goes back to auto."""
        who = {"holder": "sdk journeys", "reason": "to see what the SDKs make of it"}
        address = f"{self.admin_url}/admin/v1/routes/{route}"
        etag = self._ask("GET", address)["etag"]
        if wish is None:
            query = urllib.parse.urlencode(who)
            self._ask("DELETE", f"{address}/override?{query}", etag)
        else:
            until = int(time.time() * 1000) + 600_000
            self._ask("PUT", f"{address}/override", etag, {**wish, **who, "until": until})

    def _ask(self, method: str, url: str, etag: str = "", body: Any = None) -> Any:
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        if etag:
            headers["if-match"] = etag
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="session")
def stand() -> Stand:
    if "CHANGEOVER_STAND" not in os.environ:
        pytest.exit("there is no gateway: `cargo xtask test --only sdks` runs these tests")
    return Stand(**json.loads(os.environ["CHANGEOVER_STAND"]))
