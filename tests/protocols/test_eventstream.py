import base64
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any
from uuid import UUID
from zlib import crc32

import msgspec
import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import WireError
from outcrop.protocols.eventstream import (
    MAX_HEADERS,
    MAX_PAYLOAD,
    Event,
    Frame,
    FrameDecoder,
    Message,
    ModeledException,
    UnmodeledError,
    decode_frame,
    decode_message,
    encode_frame,
    join_frame,
)
from outcrop.protocols.frameheaders import HeaderValue, Integer, Timestamp, decode_headers
from tests.recordings import Interaction, cases, path, vectors

SPECIFIED = bytes.fromhex(
    "000000280000001660470efd0d3a6d6573736167652d747970650700056576656e747b7db7184afc"
)
GO = "eventstream/aws-sdk-vectors"
SMITHY = "eventstream/smithy-vectors/data"


def _read(*chunks: bytes) -> list[Frame]:
    decoder = FrameDecoder()
    found: list[Frame] = []
    for chunk in chunks:
        decoder.feed(chunk)
        found += decoder.frames()
    decoder.close()
    return found


def _botocore_reads(stream: bytes) -> list[tuple[dict[str, Any], bytes]]:
    buffer = EventStreamBuffer()
    buffer.add_data(stream)
    return [(message.headers, message.payload) for message in buffer]


def _as_botocore(value: HeaderValue) -> object:
    """Return a value as botocore has it, which drops the type of numbers and of UUIDs."""
    match value:
        case Integer():
            return value.value
        case Timestamp():
            return value.milliseconds
        case UUID():
            return value.bytes
    return value


def _as_botocore_reads(frame: Frame) -> tuple[dict[str, object], bytes]:
    return {name: _as_botocore(value) for name, value in frame.headers.items()}, frame.payload


def test_vector_of_the_specification() -> None:
    """One frame, known byte for byte, both ways."""
    frame = Frame({":message-type": "event"}, b"{}")

    assert encode_frame(frame) == SPECIFIED
    assert decode_frame(SPECIFIED) == frame
    assert _read(SPECIFIED) == [frame]


# The public vectors.


@pytest.mark.parametrize("file", vectors(GO, "encoded/positive/*"))
def test_go_positive(file: Path) -> None:
    """What the Go SDK encodes, and its own account of what is in it."""
    said = msgspec.json.decode((file.parents[2] / "decoded/positive" / file.name).read_bytes())

    frame = decode_frame(file.read_bytes())

    assert [(name, *_as_go(value)) for name, value in frame.headers.items()] == [
        (header["name"], header["type"], header["value"]) for header in said["headers"]
    ]
    assert frame.payload == base64.b64decode(said["payload"])
    assert encode_frame(frame) == file.read_bytes()


def _as_go(value: HeaderValue) -> tuple[int, object]:
    """Return type and value as the Go vectors write them."""
    match value:
        case bool():
            return (0 if value else 1), value
        case Integer():
            return {8: 2, 16: 3, 32: 4, 64: 5}[value.bits], value.value
        case bytes():
            return 6, base64.b64encode(value).decode()
        case str():
            return 7, base64.b64encode(value.encode()).decode()
        case Timestamp():
            return 8, value.milliseconds
        case UUID():
            return 9, base64.b64encode(value.bytes).decode()


@pytest.mark.parametrize("file", vectors(GO, "encoded/negative/*"))
def test_go_negative(file: Path) -> None:
    """Each is refused for the reason that its vector names."""
    reason = (file.parents[2] / "decoded/negative" / file.name).read_text("utf-8").strip()

    with pytest.raises(WireError, match=f"event-stream {reason.lower()}"):
        _read(file.read_bytes())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "valid_with_all_headers_and_payload",
            Frame(
                {
                    "true": True,
                    "false": False,
                    "byte": Integer(50, 8),
                    "short": Integer(20_000, 16),
                    "int": Integer(500_000, 32),
                    "long": Integer(50_000_000_000, 64),
                    "bytes": b"some bytes",
                    "str": "some str",
                    "time": Timestamp(5_000_000_000),
                    "uuid": UUID("b79bc914-de21-4e13-b8b2-bc47e85b7f0b"),
                },
                b"some payload",
            ),
            id="all-types",
        ),
        pytest.param(
            "valid_empty_payload", Frame({"some-header": Integer(500, 16)}), id="empty-payload"
        ),
        pytest.param("valid_no_headers", Frame({}, b"another test payload"), id="no-headers"),
    ],
)
def test_smithy_positive(name: str, expected: Frame) -> None:
    """All ten types of header, and frames that lack a part."""
    wire = path(SMITHY, name).read_bytes()

    assert decode_frame(wire) == expected
    assert encode_frame(expected) == wire


@pytest.mark.parametrize("file", vectors(SMITHY, "invalid_*"))
def test_smithy_negative(file: Path) -> None:
    """None of them is taken for a frame."""
    with pytest.raises(WireError):
        _read(file.read_bytes())


@pytest.mark.parametrize("file", vectors(SMITHY, "invalid_header_*"))
def test_smithy_negative_headers(file: Path) -> None:
    """The fault is noticed for what it is, not only because the checksum is wrong as well."""
    wire = file.read_bytes()
    headers_size = int.from_bytes(wire[4:8], "big")

    with pytest.raises(WireError, match="event-stream header"):
        decode_headers(wire[12 : 12 + headers_size])


def test_no_vector_is_left_out() -> None:
    """A vector of a kind not read above would pass by not being tested."""
    go = [file for file in path(GO).rglob("*orrupted*") if file.is_file()]
    positive = {file.name for file in path(GO, "encoded/positive").iterdir()}
    smithy = {file.name.partition("_")[0] for file in path(SMITHY).iterdir()}

    assert len(go) == 8
    assert len(positive) == 5
    assert positive == {file.name for file in path(GO, "decoded/positive").iterdir()}
    assert smithy == {"valid", "invalid"}
    assert len(list(path(SMITHY).glob("valid_*"))) == 3
    assert len(list(path(SMITHY).glob("invalid_*"))) == 8


# Recorded streams.


@pytest.mark.parametrize("recorded", cases(where=lambda each: bool(each.stream_bytes)))
class TestRecorded:
    """Every stream that was recorded, byte for byte."""

    def test_read_as_botocore_reads(self, recorded: Interaction) -> None:
        """The reference sees the same headers and the same payloads."""
        ours = _read(recorded.stream_bytes)

        assert [_as_botocore_reads(frame) for frame in ours] == _botocore_reads(
            recorded.stream_bytes
        )

    def test_written_as_it_was(self, recorded: Interaction) -> None:
        """Nothing of a frame is lost: written again, it is the same bytes."""
        frames = _read(recorded.stream_bytes)

        assert b"".join(map(encode_frame, frames)) == recorded.stream_bytes

    def test_cut_where_the_network_cut(self, recorded: Interaction) -> None:
        """Chunks of the transport have nothing to do with frames."""
        stream = recorded.stream_bytes
        cuts = [*accumulate(recorded.stream_chunk_sizes)] or [*range(7, len(stream), 7)]
        chunks = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]

        assert _read(*chunks) == _read(stream)

    def test_messages(self, recorded: Interaction) -> None:
        """Events carry the names that the index of the recordings counted."""
        messages = [decode_message(frame) for frame in _read(recorded.stream_bytes)]

        counted: dict[str, int] = {}
        for message in messages:
            assert isinstance(message, Event)
            counted[message.name] = counted.get(message.name, 0) + 1
        assert counted == recorded.stream_event_types


# Laws.

header_values: st.SearchStrategy[HeaderValue] = st.one_of(
    st.booleans(),
    st.builds(Integer, st.integers(-(2**7), 2**7 - 1), st.just(8)),
    st.builds(Integer, st.integers(-(2**15), 2**15 - 1), st.just(16)),
    st.builds(Integer, st.integers(-(2**31), 2**31 - 1), st.just(32)),
    st.builds(Integer, st.integers(-(2**63), 2**63 - 1), st.just(64)),
    st.binary(),
    st.text(),
    st.builds(Timestamp, st.integers(-(2**63), 2**63 - 1)),
    st.uuids(),
)
header_names = st.text(min_size=1, max_size=60)
frames = st.builds(Frame, st.dictionaries(header_names, header_values), st.binary())


@given(frames)
def test_decode_inverts_encode(frame: Frame) -> None:
    """Nothing is lost, not even how wide a number was."""
    assert decode_frame(encode_frame(frame)) == frame


@given(st.lists(frames, max_size=4))
def test_botocore_reads_what_we_write(sent: list[Frame]) -> None:
    """The emulator's frames satisfy the reference implementation."""
    stream = b"".join(map(encode_frame, sent))

    assert _botocore_reads(stream) == [_as_botocore_reads(frame) for frame in sent]


@given(st.lists(frames, max_size=5), st.data())
def test_any_cut_gives_the_same_frames(sent: list[Frame], data: st.DataObject) -> None:
    """Where the network cuts the stream makes no difference to what is read."""
    stream = b"".join(map(encode_frame, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))

    got = _read(*(stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])))

    assert got == sent


@given(frames, frames, st.data())
def test_any_flipped_bit_is_noticed(first: Frame, second: Frame, data: st.DataObject) -> None:
    """What comes before the damage is right, and nothing comes after it."""
    whole, damaged = encode_frame(first), bytearray(encode_frame(second))
    bit = data.draw(st.integers(0, 8 * len(damaged) - 1))
    damaged[bit // 8] ^= 1 << bit % 8
    decoder = FrameDecoder()
    decoder.feed(whole + damaged)
    frames_read = decoder.frames()

    assert next(frames_read) == first
    with pytest.raises(WireError):
        next(frames_read)


@pytest.mark.parametrize("bit", range(8 * len(SPECIFIED)))
def test_every_bit_counts(bit: int) -> None:
    """The same, for each bit of one frame."""
    damaged = bytearray(SPECIFIED)
    damaged[bit // 8] ^= 1 << bit % 8

    with pytest.raises(WireError, match="checksum mismatch"):
        _read(bytes(damaged))


# Ends, limits and order.


@pytest.mark.parametrize("size", range(1, len(SPECIFIED)))
def test_an_end_inside_a_frame_is_noticed(size: int) -> None:
    """An answer cut off is never taken for an answer that ended."""
    decoder = FrameDecoder()
    decoder.feed(SPECIFIED + SPECIFIED[:size])

    assert len(list(decoder.frames())) == 1
    with pytest.raises(WireError, match=f"inside a frame, {size} bytes into it"):
        decoder.close()


def test_damage_is_noticed_each_time() -> None:
    """A caller who goes on after the failure meets it again."""
    decoder = FrameDecoder()
    decoder.feed(SPECIFIED[:-1] + b"\0" + SPECIFIED)

    for _ in range(2):
        with pytest.raises(WireError, match="message checksum"):
            list(decoder.frames())


def test_leaving_the_loop_loses_nothing() -> None:
    """Frames wait until they are asked for, and more may be fed meanwhile."""
    decoder = FrameDecoder()
    sent = [Frame({}, bytes([n])) for n in range(4)]
    decoder.feed(encode_frame(sent[0]) + encode_frame(sent[1]) + encode_frame(sent[2])[:5])

    got = [next(decoder.frames())]
    for frame in decoder.frames():
        got.append(frame)
        if len(got) == 2:
            decoder.feed(encode_frame(sent[2])[5:] + encode_frame(sent[3]))
    decoder.close()

    assert got == sent


def _prelude(size: int, headers_size: int) -> bytes:
    lengths = size.to_bytes(4, "big") + headers_size.to_bytes(4, "big")
    return lengths + crc32(lengths).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("size", "headers_size"),
    [
        pytest.param(16 + MAX_PAYLOAD + 1, 0, id="payload-too-long"),
        pytest.param(16 + MAX_HEADERS + 1, MAX_HEADERS + 1, id="headers-too-long"),
        pytest.param(15, 0, id="shorter-than-a-frame"),
        pytest.param(20, 5, id="headers-longer-than-the-frame"),
        pytest.param(2**32 - 1, 2**32 - 1, id="all-ones"),
    ],
)
def test_lengths_are_refused_before_memory_is_spent(size: int, headers_size: int) -> None:
    """Twelve bytes are enough to say no."""
    decoder = FrameDecoder()
    decoder.feed(_prelude(size, headers_size))

    with pytest.raises(WireError, match="impossible event-stream lengths"):
        list(decoder.frames())


def test_the_longest_payload_passes() -> None:
    """The limit itself is allowed."""
    wire = join_frame(b"", bytes(MAX_PAYLOAD))

    [frame] = _read(wire)

    assert frame.payload == bytes(MAX_PAYLOAD)


def test_pieces_are_joined_when_the_frame_is_whole() -> None:
    """Were each piece joined to those before it, a long frame would cost quadratic time."""
    wire = join_frame(b"", bytes(100_000))
    decoder = FrameDecoder()
    joined = set()

    for at in range(0, len(wire) - 1000, 1000):
        decoder.feed(wire[at : at + 1000])
        assert list(decoder.frames()) == []
        joined.add(len(decoder._buffer))

    assert joined == {1000}


@pytest.mark.parametrize(
    ("headers", "payload"),
    [
        pytest.param(bytes(MAX_HEADERS + 1), b"", id="headers"),
        pytest.param(b"", bytes(MAX_PAYLOAD + 1), id="payload"),
    ],
)
def test_too_much_is_not_written(headers: bytes, payload: bytes) -> None:
    """A frame that every reader refuses is refused here."""
    with pytest.raises(WireError, match="impossible event-stream lengths"):
        join_frame(headers, payload)


@pytest.mark.parametrize("wire", [b"", SPECIFIED[:15], SPECIFIED[:-1], SPECIFIED * 2])
def test_exactly_one_frame(wire: bytes) -> None:
    """`decode_frame` is for a frame, not for a stream."""
    with pytest.raises(WireError):
        decode_frame(wire)


# What frames mean.


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            {":message-type": "event", ":event-type": "messageStop"},
            Event("messageStop", b"{}"),
            id="event",
        ),
        pytest.param(
            {
                ":message-type": "exception",
                ":exception-type": "throttlingException",
                ":event-type": "messageStop",
            },
            ModeledException("throttlingException", b"{}"),
            id="exception-whatever-its-event-type",
        ),
        pytest.param(
            {":message-type": "error", ":error-code": "500", ":error-message": "oh"},
            UnmodeledError("500", "oh"),
            id="error",
        ),
        pytest.param(
            {":message-type": "error", ":error-code": "500"},
            UnmodeledError("500", ""),
            id="error-without-words",
        ),
    ],
)
def test_message(headers: dict[str, HeaderValue], expected: Message) -> None:
    """Three kinds of message, each with its own header for the name."""
    assert decode_message(Frame(headers, b"{}")) == expected


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        pytest.param({}, "unknown :message-type None", id="untyped"),
        pytest.param({":message-type": "news"}, "unknown :message-type 'news'", id="unheard-of"),
        pytest.param({":message-type": "event"}, "without :event-type", id="unnamed-event"),
        pytest.param(
            {":message-type": "exception", ":event-type": "x"},
            "without :exception-type",
            id="unnamed-exception",
        ),
        pytest.param(
            {":message-type": "event", ":event-type": Integer(1, 8)},
            "without :event-type",
            id="name-is-a-number",
        ),
    ],
)
def test_no_message(headers: dict[str, HeaderValue], reason: str) -> None:
    """A frame that cannot be placed is an error, never skipped."""
    with pytest.raises(WireError, match=reason):
        decode_message(Frame(headers))
