"""outcrop's own client against the emulator: a native body gets the answer that Converse gets."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from outcrop import AsyncClient, Client
from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.emulator.engines.script import ScriptEngine
from outcrop.emulator.engines.script_file import read_script
from outcrop.errors import ModelError, RateLimitError
from outcrop.types.content import Reasoning, Text, ToolUse
from outcrop.types.responses import Response
from tests.servers import serving

CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
GPT = "openai.gpt-oss-20b-1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
LUNA = "us.openai.gpt-5.6-luna"
NATIVE = {CLAUDE: "anthropic", GPT: "openai_chat", LLAMA: "llama"}

Ask = Callable[..., Response]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(create_app(EchoEngine())) as served:
        yield served


def _settings(url: str, api: str) -> dict[str, Any]:
    return {
        "base_url": url,
        "region": "us-east-1",
        "access_key_id": "outcrop",
        "secret_access_key": "outcrop",
        "api": api,
        "max_retries": 0,
    }


def whole(url: str, api: str, said: str, **options: Any) -> Response:
    with Client(**_settings(url, api)) as client:
        answer: Response = client.chat(said, **options)
    return answer


def streamed(url: str, api: str, said: str, **options: Any) -> Response:
    with Client(**_settings(url, api)) as client, client.stream(said, **options) as stream:
        for _ in stream:
            pass
        answer: Response = stream.response
    return answer


def async_whole(url: str, api: str, said: str, **options: Any) -> Response:
    async def act() -> Response:
        async with AsyncClient(**_settings(url, api)) as client:
            answer: Response = await client.chat(said, **options)
        return answer

    return asyncio.run(act())


def async_streamed(url: str, api: str, said: str, **options: Any) -> Response:
    async def act() -> Response:
        async with (
            AsyncClient(**_settings(url, api)) as client,
            client.stream(said, **options) as stream,
        ):
            async for _ in stream:
                pass
            answer: Response = stream.response
        return answer

    return asyncio.run(act())


each_way = pytest.mark.parametrize("ask", [whole, streamed, async_whole, async_streamed])


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


@each_way
@pytest.mark.parametrize("model", NATIVE)
def test_text(url: str, ask: Ask, model: str) -> None:
    """Text, reason and counts are those of Converse; the answer says which way it came."""
    found = ask(url, "native", "Hello to you", model=model, max_tokens=50)
    expected = ask(url, "converse", "Hello to you", model=model, max_tokens=50)

    assert found.content == expected.content == (Text(text="Hello to you"),)
    assert found.stop.kind == expected.stop.kind == "stop"
    assert found.usage is not None
    assert expected.usage is not None
    assert found.usage.total_tokens == expected.usage.total_tokens == 8
    assert found.latency_ms is not None
    assert (found.api, expected.api) == (NATIVE[model], "converse")
    assert found.adjustments == expected.adjustments


@each_way
@pytest.mark.parametrize("model", NATIVE)
def test_limit(url: str, ask: Ask, model: str) -> None:
    """What cut the answer off has the same name in every dialect."""
    found = ask(url, "native", "Hello to you", model=model, max_tokens=3)

    assert found.text == "Hello to"
    assert found.finish_reason == "length"


@each_way
@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_tools(url: str, ask: Ask, model: str) -> None:
    """The same call, with the same arguments and id."""
    options = {"model": model, "tools": [get_weather]}

    found = ask(url, "native", "Use get_weather", **options)
    expected = ask(url, "converse", "Use get_weather", **options)

    [call] = found.content
    assert isinstance(call, ToolUse)
    assert (call.name, bytes(call.arguments)) == ("get_weather", b'{"city":"sample"}')
    assert found.content == expected.content
    assert found.finish_reason == expected.finish_reason == "tool_calls"
    assert found.api == NATIVE[model]


@each_way
def test_reasoning(url: str, ask: Ask) -> None:
    """Claude's thoughts come with the signature that Converse gives them."""
    options = {"model": CLAUDE, "reasoning": {"budget_tokens": 1024}, "max_tokens": 3000}

    found = ask(url, "native", "Hello to you", **options)
    expected = ask(url, "converse", "Hello to you", **options)

    thought, said = found.content
    assert isinstance(thought, Reasoning)
    assert thought.signature
    assert said == Text(text="Hello to you")
    assert found.content == expected.content


@each_way
def test_chat_completions_of_the_runtime(url: str, ask: Ask) -> None:
    """What only Chat Completions has a word for goes to /openai/v1 unasked (ROUTE-02)."""
    found = ask(url, "auto", "Hello to you", model=GPT, seed=7)

    assert found.text == "Hello to you"
    assert found.api == "openai_chat"
    assert found.usage is not None
    assert found.usage.total_tokens == 8


@each_way
@pytest.mark.parametrize("tools", [(), (get_weather,)])
def test_responses_of_the_runtime(url: str, ask: Ask, tools: tuple[Any, ...]) -> None:
    """The Responses API, where it was chosen, says what Converse says."""
    options = {"model": LUNA, "tools": tools}

    found = ask(url, "responses", "Use get_weather", **options)
    expected = ask(url, "converse", "Use get_weather", **options)

    assert bare(found.content) == bare(expected.content)
    assert found.finish_reason == expected.finish_reason == ("tool_calls" if tools else "stop")
    assert found.usage is not None
    assert expected.usage is not None
    assert found.usage.total_tokens == expected.usage.total_tokens
    assert found.api == "openai_responses"


def bare(content: tuple[Any, ...]) -> list[Any]:
    """Leave out what an API names its items by."""
    return [msgspec.structs.replace(block, extra=None) for block in content]


RULES = """
rules:
  - match: {text: busy}
    error: {status: 429, name: ThrottlingException, message: Too many requests}
  - match: {text: break}
    reply: {content: [{text: One two three four.}]}
    fault: {after: 2, exception: {name: ModelStreamErrorException, message: it broke}}
"""


@pytest.fixture(scope="module")
def broken() -> Iterator[str]:
    with serving(create_app(ScriptEngine(read_script(RULES, "rules.yaml")))) as served:
        yield served


@each_way
@pytest.mark.parametrize("options", [{"model": m} for m in NATIVE] + [{"model": GPT, "seed": 1}])
def test_refusal(broken: str, ask: Ask, options: dict[str, Any]) -> None:
    """One failure for all ways to ask, in AWS's words."""
    api = "auto" if "seed" in options else "native"

    with pytest.raises(RateLimitError) as caught:
        ask(broken, api, "busy", **options)

    assert caught.value.aws_message == "Too many requests"
    assert caught.value.code == "ThrottlingException"


@pytest.mark.parametrize("ask", [whole, async_whole])
@pytest.mark.parametrize("model", NATIVE)
def test_failure_in_the_middle(broken: str, ask: Ask, model: str) -> None:
    """An answer in one piece that the model broke off is a failure of the model."""
    with pytest.raises(ModelError) as caught:
        ask(broken, "native", "break", model=model)

    assert caught.value.aws_message == "it broke"
