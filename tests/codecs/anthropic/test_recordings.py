"""Every recorded request, answer and event of Claude comes back as it was.

What these tests count is printed by ``pytest -rP tests/codecs/anthropic/test_recordings.py``.
"""

import base64
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from botocore.eventstream import EventStreamBuffer

from outcrop.codecs.anthropic import (
    StreamDecoder,
    StreamEncoder,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from outcrop.types.accumulate import Accumulator
from outcrop.types.events import Event
from outcrop.types.responses import Response
from tests.codecs.anthropic.comparing import rebuilt, said, unknown
from tests.recordings import Interaction, cases, interactions

MODEL = "a-model"


def is_messages(recorded: Interaction) -> bool:
    return recorded.family == "anthropic" and "messages" in (recorded.request_body or ())


def is_answered(recorded: Interaction) -> bool:
    return is_messages(recorded) and recorded.status < 400


def counts_messages(recorded: Interaction) -> bool:
    return recorded.operation == "CountTokens" and "invokeModel" in recorded.request_body["input"]


def payloads_of(recorded: Interaction) -> Iterator[bytes]:
    """Yield the JSON of every event of a recorded stream."""
    buffer = EventStreamBuffer()
    buffer.add_data(recorded.stream_bytes)
    for frame in buffer:
        yield base64.b64decode(msgspec.json.decode(frame.payload)["bytes"])


def decoded(recorded: Interaction) -> list[Event]:
    decoder = StreamDecoder()
    events = [event for payload in payloads_of(recorded) for event in decoder.decode("", payload)]
    return [*events, *decoder.close()]


def folded(recorded: Interaction) -> Response:
    fold = Accumulator()
    for event in decoded(recorded):
        fold.add(event)
    return fold.response()


@pytest.mark.parametrize("recorded", cases("invoke", "invoke_stream", where=is_messages))
def test_request(recorded: Interaction) -> None:
    """What clients really send reaches a proxied or emulated Bedrock undiminished."""
    asked = decode_request(recorded.request.data, MODEL)

    written = msgspec.json.decode(encode_request(rebuilt(asked.request), stream=False, invoke=True))

    assert said(written) == said(recorded.request_body)
    assert not unknown(asked.request)


@pytest.mark.parametrize("recorded", cases("other", where=counts_messages))
def test_request_to_be_counted(recorded: Interaction) -> None:
    """The body of InvokeModel whose tokens are counted is one like any other.

    One of them asks Bedrock to search the web, and was refused for it: what it would have run
    stands as it was in the form for HTTP only.
    """
    body = base64.b64decode(recorded.request_body["input"]["invokeModel"]["body"])
    wanted = said(msgspec.json.decode(body))
    del wanted["anthropic_version"]

    written = encode_request(decode_request(body, MODEL).request, stream=False, invoke=False)

    assert said(msgspec.json.decode(written)) == wanted | {"model": MODEL}


@pytest.mark.parametrize("recorded", cases("invoke", where=is_answered))
def test_response(recorded: Interaction) -> None:
    """What Claude really answers is understood wholly: nothing of it is foreign."""
    response = decode_response(recorded.response.data)

    envelope = envelope_of(recorded.response_body)
    written = encode_response(rebuilt(response), **envelope)

    assert said(msgspec.json.decode(written)) == said(recorded.response_body)
    assert not unknown(response)


def envelope_of(message: Any) -> dict[str, str]:
    return {"model": message["model"], "response_id": message["id"]}


@pytest.mark.parametrize("recorded", cases("invoke", where=is_answered))
def test_usage_is_what_aws_reported(recorded: Interaction) -> None:
    """The counts of the body are those of the headers, by which AWS bills."""
    told = {name.lower(): value for name, value in recorded.response.headers.items()}

    usage = decode_response(recorded.response.data).usage

    assert usage is not None
    prefix = "x-amzn-bedrock-"
    assert usage.input_tokens == int(told[f"{prefix}input-token-count"])
    assert usage.output_tokens == int(told[f"{prefix}output-token-count"])
    read = told.get(f"{prefix}cache-read-input-token-count", "0")
    assert (usage.cache_read_tokens or 0) == int(read)
    written = told.get(f"{prefix}cache-write-input-token-count", "0")
    assert (usage.cache_write_tokens or 0) == int(written)


@pytest.mark.parametrize("recorded", cases("invoke", where=is_answered))
def test_headers_stand_in_for_counts(recorded: Interaction) -> None:
    """An answer without counts, as a guardrail gives it, still tells what it used."""
    body = {name: value for name, value in recorded.response_body.items() if name != "usage"}
    headers = tuple(recorded.response.headers.items())

    response = decode_response(msgspec.json.encode(body), headers)

    whole = decode_response(recorded.response.data).usage
    assert response.usage is not None
    assert whole is not None
    assert response.usage.total_tokens == whole.total_tokens
    assert response.latency_ms is not None


@pytest.mark.parametrize("recorded", cases("invoke_stream", where=is_answered))
def test_events(recorded: Interaction) -> None:
    """What Claude really streams is written as it was read.

    Two things are told elsewhere than they were: the counts of the first event, which stand among
    those of the last but one; pings are gone.
    """
    first = msgspec.json.decode(next(payloads_of(recorded)))
    encoder = StreamEncoder(**envelope_of(first["message"]), invoke=True)
    events = decoded(recorded)

    written = [each for event in events for each in encoder.encode(rebuilt(event))]

    assert [name for name, _ in written] == [
        msgspec.json.decode(payload)["type"] for _, payload in written
    ]
    ours = [said(msgspec.json.decode(payload)) for _, payload in written]
    theirs = [said(msgspec.json.decode(payload)) for payload in payloads_of(recorded)]
    assert ours == with_counts_at_the_end(theirs)


def with_counts_at_the_end(documents: list[Any]) -> list[Any]:
    start = documents[0]["message"]
    end = next(each for each in documents if each["type"] == "message_delta")
    end["usage"] = start["usage"] | end["usage"]
    start["usage"] = {"input_tokens": 0, "output_tokens": 0}
    return documents


@pytest.mark.parametrize("recorded", cases("invoke_stream", where=is_answered))
def test_fold(recorded: Interaction) -> None:
    """A streamed answer, folded, is an answer that Claude could have given in one piece."""
    response = folded(recorded)

    whole = encode_response(rebuilt(response), model="a-model", response_id="msg_1")
    again = decode_response(whole)

    ignored = {"latency_ms": None, "metrics_extra": None}
    assert again == msgspec.structs.replace(response, **ignored)
    documents = list(map(msgspec.json.decode, payloads_of(recorded)))
    assert response.text == joined(documents, "text")
    thought = "".join(getattr(block, "text", "") for block in response.reasoning)
    assert thought == joined(documents, "thinking")
    (end,) = [each for each in documents if each["type"] == "message_delta"]
    assert response.raw_stop_reason == end["delta"]["stop_reason"]
    assert not unknown(again)


def joined(documents: list[Any], member: str) -> str:
    return "".join(document.get("delta", {}).get(member, "") for document in documents)


COUNTED_OTHERWISE = {"chatlas--invoke-stream--anthropic--1df206738f": (45, 38)}
"""Streams in whose thinking the model's provider counts more than AWS does: 38 tokens, not 35."""


@pytest.mark.parametrize("recorded", cases("invoke_stream", where=is_answered))
def test_streamed_usage_is_what_aws_reported(recorded: Interaction) -> None:
    """The counts of the events are those that AWS adds to the last one."""
    *_, last = map(msgspec.json.decode, payloads_of(recorded))
    told = last["amazon-bedrock-invocationMetrics"]

    response = folded(recorded)

    assert response.usage is not None
    counts = (response.usage.input_tokens, response.usage.output_tokens)
    reported = (told["inputTokenCount"], told["outputTokenCount"])
    assert counts == COUNTED_OTHERWISE.get(recorded.id, reported)
    assert response.latency_ms == told["invocationLatency"]


def test_count() -> None:
    """The recordings hold as many of each kind as these tests were written for, or more."""
    asked = interactions("invoke", "invoke_stream", where=is_messages)
    answered = [each for each in asked if is_answered(each)]
    streams = [each for each in answered if each.api == "invoke_stream"]

    counts = Counter(
        requests=len(asked),
        counted=len(interactions("other", where=counts_messages)),
        responses=len(answered) - len(streams),
        streams=len(streams),
        events=sum(len(list(payloads_of(each))) for each in streams),
        refused=len(asked) - len(answered),
    )

    print(dict(counts))  # noqa: T201 - quoted in reports
    assert counts["requests"] >= 26
    assert counts["responses"] >= 14
    assert counts["streams"] >= 11
