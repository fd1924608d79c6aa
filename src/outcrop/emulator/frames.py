"""Writes event-stream frames the way Bedrock's own look: headers, order of members, padding.

Place in the house: emulator. Knows payloads as bytes; what is in them is the codec's.

Every recorded payload has its members in alphabetical order, and one of them is ``p``: the first
2 to 61 characters of the alphabet below, each length as likely as any other, so that the size of a
frame does not tell what was said (1,582 recorded frames).

Source: recordings of ConverseStream; behaviour specification, WIRE-10 to WIRE-12.
"""

from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any, Final

import msgspec

from outcrop.protocols.eventstream import join_frame
from outcrop.protocols.frameheaders import encode_headers

PADDING: Final = ascii_lowercase + ascii_uppercase + digits
SHORTEST_PADDING: Final = 2
LONGEST_PADDING: Final = 61

# What callers and models wrote keeps the order they gave it (rec of Nova's code interpreter).
_DOCUMENTS: Final = frozenset({"json", "additionalModelResponseFields"})

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items: Final = msgspec.json.Decoder(list[msgspec.Raw])


def encode_event(name: str, payload: bytes, padding: int) -> bytes:
    """Write one event with `padding` characters of padding."""
    members = _members.decode(payload)
    members["p"] = msgspec.Raw(msgspec.json.encode(PADDING[:padding]))
    return join_frame(_event_headers(name), msgspec.json.encode(_ordered(members)))


def encode_exception(name: str, payload: bytes) -> bytes:
    """Write the exception that ends a stream."""
    headers = {
        ":exception-type": name,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return join_frame(encode_headers(headers), payload)


def corrupt(frame: bytes) -> bytes:
    """Return the frame with a last checksum that is wrong."""
    return frame[:-1] + bytes([frame[-1] ^ 0xFF])


@lru_cache(maxsize=32)
def _event_headers(name: str) -> bytes:
    headers = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return encode_headers(headers)


def _ordered(members: dict[str, msgspec.Raw]) -> dict[str, Any]:
    return {
        name: value if name in _DOCUMENTS else _reordered(value)
        for name, value in sorted(members.items())
    }


def _reordered(value: msgspec.Raw) -> Any:
    start = bytes(memoryview(value)[:1])
    if start == b"{":
        return _ordered(_members.decode(value))
    if start == b"[":
        return [_reordered(item) for item in _items.decode(value)]
    return value
