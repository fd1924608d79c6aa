"""Events as the client reads them."""

from typing import Any, get_args

import msgspec
import pytest

from outcrop.codecs.converse import StreamDecoder, decode_exception
from outcrop.codecs.converse.stream_encoding import _ENCODERS
from outcrop.errors import WireError
from outcrop.types import events as e
from outcrop.types.content import Citation, DocumentLocation, Foreign, JsonValue, Text
from outcrop.types.json import Extra
from outcrop.types.responses import Stop
from outcrop.types.usage import Usage


@pytest.mark.parametrize(
    ("name", "payload", "event"),
    [
        ("messageStart", b'{"p":"abc","role":"assistant"}', e.MessageStarted(role="assistant")),
        (
            "contentBlockStart",
            (
                b'{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"f",'
                b'"type":"tool_use"}}}'
            ),
            e.ToolStarted(index=1, id="t", name="f", tool_type="tool_use"),
        ),
        (
            "contentBlockStart",
            (
                b'{"contentBlockIndex":1,"start":{"toolResult":{"status":"success","toolUseId":"t",'
                b'"type":"nova_code_interpreter_result"}}}'
            ),
            e.ToolResultStarted(
                index=1, id="t", status="success", result_type="nova_code_interpreter_result"
            ),
        ),
        (
            "contentBlockStart",
            b'{"contentBlockIndex":1,"start":{"image":{"format":"png"}}}',
            e.ImageStarted(index=1, format="png"),
        ),
        (
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"text":"Hi"},"p":"abc"}',
            e.TextDelta(index=0, text="Hi"),
        ),
        (
            "contentBlockDelta",
            b'{ "delta" : { "text" : "Hi" }, "contentBlockIndex" : 0 }',
            e.TextDelta(index=0, text="Hi"),
        ),
        (
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"text":"Hi"},"new":[1],"p":"abc"}',
            e.TextDelta(index=0, text="Hi", extra=Extra("converse", {"new": msgspec.Raw(b"[1]")})),
        ),
        (
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"text":"Hi","new":1}}',
            e.ForeignDelta(
                index=0,
                delta=Foreign(api="converse", raw=msgspec.Raw(b'{"text":"Hi","new":1}')),
            ),
        ),
        (
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}',
            e.ReasoningDelta(index=0, text="Hm"),
        ),
        (
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"s"}}}',
            e.SignatureDelta(index=0, signature="s"),
        ),
        (
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"AQI="}}}',
            e.RedactedDelta(index=0, data=b"\x01\x02"),
        ),
        (
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"toolResult":[{"json":{"a":1}},{"text":"b"}]}}',
            e.ToolResultDelta(
                index=0, content=(JsonValue(value=msgspec.Raw(b'{"a":1}')), Text(text="b"))
            ),
        ),
        (
            "contentBlockDelta",
            (
                b'{"contentBlockIndex":0,"delta":{"citation":{"title":"T","sourceContent":'
                b'[{"text":"x"}],"location":{"documentPage":{"documentIndex":0,"start":1,"end":2}}}}}'
            ),
            e.CitationDelta(
                index=0,
                citation=Citation(
                    title="T",
                    source_content=(Text(text="x"),),
                    location=DocumentLocation(unit="page", document_index=0, start=1, end=2),
                ),
            ),
        ),
        ("contentBlockStop", b'{"contentBlockIndex":3,"p":"a"}', e.BlockEnded(index=3)),
        (
            "messageStop",
            (
                b'{"additionalModelResponseFields":{"delta":{"stop_sequence":"END"}},'
                b'"stopReason":"stop_sequence"}'
            ),
            e.MessageEnded(
                stop=Stop(kind="stop", raw="stop_sequence", sequence="END"),
                additional_response_fields=msgspec.Raw(b'{"delta":{"stop_sequence":"END"}}'),
            ),
        ),
        (
            "metadata",
            (
                b'{"metrics":{"latencyMs":9},"p":"a","usage":{"inputTokens":1,"outputTokens":2,'
                b'"totalTokens":3}}'
            ),
            e.Metadata(usage=Usage(input_tokens=1, output_tokens=2, total_tokens=3), latency_ms=9),
        ),
        (
            "newEvent",
            b'{"a":1,"p":"abc"}',
            e.ForeignEvent(api="converse", name="newEvent", raw=msgspec.Raw(b'{"a":1}')),
        ),
        (
            "newEvent",
            b'{"a": 1}',
            e.ForeignEvent(api="converse", name="newEvent", raw=msgspec.Raw(b'{"a": 1}')),
        ),
    ],
)
def test_decode(name: str, payload: bytes, event: e.Event) -> None:
    """Every kind of event of STREAM-01, and what is new."""
    assert StreamDecoder().decode(name, payload) == event


def test_fragments_of_parallel_calls_carry_their_id() -> None:
    """Deltas name their index only; whoever joins parallel calls needs the id (STREAM-02)."""
    decoder = StreamDecoder()
    for index, call in enumerate("ab"):
        start = b'{"contentBlockIndex":%d,"start":{"toolUse":{"toolUseId":"%s","name":"f"}}}'
        decoder.decode("contentBlockStart", start % (index, call.encode()))

    fragments = [
        decoder.decode(
            "contentBlockDelta",
            b'{"contentBlockIndex":%d,"delta":{"toolUse":{"input":"{"}}}' % index,
        )
        for index in (1, 0, 2)
    ]

    assert fragments == [
        e.ToolDelta(index=1, arguments="{", id="b"),
        e.ToolDelta(index=0, arguments="{", id="a"),
        e.ToolDelta(index=2, arguments="{", id=""),
    ]


@pytest.mark.parametrize(
    ("name", "payload", "reason"),
    [
        ("contentBlockDelta", b"", "truncated"),
        ("contentBlockDelta", b'{"delta":{"text":"x"}}', "lacks the member contentBlockIndex"),
        (
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"text":5}}',
            "delta.text: Expected `str`",
        ),
        ("contentBlockDelta", b'{"contentBlockIndex":0,"delta":[]}', "delta: Expected `object`"),
        ("messageStart", b"{}", "lacks the member role"),
        ("newEvent", b"[1]", "newEvent event is not one JSON object"),
        ("newEvent", b'{"\xff":1}', "newEvent event is not one JSON object"),
    ],
)
def test_malformed_events(name: str, payload: bytes, reason: str) -> None:
    """Undecodable JSON is a stream error, never a normal end (WIRE-10)."""
    with pytest.raises(WireError, match=reason):
        StreamDecoder().decode(name, payload)


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (
            b'{"message":"Slow down","p":"abc"}',
            e.StreamFault(code="ThrottlingException", message="Slow down"),
        ),
        (
            b'{"message":"m","originalStatusCode":424,"originalMessage":"o"}',
            e.StreamFault(
                code="ThrottlingException", message="m", original_status=424, original_message="o"
            ),
        ),
        (b"{}", e.StreamFault(code="ThrottlingException", message="")),
        (b"Slow \xff", e.StreamFault(code="ThrottlingException", message="Slow \ufffd")),
    ],
)
def test_exceptions(payload: bytes, fault: e.StreamFault) -> None:
    """The name alone decides about a retry, so nothing in the payload may hide it."""
    assert decode_exception("throttlingException", payload) == fault


def test_every_event_has_an_encoder() -> None:
    """An event added to the canonical model must be given an answer here."""
    assert set(_ENCODERS) == set(get_args(e.Event))


def test_a_start_that_says_nothing_is_kept() -> None:
    """Seen in the wild for text blocks; it must neither fail nor be lost."""
    event: Any = StreamDecoder().decode("contentBlockStart", b'{"contentBlockIndex":0,"start":{}}')

    assert event.start == Foreign(api="converse", raw=msgspec.Raw(b"{}"))
