"""The ``application/vnd.amazon.eventstream`` framing, both ways, without I/O.

Place in the house: protocol layer. Knows bytes and frames; knows nothing of models, HTTP or
sockets. Whoever has a socket feeds it:

    decoder = FrameDecoder()
    for chunk in response.iter_bytes():
        decoder.feed(chunk)
        for frame in decoder.frames():
            match decode_message(frame):
                ...
    decoder.close()

Whoever answers encodes; headers that repeat are encoded once:

    headers = encode_headers({":message-type": "event", ":event-type": "messageStop"})
    wire = join_frame(headers, payload)

One frame, integers big-endian, lengths in bytes:

    total length  4 | headers length  4 | CRC-32 of these 8  4
    headers         | payload           | CRC-32 of all before  4

Source: Smithy specification, "Amazon Event Stream"; behaviour specification, WIRE-09 to WIRE-11;
limits as in botocore/eventstream.py.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias
from zlib import crc32

import msgspec

from outcrop.errors import WireError
from outcrop.protocols.frameheaders import (
    FrameHeaders,
    HeaderValue,
    decode_headers,
    encode_headers,
)

MAX_HEADERS: Final = 128 * 1024
"""Longest block of headers, bytes."""
MAX_PAYLOAD: Final = 24 * 1024 * 1024
"""Longest payload, bytes."""

_PRELUDE: Final = struct.Struct(">III")
_LENGTHS: Final = struct.Struct(">II")
_CRC: Final = struct.Struct(">I")
_PRELUDE_SIZE: Final = 12
_CRC_SIZE: Final = 4
_OVERHEAD: Final = 16


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One message of a stream."""

    headers: FrameHeaders
    payload: bytes = b""


class Event(msgspec.Struct, frozen=True, gc=False):
    """What the stream is there to tell."""

    name: str
    """``:event-type``, e.g. ``"contentBlockDelta"``."""
    payload: bytes


class ModeledException(msgspec.Struct, frozen=True):
    """The service broke off, in a way its model describes."""

    name: str
    """``:exception-type``, e.g. ``"throttlingException"``."""
    payload: bytes
    """JSON with a ``message``."""


class UnmodeledError(msgspec.Struct, frozen=True):
    """The service broke off, in a way its model does not describe."""

    code: str
    """``:error-code``."""
    message: str
    """``:error-message``."""


Message: TypeAlias = Event | ModeledException | UnmodeledError
"""What a frame can mean. Only the first lets the stream go on."""


class FrameDecoder:
    """Turns a byte stream, cut anywhere, into frames. Not thread-safe; one per response."""

    def __init__(self) -> None:
        """Begin before the first byte."""
        self._buffer = b""
        self._at = 0
        self._arrived: list[bytes] = []
        self._unread = 0
        self._needed = _PRELUDE_SIZE

    def feed(self, data: bytes) -> None:
        """Take bytes as they came. Parses nothing, so it cannot fail."""
        self._arrived.append(data)
        self._unread += len(data)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames that are complete, and forget them.

        Raises:
            WireError: A checksum, a length or a header is wrong. The decoder is then unusable.
        """
        while self._unread >= self._needed:
            if self._arrived:
                self._join()
            size, headers_size = _measure(self._buffer, self._at)
            if self._unread < size:
                self._needed = size
                return
            frame = _cut(self._buffer, self._at, size, headers_size)
            self._at += size
            self._unread -= size
            self._needed = _PRELUDE_SIZE
            yield frame

    def close(self) -> None:
        """Say that the stream has ended.

        Raises:
            WireError: It ended inside a frame.
        """
        if self._unread:
            raise WireError(f"event stream ended inside a frame, {self._unread} bytes into it")

    def _join(self) -> None:
        # Done when what is needed is there, not for each chunk: a long frame costs linear time.
        if self._at < len(self._buffer):
            self._arrived.insert(0, self._buffer[self._at :])
        self._buffer = b"".join(self._arrived)
        self._arrived.clear()
        self._at = 0


def decode_frame(wire: bytes) -> Frame:
    """Read exactly one frame.

    Raises:
        WireError: It is not one, or not whole, or more than one.
    """
    if len(wire) < _OVERHEAD:
        raise WireError(f"event-stream frame of {len(wire)} bytes, the least is {_OVERHEAD}")
    size, headers_size = _measure(wire, 0)
    if size != len(wire):
        raise WireError(f"event-stream frame of {size} bytes came as {len(wire)}")
    return _cut(wire, 0, size, headers_size)


def encode_frame(frame: Frame) -> bytes:
    """Write one frame.

    Raises:
        WireError: It breaks a limit of the protocol.
    """
    return join_frame(encode_headers(frame.headers), frame.payload)


def join_frame(headers: bytes, payload: bytes) -> bytes:
    """Write one frame whose headers are encoded already.

    Raises:
        WireError: It breaks a limit of the protocol.
    """
    size = _OVERHEAD + len(headers) + len(payload)
    _check_lengths(size, len(headers))
    lengths = _LENGTHS.pack(size, len(headers))
    checked = b"".join((lengths, _CRC.pack(crc32(lengths)), headers, payload))
    return checked + _CRC.pack(crc32(checked))


def decode_message(frame: Frame) -> Message:
    """Tell what a frame means.

    Raises:
        WireError: Its headers do not say, or say something unheard of.
    """
    kind = frame.headers.get(":message-type")
    read = _MESSAGES.get(kind)
    if read is None:
        raise WireError(f"event-stream frame of unknown :message-type {kind!r}")
    return read(frame)


def _event(frame: Frame) -> Event:
    return Event(_text(frame, ":event-type"), frame.payload)


def _exception(frame: Frame) -> ModeledException:
    return ModeledException(_text(frame, ":exception-type"), frame.payload)


def _error(frame: Frame) -> UnmodeledError:
    return UnmodeledError(_text(frame, ":error-code"), str(frame.headers.get(":error-message", "")))


_MESSAGES: Final[Mapping[HeaderValue | None, Callable[[Frame], Message]]] = MappingProxyType(
    {"event": _event, "exception": _exception, "error": _error}
)


def _text(frame: Frame, name: str) -> str:
    value = frame.headers.get(name)
    if not isinstance(value, str):
        raise WireError(f"event-stream frame without {name}")
    return value


def _measure(buffer: bytes, at: int) -> tuple[int, int]:
    size, headers_size, crc = _PRELUDE.unpack_from(buffer, at)
    if crc32(buffer[at : at + 8]) != crc:
        raise WireError("event-stream prelude checksum mismatch")
    _check_lengths(size, headers_size)
    return size, headers_size


def _check_lengths(size: int, headers_size: int) -> None:
    if headers_size > MAX_HEADERS or not 0 <= size - headers_size - _OVERHEAD <= MAX_PAYLOAD:
        raise WireError(f"impossible event-stream lengths: frame {size}, headers {headers_size}")


def _cut(buffer: bytes, at: int, size: int, headers_size: int) -> Frame:
    end = at + size - _CRC_SIZE
    if _CRC.unpack_from(buffer, end)[0] != crc32(buffer[at:end]):
        raise WireError("event-stream message checksum mismatch")
    start = at + _PRELUDE_SIZE
    middle = start + headers_size
    return Frame(decode_headers(buffer[start:middle]), buffer[middle:end])
