"""Counting end to end: both clients against the emulator, and beside what an answer reports."""

import asyncio
from typing import Any

import pytest

from outcrop.client import AsyncClient, Client
from outcrop.client.plan import ClientOptions
from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.errors import BadRequestError, ConfigError
from outcrop.types.counting import TokenCount
from tests.servers import serving

PROFILE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def options_for(url: str) -> ClientOptions:
    return {
        "base_url": url,
        "region": "us-east-1",
        "access_key_id": "outcrop",
        "secret_access_key": "outcrop",
        "environ": {},
    }


def counts(url: str, *asked: Any, **options: Any) -> list[TokenCount]:
    """Count with both clients."""

    async def awaiting() -> TokenCount:
        async with AsyncClient(**options_for(url)) as client:
            return await client.count_tokens(*asked, **options)

    with Client(**options_for(url)) as client:
        return [client.count_tokens(*asked, **options), asyncio.run(awaiting())]


@pytest.fixture(scope="module")
def url() -> Any:
    with serving(create_app(EchoEngine())) as found:
        yield found


def test_counted_is_what_is_billed(url: str) -> None:
    """The profile is called, its model is asked for the count."""
    with Client(**options_for(url)) as client:
        answer = client.chat("Hello, world", model=PROFILE, system="Be brief.")
    assert answer.usage is not None

    found = counts(url, "Hello, world", model=PROFILE, system="Be brief.")

    assert {each.input_tokens for each in found} == {answer.usage.input_tokens}
    assert not any(each.estimated for each in found)
    assert {each.call.resolved_model for each in found} == {PROFILE.removeprefix("us.")}
    assert {each.call.served_by for each in found} == {"echo"}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ConfigError, "model is required"),
        ({"model": PROFILE, "max_token": 5}, BadRequestError, "unknown options: max_token"),
        (
            {"model": "amazon.titan-embed-text-v2:0"},
            BadRequestError,
            "is an embedding model; use embed",
        ),
    ],
)
def test_nothing_wrong_is_sent(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        counts("http://127.0.0.1:9", "Hi", **options)
