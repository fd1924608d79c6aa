"""The events of a Responses service, folded into what an unstreamed answer says."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from outcrop.codecs.openai_responses import API, StreamDecoder, decode_response
from outcrop.errors import WireError
from outcrop.types import events as ev
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import Citation, Foreign, Reasoning, Text, WebLocation
from outcrop.types.json import Extra
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage
from tests.codecs.openai_responses.test_request import is_responses
from tests.recordings import Interaction, cases, interactions


def read(*payloads: dict[str, Any]) -> list[ev.Event]:
    decoder = StreamDecoder()
    found = [
        event
        for number, payload in enumerate(payloads)
        for event in decoder.decode(
            payload["type"], msgspec.json.encode({"sequence_number": number, **payload})
        )
    ]
    return [*found, *decoder.close()]


def folded(events: Iterable[ev.Event]) -> Response:
    fold = Accumulator()
    for event in events:
        fold.add(event)
    return fold.response()


def ended(**members: Any) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"status": "completed", **members}}


STARTED = {"type": "response.created", "response": {"status": "in_progress"}}
STOP = ev.MessageEnded(stop=Stop(kind="stop", raw="completed"))


def delta(kind: str, text: str, place: int = 0, **members: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "delta": text, "output_index": place, **members}


def done(item: dict[str, Any], place: int = 0) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": item, "output_index": place}


def test_text() -> None:
    """What is repeated is told once; counts come with the end (STREAM-01, STREAM-03)."""
    usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    part = {"type": "output_text", "text": "Hi you"}

    found = read(
        STARTED,
        {"type": "response.in_progress", "response": {}},
        {"type": "response.content_part.added", "part": part},
        delta("output_text", "Hi"),
        delta("output_text", " you"),
        {"type": "response.output_text.done", "text": "Hi you"},
        done({"type": "message", "role": "assistant", "content": [part]}),
        ended(usage=usage, service_tier="default"),
    )

    counted = Usage(input_tokens=3, output_tokens=2, total_tokens=5)
    assert found == [
        ev.MessageStarted(),
        ev.TextDelta(index=0, text="Hi"),
        ev.TextDelta(index=0, text=" you"),
        ev.BlockEnded(index=0),
        STOP,
        ev.Metadata(usage=counted, service_tier="default"),
    ]


def test_reasoning() -> None:
    """The parts of a summary are one thought; its proof comes with its end (THINK-08)."""
    summary = [{"type": "summary_text", "text": text} for text in ("a", "b")]
    item = {"type": "reasoning", "id": "rs", "summary": summary, "encrypted_content": "rsn_x"}

    found = read(
        STARTED,
        delta("reasoning_summary_text", "a", summary_index=0),
        delta("reasoning_summary_text", "b", summary_index=1),
        done(item),
        ended(),
    )

    [thought] = folded(found).reasoning
    assert thought == Reasoning(text="a\n\nb", signature="rsn_x")


def test_sealed_reasoning() -> None:
    """A thought that is never told in words is still there to be sent back."""
    item = {"type": "reasoning", "summary": [], "encrypted_content": "rsn_x"}

    response = folded(read(STARTED, done(item), ended()))

    assert response.content == (Reasoning(text="", signature="rsn_x"),)


def test_calls() -> None:
    """Each call is one block; every fragment says whose it is (STREAM-02)."""
    call = {"type": "function_call", "id": "fc", "call_id": "t", "name": "f"}
    added = {"type": "response.output_item.added", "item": {**call, "arguments": ""}}

    found = read(
        STARTED,
        {**added, "output_index": 0},
        delta("function_call_arguments", '{"x":'),
        delta("function_call_arguments", "1}"),
        done({**call, "arguments": '{"x":1}'}),
        ended(),
    )

    named = Extra(API, {"id": msgspec.Raw(b'"fc"')})
    assert found == [
        ev.MessageStarted(),
        ev.ToolStarted(index=0, id="t", name="f", start_extra=named),
        ev.ToolDelta(index=0, arguments='{"x":', id="t"),
        ev.ToolDelta(index=0, arguments="1}", id="t"),
        ev.BlockEnded(index=0),
        ev.MessageEnded(stop=Stop(kind="tool_calls", raw="completed")),
    ]


def test_items_without_deltas() -> None:
    """A service may send an item whole; nothing of it is missed."""
    page = {"type": "url_citation", "url": "https://a.test", "title": "A"}
    text = {"type": "output_text", "text": "Hi", "annotations": [page]}
    call = {"type": "function_call", "call_id": "t", "name": "f", "arguments": "{}"}

    response = folded(
        read(
            STARTED,
            done({"type": "message", "content": [text]}, 0),
            done(call, 1),
            done({"type": "zz_call"}, 2),
            ended(),
        )
    )

    assert response.text == "Hi"
    assert response.citations == (Citation(title="A", location=WebLocation(url="https://a.test")),)
    assert [bytes(one.arguments) for one in response.tool_calls] == [b"{}"]
    assert isinstance(response.content[2], Foreign)


@pytest.mark.parametrize("arguments", ['{"x":1}', '{"x'])
def test_call_without_deltas(arguments: str) -> None:
    """Arguments that only the end of an item tells are not lost, even where they were cut."""
    call = {"type": "function_call", "call_id": "t", "name": "f", "arguments": ""}
    added = {"type": "response.output_item.added", "item": call, "output_index": 0}

    response = folded(read(STARTED, added, done({**call, "arguments": arguments}), ended()))

    [called] = response.tool_calls
    whole = decode_response(
        msgspec.json.encode({"output": [{**call, "arguments": arguments}], "status": "completed"})
    )
    assert (called,) == whole.tool_calls
    assert response.finish_reason == "tool_calls"


def test_annotation() -> None:
    """A source that is told on the way belongs to the text it came with."""
    page = {"type": "url_citation", "url": "https://a.test", "title": "A"}
    added = {"type": "response.output_text.annotation.added", "annotation": page}

    found = read(STARTED, delta("output_text", "Hi"), added, ended())

    assert found[2] == ev.CitationDelta(
        index=0, citation=Citation(title="A", location=WebLocation(url="https://a.test"))
    )


def test_late_annotations() -> None:
    """A source that only the end of its item tells is told once, too."""
    pages = [{"type": "url_citation", "url": f"https://{name}.test"} for name in "ab"]
    added = {"type": "response.output_text.annotation.added", "annotation": pages[0]}
    text = {"type": "output_text", "text": "Hi", "annotations": pages}

    response = folded(
        read(
            STARTED,
            delta("output_text", "Hi"),
            added,
            done({"type": "message", "content": [text]}),
            ended(),
        )
    )

    assert [source.location for source in response.citations] == [
        WebLocation(url="https://a.test"),
        WebLocation(url="https://b.test"),
    ]
    assert response.text == "Hi"


def test_refusal() -> None:
    """A refusal is text, and the reason says that it is one."""
    response = folded(read(STARTED, delta("refusal", "No."), ended()))

    assert response.text == "No."
    assert response.stop == Stop(kind="content_filter", raw="refusal")


def test_incomplete() -> None:
    """An answer that was cut says why."""
    reason = {"reason": "max_output_tokens"}
    end = {"status": "incomplete", "incomplete_details": reason}

    response = folded(read(STARTED, {"type": "response.incomplete", "response": end}))

    assert response.stop == Stop(kind="length", raw="max_output_tokens")


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        pytest.param(
            {
                "type": "response.failed",
                "response": {"error": {"code": "server_error", "message": "oops"}},
            },
            ev.StreamFault(code="InternalServerException", message="oops"),
            id="failed",
        ),
        pytest.param(
            {"type": "error", "code": "rate_limit_exceeded", "message": "slow", "param": None},
            ev.StreamFault(code="ThrottlingException", message="slow"),
            id="error",
        ),
        pytest.param(
            {"type": "error", "error": {"type": "server_error", "message": "oops"}},
            ev.StreamFault(code="InternalServerException", message="oops"),
            id="nested-error",
        ),
    ],
)
def test_fault(payload: dict[str, Any], fault: ev.StreamFault) -> None:
    """A failure on the way is told by AWS's name for it, and is never an end (STREAM-04)."""
    assert read(payload) == [fault]


def test_unknown() -> None:
    """An event that is new is kept whole."""
    decoder = StreamDecoder()
    payload = b'{"type":"response.zz","x":1}'

    assert decoder.decode("response.zz", payload) == (
        ev.ForeignEvent(api=API, name="response.zz", raw=msgspec.Raw(payload)),
    )


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        pytest.param(b"{}", "type", id="no-type"),
        pytest.param(b'{"type":"response.output_text.delta","delta":7}', "no text", id="no-text"),
        pytest.param(b'{"type":"response.output_item.done"}', "no item", id="no-item"),
    ],
)
def test_malformed(payload: bytes, words: str) -> None:
    """An event that cannot be read breaks the stream; it is never skipped."""
    with pytest.raises(WireError, match=words):
        StreamDecoder().decode("", payload)


def is_stream(recorded: Interaction) -> bool:
    return is_responses(recorded) and recorded.response.body_text is not None


def events_of(recorded: Interaction) -> list[tuple[str, bytes]]:
    lines = recorded.response.data.split(b"\n")
    payloads = [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: ")]
    return [(msgspec.json.decode(payload)["type"], payload) for payload in payloads]


@pytest.mark.parametrize("recorded", cases("other", where=is_stream))
def test_recorded(recorded: Interaction) -> None:
    """Folded, a recorded stream is the whole answer that its last event repeats (STREAM-08)."""
    decoder = StreamDecoder()
    payloads = events_of(recorded)
    last = msgspec.json.decode(payloads[-1][1])["response"]

    found = [event for name, payload in payloads for event in decoder.decode(name, payload)]

    whole = decode_response(msgspec.json.encode(last))
    streamed = folded(found)
    assert bare(streamed) == bare(whole)
    assert streamed.usage is not None
    assert streamed.usage.full_input_tokens == last["usage"]["input_tokens"]
    assert streamed.usage.output_tokens == last["usage"]["output_tokens"]
    assert not any(isinstance(event, ev.ForeignEvent | ev.ForeignDelta) for event in found)


def bare(response: Response) -> Response:
    """Take away what stands beside fragments: a fold keeps what stands beside calls."""
    blocks: list[Any] = list(response.content)
    content = tuple(
        msgspec.structs.replace(block, extra=None) if isinstance(block, Text | Reasoning) else block
        for block in blocks
    )
    return msgspec.structs.replace(response, content=content)


def test_count() -> None:
    """The recordings hold as many of each kind as these tests were written for, or more."""
    found = interactions("other", where=is_responses)
    streams = [each for each in found if is_stream(each)]
    counts = {
        "requests": len(found),
        "answers": len(found) - len(streams),
        "streams": len(streams),
        "events": sum(len(events_of(each)) for each in streams),
    }

    print(counts)  # noqa: T201 - quoted in reports
    assert counts["requests"] >= 10
    assert counts["answers"] >= 8
    assert counts["streams"] >= 2
    assert counts["events"] >= 33
