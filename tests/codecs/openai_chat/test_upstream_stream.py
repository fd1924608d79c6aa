"""The chunks of a Chat Completions service, folded into what an unstreamed answer says."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.openai_chat import API, StreamDecoder, decode_response, encode_completion
from outcrop.errors import WireError
from outcrop.types import events as ev
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import Foreign, Reasoning, RedactedReasoning, Text
from outcrop.types.json import Extra
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage
from tests.codecs.openai_chat.answers import streams
from tests.codecs.openai_chat.sdk import chunks_of
from tests.codecs.openai_chat.test_stream import encode
from tests.codecs.openai_chat.values import responses


def chunk(reason: str | None = None, /, **delta: Any) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": choices}


def read(*chunks: dict[str, Any]) -> list[ev.Event]:
    decoder = StreamDecoder()
    found = [event for each in chunks for event in decoder.decode("", msgspec.json.encode(each))]
    return [*found, *decoder.close()]


def folded(events: Iterable[ev.Event]) -> Response:
    fold = Accumulator()
    for event in events:
        fold.add(event)
    return fold.response()


START = ev.MessageStarted()
STOP = ev.MessageEnded(stop=Stop(kind="stop", raw="stop"))


def test_text() -> None:
    """A stream begins, says, ends and counts, in this order (STREAM-01, STREAM-03)."""
    counts = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}

    found = read(
        chunk(role="assistant", content=""),
        chunk(content="Hi"),
        chunk(content=" you"),
        chunk("stop"),
        {"id": "c", "choices": [], "usage": counts, "service_tier": "default"},
    )

    usage = Usage(input_tokens=3, output_tokens=2, total_tokens=5)
    assert found == [
        START,
        ev.TextDelta(index=0, text="Hi"),
        ev.TextDelta(index=0, text=" you"),
        ev.BlockEnded(index=0),
        STOP,
        ev.Metadata(usage=usage, service_tier="default"),
    ]


@pytest.mark.parametrize(
    "name", [pytest.param("reasoning", id="mantle"), pytest.param("reasoning_content", id="others")]
)
def test_reasoning(name: str) -> None:
    """What is thought ends where the answer begins."""
    found = read(chunk(**{name: "hm"}), chunk(content="a"), chunk("stop"))

    assert found == [
        START,
        ev.ReasoningDelta(index=0, text="hm"),
        ev.BlockEnded(index=0),
        ev.TextDelta(index=1, text="a"),
        ev.BlockEnded(index=1),
        STOP,
    ]


def test_details() -> None:
    """Signed and sealed thoughts keep their order, and their fragments are joined."""
    details: list[dict[str, Any]] = [
        {"type": "reasoning.text", "text": "h", "index": 0},
        {"type": "reasoning.text", "text": "m", "index": 0},
        {"type": "reasoning.text", "signature": "s", "index": 0},
        {"type": "reasoning.encrypted", "data": "MQ==", "index": 1},
        {"type": "reasoning.zz", "x": 1},
    ]

    response = folded(
        read(*(chunk(reasoning_details=[detail]) for detail in details), chunk("stop"))
    )

    assert response.content[:2] == (
        Reasoning(text="hm", signature="s"),
        RedactedReasoning(data=b"1"),
    )
    assert isinstance(response.content[2], Foreign)


@given(st.lists(st.integers(0, 34), max_size=6))
def test_inline_reasoning(cuts: list[int]) -> None:
    """gpt-oss's tags may be cut anywhere; in the end it is the same answer (THINK-07)."""
    text = "<reasoning>so</reasoning>the answer"
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]

    response = folded(read(*(chunk(content=piece) for piece in pieces), chunk("stop")))

    assert response.content == (Reasoning(text="so"), Text(text="the answer"))


def test_text_that_ends_in_a_tag() -> None:
    """What was held back as a possible tag is told with the end."""
    found = read(chunk(content="<reas"), chunk("stop"))

    assert found[1:] == [ev.TextDelta(index=0, text="<reas"), ev.BlockEnded(index=0), STOP]


class TestCalls:
    def test_parallel(self) -> None:
        """Each call is one block; every fragment says whose it is (STREAM-02)."""
        first = {"index": 0, "id": "a", "type": "function", "function": {"name": "f"}}
        second = {"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}

        found = read(
            chunk(tool_calls=[first]),
            chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"x":'}}]),
            chunk(tool_calls=[{"index": 0, "function": {"arguments": "1}"}}]),
            chunk(tool_calls=[second]),
            chunk("tool_calls"),
        )

        assert found == [
            START,
            ev.ToolStarted(index=0, id="a", name="f"),
            ev.ToolDelta(index=0, arguments='{"x":', id="a"),
            ev.ToolDelta(index=0, arguments="1}", id="a"),
            ev.BlockEnded(index=0),
            ev.ToolStarted(index=1, id="b", name="g"),
            ev.ToolDelta(index=1, arguments="{}", id="b"),
            ev.BlockEnded(index=1),
            ev.MessageEnded(stop=Stop(kind="tool_calls", raw="tool_calls")),
        ]

    def test_mixed(self) -> None:
        """Fragments that come in any mixture still belong to their call."""
        calls = [
            {"index": place, "id": f"t{place}", "function": {"name": "f", "arguments": text}}
            for place, text in [(0, '{"x"'), (1, "{"), (0, ":1}"), (1, "}")]
        ]

        response = folded(read(*(chunk(tool_calls=[call]) for call in calls), chunk("tool_calls")))

        assert [bytes(call.arguments) for call in response.tool_calls] == [b'{"x":1}', b"{}"]

    def test_unnumbered(self) -> None:
        """A service that numbers no calls names each new one by its id."""
        calls: list[dict[str, Any]] = [
            {"id": "a", "function": {"name": "f", "arguments": "{"}},
            {"function": {"arguments": "}"}},
            {"id": "b", "function": {"name": "g", "arguments": "{}"}},
        ]

        response = folded(read(*(chunk(tool_calls=[call]) for call in calls), chunk("tool_calls")))

        named = [(call.id, call.name, bytes(call.arguments)) for call in response.tool_calls]
        assert named == [("a", "f", b"{}"), ("b", "g", b"{}")]


def test_refusal() -> None:
    """A refusal is text, and the reason says that it is one."""
    response = folded(read(chunk(refusal="No"), chunk(refusal="."), chunk("stop")))

    assert response.text == "No."
    assert response.stop == Stop(kind="content_filter", raw="refusal")


def test_metrics() -> None:
    """The last chunk of a native stream counts and tells how long it took (ROUTE-07)."""
    metrics = {
        "inputTokenCount": 6,
        "outputTokenCount": 4,
        "invocationLatency": 9,
        "firstByteLatency": 2,
    }

    found = read(chunk(content="a"), chunk("stop") | {"amazon-bedrock-invocationMetrics": metrics})

    assert found[-1] == ev.Metadata(
        usage=Usage(input_tokens=6, output_tokens=4, total_tokens=10),
        latency_ms=9,
        metrics_extra=Extra(API, {"firstByteLatency": msgspec.Raw(b"2")}),
    )


def test_usage_that_comes_early() -> None:
    """Some services count with every chunk; what counts is told after the end."""
    usage = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}

    found = read(chunk(content="a") | {"usage": usage}, chunk("stop"))

    assert [type(event) for event in found[-2:]] == [ev.MessageEnded, ev.Metadata]


@pytest.mark.parametrize(
    ("name", "payload", "fault"),
    [
        pytest.param(
            "",
            b'{"error":{"message":"slow down","type":"x","code":"rate_limit_exceeded"}}',
            ev.StreamFault(code="ThrottlingException", message="slow down"),
            id="known",
        ),
        pytest.param(
            "error",
            b'{"message":"oops","code":500}',
            ev.StreamFault(code="InternalServerException", message="oops"),
            id="event",
        ),
        pytest.param(
            "error",
            b'{"error":{"message":"oops","type":"ModelErrorException"}}',
            ev.StreamFault(code="ModelErrorException", message="oops"),
            id="aws",
        ),
        pytest.param(
            "error",
            b"gone",
            ev.StreamFault(code="ModelStreamErrorException", message="gone"),
            id="plain",
        ),
    ],
)
def test_fault(name: str, payload: bytes, fault: ev.StreamFault) -> None:
    """An error in the middle is told by AWS's name for it, so that one policy reads it."""
    assert StreamDecoder().decode(name, payload) == (fault,)


def test_malformed() -> None:
    """A chunk that cannot be read breaks the stream; it is never skipped."""
    with pytest.raises(WireError, match="choices"):
        StreamDecoder().decode("", b'{"choices":7}')


def test_early_end() -> None:
    """A stream that ends without a reason says so by saying nothing (STREAM-04)."""
    found = read(chunk(content="a"))

    assert found == [START, ev.TextDelta(index=0, text="a")]


def test_unknown() -> None:
    """Nothing is dropped: other answers, new members of a delta, of a choice, on top."""
    other = {"index": 1, "delta": {"content": "b"}}
    first = chunk(content="a", zz=1)
    first["choices"][0]["zz"] = 2
    first["choices"][0]["logprobs"] = {"content": [{"token": "a"}]}
    last = chunk("stop") | {"zz": 3}
    last["choices"][0]["logprobs"] = {"content": [{"token": "b"}]}

    found = read(first, {"choices": [other]}, last)

    assert ev.ForeignEvent(api=API, name="delta.zz", raw=msgspec.Raw(b"1")) in found
    assert [event.name for event in found if isinstance(event, ev.ForeignEvent)] == [
        "delta.zz",
        "choice",
    ]
    assert isinstance(found[-1], ev.MessageEnded)
    assert found[-1].extra == Extra(
        API,
        {
            "choices[0].zz": msgspec.Raw(b"2"),
            "zz": msgspec.Raw(b"3"),
            "choices[0].logprobs": msgspec.Raw(b'{"content":[{"token":"a"},{"token":"b"}]}'),
        },
    )


def test_nulls() -> None:
    """Members that a service spells out as null are nothing to keep."""
    found = read(
        chunk(content="a", function_call=None) | {"system_fingerprint": None}, chunk("stop")
    )

    assert found == [START, ev.TextDelta(index=0, text="a"), ev.BlockEnded(index=0), STOP]


@given(responses)
def test_whole(response: Response) -> None:
    """Streamed or not, it is the same answer (STREAM-08)."""
    plain = msgspec.structs.replace(response, message_extra=None)
    body = encode_completion(plain, model="m", response_id="c")
    whole = msgspec.json.decode(body)
    for choice in whole["choices"]:
        choice["delta"] = choice.pop("message")

    streamed = folded(read(whole))

    assert without_deltas(streamed) == without_deltas(decode_response(body))


def without_deltas(response: Response) -> Response:
    """Take away what stands beside fragments: a fold keeps what stands beside blocks."""
    blocks: list[Any] = list(response.content)
    thoughts = (Reasoning, RedactedReasoning)
    content = tuple(
        msgspec.structs.replace(block, extra=None) if isinstance(block, thoughts) else block
        for block in blocks
    )
    return msgspec.structs.replace(response, content=content)


@given(streams())
def test_gateway(events: Sequence[ev.Event]) -> None:
    """What the gateway streams, the client reads as it was meant: text, thoughts and calls."""
    said = folded(events)

    heard = folded(read(*chunks_of(encode(events, include_usage=True))))

    assert heard.text == said.text
    assert [(one.id, one.name) for one in heard.tool_calls] == [
        (one.id or f"call_{place}", one.name) for place, one in enumerate(said.tool_calls)
    ]
    assert [one.arguments for one in heard.tool_calls] == [
        msgspec.Raw(bytes(one.arguments).strip()) for one in said.tool_calls
    ]
    assert thoughts_of(heard) == thoughts_of(said)


def thoughts_of(response: Response) -> list[tuple[str | None, ...]]:
    return [
        (block.text, block.signature) if isinstance(block, Reasoning) else (block.data.hex(),)
        for block in response.reasoning
    ]
