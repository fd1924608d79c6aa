"""Why a model stopped, in Anthropic's words and in ours.

Place in the house: the Anthropic codec. Used by `response` and `stream`.

A word that is new here is kept beside the stop, in the extra of the answer, and written back: what
other APIs say that this one cannot is written as ``end_turn``, and nobody could tell the two apart.

Source: behaviour specification, STOP-01 to STOP-08; Anthropic API reference, "Stop reasons".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.types.responses import Stop, StopKind

_KINDS: Final[Mapping[str, StopKind]] = MappingProxyType(
    {
        "": "stop",
        "end_turn": "stop",
        "stop_sequence": "stop",
        "tool_use": "tool_calls",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "refusal": "content_filter",
        "pause_turn": "other",
    }
)

_WORDS: Final[Mapping[StopKind, str]] = MappingProxyType(
    {
        "stop": "end_turn",
        "tool_calls": "tool_use",
        "length": "max_tokens",
        "content_filter": "refusal",
        "error": "end_turn",
        "other": "end_turn",
    }
)


def decode_stop(raw: str | None, sequence: str | None) -> Stop:
    """Name a stop reason in our terms, keeping the wire's own; new ones are ``"other"``."""
    word = raw or ""
    return Stop(kind=_KINDS.get(word, "other"), raw=word, sequence=sequence)


def unknown_word(raw: str | None) -> str | None:
    """Return the wire's word where no table knows it."""
    return raw if raw and raw not in _KINDS else None


def encode_stop(stop: Stop) -> str:
    """Return the wire's own word for why the model stopped."""
    if stop.raw and _KINDS.get(stop.raw) == stop.kind:
        return stop.raw
    return "stop_sequence" if stop.kind == "stop" and stop.sequence else _WORDS[stop.kind]
