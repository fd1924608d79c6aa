"""The chunks that the emulator streams: read back, they are the answer they were made of."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from outcrop.codecs.openai_chat import API, StreamDecoder, decode_response, encode_completion
from outcrop.codecs.openai_chat.upstream_stream_encoding import CompletionEncoder
from outcrop.errors import UnsupportedError
from outcrop.types import events as ev
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import (
    SERVER_TOOL_USE,
    Citation,
    Foreign,
    Reasoning,
    Text,
    ToolUse,
    WebLocation,
)
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage
from tests.codecs.openai_chat.sdk import chunks_of
from tests.codecs.openai_chat.values import responses


def encoder() -> CompletionEncoder:
    return CompletionEncoder(model="m", response_id="chatcmpl-1", created=7)


def documents(*events: ev.Event) -> list[bytes]:
    """Write events, and return the chunks."""
    writer = encoder()
    written = [document for event in events for document in writer.encode(event)]
    return [payload for _, payload in (*written, *writer.close())]


def choices(*events: ev.Event) -> list[Any]:
    """Write events, and return the choices of the chunks."""
    return [msgspec.json.decode(each)["choices"] for each in documents(*events)]


def told(response: Response) -> list[ev.Event]:
    """Tell an answer event by event."""
    found: list[ev.Event] = [ev.MessageStarted(role=response.role)]
    for index, block in enumerate(response.content):
        match block:
            case Text():
                found.append(ev.TextDelta(index=index, text=block.text))
            case Reasoning():
                found.append(ev.ReasoningDelta(index=index, text=block.text))
            case ToolUse():
                arguments = bytes(block.arguments).decode()
                found += [
                    ev.ToolStarted(
                        index=index, id=block.id, name=block.name, start_extra=block.extra
                    ),
                    ev.ToolDelta(index=index, arguments=arguments, id=block.id),
                ]
        found.append(ev.BlockEnded(index=index))
    end = ev.MessageEnded(stop=response.stop)
    return [*found, end, ev.Metadata(usage=response.usage, service_tier=response.service_tier)]


def folded(payloads: list[bytes]) -> Response:
    decoder, fold = StreamDecoder(), Accumulator()
    events = [event for payload in payloads for event in decoder.decode("", payload)]
    for event in (*events, *decoder.close()):
        fold.add(event)
    return fold.response()


def sayable(response: Response) -> Response:
    """Leave out what a stream of Bedrock's has no form for, and join what follows on another."""
    thoughts = [block for block in response.content if isinstance(block, Reasoning)][:1]
    texts = [block.text for block in response.content if isinstance(block, Text)]
    calls = [block for block in response.content if isinstance(block, ToolUse)]
    plain = [Reasoning(text=block.text) for block in thoughts]
    said = [Text(text="".join(texts))] if texts else []
    return Response(
        content=(*plain, *said, *calls),
        stop=response.stop,
        usage=response.usage,
        service_tier=response.service_tier,
    )


@given(responses)
def test_law(response: Response) -> None:
    """Streamed or in one piece, the client reads the same answer."""
    answer = sayable(response)

    read = folded(documents(*told(answer)))

    assert read == decode_response(encode_completion(answer, model="m", response_id="c"))


@given(responses)
def test_sdk(response: Response) -> None:
    """OpenAI's SDK reads every chunk."""
    stop = Stop(kind="stop", raw="stop")
    answer = msgspec.structs.replace(sayable(response), stop=stop, service_tier=None)

    body = b"".join(b"data: %b\n\n" % each for each in documents(*told(answer)))

    assert {chunk["id"] for chunk in chunks_of(body + b"data: [DONE]\n\n")} == {"chatcmpl-1"}


def test_envelope() -> None:
    """Every chunk says of which answer it is."""
    [start] = documents(ev.MessageStarted())

    assert start == (
        b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m","choices":'
        b'[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}'
    )


def test_counts_stand_alone() -> None:
    usage = Usage(input_tokens=1, output_tokens=2, total_tokens=3)

    [last] = documents(ev.Metadata(usage=usage))

    read = msgspec.json.decode(last)
    assert read["choices"] == []
    assert read["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def test_calls_are_numbered_among_themselves() -> None:
    """A client joins the fragments of a call by its number, whatever stood between."""
    found = choices(
        ev.TextDelta(index=0, text="a"),
        ev.ToolStarted(index=1, id="x", name="f"),
        ev.ToolStarted(index=4, id="y", name="g"),
        ev.ToolDelta(index=4, arguments="{}", id="y"),
    )

    assert found[2:] == [
        [
            {
                "index": 0,
                "delta": {
                    "tool_calls": [
                        {
                            "index": 1,
                            "id": "y",
                            "type": "function",
                            "function": {"name": "g", "arguments": ""},
                        }
                    ]
                },
                "finish_reason": None,
            }
        ],
        [
            {
                "index": 0,
                "delta": {"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]},
                "finish_reason": None,
            }
        ],
    ]


def test_pages_are_cited() -> None:
    cited = Citation(title="T", location=WebLocation(url="https://a.test"))

    [[choice]] = choices(ev.CitationDelta(index=0, citation=cited))

    assert choice["delta"] == {
        "annotations": [
            {"type": "url_citation", "url_citation": {"url": "https://a.test", "title": "T"}}
        ]
    }


def test_members_that_are_not_known_go_back() -> None:
    """What the reader kept of a delta is written where it stood."""
    kept = ev.ForeignEvent(api=API, name="delta.mood", raw=msgspec.Raw(b'"glad"'))

    [[choice]] = choices(kept)

    assert choice["delta"] == {"mood": "glad"}


@pytest.mark.parametrize(
    "event",
    [
        ev.BlockEnded(index=0),
        ev.SignatureDelta(index=0, signature="s"),
        ev.RedactedDelta(index=0, data=b"x"),
        ev.ToolStarted(index=0, id="x", name="search", tool_type=SERVER_TOOL_USE),
        ev.ToolDelta(index=0, arguments="{}", id="x"),
        ev.ForeignDelta(index=0, delta=Foreign(api=API, raw=msgspec.Raw(b"{}"))),
        ev.ForeignEvent(api="converse", name="delta.mood", raw=msgspec.Raw(b"1")),
        ev.ForeignEvent(api=API, name="choice", raw=msgspec.Raw(b"{}")),
        ev.CitationDelta(index=0, citation=Citation(title="T")),
    ],
)
def test_left_out(event: ev.Event) -> None:
    """What has no form here leaves no trace."""
    assert documents(event) == []


def test_fault_is_no_chunk() -> None:
    with pytest.raises(UnsupportedError, match="no chunk"):
        documents(ev.StreamFault(code="ThrottlingException", message="m"))
