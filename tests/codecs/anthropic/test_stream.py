"""Events as Claude and AWS send them, read one by one."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.anthropic import API, StreamDecoder
from outcrop.errors import WireError
from outcrop.types import content as c
from outcrop.types import events as e
from outcrop.types.accumulate import Accumulator
from outcrop.types.json import Extra
from outcrop.types.responses import Response
from outcrop.types.usage import Usage

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "a-model",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 5,
            "output_tokens": 1,
            "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 0},
        },
    },
}
END = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
    "usage": {"output_tokens": 7, "input_tokens": None},
}
STOP = {"type": "message_stop"}


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def decoded(*documents: Any) -> list[e.Event]:
    decoder = StreamDecoder()
    return [event for each in documents for event in decoder.decode("", msgspec.json.encode(each))]


def started(block: Any, index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(body: Any, index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": body}


def stopped(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def folded(*documents: Any) -> Response:
    fold = Accumulator()
    for event in decoded(START, *documents, END, STOP):
        fold.add(event)
    return fold.response()


def test_the_counts_come_last_and_complete() -> None:
    """The first event counts the input, the last but one the output (USAGE-01)."""
    events = decoded(START, END, STOP)

    assert [event.type for event in events] == ["start", "finish", "usage"]
    usage = events[-1].usage  # type: ignore[union-attr]
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (5, 7, 12)
    assert [write.tokens for write in usage.cache_writes] == [2, 0]


def test_the_end_of_the_body_completes_the_counts() -> None:
    """A stream cut after its reason to stop still says what it used."""
    decoder = StreamDecoder()
    for document in (START, END):
        decoder.decode("", msgspec.json.encode(document))

    (told,) = decoder.close()

    assert isinstance(told, e.Metadata)
    assert told.usage is not None
    assert decoder.close() == ()


def test_a_stream_without_its_end_is_not_completed() -> None:
    """An answer that broke off must not look like one that came to its end (STREAM-04)."""
    decoder = StreamDecoder()
    decoder.decode("", msgspec.json.encode(START))

    assert decoder.close() == ()


def test_what_aws_counted_stands_in() -> None:
    """After a guardrail stepped in, no event of the model's provider counts anything."""
    metrics = {
        "inputTokenCount": 3,
        "outputTokenCount": 4,
        "cacheReadInputTokenCount": 5,
        "cacheWriteInputTokenCount": 6,
        "invocationLatency": 70,
        "firstByteLatency": 50,
    }
    last = STOP | {
        "amazon-bedrock-invocationMetrics": metrics,
        "amazon-bedrock-trace": {"guardrail": {}},
        "amazon-bedrock-guardrailAction": "INTERVENED",
    }

    *_, told = decoded({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, last)

    assert isinstance(told, e.Metadata)
    assert told.usage == Usage(
        input_tokens=3,
        output_tokens=4,
        total_tokens=18,
        cache_read_tokens=5,
        cache_write_tokens=6,
    )
    assert told.latency_ms == 70
    assert told.trace == raw('{"guardrail":{}}')
    assert told.extra == Extra(API, {"amazon-bedrock-guardrailAction": raw('"INTERVENED"')})
    assert told.metrics_extra is not None
    assert told.metrics_extra.members["firstByteLatency"] == raw("50")


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        pytest.param({"type": "text", "text": ""}, [], id="text"),
        pytest.param(
            {"type": "text", "text": "Hi"}, [e.TextDelta(index=0, text="Hi")], id="text-said"
        ),
        pytest.param({"type": "thinking", "thinking": "", "signature": ""}, [], id="thinking"),
        pytest.param(
            {"type": "thinking", "thinking": "Hm", "signature": "s"},
            [e.ReasoningDelta(index=0, text="Hm"), e.SignatureDelta(index=0, signature="s")],
            id="thinking-said",
        ),
        pytest.param(
            {"type": "redacted_thinking", "data": "c2Vh"},
            [e.RedactedDelta(index=0, data=b"c2Vh")],
            id="redacted",
        ),
        pytest.param(
            {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
            [
                e.ToolStarted(index=0, id="t", name="n"),
                e.ToolDelta(index=0, id="t", arguments='{"a":1}'),
            ],
            id="call-with-arguments",
        ),
        pytest.param(
            {"type": "tool_use", "id": "t", "name": "n", "input": {}, "toolset_name": "computer"},
            [
                e.ToolStarted(
                    index=0,
                    id="t",
                    name="n",
                    start_extra=Extra(API, {"toolset_name": raw('"computer"')}),
                )
            ],
            id="call-of-a-toolset",
        ),
    ],
)
def test_starts(block: Any, expected: list[e.Event]) -> None:
    assert decoded(started(block)) == expected


def test_a_citation_at_the_start_of_a_text() -> None:
    place = {"type": "char_location", "cited_text": "c", "document_index": 0}

    (event,) = decoded(started({"type": "text", "text": "", "citations": [place]}))

    assert isinstance(event, e.CitationDelta)


def test_fragments_carry_the_id_of_their_call() -> None:
    """Parallel calls are told apart by it (STREAM-02)."""
    events = decoded(
        started({"type": "tool_use", "id": "a", "name": "n", "input": {}}, 1),
        started({"type": "tool_use", "id": "b", "name": "n", "input": {}}, 2),
        delta({"type": "input_json_delta", "partial_json": "{"}, 1),
        delta({"type": "input_json_delta", "partial_json": "{"}, 2),
    )

    assert [event.id for event in events if isinstance(event, e.ToolDelta)] == ["a", "b"]


def test_a_new_kind_of_block_is_kept_with_all_that_follows() -> None:
    """Fragments of its arguments are no tool call of ours."""
    start = {"type": "mcp_tool_use", "id": "m", "name": "n", "server_name": "s", "input": {}}

    response = folded(
        started(start),
        delta({"type": "input_json_delta", "partial_json": '{"a":1}'}),
        stopped(),
        started({"type": "text", "text": ""}, 1),
        delta({"type": "text_delta", "text": "Done"}, 1),
        stopped(1),
    )

    foreign, text = response.content
    assert isinstance(foreign, c.Foreign)
    assert foreign.api == f"{API}-stream"
    assert text == c.Text(text="Done")
    assert response.tool_calls == ()


def test_a_new_kind_of_delta_is_kept() -> None:
    body = {"type": "zz_delta", "zz": 1}

    (event,) = decoded(delta(body))

    assert event == e.ForeignDelta(
        index=0, delta=c.Foreign(api=API, raw=msgspec.Raw(msgspec.json.encode(body)))
    )


def test_new_members_are_kept() -> None:
    (event,) = decoded(delta({"type": "text_delta", "text": "Hi", "zz": 1}) | {"yy": 2})

    assert event == e.TextDelta(
        index=0, text="Hi", extra=Extra(API, {"delta": raw('{"zz":1}'), "yy": raw("2")})
    )


def test_a_new_event_is_kept() -> None:
    (event,) = decoded({"type": "zz_event", "zz": 1})

    assert event == e.ForeignEvent(api=API, name="zz_event", raw=raw('{"type":"zz_event","zz":1}'))


def test_pings_say_nothing() -> None:
    assert decoded({"type": "ping"}) == []


def test_details_of_the_end_stand_where_a_whole_answer_has_them() -> None:
    end = END | {
        "delta": {"stop_reason": "zz_new", "stop_details": {"type": "refusal"}},
        "context_management": {"applied_edits": []},
    }

    (event,) = decoded(end)

    assert isinstance(event, e.MessageEnded)
    assert event.stop.kind == "other"
    assert event.extra is not None
    assert event.extra.members == {
        "stop_details": raw('{"type":"refusal"}'),
        "context_management": raw('{"applied_edits":[]}'),
        "stop_reason": raw('"zz_new"'),
    }


def test_an_error_tells_what_else_it_knows() -> None:
    body = {"type": "overloaded_error", "message": "Overloaded", "details": {"a": 1}}

    (fault,) = decoded({"type": "error", "error": body, "request_id": "req_1"})

    assert isinstance(fault, e.StreamFault)
    assert fault.extra is not None
    assert fault.extra.members == {
        "type": raw('"overloaded_error"'),
        "request_id": raw('"req_1"'),
        "details": raw('{"a":1}'),
    }


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (b"", ""),
        (b"[]", ""),
        (b"{}", ""),
        (b'{"type":"content_block_stop","index":"0"}', "index"),
        (
            b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta"}}',
            "delta",
        ),
    ],
)
def test_malformed_events_have_a_path(payload: bytes, path: str) -> None:
    with pytest.raises(WireError) as problem:
        StreamDecoder().decode("", payload)

    assert problem.value.param == path
