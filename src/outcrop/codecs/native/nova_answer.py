"""Nova: answers.

Place in the house: the native codecs.

Source: Amazon Nova User Guide; recordings of InvokeModel.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.native.beside import decode_headers
from outcrop.codecs.native.counts import (
    TRACE,
    complete,
    counts_of,
    take_counts,
    usage_of,
)
from outcrop.codecs.native.members import Members, Path, keep, kept_by, write
from outcrop.codecs.native.nova_blocks import API, decode_blocks, encode_blocks
from outcrop.codecs.native.stops import decode_stop, encode_stop, is_intervened
from outcrop.errors import WireError
from outcrop.http import Headers
from outcrop.types.responses import Response, StopKind
from outcrop.types.usage import Usage

WORDS: Final[Mapping[str, StopKind]] = MappingProxyType(
    {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "tool_use": "tool_calls",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "content_filtered": "content_filter",
        "guardrail_intervened": "content_filter",
        "malformed_model_output": "error",
        "malformed_tool_use": "error",
    }
)

COUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "input": "inputTokens",
        "output": "outputTokens",
        "cache_read": "cacheReadInputTokenCount",
        "cache_write": "cacheWriteInputTokenCount",
    }
)
_TOTAL: Final[Path] = ("usage", "totalTokens")


def decode_response(body: bytes, headers: Headers = ()) -> Response:
    """Read the body of an answer; counts may stand in its headers too.

    Raises:
        WireError: The body is malformed.
    """
    members = Members(body, WireError)
    content = decode_blocks(members, ("output", "message", "content"), WireError)
    role = members.take(str, ("output", "message", "role")) or "assistant"
    total = members.take_count(_TOTAL)
    counts = take_counts(members, {name: ("usage", member) for name, member in COUNTS.items()})
    trace = members.take(msgspec.Raw, (TRACE,))
    raw = members.take(str, ("stopReason",))
    return Response(
        content=content,
        stop=decode_stop(raw, WORDS, intervened=is_intervened(members)),
        role=role,
        usage=usage_of(complete(counts, headers), total),
        trace=None if trace is None else trace.copy(),
        extra=keep(API, members.rest()),
        **decode_headers(headers),
    )


def encode_response(response: Response, *, model: str = "", response_id: str = "") -> bytes:
    """Write the body of an answer; what it used goes into its headers too.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    del model, response_id
    named: dict[Path, Any] = {
        ("output", "message", "role"): response.role,
        ("output", "message", "content"): encode_blocks(response.content),
        ("stopReason",): encode_stop(response.stop, WORDS),
        (TRACE,): response.trace,
    }
    named |= {("usage", name): count for name, count in encode_usage(response.usage).items()}
    named[_TOTAL] = None if response.usage is None else response.usage.total_tokens
    return write(named, kept_by(API, response.extra))


def encode_usage(usage: Usage | None) -> dict[str, int | None]:
    """Write the counts, without their sum."""
    counts = counts_of(usage)
    return {member: counts.get(name) for name, member in COUNTS.items()}
