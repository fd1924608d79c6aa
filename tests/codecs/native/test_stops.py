"""Stop words of the native forms, and ours."""

import pytest

from outcrop.codecs.native.stops import decode_stop, encode_stop
from outcrop.types.responses import Stop, StopKind

WORDS: dict[str, StopKind] = {
    "COMPLETE": "stop",
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "TOXIC": "content_filter",
}


@pytest.mark.parametrize(
    ("raw", "intervened", "stop"),
    [
        ("COMPLETE", False, Stop(kind="stop", raw="COMPLETE")),
        ("ERROR_LIMIT", False, Stop(kind="length", raw="ERROR_LIMIT")),
        ("NEW", False, Stop(kind="other", raw="NEW")),
        (None, False, Stop(kind="stop")),
        ("", False, Stop(kind="stop")),
        ("COMPLETE", True, Stop(kind="content_filter", raw="COMPLETE")),
        (None, True, Stop(kind="content_filter")),
    ],
)
def test_decode(raw: str | None, intervened: bool, stop: Stop) -> None:  # noqa: FBT001
    """The service's own word is kept, and a guardrail has the last one."""
    assert decode_stop(raw, WORDS, intervened=intervened) == stop


@pytest.mark.parametrize(
    ("stop", "word"),
    [
        (Stop(kind="length", raw="ERROR_LIMIT"), "ERROR_LIMIT"),
        (Stop(kind="length", raw="max_tokens"), "MAX_TOKENS"),
        (Stop(kind="length"), "MAX_TOKENS"),
        (Stop(kind="other", raw="NEW"), "NEW"),
        (Stop(kind="other"), "COMPLETE"),
        (Stop(kind="tool_calls", raw="tool_use"), "COMPLETE"),
        (Stop(kind="content_filter", raw="COMPLETE"), "COMPLETE"),
        (Stop(kind="content_filter", raw="guardrail_intervened"), "TOXIC"),
        (Stop(kind="length", raw="COMPLETE"), "MAX_TOKENS"),
    ],
)
def test_encode(stop: Stop, word: str) -> None:
    """What another API called it is translated; what this one said is repeated."""
    assert encode_stop(stop, WORDS) == word
