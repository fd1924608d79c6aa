"""Native streams under stress: tried again before the first chunk alone, never ending quietly."""

import base64
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from outcrop import errors
from outcrop.client.drivers import Stream
from outcrop.flow.effects import Flow
from outcrop.flow.native import NativeRequest
from outcrop.flow.native_stream import stream_native
from outcrop.protocols.eventstream import Frame, encode_frame
from outcrop.types.events import ForeignEvent
from outcrop.types.invocations import Invocation
from tests.flow.script import REQUEST_ID, Body, Script, refusal, target

ASK = NativeRequest(body=b"{}")


def frame(name: str, payload: object, kind: str = "event") -> bytes:
    headers = {f":{kind}-type": name, ":message-type": kind}
    return encode_frame(Frame(headers, msgspec.json.encode(payload)))


def chunk(document: bytes) -> bytes:
    return frame("chunk", {"bytes": base64.b64encode(document).decode()})


def read(script: Script) -> tuple[list[bytes], errors.OutcropError | None, Any]:
    """Return the chunks that came, and how it ended."""
    flow: Flow[Any] = stream_native(ASK, target(), script.session)
    stream = Stream(flow, script, script.sleep)
    seen: list[bytes] = []
    try:
        for event in stream:
            assert isinstance(event, ForeignEvent)
            seen.append(bytes(event.raw))
    except errors.OutcropError as error:
        return seen, error, None
    return seen, None, stream.response


def test_throttled_and_then_well() -> None:
    script = Script(refusal(429, "ThrottlingException"), Body((chunk(b"1"),)))

    seen, error, end = read(script)

    assert (seen, error) == ([b"1"], None)
    assert isinstance(end, Invocation)
    assert (end.call.attempts, end.usage) == (2, None)
    assert script.streams[-1].closes == 1


THROTTLED = frame("throttlingException", {"message": "slow"}, "exception")


def test_an_exception_before_the_first_chunk_is_tried_again() -> None:
    script = Script(Body((THROTTLED,)), Body((chunk(b"1"),)))

    seen, error, _ = read(script)

    assert (seen, error) == ([b"1"], None)
    assert [stream.closes for stream in script.streams] == [1, 1]


def test_a_chunk_beside_an_exception_is_delivered() -> None:
    """What came was paid for; a second attempt would say it twice."""
    script = Script(Body((chunk(b"1") + THROTTLED + chunk(b"2"),)))

    seen, error, _ = read(script)

    assert seen == [b"1"]
    assert isinstance(error, errors.RateLimitError)
    assert (error.operation, error.request_id) == ("InvokeModelWithResponseStream", REQUEST_ID)
    assert error.attempts == 1
    assert script.streams[0].closes == 1


BROKEN: list[tuple[Callable[[], tuple[bytes | errors.OutcropError, ...]], str]] = [
    (lambda: (chunk(b"1"), errors.ConnectionError("reset")), "The stream broke off: reset"),
    (
        lambda: (chunk(b"1"), chunk(b"2")[:30]),
        "ended inside a frame, 30 bytes into it",
    ),
    (lambda: (chunk(b"1"), chunk(b"2")[:-1] + b"\0"), "event-stream message checksum mismatch"),
    (lambda: (chunk(b"1"), frame("chunk", {"p": "x"})), "a chunk without its bytes"),
]


@pytest.mark.parametrize(("pieces", "message"), BROKEN)
def test_a_break_is_an_error(
    pieces: Callable[[], tuple[bytes | errors.OutcropError, ...]], message: str
) -> None:
    """Half an answer never looks like a whole one (STREAM-04)."""
    script = Script(Body(pieces()))

    seen, error, _ = read(script)

    assert seen == [b"1"]
    assert isinstance(error, errors.StreamError)
    assert re.search(message, error.message)
    assert script.streams[0].closes == 1


def test_an_event_of_tomorrow_is_handed_on() -> None:
    script = Script(Body((frame("brandNew", {"a": 1}), chunk(b"1"))))

    seen, error, _ = read(script)

    assert (seen, error) == ([b'{"a":1}', b"1"], None)


def test_a_stream_without_chunks_is_an_answer() -> None:
    """A guardrail may leave nothing to say."""
    seen, error, end = read(Script(Body(())))

    assert (seen, error) == ([], None)
    assert isinstance(end, Invocation)
