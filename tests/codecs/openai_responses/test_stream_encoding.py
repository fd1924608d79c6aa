"""A streamed answer as the events of the Responses API, judged by OpenAI's own SDK."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcrop.codecs.openai_responses import (
    API,
    StreamDecoder,
    StreamEncoder,
    decode_response,
    encode_response,
)
from outcrop.errors import RateLimitError
from outcrop.types import events as ev
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import SERVER_TOOL_USE, Citation, Foreign, WebLocation
from outcrop.types.responses import Call, Response, Stop
from outcrop.types.usage import Usage
from tests.codecs.openai_chat.answers import streams
from tests.codecs.openai_responses.sdk import checked, fold
from tests.codecs.openai_responses.test_stream import bare, events_of, folded, is_stream
from tests.codecs.openai_responses.values import events_of as cut
from tests.codecs.openai_responses.values import responses
from tests.recordings import Interaction, cases

STOP = ev.MessageEnded(stop=Stop(kind="stop", raw="end_turn"))
COUNTS = ev.Metadata(usage=Usage(input_tokens=3, output_tokens=2, total_tokens=5))


def encoder(**members: Any) -> StreamEncoder:
    return StreamEncoder(model="m", response_id="resp_1", created=7, **members)


def write(events: Iterable[ev.Event], **members: Any) -> list[tuple[str, bytes]]:
    writer = encoder(**members)
    sent = [each for event in events for each in writer.encode(event)]
    return [*sent, *writer.end()]


def last(sent: list[tuple[str, bytes]]) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(sent[-1][1])["response"]
    return body


def test_names() -> None:
    """The order of events is the API's own (RESP-06)."""
    sent = write(
        [
            ev.MessageStarted(),
            ev.ReasoningDelta(index=0, text="hm"),
            ev.SignatureDelta(index=0, signature="s"),
            ev.BlockEnded(index=0),
            ev.TextDelta(index=1, text="Hi"),
            ev.BlockEnded(index=1),
            ev.ToolStarted(index=2, id="t", name="f"),
            ev.ToolDelta(index=2, arguments="{}"),
            ev.BlockEnded(index=2),
            STOP,
            COUNTS,
        ]
    )

    checked(sent)
    assert [name.removeprefix("response.") for name, _ in sent] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]


def test_end_without_counts() -> None:
    """A stream that tells no counts still ends (STREAM-03)."""
    sent = write([ev.MessageStarted(), ev.TextDelta(index=0, text="Hi"), STOP])

    assert sent[-1][0] == "response.completed"
    assert last(sent)["usage"] is None


def test_cut() -> None:
    """An answer that was cut ends as incomplete, and says why."""
    stop = Stop(kind="length", raw="max_tokens")

    sent = write([ev.MessageStarted(), ev.MessageEnded(stop=stop), COUNTS])

    assert sent[-1][0] == "response.incomplete"
    assert last(sent)["incomplete_details"] == {"reason": "max_output_tokens"}


@pytest.mark.parametrize("by", ["event", "error"])
def test_failure(by: str) -> None:
    """A stream that breaks says so, keeps what was said, and never looks complete (RESP-06)."""
    writer = encoder()
    sent = [*writer.encode(ev.TextDelta(index=0, text="Hi"))]

    if by == "event":
        sent += writer.encode(ev.StreamFault(code="ThrottlingException", message="slow"))
    else:
        sent += writer.error(RateLimitError("slow", code="ThrottlingException"))
    sent += writer.end()

    assert sent[-1][0] == "response.failed"
    assert last(sent)["error"] == {"code": "rate_limit_exceeded", "message": "slow"}
    checked(sent)


def test_citations() -> None:
    """A page that the text draws on is an annotation of all of it."""
    source = Citation(title="A", location=WebLocation(url="https://a.test"))

    sent = write(
        [
            ev.TextDelta(index=0, text="ab"),
            ev.CitationDelta(index=0, citation=source),
            ev.TextDelta(index=0, text="c"),
            ev.BlockEnded(index=0),
            STOP,
        ]
    )

    [annotation] = last(sent)["output"][0]["content"][0]["annotations"]
    assert (annotation["url"], annotation["end_index"]) == ("https://a.test", 3)
    assert "response.output_text.annotation.added" in [name for name, _ in sent]
    checked(sent)


def test_left_out() -> None:
    """What this API has no form for is told with the end."""
    start = ev.ToolStarted(index=0, id="t", name="f", tool_type=SERVER_TOOL_USE)
    foreign = Foreign(api="converse", raw=msgspec.Raw(b"{}"))

    sent = write([start, ev.ForeignDelta(index=1, delta=foreign), STOP])

    assert len(last(sent)["outcrop"]["adjustments"]) == 2


def test_refusal() -> None:
    """A refusal is streamed as one, and is the part that the whole answer holds."""
    decoder = StreamDecoder()
    payloads = [
        {"type": "response.created", "response": {}},
        {"type": "response.refusal.delta", "delta": "No", "output_index": 0},
        {"type": "response.refusal.delta", "delta": ".", "output_index": 0},
        {"type": "response.completed", "response": {"status": "completed"}},
    ]
    events = [event for each in payloads for event in decoder.decode("", msgspec.json.encode(each))]

    sent = write(events)

    whole = encode_response(folded(events), model="m", response_id="resp_1", created=7)
    assert last(sent) == msgspec.json.decode(whole)
    assert [name for name, _ in sent].count("response.refusal.delta") == 2
    checked(sent)


def test_unknown_event() -> None:
    """An event of this API that nobody here has a word for passes, in its place."""
    raw = msgspec.Raw(b'{"type":"response.zz","sequence_number":9,"x":1}')

    sent = write([ev.MessageStarted(), ev.ForeignEvent(api=API, name="response.zz", raw=raw), STOP])

    assert (
        "response.zz",
        b'{"type":"response.zz","sequence_number":2,"x":1}',
    ) in sent


@given(responses, st.data())
def test_whole(response: Response, data: st.DataObject) -> None:
    """The last event holds what the unstreamed answer is (STREAM-08)."""
    known = tuple(block for block in response.content if not isinstance(block, Foreign))
    events = cut(msgspec.structs.replace(response, content=known), data)

    sent = write(events)

    whole = encode_response(folded(events), model="m", response_id="resp_1", created=7)
    assert last(sent) == msgspec.json.decode(whole)


def test_new_item() -> None:
    """An item of this API that nobody here has a word for passes, in its place."""
    item = {"type": "zz_call", "id": "z"}
    block = Foreign(api=API, raw=msgspec.Raw(msgspec.json.encode(item)))

    sent = write([ev.MessageStarted(), ev.ForeignDelta(index=0, delta=block), STOP])

    assert [name for name, _ in sent[2:4]] == [
        "response.output_item.added",
        "response.output_item.done",
    ]
    assert last(sent)["output"] == [item]
    assert "outcrop" not in last(sent)


@given(responses, st.data())
def test_law(response: Response, data: st.DataObject) -> None:
    """What the gateway streams, the client reads as it was meant."""
    decoder = StreamDecoder()
    events = cut(response, data)

    heard = folded(
        event for name, payload in write(events) for event in decoder.decode(name, payload)
    )

    said = folded(events)
    assert [heard.text, heard.stop, heard.usage] == [said.text, said.stop, said.usage]
    assert [plain(one) for one in heard.reasoning] == [plain(one) for one in said.reasoning]
    assert [(one.id, one.name, one.arguments) for one in heard.tool_calls] == [
        (one.id, one.name, one.arguments) for one in said.tool_calls
    ]


def plain(block: Any) -> Any:
    return msgspec.structs.replace(block, extra=None)


# The SDK takes its time to build a client.
@settings(max_examples=25)
@given(streams())
def test_sdk(events: list[ev.Event]) -> None:
    """Whatever Converse streams, the SDK accepts each event and gathers the whole answer."""
    whole = Accumulator()
    for event in events:
        whole.add(event)
    known = [event for event in events if not isinstance(event, ev.ForeignEvent)]

    sent = write(known)

    checked(sent)
    gathered = fold(sent)
    if gathered is not None:
        assert gathered.output_text == whole.response().text


@pytest.mark.parametrize("recorded", cases("other", where=is_stream))
def test_recorded(recorded: Interaction) -> None:
    """A recorded stream comes back: the same events, and the same whole answer at its end."""
    payloads = events_of(recorded)
    body = msgspec.json.decode(payloads[-1][1])["response"]
    decoder = StreamDecoder()
    writer = StreamEncoder(
        model=body["model"],
        response_id=body["id"],
        created=body["created_at"],
        call=Call(api=API),
    )

    sent = [
        each
        for name, payload in payloads
        for event in decoder.decode(name, payload)
        for each in writer.encode(event)
    ]

    assert [name for name, _ in sent] == [name for name, _ in payloads]
    again = decode_response(msgspec.json.encode(last(sent)))
    wanted = decode_response(msgspec.json.encode(body))
    assert nameless(again) == nameless(wanted)
    for (name, mine), (_, theirs) in zip(sent, payloads, strict=True):
        if name.endswith(".delta"):
            mine_said, theirs_said = msgspec.json.decode(mine), msgspec.json.decode(theirs)
            assert mine_said["delta"] == theirs_said["delta"]
            assert mine_said["output_index"] == theirs_said["output_index"]


def nameless(response: Response) -> Response:
    """Take away members of items, which a fold forgets, and of the request, which is repeated."""
    content = tuple(plain(block) for block in bare(response).content)
    return msgspec.structs.replace(response, content=content, extra=None)
