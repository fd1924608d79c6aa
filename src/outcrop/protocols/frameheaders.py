"""The headers of an event-stream frame: names with values of ten wire types.

Place in the house: protocol layer, below `eventstream`, which frames and checks what is read and
written here.

One header: name length u8, name, type u8, value. The types:

    0 true | 1 false | 2 int8 | 3 int16 | 4 int32 | 5 int64
    6 bytes, length u16 | 7 string, length u16 | 8 timestamp, int64 ms | 9 UUID, 16 bytes

Source: Smithy specification, "Amazon Event Stream"; behaviour specification, WIRE-09.
"""

import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias, assert_never
from uuid import UUID

import msgspec

from outcrop.errors import WireError

_LENGTH: Final = struct.Struct(">H")
_MAX_NAME: Final = 255
_MAX_VALUE: Final = 65535

# The headers of a stream repeat; blocks longer than this do not, and would fill the memo.
_REPEATING: Final = 512


class Integer(msgspec.Struct, frozen=True):
    """A number with its width on the wire."""

    value: int
    bits: int
    """8, 16, 32 or 64; signed."""


class Timestamp(msgspec.Struct, frozen=True):
    """A moment."""

    milliseconds: int
    """Since the epoch; 64 bits and signed, which is more than `datetime` can hold."""


HeaderValue: TypeAlias = bool | Integer | bytes | str | Timestamp | UUID
FrameHeaders: TypeAlias = Mapping[str, HeaderValue]


def decode_headers(block: bytes) -> FrameHeaders:
    """Read the headers of a frame.

    Raises:
        WireError: They are cut off, of an unknown type, twice there or not UTF-8.
    """
    return _remembered_headers(block) if len(block) <= _REPEATING else _read_headers(block)


def encode_headers(headers: FrameHeaders) -> bytes:
    """Write the headers of a frame.

    Raises:
        WireError: A name, a value or the whole is longer than the protocol allows.
    """
    return b"".join(_encode_name(name) + _encode_value(value) for name, value in headers.items())


def _read_headers(block: bytes) -> FrameHeaders:
    headers: dict[str, HeaderValue] = {}
    at = 0
    while at < len(block):
        name, at = _read_name(block, at)
        kind, at = _take(block, at, 1)
        read = _READERS.get(kind[0])
        if read is None:
            raise WireError(f"event-stream header of unknown type {kind[0]}")
        if name in headers:
            raise WireError(f"event-stream header {name!r} is there twice")
        headers[name], at = read(block, at)
    return MappingProxyType(headers)


_remembered_headers = lru_cache(maxsize=256)(_read_headers)


def _take(block: bytes, at: int, size: int) -> tuple[bytes, int]:
    end = at + size
    if end > len(block):
        raise WireError("event-stream header is cut off")
    return block[at:end], end


def _read_name(block: bytes, at: int) -> tuple[str, int]:
    name, end = _take(block, at + 1, block[at])
    if not name:
        raise WireError("event-stream header without a name")
    return _utf8(name), end


def _read_bytes(block: bytes, at: int) -> tuple[bytes, int]:
    length, at = _take(block, at, _LENGTH.size)
    return _take(block, at, _LENGTH.unpack(length)[0])


def _read_text(block: bytes, at: int) -> tuple[str, int]:
    value, at = _read_bytes(block, at)
    return _utf8(value), at


def _read_timestamp(block: bytes, at: int) -> tuple[Timestamp, int]:
    value, at = _take(block, at, 8)
    return Timestamp(int.from_bytes(value, "big", signed=True)), at


def _read_uuid(block: bytes, at: int) -> tuple[UUID, int]:
    value, at = _take(block, at, 16)
    return UUID(bytes=value), at


def _integer_reader(bits: int) -> Callable[[bytes, int], tuple[Integer, int]]:
    def read(block: bytes, at: int) -> tuple[Integer, int]:
        value, at = _take(block, at, bits // 8)
        return Integer(int.from_bytes(value, "big", signed=True), bits), at

    return read


_READERS: Final[Mapping[int, Callable[[bytes, int], tuple[HeaderValue, int]]]] = MappingProxyType(
    {
        0: lambda _, at: (True, at),
        1: lambda _, at: (False, at),
        2: _integer_reader(8),
        3: _integer_reader(16),
        4: _integer_reader(32),
        5: _integer_reader(64),
        6: _read_bytes,
        7: _read_text,
        8: _read_timestamp,
        9: _read_uuid,
    }
)
_INTEGER_TYPES: Final = MappingProxyType({8: 2, 16: 3, 32: 4, 64: 5})


def _utf8(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise WireError("event-stream header is not UTF-8") from None


def _encode_name(name: str) -> bytes:
    raw = name.encode()
    if not 0 < len(raw) <= _MAX_NAME:
        raise WireError(f"event-stream header name of {len(raw)} bytes, 1 to {_MAX_NAME} fit")
    return bytes((len(raw),)) + raw


def _encode_value(value: HeaderValue) -> bytes:
    match value:
        case bool():
            return b"\0" if value else b"\1"
        case Integer():
            return _encode_integer(value)
        case bytes():
            return b"\6" + _encode_bytes(value)
        case str():
            return b"\7" + _encode_bytes(value.encode())
        case Timestamp():
            return b"\x08" + _encode_number(value.milliseconds, 64)
        case UUID():
            return b"\x09" + value.bytes
    assert_never(value)


def _encode_integer(value: Integer) -> bytes:
    kind = _INTEGER_TYPES.get(value.bits)
    if kind is None:
        raise WireError(f"event-stream integers have 8, 16, 32 or 64 bits, not {value.bits}")
    return bytes((kind,)) + _encode_number(value.value, value.bits)


def _encode_number(value: int, bits: int) -> bytes:
    try:
        return value.to_bytes(bits // 8, "big", signed=True)
    except OverflowError:
        raise WireError(f"{value} does not fit an event-stream integer of {bits} bits") from None


def _encode_bytes(value: bytes) -> bytes:
    if len(value) > _MAX_VALUE:
        raise WireError(f"event-stream header value of {len(value)} bytes, {_MAX_VALUE} fit")
    return _LENGTH.pack(len(value)) + value
