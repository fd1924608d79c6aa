"""Anthropic's own package reads what gateway and emulator write."""

from typing import Any

import anthropic
import httpx2
import msgspec
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from outcrop.codecs.anthropic import (
    StreamEncoder,
    decode_response,
    encode_error,
    encode_response,
    encode_stream_error,
)
from outcrop.errors import OutcropError, RateLimitError
from tests.codecs.anthropic.answers import STREAMED, WHOLE

ASKED: dict[str, Any] = {
    "model": "a-model",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello"}],
}
EVENTS: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def client(status: int, body: bytes, content_type: str = "application/json") -> anthropic.Anthropic:
    """Return the SDK's client, answered by what we wrote."""

    def answer(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body, headers={"content-type": content_type})

    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    return anthropic.Anthropic(
        api_key="none", base_url="http://gateway", http_client=transport, max_retries=0
    )


def streamed() -> list[tuple[str, bytes]]:
    encoder = StreamEncoder(model="a-model", response_id="msg_1")
    return [pair for event in STREAMED for pair in encoder.encode(event)]


def events_of(pairs: list[tuple[str, bytes]]) -> bytes:
    return b"".join(b"event: %b\ndata: %b\n\n" % (name.encode(), data) for name, data in pairs)


def test_message_is_valid() -> None:
    """Strictly: no member is missing, of another type, or named otherwise."""
    body = encode_response(WHOLE, model="a-model", response_id="msg_1")

    message = Message.model_validate_json(body, strict=True)

    assert [block.type for block in message.content] == [
        "thinking",
        "redacted_thinking",
        "text",
        "text",
        "server_tool_use",
        "web_search_tool_result",
        "container_upload",
        "tool_use",
    ]
    assert not message.model_extra
    assert message.usage.cache_creation_input_tokens == 4


def test_events_are_valid() -> None:
    """Strictly, and the name of each is its type."""
    pairs = streamed()

    events = [EVENTS.validate_json(payload, strict=True) for _, payload in pairs]

    assert [event.type for event in events] == [name for name, _ in pairs]


def test_client_folds_our_stream_to_our_message() -> None:
    """What the SDK gathers from the events is what it would have been answered in one piece."""
    body = encode_response(WHOLE, model="a-model", response_id="msg_1")
    sent = events_of(streamed())

    with client(200, sent, "text/event-stream").messages.stream(**ASKED) as stream:
        folded = stream.get_final_message()

    whole = client(200, body).messages.create(**ASKED)
    # A stream's last counts do not split the cache writes, as the SDK has them.
    whole.usage.cache_creation = None
    ours, theirs = (each.to_dict(exclude_none=True) for each in (folded, whole))
    assert ours == theirs


def test_what_the_client_sends_back_is_understood() -> None:
    """A conversation goes on with the answer as the SDK holds it."""
    body = encode_response(WHOLE, model="a-model", response_id="msg_1")
    held = client(200, body).messages.create(**ASKED)

    again = decode_response(held.model_dump_json(exclude_unset=True).encode())

    written = encode_response(again, model="a-model", response_id="msg_1")
    assert msgspec.json.decode(written) == msgspec.json.decode(body)


def test_client_raises_our_errors() -> None:
    error = RateLimitError("Too many requests", request_id="req_1")
    status, body = encode_error(error)

    with pytest.raises(anthropic.RateLimitError) as raised:
        client(status, body).messages.create(**ASKED)

    assert raised.value.body == {
        "type": "error",
        "error": {
            "type": "rate_limit_error",
            "message": "outcrop: Too many requests. [request req_1]",
        },
        "request_id": "req_1",
    }


def test_client_raises_errors_of_a_stream() -> None:
    """Throttled in the middle, a client backs off only from an overload (ANTH-06)."""
    sent = events_of([*streamed()[:3], encode_stream_error(RateLimitError("Slow down"))])

    with (
        client(200, sent, "text/event-stream").messages.stream(**ASKED) as stream,
        pytest.raises(anthropic.APIStatusError) as raised,
    ):
        stream.get_final_message()

    assert "overloaded_error" in str(raised.value)


def test_an_error_without_a_request_has_no_id() -> None:
    _, body = encode_error(OutcropError("No such thing"))

    assert msgspec.json.decode(body)["request_id"] is None
