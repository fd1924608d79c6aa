"""Counts and native bodies end to end: both clients against the emulator, signatures verified."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from outcrop.client import AsyncClient, Client
from outcrop.client.plan import ClientOptions
from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.errors import BadRequestError, ConfigError
from outcrop.types.counting import TokenCount
from outcrop.types.invocations import Invocation
from outcrop.types.usage import Usage
from tests.servers import serving

PROFILE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
LLAMA = "meta.llama3-8b-instruct-v1:0"
PROMPT = {"prompt": "An outcrop is"}


def options_for(url: str) -> ClientOptions:
    return {
        "base_url": url,
        "region": "us-east-1",
        "access_key_id": "outcrop",
        "secret_access_key": "outcrop",
        "environ": {},
    }


def both(
    url: str, blocking: Callable[[Client], Any], awaiting: Callable[[AsyncClient], Any]
) -> list[Any]:
    """Do the same with both clients."""

    async def awaited() -> Any:
        async with AsyncClient(**options_for(url)) as client:
            return await awaiting(client)

    with Client(**options_for(url)) as client:
        return [blocking(client), asyncio.run(awaited())]


def counts(url: str, *asked: Any, **options: Any) -> list[TokenCount]:
    return both(
        url,
        lambda client: client.count_tokens(*asked, **options),
        lambda client: client.count_tokens(*asked, **options),
    )


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
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


def test_invoke(url: str) -> None:
    found: list[Invocation] = both(
        url,
        lambda client: client.invoke(LLAMA, PROMPT),
        lambda client: client.invoke(LLAMA, PROMPT),
    )

    for each in found:
        assert each.json()["generation"] == "An outcrop is"
        assert each.usage == Usage(input_tokens=4, output_tokens=4, total_tokens=8)
        assert each.call.served_by == "echo"


def test_invoke_stream(url: str) -> None:
    """Chunks say together what the whole answer says, and count the same."""

    async def awaiting(client: AsyncClient) -> tuple[str, Usage | None]:
        stream = client.invoke_stream(LLAMA, PROMPT)
        said = [json.loads(chunk)["generation"] async for chunk in stream]
        return "".join(said), stream.invocation.usage

    def blocking(client: Client) -> tuple[str, Usage | None]:
        stream = client.invoke_stream(LLAMA, PROMPT)
        said = [json.loads(chunk)["generation"] for chunk in stream]
        return "".join(said), stream.invocation.usage

    found = both(url, blocking, awaiting)

    usage = Usage(input_tokens=4, output_tokens=4, total_tokens=8)
    assert found == [("An outcrop is", usage)] * 2
