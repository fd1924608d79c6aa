"""What any model answers over Converse, Anthropic's clients read (ANTH-01)."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from botocore.eventstream import EventStreamBuffer
from pydantic import TypeAdapter

from outcrop.codecs import converse
from outcrop.codecs.anthropic import (
    StreamDecoder,
    StreamEncoder,
    decode_request,
    encode_request,
    encode_response,
    unsupported,
)
from outcrop.errors import UnsupportedError
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import RedactedReasoning, ToolUse
from outcrop.types.events import Event
from outcrop.types.responses import Response
from tests.recordings import Interaction, cases

EVENTS: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def is_answered(recorded: Interaction) -> bool:
    return recorded.status < 400


def is_asked(recorded: Interaction) -> bool:
    return recorded.request_body is not None and recorded.family == "anthropic"


def has_sealed(recorded: Interaction) -> bool:
    return "redactedContent" in str(recorded.response_body)


def events_of(recorded: Interaction) -> Iterator[Event]:
    decoder = converse.StreamDecoder()
    if not recorded.stream_bytes:
        for document in recorded.response_body:
            for name, payload in document.items():
                yield decoder.decode(name, msgspec.json.encode(payload))
        return
    buffer = EventStreamBuffer()
    buffer.add_data(recorded.stream_bytes)
    for frame in buffer:
        yield decoder.decode(frame.headers[":event-type"], frame.payload)


def folded(events: list[Event]) -> Response:
    fold = Accumulator()
    for event in events:
        fold.add(event)
    return fold.response()


def call_of(call: ToolUse) -> tuple[str, str, bytes]:
    return call.id, call.name, bytes(call.arguments)


@pytest.mark.parametrize("recorded", cases("converse", where=is_answered))
def test_answers(recorded: Interaction) -> None:
    """Strictly valid, and its text, calls and reasoning are all there."""
    response = converse.decode_response(recorded.response.data)

    body = encode_response(response, model="a-model", response_id="msg_1")

    message = Message.model_validate_json(body, strict=True)
    assert "".join(each.text for each in message.content if each.type == "text") == response.text
    calls = [(each.id, each.name) for each in message.content if each.type == "tool_use"]
    assert calls == [(call.id, call.name) for call in response.tool_calls]
    kinds = ("thinking", "redacted_thinking")
    thoughts = [each for each in message.content if each.type in kinds]
    assert len(thoughts) == len(response.reasoning)


@pytest.mark.parametrize("recorded", cases("converse_stream", where=is_answered))
def test_streams(recorded: Interaction) -> None:
    """Strictly valid event by event; read again, they say what Converse said."""
    events = list(events_of(recorded))
    encoder, decoder = StreamEncoder(model="a-model", response_id="msg_1"), StreamDecoder()

    written = [pair for event in events for pair in encoder.encode(event)]
    again = folded([event for pair in written for event in decoder.decode(*pair)])

    assert [EVENTS.validate_json(payload, strict=True).type for _, payload in written] == [
        name for name, _ in written
    ]
    said = folded(events)
    assert again.text == said.text
    assert list(map(call_of, again.tool_calls)) == list(map(call_of, said.tool_calls))
    assert again.reasoning == said.reasoning
    assert again.finish_reason == said.finish_reason
    assert again.usage is not None
    assert said.usage is not None
    assert again.usage.total_tokens == said.usage.total_tokens


@pytest.mark.parametrize("recorded", cases("converse", where=has_sealed))
def test_sealed_reasoning(recorded: Interaction) -> None:
    """Converse's bytes are the text that Claude's own API has (ANTH-03)."""
    response = converse.decode_response(recorded.response.data)
    (sealed,) = [each for each in response.reasoning if isinstance(each, RedactedReasoning)]

    written = msgspec.json.decode(encode_response(response, model="m", response_id="i"))

    (block,) = [each for each in written["content"] if each["type"] == "redacted_thinking"]
    assert block["data"].encode() == sealed.data
    # What Anthropic seals begins like its signatures do: base64 of a message of its own.
    assert block["data"].startswith("E")


@pytest.mark.parametrize("recorded", cases("converse", "converse_stream", where=is_asked))
def test_requests(recorded: Interaction) -> None:
    """What Claude is asked over Converse it can be asked in its own words, twice the same.

    What cannot be asked so, since a file stands in a bucket, is listed before and refused.
    """
    request = converse.decode_request(recorded.request.data, "a-model")
    if "unsupported_source" in {each.rule for each in unsupported(request)}:
        with pytest.raises(UnsupportedError, match="S3"):
            encode_request(request, stream=False, invoke=True)
        return

    body = encode_request(request, stream=False, invoke=True)

    again = encode_request(decode_request(body, "a-model").request, stream=False, invoke=True)
    assert msgspec.json.decode(again) == msgspec.json.decode(body)
