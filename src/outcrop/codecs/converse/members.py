"""Members that requests, answers and events have in common.

Place in the house: the Converse codec. Used by `request`, `response` and `stream`.
"""

from typing import Final

import msgspec

from outcrop.codecs.converse import wire

_NULL: Final = msgspec.Raw(b"null")


def encode_raw(value: msgspec.Raw | None) -> wire.OptionalRaw:
    """Write a document that may be missing."""
    return msgspec.UNSET if value is None else value


def decode_raw(value: wire.OptionalRaw) -> msgspec.Raw | None:
    """Read a document that may be missing; null counts as missing."""
    return None if value is msgspec.UNSET or value == _NULL else value


def decode_raw_copy(value: wire.OptionalRaw) -> msgspec.Raw | None:
    """Read a document that may be missing, free of the buffer it was read from."""
    found = decode_raw(value)
    return None if found is None else found.copy()


def encode_performance(latency: str | None) -> wire.PerformanceConfig | None:
    """Write how fast."""
    return None if latency is None else wire.PerformanceConfig(latency=latency)


def decode_performance(config: wire.PerformanceConfig | None) -> str | None:
    """Read how fast."""
    return None if config is None else config.latency


def encode_tier(tier: str | None) -> wire.ServiceTier | None:
    """Write which tier."""
    return None if tier is None else wire.ServiceTier(type=tier)


def decode_tier(tier: wire.ServiceTier | None) -> str | None:
    """Read which tier."""
    return None if tier is None else tier.type
