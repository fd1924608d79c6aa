"""Why an answer of the Responses API ended, in its words and in ours.

Place in the house: OpenAI Responses codec.

Source: behaviour specification, the stop table of section 7; OpenAI API reference, "The response
object".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.types.responses import Stop, StopKind

REFUSAL: Final = "refusal"
"""The `Stop.raw` of an answer that says no in the part for it: no status has that name."""

_REASONS: Final[Mapping[str, StopKind]] = MappingProxyType(
    {"max_output_tokens": "length", "content_filter": "content_filter"}
)
_WORDS: Final[Mapping[StopKind, str]] = MappingProxyType(
    {"length": "max_output_tokens", "content_filter": "content_filter"}
)
_STATUSES: Final[Mapping[StopKind, str]] = MappingProxyType(
    {"length": "incomplete", "content_filter": "incomplete", "error": "failed"}
)


def decode_stop(status: str | None, reason: str | None, *, calls: bool, refused: bool) -> Stop:
    """Name in our terms why the answer ended; a status or a reason that is new is ``"other"``."""
    if refused:
        return Stop(kind="content_filter", raw=REFUSAL)
    if status == "incomplete":
        word = reason or status
        return Stop(kind=_REASONS.get(word, "other"), raw=word)
    if status in {"completed", None}:
        return Stop(kind="tool_calls" if calls else "stop", raw=status or "")
    return Stop(kind="other", raw=status or "")


def encode_status(stop: Stop) -> str:
    """Return the status of an answer that ended so."""
    if stop.raw == REFUSAL:
        return "completed"
    if stop.kind == "other" and stop.raw == "incomplete":
        return stop.raw
    return _STATUSES.get(stop.kind, "completed")


def encode_reason(stop: Stop) -> str | None:
    """Return why an answer is incomplete; None where it is not."""
    return _WORDS.get(stop.kind) if encode_status(stop) == "incomplete" else None
