"""Both clients over a transport that plays Converse's answers.

Place in the house: tests only. `blocking` and `awaiting` call the same method of either client.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
import pytest

from outcrop.client import AsyncClient, Client
from outcrop.http import HttpResponse
from outcrop.transport.replay import AsyncReplay, Replay, Reply

NOVA = "us.amazon.nova-lite-v1:0"
CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


class Told(msgspec.Struct, frozen=True):
    """What a call gave, and what was sent for it."""

    value: Any
    bodies: list[Any]


def reply(*blocks: Any, stop: str = "end_turn", tokens: int = 5) -> HttpResponse:
    """Return an answer of Converse that holds these blocks; a plain string is a text."""
    content = [{"text": block} if isinstance(block, str) else block for block in blocks]
    body = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": {"inputTokens": tokens, "outputTokens": 1, "totalTokens": tokens + 1},
    }
    return HttpResponse(status=200, body=msgspec.json.encode(body))


def call(name: str, arguments: Any, number: int = 1) -> dict[str, Any]:
    """Return the block of one call."""
    return {"toolUse": {"toolUseId": f"t{number}", "name": name, "input": arguments}}


def calling(*calls: dict[str, Any]) -> HttpResponse:
    """Return an answer that calls tools."""
    return reply(*calls, stop="tool_use")


def _options(given: dict[str, Any]) -> dict[str, Any]:
    settled = {"region": "us-east-1", "model": NOVA, "api_key": "k", "environ": {}}
    return settled | {"max_retries": 0} | given


def _told(value: Any, transport: Replay | AsyncReplay) -> Told:
    return Told(value, [msgspec.json.decode(each.body) for each in transport.requests])


def blocking(
    replies: list[Reply], method: str, *said: Any, client: Any = None, **options: Any
) -> Told:
    """Call a method of the blocking client."""
    transport = Replay(*replies)
    with Client(transport=transport, **_options(client or {})) as made:
        return _told(getattr(made, method)(*said, **options), transport)


def awaiting(
    replies: list[Reply], method: str, *said: Any, client: Any = None, **options: Any
) -> Told:
    """Call the same method of the asynchronous client."""

    async def called() -> Told:
        transport = AsyncReplay(*replies)
        async with AsyncClient(transport=transport, **_options(client or {})) as made:
            return _told(await getattr(made, method)(*said, **options), transport)

    return asyncio.run(called())


Asked: TypeAlias = Callable[..., Told]
each_client = pytest.mark.parametrize("ask", [blocking, awaiting])
