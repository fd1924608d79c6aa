"""Token counts and latency: from a body, from the headers, from the end of a stream.

Place in the house: the native codecs.

Source: behaviour specification, ROUTE-07, USAGE-01; recordings of InvokeModel and
InvokeModelWithResponseStream.
"""

from collections.abc import Mapping
from typing import Any, Final

from outcrop.codecs.native.members import Members, Path, keep, kept_by
from outcrop.http import Headers, header
from outcrop.types.events import Metadata
from outcrop.types.usage import Usage

METRICS: Final = "amazon-bedrock-invocationMetrics"
TRACE: Final = "amazon-bedrock-trace"

_HEADER: Final = "x-amzn-bedrock-"
_COUNT_HEADERS: Final = {
    "input": f"{_HEADER}input-token-count",
    "output": f"{_HEADER}output-token-count",
    "cache_read": f"{_HEADER}cache-read-input-token-count",
    "cache_write": f"{_HEADER}cache-write-input-token-count",
}
_LATENCY_HEADER: Final = f"{_HEADER}invocation-latency"
_METRICS_MEMBERS: Final = {
    "input": "inputTokenCount",
    "output": "outputTokenCount",
    "cache_read": "cacheReadInputTokenCount",
    "cache_write": "cacheWriteInputTokenCount",
}
_LATENCY_MEMBER: Final = "invocationLatency"


def usage_of(counts: Mapping[str, int | None], total: int | None = None) -> Usage | None:
    """Return the counts as usage; None where nothing was counted."""
    if all(count is None for count in counts.values()):
        return None
    return Usage(
        input_tokens=counts.get("input") or 0,
        output_tokens=counts.get("output") or 0,
        total_tokens=sum(count or 0 for count in counts.values()) if total is None else total,
        cache_read_tokens=counts.get("cache_read"),
        cache_write_tokens=counts.get("cache_write"),
    )


def counts_of(usage: Usage | None) -> dict[str, int | None]:
    """Return usage as counts."""
    if usage is None:
        return {}
    return {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cache_read": usage.cache_read_tokens,
        "cache_write": usage.cache_write_tokens,
    }


def take_counts(members: Members, paths: Mapping[str, Path]) -> dict[str, int | None]:
    """Take the counts that stand at `paths`; they may be null, and floats of whole numbers."""
    return {name: members.take_count(path) for name, path in paths.items()}


def complete(counts: Mapping[str, int | None], headers: Headers) -> dict[str, int | None]:
    """Add what only the headers tell."""
    told = {name: _number(headers, header_name) for name, header_name in _COUNT_HEADERS.items()}
    return told | {name: count for name, count in counts.items() if count is not None}


def latency_of(headers: Headers) -> int | None:
    """Return how long the model took, milliseconds, where the headers tell."""
    return _number(headers, _LATENCY_HEADER)


def _number(headers: Headers, name: str) -> int | None:
    text = header(headers, name)
    return int(text) if text.isascii() and text.isdecimal() else None


def decode_metrics(metrics: Members, api: str) -> Metadata:
    """Read what the last chunk of a stream says the answer used."""
    counts = {name: metrics.take_count((member,)) for name, member in _METRICS_MEMBERS.items()}
    latency = metrics.take_count((_LATENCY_MEMBER,))
    return Metadata(
        usage=usage_of(counts), latency_ms=latency, metrics_extra=keep(api, metrics.rest())
    )


def encode_metrics(event: Metadata, api: str) -> dict[Path, Any]:
    """Write what the last chunk of a stream says the answer used."""
    counts = counts_of(event.usage)
    told: dict[Path, Any] = {
        (METRICS, member): counts.get(name) for name, member in _METRICS_MEMBERS.items()
    }
    told[METRICS, _LATENCY_MEMBER] = event.latency_ms
    return told | {(METRICS, name): raw for name, raw in kept_by(api, event.metrics_extra).items()}
