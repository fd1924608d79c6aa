"""Our frames against the recorded ones, byte for byte."""

from typing import Any

import msgspec
import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer

from outcrop.emulator.frames import (
    LONGEST_PADDING,
    PADDING,
    SHORTEST_PADDING,
    corrupt,
    encode_event,
    encode_exception,
)
from tests.recordings import Interaction, cases, interactions


def frames_of(stream: bytes) -> list[bytes]:
    """Cut a stream into frames: the first four bytes of each are its length."""
    frames = []
    while stream:
        length = int.from_bytes(stream[:4])
        frames.append(stream[:length])
        stream = stream[length:]
    return frames


def read(frame: bytes) -> Any:
    """Let botocore read one frame."""
    buffer = EventStreamBuffer()
    buffer.add_data(frame)
    return next(buffer)


def backwards(value: Any) -> Any:
    """Return the same JSON with the members of our own objects in the wrong order."""
    if isinstance(value, dict):
        return {name: backwards(value[name]) for name in sorted(value, reverse=True)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def has_document(payload: Any) -> bool:
    """Return whether a payload holds JSON of the caller's own, whose order must not change."""
    return b'"json"' in msgspec.json.encode(payload)


@pytest.mark.parametrize(
    "recorded",
    cases("converse_stream", fidelity=("http", "response_only"), where=lambda i: bool(i.stream_ok)),
)
def test_recorded_frames(recorded: Interaction) -> None:
    """Headers and their order, members and their order, padding: what AWS sent comes out again."""
    for frame in frames_of(recorded.stream_bytes):
        message = read(frame)
        payload = msgspec.json.decode(message.payload)
        padding = payload.pop("p")
        shuffled = payload if has_document(payload) else backwards(payload)

        ours = encode_event(
            message.headers[":event-type"], msgspec.json.encode(shuffled), len(padding)
        )

        assert ours == frame


def test_recorded_padding() -> None:
    """The rule: a beginning of one alphabet, 2 to 61 characters, and every length occurs."""
    recorded = interactions("converse_stream", where=lambda i: bool(i.stream_ok))
    paddings = [
        msgspec.json.decode(read(frame).payload)["p"]
        for each in recorded
        for frame in frames_of(each.stream_bytes)
    ]

    assert all(PADDING.startswith(padding) for padding in paddings)
    assert {len(padding) for padding in paddings} == set(
        range(SHORTEST_PADDING, LONGEST_PADDING + 1)
    )


def test_document_keeps_its_order() -> None:
    """JSON that a tool wrote is not ours to sort."""
    payload = b'{"delta":{"toolResult":[{"json":{"b":1,"a":2}}]},"contentBlockIndex":1}'

    frame = encode_event("contentBlockDelta", payload, 2)

    assert read(frame).payload == (
        b'{"contentBlockIndex":1,"delta":{"toolResult":[{"json":{"b":1,"a":2}}]},"p":"ab"}'
    )


def test_exception() -> None:
    """An exception names itself where botocore looks for it."""
    frame = encode_exception("throttlingException", b'{"message":"slow"}')

    message = read(frame)

    assert list(message.headers.items()) == [
        (":exception-type", "throttlingException"),
        (":content-type", "application/json"),
        (":message-type", "exception"),
    ]
    assert message.payload == b'{"message":"slow"}'


def test_corrupt_frame_is_noticed() -> None:
    """The fault is one that a correct client sees."""
    frame = corrupt(encode_event("messageStop", b'{"stopReason":"end_turn"}', 10))

    with pytest.raises(ChecksumMismatch):
        read(frame)
