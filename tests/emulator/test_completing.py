"""Chat Completions at /openai/v1: OpenAI's own SDK with an API key, and what it cannot ask."""

from collections.abc import Iterator
from typing import Any

import pytest
from openai import BadRequestError, OpenAI

from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.http import header
from tests.emulator.test_app import Client, script
from tests.servers import serving

GPT = "openai.gpt-oss-20b-1:0"
PATH = "/openai/v1/chat/completions"
HELLO = [{"role": "user", "content": "Hello to you"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@pytest.fixture(scope="module")
def chat() -> Iterator[Any]:
    app = create_app(EchoEngine(), api_keys=("a-key",))
    with (
        serving(app) as url,
        OpenAI(base_url=f"{url}/openai/v1", api_key="a-key", max_retries=0) as client,
    ):
        yield client.chat.completions


def test_whole(chat: Any) -> None:
    answer = chat.create(model=GPT, messages=HELLO)

    assert answer.choices[0].message.content == "Hello to you"
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (4, 8)
    assert answer.model == GPT
    assert answer.id.startswith("chatcmpl-")


def test_stream(chat: Any) -> None:
    """The counts come where they are asked for, in a chunk without a choice."""
    plain = list(chat.create(model=GPT, messages=HELLO, stream=True))
    counted = list(
        chat.create(model=GPT, messages=HELLO, stream=True, stream_options={"include_usage": True})
    )

    texts = [chunk.choices[0].delta.content for chunk in plain]
    assert texts == ["", "Hello", " to", " you", None]
    assert plain[-1].choices[0].finish_reason == "stop"
    assert len(counted) == len(plain) + 1
    assert counted[-1].choices == []
    assert counted[-1].usage.total_tokens == 8


@pytest.mark.parametrize("stream", [False, True])
def test_tool_loop(chat: Any, *, stream: bool) -> None:
    """A call goes out, its result comes back and is answered in text."""
    asked = [{"role": "user", "content": "Use get_weather"}]
    if stream:
        chunks = list(chat.create(model=GPT, messages=asked, tools=[WEATHER], stream=True))
        pieces = [piece for each in chunks for piece in each.choices[0].delta.tool_calls or ()]
        call_id, reason = pieces[0].id, chunks[-1].choices[0].finish_reason
        name = pieces[0].function.name
        arguments = "".join(piece.function.arguments for piece in pieces)
    else:
        choice = chat.create(model=GPT, messages=asked, tools=[WEATHER]).choices[0]
        call, reason = choice.message.tool_calls[0], choice.finish_reason
        call_id, name, arguments = call.id, call.function.name, call.function.arguments
    made = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    told = [
        *asked,
        {"role": "assistant", "tool_calls": [made]},
        {"role": "tool", "tool_call_id": call_id, "content": "sunny"},
    ]

    answer = chat.create(model=GPT, messages=told, tools=[WEATHER])

    assert (reason, name, arguments) == ("tool_calls", "get_weather", '{"city":"sample"}')
    assert answer.choices[0].message.content == "get_weather: sunny"


def test_own_models(chat: Any) -> None:
    """The emulator's own answer here too."""
    answer = chat.create(model="emu.json", messages=HELLO)

    assert answer.choices[0].message.content == '{"echo":"Hello to you"}'


@pytest.mark.parametrize("stream", [False, True])
def test_thoughts_are_texts(chat: Any, *, stream: bool) -> None:
    """As gpt-oss has them: unsigned, under the name that Bedrock gives them."""
    if stream:
        chunks = list(chat.create(model="emu.think", messages=HELLO, stream=True))
        thought = "".join(each.choices[0].delta.model_extra.get("reasoning", "") for each in chunks)
        said = "".join(each.choices[0].delta.content or "" for each in chunks)
    else:
        message = chat.create(model="emu.think", messages=HELLO).choices[0].message
        thought, said = message.model_extra["reasoning"], message.content

    assert thought == "Turn 1 of the user has 4 tokens. I will answer it."
    assert said == "Hello to you"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "nobody.nothing-v1"}, "The provided model identifier is invalid."),
        (
            {"model": "amazon.titan-text-express-v1"},
            "The model amazon.titan-text-express-v1 does not answer this API here.",
        ),
        ({"model": ""}, "model: Field required"),
        ({"n": 2}, "n: the emulator answers once, not 2 times."),
        ({"messages": []}, "messages: messages must contain at least one non-empty message"),
    ],
)
def test_refusals(chat: Any, changes: dict[str, Any], words: str) -> None:
    """As OpenAI's clients read errors, with AWS's name for them."""
    with pytest.raises(BadRequestError) as caught:
        chat.create(**{"model": GPT, "messages": HELLO} | changes)

    assert caught.value.body == {
        "message": words,
        "type": "invalid_request_error",
        "param": None,
        "code": "ValidationException",
    }


BUSY = {
    "error": {
        "status": 429,
        "name": "ThrottlingException",
        "message": "Too many requests",
        "retry_after_s": 3,
    }
}
BROKEN = {
    "reply": {"content": [{"text": "One two three."}]},
    "fault": {"after": 2, "exception": {"name": "ServiceUnavailableException", "message": "busy"}},
}
SPOILED = {
    "reply": {"content": [{"text": "One two three."}]},
    "fault": {"after": 2, "crc": True},
}


def ask(rule: Any, **members: Any) -> Any:
    body = {"model": GPT, "messages": HELLO, **members}
    return Client(script(rule)).ask(PATH, body)


def test_busy() -> None:
    """The reply tells when to come again."""
    answer = ask(BUSY)

    assert answer.status == 429
    assert header(answer.headers, "retry-after") == "3"
    assert header(answer.headers, "x-amzn-errortype").startswith("ThrottlingException:")
    assert answer.json["error"]["type"] == "rate_limit_error"


def test_broken_stream() -> None:
    """The error is the last event; a body that broke off is not said to be done."""
    answer = ask(BROKEN, stream=True)

    *_, last = answer.body.strip().split(b"\n\n")
    assert last == (
        b'data: {"error":{"message":"busy","type":"overloaded_error","param":null,'
        b'"code":"ServiceUnavailableException"}}'
    )


def test_stream_has_no_checksums() -> None:
    """What would spoil a frame changes nothing here."""
    answer = ask(SPOILED, stream=True)

    assert header(answer.headers, "content-type") == "text/event-stream"
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert b"two" in answer.body
