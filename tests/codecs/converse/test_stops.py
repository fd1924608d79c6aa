"""Why a model stopped, in both vocabularies."""

import msgspec
import pytest

from outcrop.codecs.converse import decode_stop, encode_stop
from outcrop.codecs.converse.stops import decode_full_stop
from outcrop.types.responses import Stop, StopKind
from tests.codecs.converse.shapes import shape


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("", "stop"),
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("refusal", "content_filter"),
        ("malformed_model_output", "error"),
        ("malformed_tool_use", "error"),
        ("something_new", "other"),
    ],
)
def test_decode(raw: str, kind: StopKind) -> None:
    """The table of the specification, STOP-01 to STOP-08."""
    assert decode_stop(raw) == Stop(kind=kind, raw=raw)


def test_every_reason_of_the_service_model_is_known() -> None:
    """A reason that AWS adds shall be given a meaning, not be "other" for ever."""
    assert [raw for raw in shape("StopReason").enum if decode_stop(raw).kind == "other"] == []


@pytest.mark.parametrize(
    ("stop", "raw"),
    [
        (Stop(kind="stop"), "end_turn"),
        (Stop(kind="stop", sequence="END"), "stop_sequence"),
        (Stop(kind="tool_calls"), "tool_use"),
        (Stop(kind="length"), "max_tokens"),
        (Stop(kind="content_filter"), "content_filtered"),
        (Stop(kind="error"), "malformed_model_output"),
        (Stop(kind="other"), "end_turn"),
        (Stop(kind="length", raw="model_context_window_exceeded"), "model_context_window_exceeded"),
        (Stop(kind="other", raw="something_new"), "something_new"),
        (Stop(kind="tool_calls", raw="tool_calls"), "tool_use"),
        (Stop(kind="stop", raw="stop"), "end_turn"),
    ],
)
def test_encode(stop: Stop, raw: str) -> None:
    """An answer of another dialect or engine ends in a word that AWS's clients know."""
    assert encode_stop(stop) == raw


@pytest.mark.parametrize(
    ("fields", "sequence"),
    [
        (b'{"stop_sequence":"END"}', "END"),
        (b'{"delta":{"stop_sequence":"END"}}', "END"),
        (b'{"delta":{"stop_sequence":null}}', None),
        (b'{"stop_sequence":7}', None),
        (b'{"else":1}', None),
        (b"[]", None),
    ],
)
def test_matched_sequence(fields: bytes, sequence: str | None) -> None:
    """Claude tells the sequence that matched in its own fields, streamed or not (CONV-06)."""
    found = decode_full_stop("stop_sequence", msgspec.Raw(fields))

    assert found == Stop(kind="stop", raw="stop_sequence", sequence=sequence)
