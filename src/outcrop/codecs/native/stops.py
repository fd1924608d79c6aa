"""Why a model stopped, in a native form's words and in ours.

Place in the house: the native codecs.

Source: behaviour specification, ROUTE-07, STOP-01 to STOP-08.
"""

from collections.abc import Mapping

from outcrop.types.responses import Stop, StopKind


def decode_stop(
    raw: str | None, words: Mapping[str, StopKind], *, intervened: bool, sequence: str | None = None
) -> Stop:
    """Name a stop word in our terms, keeping the wire's own; new ones are ``"other"``.

    Args:
        raw: The word; None where there is none.
        words: What the words of the form mean.
        intervened: Whether a guardrail did: it is the reason where no other is told.
        sequence: The stop sequence that matched, where the model tells.
    """
    if raw:
        return Stop(kind=words.get(raw, "other"), raw=raw, sequence=sequence or None)
    return Stop(kind="content_filter" if intervened else "stop", sequence=sequence or None)


def encode_stop(stop: Stop, words: Mapping[str, StopKind]) -> str:
    """Return the form's word for why the model stopped.

    What another API called it is translated, by the first word that means the same; a reason that
    no table knows passes as it is.
    """
    if stop.raw and words.get(stop.raw, "other") == stop.kind:
        return stop.raw
    # A form without a word for it says that the answer is complete: its first word.
    return next((word for word, kind in words.items() if kind == stop.kind), next(iter(words)))
