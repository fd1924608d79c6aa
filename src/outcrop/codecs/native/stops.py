"""Why a model stopped, in a native form's words and in ours.

Place in the house: the native codecs.

Source: behaviour specification, ROUTE-07, STOP-01 to STOP-08, GUARD-02; recordings with guardrails.
"""

from collections.abc import Mapping
from typing import Final

from outcrop.codecs.native.members import Members
from outcrop.types.responses import Stop, StopKind

ACTION: Final = "amazon-bedrock-guardrailAction"


def is_intervened(members: Members) -> bool:
    """Tell whether a guardrail intervened; the member that says so is kept."""
    return bytes(members.peek(ACTION)) == b'"INTERVENED"'


def decode_stop(
    raw: str | None, words: Mapping[str, StopKind], *, intervened: bool, sequence: str | None = None
) -> Stop:
    """Name a stop word in our terms, keeping the wire's own; new ones are ``"other"``.

    Args:
        raw: The word; None where there is none.
        words: What the words of the form mean.
        intervened: Whether a guardrail rewrote the answer: that counts, whatever the model said.
        sequence: The stop sequence that matched, where the model tells.
    """
    kind: StopKind = words.get(raw, "other") if raw else "stop"
    if intervened:
        kind = "content_filter"
    return Stop(kind=kind, raw=raw or "", sequence=sequence or None)


def encode_stop(stop: Stop, words: Mapping[str, StopKind]) -> str:
    """Return the form's word for why the model stopped.

    What another API called it is translated, by the first word that means the same; a reason that
    no table knows passes as it is, and so does the model's own where a guardrail had the last one.
    """
    meant = words.get(stop.raw, "other")
    if stop.raw and (meant == stop.kind or (stop.raw in words and stop.kind == "content_filter")):
        return stop.raw
    # A form without a word for it says that the answer is complete: its first word.
    return next((word for word, kind in words.items() if kind == stop.kind), next(iter(words)))
