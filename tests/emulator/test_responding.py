"""Responses at /openai/v1: OpenAI's own SDK with an API key, and what it cannot ask."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from openai import BadRequestError, OpenAI

from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.http import header
from tests.emulator.test_app import Client, script
from tests.servers import serving

MODEL = "us.openai.gpt-5.6-luna"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


@pytest.fixture(scope="module")
def responses() -> Iterator[Any]:
    with (
        serving(create_app(EchoEngine(), api_keys=("a-key",))) as url,
        OpenAI(base_url=f"{url}/openai/v1", api_key="a-key", max_retries=0) as client,
    ):
        yield client.responses


def test_whole(responses: Any) -> None:
    answer = responses.create(model=MODEL, input="Hello to you", instructions="Be brief.")

    assert answer.output_text == "Hello to you"
    assert answer.status == "completed"
    assert answer.usage.total_tokens == 12
    assert answer.model == MODEL
    assert answer.instructions == "Be brief."
    assert answer.id.startswith("resp_")


def test_stream(responses: Any) -> None:
    """The names stand in the events too, by which the SDK tells them apart."""
    events = list(responses.create(model=MODEL, input="Hello to you", stream=True))

    assert events[0].type == "response.created"
    texts = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert texts == ["Hello", " to", " you"]
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == "Hello to you"
    assert events[-1].response.usage.total_tokens == 8


@pytest.mark.parametrize("stream", [False, True])
def test_tool_loop(responses: Any, *, stream: bool) -> None:
    """A call goes out, its result comes back and is answered in text."""
    asked = {"model": MODEL, "tools": [WEATHER], "input": "Use get_weather"}
    if stream:
        *_, last = responses.create(**asked, stream=True)
        first = last.response
    else:
        first = responses.create(**asked)
    [call] = first.output
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    told = [{"role": "user", "content": "Use get_weather"}, call.to_dict(), result]

    answer = responses.create(**asked | {"input": told})

    assert (call.type, call.name) == ("function_call", "get_weather")
    assert call.arguments == '{"city":"sample"}'
    assert answer.output_text == "get_weather: sunny"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "nobody.nothing-v1"}, "The provided model identifier is invalid."),
        # Models without a profile answer Chat Completions only.
        (
            {"model": "openai.gpt-oss-20b-1:0"},
            "The model openai.gpt-oss-20b-1:0 does not answer this API here.",
        ),
        (
            {"model": "us.amazon.nova-lite-v1:0"},
            "The model us.amazon.nova-lite-v1:0 does not answer this API here.",
        ),
        (
            {"previous_response_id": "resp_1"},
            "Previous response with id 'resp_1' not found: the emulator keeps none.",
        ),
        ({"background": True}, "background: the emulator does not do this"),
        ({"conversation": "conv_1"}, "conversation: the emulator does not do this"),
    ],
)
def test_refusals(responses: Any, changes: dict[str, Any], words: str) -> None:
    """As OpenAI's clients read errors, with AWS's name for them."""
    with pytest.raises(BadRequestError) as caught:
        responses.create(**{"model": MODEL, "input": "hi"} | changes)

    assert caught.value.body == {
        "message": words,
        "type": "invalid_request_error",
        "param": None,
        "code": "ValidationException",
    }


def ask(rule: Any, body: Any) -> Any:
    return Client(script(rule)).ask("/openai/v1/responses", {"model": MODEL, **body})


def test_malformed() -> None:
    """The place of the fault is named."""
    answer = ask({"reply": {"content": [{"text": "One."}]}}, {"input": 5})

    assert answer.status == 400
    assert answer.json["error"]["message"].startswith("input: ")


def test_broken_stream() -> None:
    """The last event tells of the failure, in the words of this API."""
    rule = {
        "reply": {"content": [{"text": "One two three."}]},
        "fault": {"after": 2, "exception": {"name": "ThrottlingException", "message": "busy"}},
    }

    answer = ask(rule, {"input": "hi", "stream": True})

    *_, last = answer.body.strip().split(b"\n\n")
    data, name = last.split(b"\n")
    failed = msgspec.json.decode(data.removeprefix(b"data: "))
    assert name == b"event: response.failed"
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error"] == {"code": "rate_limit_exceeded", "message": "busy"}


def test_uncounted_stream_ends() -> None:
    """An engine that counts nothing leaves the usage empty; the end is told all the same."""
    rule = {"reply": {"content": [{"text": "One."}], "metadata": False}}

    answer = ask(rule, {"input": "hi", "stream": True})

    assert header(answer.headers, "content-type") == "text/event-stream"
    assert answer.body.endswith(b"event: response.completed\n\n")


def test_stream_has_no_checksums() -> None:
    """What would spoil a frame changes nothing here."""
    rule = {"reply": {"content": [{"text": "One two."}]}, "fault": {"after": 2, "crc": True}}

    answer = ask(rule, {"input": "hi", "stream": True})

    assert answer.body.endswith(b"event: response.completed\n\n")
