"""Token counts, as Anthropic counts them and as AWS does.

Place in the house: the Anthropic codec. Used by `response` and `stream`.

Both count uncached input apart from what was read from or written to the cache. There is no total
on this wire: it is the sum. Where an answer holds no counts, those that AWS tells beside it stand
in: headers of InvokeModel, ``amazon-bedrock-invocationMetrics`` of its streams.

Source: behaviour specification, USAGE-01, USAGE-03, WIRE-12; recordings of InvokeModel.
"""

from typing import Any, Final

import msgspec

from outcrop.codecs.anthropic import wire
from outcrop.codecs.anthropic.surplus import decode_extra, encode_extra
from outcrop.http import Headers
from outcrop.types.events import Metadata
from outcrop.types.usage import CacheWrite, Usage

_SHORT: Final = "5m"
_LONG: Final = "1h"
_HEADERS: Final = {
    "x-amzn-bedrock-input-token-count": "input_token_count",
    "x-amzn-bedrock-output-token-count": "output_token_count",
    "x-amzn-bedrock-cache-read-input-token-count": "cache_read_input_token_count",
    "x-amzn-bedrock-cache-write-input-token-count": "cache_write_input_token_count",
    "x-amzn-bedrock-invocation-latency": "invocation_latency",
}
_COUNTS: Final = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


def decode_usage(usage: wire.Usage) -> Usage:
    """Read the token counts. Counters that are absent read as 0, or None where that differs."""
    read, written = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    details, tools = usage.output_tokens_details, usage.server_tool_use
    counts = (usage.input_tokens or 0, usage.output_tokens or 0)
    is_told = tools is not msgspec.UNSET and tools != _NULL
    return Usage(
        input_tokens=counts[0],
        output_tokens=counts[1],
        total_tokens=sum(counts) + (read or 0) + (written or 0),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_writes=_decode_writes(usage.cache_creation),
        reasoning_tokens=None if details is None else details.thinking_tokens,
        server_tool_usage=tools.copy() if is_told else None,  # type: ignore[union-attr]
        extra=decode_extra(usage.surplus),
    )


_NULL: Final = msgspec.Raw(b"null")


def _decode_writes(creation: wire.CacheCreation | None) -> tuple[CacheWrite, ...]:
    if creation is None:
        return ()
    return (
        CacheWrite(ttl=_SHORT, tokens=creation.ephemeral_5m_input_tokens or 0),
        CacheWrite(ttl=_LONG, tokens=creation.ephemeral_1h_input_tokens or 0),
    )


def decode_tier_used(usage: wire.Usage | None) -> str | None:
    """Read which tier was used; it stands among the counts."""
    tier = None if usage is None else usage.service_tier
    return _DEFAULT_TIER if tier == _STANDARD_TIER else tier


def encode_usage(usage: Usage, tier: str | None = None) -> wire.Usage:
    """Write the token counts, and among them which tier was used, where this API has it."""
    reasoning, tools = usage.reasoning_tokens, usage.server_tool_usage
    return wire.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_creation_input_tokens=usage.cache_write_tokens,
        cache_read_input_tokens=usage.cache_read_tokens,
        cache_creation=_encode_writes(usage),
        output_tokens_details=(
            None if reasoning is None else wire.OutputDetails(thinking_tokens=reasoning)
        ),
        # What AWS writes where no server tool ran is no count that this API knows.
        server_tool_use=msgspec.UNSET if tools is None or tools == _NOTHING else tools,
        service_tier=_encode_tier_used(tier),
        surplus=encode_extra(usage.extra),
    )


_DEFAULT_TIER: Final = "default"
_STANDARD_TIER: Final = "standard"
_TIERS_OF_AWS: Final = frozenset({"flex", "reserved"})


def _encode_tier_used(tier: str | None) -> str | None:
    if tier == _DEFAULT_TIER:
        return _STANDARD_TIER
    return None if tier in _TIERS_OF_AWS else tier


_NOTHING: Final = msgspec.Raw(b"{}")


def _encode_writes(usage: Usage) -> wire.CacheCreation | None:
    if not usage.cache_writes:
        return None
    return wire.CacheCreation(
        ephemeral_5m_input_tokens=sum(
            write.tokens for write in usage.cache_writes if write.ttl != _LONG
        ),
        ephemeral_1h_input_tokens=usage.cache_write_1h_tokens,
    )


def merge_usage(first: wire.Usage | None, last: wire.Usage | None) -> wire.Usage | None:
    """Return the counts of a stream: those of its last event, completed from its first."""
    if first is None or last is None:
        return last or first
    given = {name: getattr(last, name) for name in last.__struct_fields__}
    absent = (None, msgspec.UNSET)
    return msgspec.structs.replace(
        first, **{name: value for name, value in given.items() if value not in absent}
    )


def usage_of_metrics(metrics: wire.InvocationMetrics | None) -> Usage | None:
    """Return the counts that AWS tells beside an answer."""
    if metrics is None or metrics.input_token_count is None:
        return None
    counts: dict[str, Any] = {
        "input_tokens": metrics.input_token_count,
        "output_tokens": metrics.output_token_count or 0,
        "cache_read_tokens": metrics.cache_read_input_token_count,
        "cache_write_tokens": metrics.cache_write_input_token_count,
    }
    return Usage(**counts, total_tokens=sum(counts[name] or 0 for name in _COUNTS))


def metrics_of_headers(headers: Headers) -> wire.InvocationMetrics:
    """Read what AWS counted and measured from the headers of an answer."""
    found: dict[str, Any] = {
        _HEADERS[name.lower()]: int(value)
        for name, value in headers
        if name.lower() in _HEADERS and value.isascii() and value.isdigit()
    }
    return wire.InvocationMetrics(**found)


def encode_metrics(told: Metadata) -> wire.InvocationMetrics:
    """Write what AWS counted and measured; its own words where it told them."""
    surplus, usage = encode_extra(told.metrics_extra), told.usage
    if surplus is not None or usage is None:
        return wire.InvocationMetrics(invocation_latency=told.latency_ms, surplus=surplus)
    return wire.InvocationMetrics(
        input_token_count=usage.input_tokens,
        output_token_count=usage.output_tokens,
        cache_read_input_token_count=usage.cache_read_tokens,
        cache_write_input_token_count=usage.cache_write_tokens,
        invocation_latency=told.latency_ms,
    )
