"""Cache controls, which stand on a block, as points of the conversation, which stand after it.

Place in the house: the Anthropic codec. Used by `blocks` and `tools`.

A point goes to the nearest block before it, in the same list, that can carry one: reasoning
cannot. Without such a block it is left out, and `unsupported` lists it.

Source: behaviour specification, CACHE-01, CACHE-04.
"""

from typing import Any, Final

import msgspec

from outcrop.codecs.anthropic import wire_blocks as wire
from outcrop.codecs.anthropic.surplus import decode_extra, encode_extra
from outcrop.protocols.lossless import encode
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import CachePoint

_CARRIED: Final = "cache_control"
_OURS: Final = "default"
_THEIRS: Final = "ephemeral"
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def decode_control(control: wire.CacheControl) -> CachePoint:
    """Read where what may be cached ends."""
    return CachePoint(
        type=_OURS if control.type == _THEIRS else control.type,
        ttl=control.ttl,
        extra=decode_extra(control.surplus),
    )


def encode_control(point: CachePoint) -> wire.CacheControl:
    """Write where what may be cached ends."""
    return wire.CacheControl(
        type=_THEIRS if point.type == _OURS else point.type,
        ttl=point.ttl,
        surplus=encode_extra(point.extra),
    )


def mark(written: list[Any], point: CachePoint) -> None:
    """Let the last of the blocks that can carry a cache control carry this one."""
    for position in reversed(range(len(written))):
        block = written[position]
        if isinstance(block, Surplus):
            written[position] = _with_control(block, encode_control(point))
            return
        if _CARRIED in block.__struct_fields__:
            block.cache_control = encode_control(point)
            return


def _with_control(block: Surplus, control: wire.CacheControl) -> Surplus:
    assert block.whole is not None, "an object without a known tag is kept whole"
    members = _MEMBERS.decode(block.whole)
    members[_CARRIED] = msgspec.Raw(encode(control))
    return Surplus({}, msgspec.Raw(msgspec.json.encode(members)))
