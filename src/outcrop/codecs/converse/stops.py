"""Why a model stopped, in Converse's words and in ours.

Place in the house: the Converse codec. Used by `response` and `stream`.

Source: behaviour specification, STOP-01 to STOP-08 and CONV-06; shape StopReason, all members, and
``refusal``, which Claude says.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.types.responses import Stop, StopKind

_KINDS: Final[Mapping[str, StopKind]] = MappingProxyType(
    {
        "": "stop",
        "end_turn": "stop",
        "stop_sequence": "stop",
        "tool_use": "tool_calls",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "guardrail_intervened": "content_filter",
        "content_filtered": "content_filter",
        "refusal": "content_filter",
        "malformed_model_output": "error",
        "malformed_tool_use": "error",
    }
)

_STOPS: Final = MappingProxyType({raw: Stop(kind=kind, raw=raw) for raw, kind in _KINDS.items()})

_WORDS: Final[Mapping[StopKind, str]] = MappingProxyType(
    {
        "stop": "end_turn",
        "tool_calls": "tool_use",
        "length": "max_tokens",
        "content_filter": "content_filtered",
        "error": "malformed_model_output",
        "other": "end_turn",
    }
)


class _Matched(msgspec.Struct):
    """What Claude answers when asked for ``/stop_sequence`` or ``/delta/stop_sequence``."""

    stop_sequence: str | None = None


class _Fields(_Matched):
    delta: _Matched | None = None


_FIELDS: Final = msgspec.json.Decoder(_Fields)


def decode_stop(raw: str | None) -> Stop:
    """Name a stop reason in our terms, keeping the wire's own; new ones are ``"other"``."""
    word = raw or ""
    return _STOPS.get(word) or Stop(kind="other", raw=word)


def decode_full_stop(raw: str | None, fields: msgspec.Raw | None) -> Stop:
    """Add the stop sequence that matched, where the additional response fields tell."""
    stop = decode_stop(raw)
    sequence = None if fields is None else _matched_sequence(fields)
    return stop if sequence is None else msgspec.structs.replace(stop, sequence=sequence)


def _matched_sequence(fields: msgspec.Raw) -> str | None:
    try:
        found = _FIELDS.decode(fields)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found.stop_sequence or (found.delta.stop_sequence if found.delta else None)


def encode_stop(stop: Stop) -> str:
    """Return the wire's own word for why the model stopped.

    What another API called it is translated; a reason that no table knows passes as it is.
    """
    if stop.raw and decode_stop(stop.raw).kind == stop.kind:
        return stop.raw
    return "stop_sequence" if stop.kind == "stop" and stop.sequence else _WORDS[stop.kind]
