"""Canonical events as Anthropic's clients and AWS's callers expect them."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.anthropic import API, StreamDecoder, StreamEncoder
from outcrop.types import content as c
from outcrop.types import events as e
from outcrop.types.accumulate import Accumulator
from outcrop.types.json import Extra
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage
from tests.codecs.anthropic.answers import STREAMED, WHOLE

DONE = e.MessageEnded(stop=Stop(kind="stop", raw="end_turn"))
USED = e.Metadata(
    usage=Usage(input_tokens=1, output_tokens=2, total_tokens=6, cache_read_tokens=3),
    latency_ms=40,
)


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def encoded(*events: e.Event, invoke: bool = False) -> list[Any]:
    encoder = StreamEncoder(model="a-model", response_id="msg_1", invoke=invoke)
    pairs = [pair for event in events for pair in encoder.encode(event)]
    return [msgspec.json.decode(payload) for _, payload in (*pairs, *encoder.close())]


def outline(documents: list[Any]) -> list[Any]:
    """Return type, index and the kind of block or delta of each event."""
    return [
        (
            each["type"].removeprefix("content_block_"),
            each.get("index"),
            (each.get("content_block") or each.get("delta") or {}).get("type"),
        )
        for each in documents
    ]


def test_the_first_event_counts_nothing() -> None:
    """What was used is known at the end; clients want numbers all the same (ANTH-05)."""
    assert encoded(e.MessageStarted()) == [
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "a-model",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 0, "output_tokens": 0},
            },
        }
    ]


def test_the_last_but_one_counts_everything() -> None:
    assert encoded(DONE, USED) == [
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 3},
        },
        {"type": "message_stop"},
    ]


def test_an_end_without_counts_is_written_at_the_close() -> None:
    """A service that closes properly without them still gave a whole answer (STREAM-03)."""
    assert [each["type"] for each in encoded(DONE)] == ["message_delta", "message_stop"]


@pytest.mark.parametrize("before", [e.TextDelta(index=0, text="Hi"), DONE])
def test_nothing_follows_an_error(before: e.Event) -> None:
    """What broke off must not look like what came to its end (STREAM-04)."""
    documents = encoded(before, e.StreamFault(code="InternalServerException", message="m"))

    assert documents[-1]["type"] == "error"


def test_invoke_adds_what_aws_measured() -> None:
    """The last event of InvokeModel's stream carries it (WIRE-12)."""
    *_, last = encoded(DONE, USED, invoke=True)

    assert last["amazon-bedrock-invocationMetrics"] == {
        "inputTokenCount": 1,
        "outputTokenCount": 2,
        "cacheReadInputTokenCount": 3,
        "invocationLatency": 40,
    }


def test_blocks_are_numbered_without_gaps() -> None:
    """Clients take them by their place in a list; a picture has none there."""
    documents = encoded(
        e.ImageStarted(index=0, format="png"),
        e.ImageDelta(index=0, source=c.Inline(b"x")),
        e.BlockEnded(index=0),
        e.ToolResultStarted(index=1, id="t", result_type="another_result"),
        e.ToolResultDelta(index=1, content=(c.Text(text="x"),)),
        e.BlockEnded(index=1),
        e.ForeignStarted(index=2, start=c.Foreign(api="converse", raw=raw("{}"))),
        e.ForeignDelta(index=2, delta=c.Foreign(api="converse", raw=raw("{}"))),
        e.BlockEnded(index=2),
        e.TextDelta(index=7, text="Hi"),
        e.BlockEnded(index=7),
    )

    assert outline(documents) == [
        ("start", 0, "text"),
        ("delta", 0, "text_delta"),
        ("stop", 0, None),
    ]


def test_an_index_that_changes_its_kind_is_several_blocks() -> None:
    """Some models think and speak at the same index."""
    documents = encoded(
        e.ReasoningDelta(index=0, text="Hm"),
        e.TextDelta(index=0, text="Hi"),
        e.ReasoningDelta(index=0, text="Hm"),
        e.BlockEnded(index=0),
    )

    assert outline(documents) == [
        ("start", 0, "thinking"),
        ("delta", 0, "thinking_delta"),
        ("stop", 0, None),
        ("start", 1, "text"),
        ("delta", 1, "text_delta"),
        ("stop", 1, None),
        ("start", 2, "thinking"),
        ("delta", 2, "thinking_delta"),
        ("stop", 2, None),
    ]


def test_blocks_that_nobody_ended_are_ended() -> None:
    """Not every model says that a text is complete."""
    documents = encoded(e.TextDelta(index=0, text="a"), e.TextDelta(index=1, text="b"), DONE, USED)

    assert outline(documents) == [
        ("start", 0, "text"),
        ("delta", 0, "text_delta"),
        ("start", 1, "text"),
        ("delta", 1, "text_delta"),
        ("stop", 0, None),
        ("stop", 1, None),
        ("message_delta", None, None),
        ("message_stop", None, None),
    ]


def test_sealed_reasoning_comes_in_one_piece() -> None:
    """Converse may cut it, and a client could not join it again."""
    documents = encoded(
        e.RedactedDelta(index=0, data=b"c2Vh"),
        e.RedactedDelta(index=0, data=b"bGVk"),
        e.BlockEnded(index=0),
        e.RedactedDelta(index=1, data=b"\xff"),
        e.BlockEnded(index=1),
    )

    assert [each.get("content_block") for each in documents] == [
        {"type": "redacted_thinking", "data": "c2VhbGVk"},
        None,
    ]


def test_a_result_without_its_content_is_left_out() -> None:
    documents = encoded(
        e.ToolResultStarted(index=0, id="t", result_type="web_search_tool_result"),
        e.BlockEnded(index=0),
    )

    assert documents == []


@pytest.mark.parametrize(
    ("result_type", "kinds"),
    [
        ("another_result", ["text"]),
        ("web_search_tool_result", ["server_tool_use", "web_search_tool_result", "text"]),
    ],
)
def test_the_call_of_a_server_tool_goes_with_its_result(result_type: str, kinds: list[str]) -> None:
    """Alone it would be refused when the conversation goes on."""
    documents = encoded(
        e.ToolStarted(index=0, id="t", name="n", tool_type=c.SERVER_TOOL_USE),
        e.ToolDelta(index=0, id="t", arguments="{}"),
        e.BlockEnded(index=0),
        e.ToolResultStarted(index=1, id="t", result_type=result_type),
        e.ToolResultDelta(index=1, content=(c.JsonValue(value=raw("[]")),)),
        e.BlockEnded(index=1),
        e.TextDelta(index=2, text="Hi"),
        e.BlockEnded(index=2),
    )

    starts = [each for each in outline(documents) if each[0] == "start"]
    assert starts == [("start", number, kind) for number, kind in enumerate(kinds)]


@pytest.mark.parametrize("ended", [True, False])
def test_the_call_of_a_server_tool_may_stand_last(ended: bool) -> None:  # noqa: FBT001
    """The turn was paused, and the result comes in the next one."""
    documents = encoded(
        e.ToolStarted(index=0, id="t", name="n", tool_type=c.SERVER_TOOL_USE),
        e.ToolDelta(index=0, id="t", arguments="{}"),
        *([e.BlockEnded(index=0)] if ended else []),
        DONE,
        USED,
    )

    assert outline(documents) == [
        ("start", 0, "server_tool_use"),
        ("delta", 0, "input_json_delta"),
        ("stop", 0, None),
        ("message_delta", None, None),
        ("message_stop", None, None),
    ]


def test_fragments_of_no_call_are_left_out() -> None:
    assert encoded(e.ToolDelta(index=0, arguments="{}"), e.BlockEnded(index=0)) == []


def test_a_citation_of_no_place_is_left_out() -> None:
    documents = encoded(
        e.TextDelta(index=0, text="Hi"),
        e.CitationDelta(index=0, citation=c.Citation(title="nowhere")),
        e.BlockEnded(index=0),
    )

    assert outline(documents)[2:] == [("stop", 0, None)]


@pytest.mark.parametrize(
    "document",
    [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": "", "zz": 1},
            "yy": 2,
        },
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "thinking", "thinking": "", "signature": "", "zz": 1},
        },
        {"type": "zz_event", "zz": 1},
    ],
)
def test_new_members_stand_where_they_stood(document: Any) -> None:
    """A start is no event of ours; what stood beside it comes back at the start all the same."""
    events = StreamDecoder().decode("", msgspec.json.encode(document))

    assert encoded(*events) == [document]


def test_new_members_of_a_first_delta_stay_with_it() -> None:
    event = e.TextDelta(index=0, text="Hi", extra=Extra(API, {"delta": raw('{"zz":1}')}))

    start, told = encoded(event)

    assert start["content_block"] == {"type": "text", "text": ""}
    assert told["delta"] == {"type": "text_delta", "text": "Hi", "zz": 1}


def test_details_of_the_end_stand_where_a_stream_has_them() -> None:
    members = {
        "stop_details": raw('{"type":"refusal"}'),
        "context_management": raw('{"applied_edits":[]}'),
    }
    end = e.MessageEnded(stop=Stop(kind="content_filter", raw="refusal"), extra=Extra(API, members))

    told, _ = encoded(end, USED)

    assert told["delta"]["stop_details"] == {"type": "refusal"}
    assert told["context_management"] == {"applied_edits": []}


@pytest.mark.parametrize(
    "event",
    [
        e.ToolCalled(index=0, call=c.ToolUse(id="t", name="n", arguments=raw("{}"))),
        e.ForeignEvent(api="converse", name="new", raw=raw("{}")),
        e.Metadata(latency_ms=1),
    ],
)
def test_what_is_never_on_this_wire_is_left_out(event: e.Event) -> None:
    assert encoded(event) == []


def test_the_stream_says_what_the_whole_answer_says() -> None:
    """The two forms of one answer, through the wire and folded (STREAM-08)."""
    encoder, decoder, fold = (
        StreamEncoder(model="m", response_id="i"),
        StreamDecoder(),
        Accumulator(),
    )

    for event in STREAMED:
        for pair in encoder.encode(event):
            for again in decoder.decode(*pair):
                fold.add(again)

    response: Response = fold.response()
    upload = response.content[6]
    assert isinstance(upload, c.Foreign)
    assert response.content[:6] == WHOLE.content[:6]
    assert response.content[7:] == WHOLE.content[7:]
    assert (response.stop, response.usage) == (WHOLE.stop, WHOLE.usage)
