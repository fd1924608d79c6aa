"""A streamed answer, folded, is the answer that one piece would have been (STREAM-08)."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import WireError
from outcrop.types import events as e
from outcrop.types.accumulate import Accumulator, fold_arguments
from outcrop.types.content import (
    Block,
    Citation,
    CitedText,
    Foreign,
    Image,
    Inline,
    JsonValue,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
    Url,
)
from outcrop.types.json import Extra
from outcrop.types.responses import Call, Response, Stop
from outcrop.types.usage import Usage

END = e.MessageEnded(stop=Stop(kind="stop", raw="end_turn"))
texts = st.text(st.characters(codec="utf-8"), max_size=8)
words = st.text(min_size=1, max_size=4)
objects = st.dictionaries(words, texts | st.integers(0, 9), max_size=2).map(
    lambda value: msgspec.Raw(msgspec.json.encode(value))
)

blocks = st.one_of(
    st.builds(Text, text=st.text(min_size=1, max_size=8)),
    st.builds(Reasoning, text=texts, signature=st.none() | words),
    st.builds(RedactedReasoning, data=st.binary(min_size=1, max_size=8)),
    st.builds(
        ToolUse,
        id=words,
        name=words,
        arguments=objects,
        type=st.none() | st.just("server_tool_use"),
    ),
    st.builds(
        CitedText,
        content=st.text(min_size=1, max_size=8).map(lambda text: (Text(text=text),)),
        citations=st.lists(st.builds(Citation, title=words), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(
        ToolResult,
        id=words,
        content=st.lists(st.builds(JsonValue, value=objects), max_size=2).map(tuple),
        status=st.none() | st.just("error"),
    ),
    st.builds(Image, format=words, source=st.binary(min_size=1, max_size=8).map(Inline)),
)
usages = st.builds(Usage, input_tokens=st.integers(0, 9), output_tokens=st.integers(0, 9))


@st.composite
def pieces(draw: st.DrawFn, whole: Any) -> Any:
    """Cut a text or bytes anywhere, empty pieces included."""
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=3)))
    edges = [0, *cuts, len(whole)]
    return [whole[start:end] for start, end in pairwise(edges)]


Parts = list[Any]


def _say_text(index: int, block: Text, cut: Any) -> Parts:
    return [e.TextDelta(index=index, text=part) for part in cut(block.text)]


def _say_cited(index: int, block: CitedText, cut: Any) -> Parts:
    texts_of = [e.TextDelta(index=index, text=part) for part in cut(block.text)]
    return texts_of + [
        e.CitationDelta(index=index, citation=each) for each in block.citations or ()
    ]


def _say_reasoning(index: int, block: Reasoning, cut: Any) -> Parts:
    thoughts = [e.ReasoningDelta(index=index, text=part) for part in cut(block.text)]
    signature = cut(block.signature) if block.signature else []
    return thoughts + [e.SignatureDelta(index=index, signature=part) for part in signature]


def _say_redacted(index: int, block: RedactedReasoning, cut: Any) -> Parts:
    return [e.RedactedDelta(index=index, data=part) for part in cut(block.data)]


def _say_call(index: int, block: ToolUse, cut: Any) -> Parts:
    start = e.ToolStarted(index=index, id=block.id, name=block.name, tool_type=block.type)
    parts = cut(bytes(block.arguments).decode())
    return [start, *(e.ToolDelta(index=index, arguments=part) for part in parts)]


def _say_result(index: int, block: ToolResult, _cut: Any) -> Parts:
    start = e.ToolResultStarted(index=index, id=block.id, status=block.status)
    parts: Parts = list(block.content)
    return [start, *(e.ToolResultDelta(index=index, content=(each,)) for each in parts)]


def _say_image(index: int, block: Image, cut: Any) -> Parts:
    assert isinstance(block.source, Inline)
    start = e.ImageStarted(index=index, format=block.format)
    parts = cut(block.source.data)
    return [start, *(e.ImageDelta(index=index, source=Inline(part)) for part in parts)]


SAYINGS: dict[type, Any] = {
    Text: _say_text,
    CitedText: _say_cited,
    Reasoning: _say_reasoning,
    RedactedReasoning: _say_redacted,
    ToolUse: _say_call,
    ToolResult: _say_result,
    Image: _say_image,
}


def events_of(index: int, block: Block, draw: Any) -> list[e.Event]:
    """Say one block as a stream says it, its parts cut anywhere."""
    return [
        *SAYINGS[type(block)](index, block, lambda whole: draw(pieces(whole))),
        e.BlockEnded(index=index),
    ]


def fold(*events: e.Event) -> Accumulator:
    accumulator = Accumulator()
    for event in events:
        accumulator.add(event)
    return accumulator


def folded(*events: e.Event) -> Response:
    return fold(*events, END).response()


@given(st.lists(blocks, max_size=4), usages, st.data())
def test_a_fold_is_the_whole_answer(said: list[Block], usage: Usage, data: st.DataObject) -> None:
    """However the pieces were cut, the caller gets what an unstreamed call would have given."""
    streamed: list[e.Event] = [e.MessageStarted()]
    for index, block in enumerate(said):
        streamed += events_of(index, block, data.draw)
    streamed += [END, e.Metadata(usage=usage, latency_ms=7)]

    response = fold(*streamed).response(Call(api="converse"))

    assert response == Response(
        content=tuple(said),
        stop=END.stop,
        usage=usage,
        latency_ms=7,
        call=Call(api="converse"),
    )


@given(st.lists(blocks, min_size=1, max_size=3), st.data())
def test_every_call_is_told_once_it_is_complete(said: list[Block], data: st.DataObject) -> None:
    """The caller's tools can run while the model still speaks; server tools are none of them."""
    accumulator = Accumulator()
    told = []
    for index, block in enumerate(said):
        for event in events_of(index, block, data.draw):
            told += [each for each in accumulator.add(event) if each is not event]

    assert told == [
        e.ToolCalled(index=index, call=block)
        for index, block in enumerate(said)
        if isinstance(block, ToolUse) and not block.by_server
    ]


@pytest.mark.parametrize(
    ("text", "arguments", "faulty"),
    [
        ("", b"{}", False),
        (" \n", b"{}", False),
        ('{"a": 1}', b'{"a": 1}', False),
        ('{"a": "cut o', b'"{\\"a\\": \\"cut o"', True),
        ("[1]", b'"[1]"', True),
        ('{"a":1},{"b":2}', b'"{\\"a\\":1},{\\"b\\":2}"', True),
    ],
)
def test_arguments(text: str, arguments: bytes, faulty: bool) -> None:  # noqa: FBT001
    """What the token limit cut off is kept as text, never passed on as JSON (TOOL-07)."""
    raw, error = fold_arguments(text)

    assert bytes(raw) == arguments
    assert (error is not None) == faulty


def test_an_index_may_change_its_kind() -> None:
    """Seen with reasoning and text at one index; both blocks are kept, in order."""
    response = folded(
        e.ReasoningDelta(index=0, text="Hm"),
        e.TextDelta(index=0, text="So"),
        e.ReasoningDelta(index=0, text="Hm again"),
    )

    assert response.content == (
        Reasoning(text="Hm"),
        Text(text="So"),
        Reasoning(text="Hm again"),
    )


def test_blocks_stand_in_the_order_of_their_index() -> None:
    """An answer in one piece lists them so, whichever came first."""
    response = folded(e.TextDelta(index=1, text="b"), e.TextDelta(index=0, text="a"))

    assert response.content == (Text(text="a"), Text(text="b"))


def test_interleaved_blocks_are_kept_apart() -> None:
    response = folded(
        e.TextDelta(index=0, text="a"),
        e.TextDelta(index=1, text="b"),
        e.TextDelta(index=0, text="c"),
    )

    assert response.content == (Text(text="ac"), Text(text="b"))


def test_empty_texts_open_no_block() -> None:
    """Nova sends them before every call; in one piece there is no such block (STREAM-01)."""
    response = folded(
        e.TextDelta(index=0, text=""),
        e.BlockEnded(index=0),
        e.ToolStarted(index=1, id="t", name="f"),
        e.BlockEnded(index=1),
    )

    assert response.content == (ToolUse(id="t", name="f", arguments=msgspec.Raw(b"{}")),)


def test_a_start_that_says_nothing_opens_no_block() -> None:
    nothing = Foreign(api="converse", raw=msgspec.Raw(b"{}"))

    response = folded(e.ForeignStarted(index=0, start=nothing), e.TextDelta(index=0, text="a"))

    assert response.content == (Text(text="a"),)


def test_what_is_foreign_is_kept_and_marked() -> None:
    """It is no block that could be sent back, and it is not lost."""
    start = Foreign(api="converse", raw=msgspec.Raw(b'{"song":{}}'))
    delta = Foreign(api="converse", raw=msgspec.Raw(b'{"song":{"note":"c"}}'))

    response = folded(
        e.ForeignStarted(index=0, start=start),
        e.ForeignDelta(index=0, delta=delta),
        e.ForeignDelta(index=1, delta=delta),
        e.ForeignEvent(api="converse", name="applause", raw=msgspec.Raw(b"{}")),
    )

    assert response.content == (
        Foreign(
            api="converse-stream",
            raw=msgspec.Raw(b'{"start":{"song":{}},"deltas":[{"song":{"note":"c"}}]}'),
        ),
        Foreign(
            api="converse-stream",
            raw=msgspec.Raw(b'{"start":null,"deltas":[{"song":{"note":"c"}}]}'),
        ),
    )
    assert response.extra == Extra("converse-stream", {"applause": msgspec.Raw(b"{}")})


def test_surplus_goes_where_an_answer_in_one_piece_has_it() -> None:
    """A member that AWS adds to an event is found under the same name, streamed or not."""
    one, two, three, four = (
        Extra("converse", {f"new{number}": msgspec.Raw(b"1")}) for number in range(4)
    )

    response = fold(
        e.MessageStarted(extra=one),
        e.MessageEnded(stop=END.stop, extra=two),
        e.Metadata(extra=three, metrics_extra=four),
    ).response()

    assert response.message_extra == one
    assert response.metrics_extra == four
    assert response.extra == Extra("converse", {**two.members, **three.members})


def test_surplus_survives_beside_a_foreign_event() -> None:
    new = Extra("converse", {"new": msgspec.Raw(b"1")})

    response = folded(
        e.ForeignEvent(api="converse", name="applause", raw=msgspec.Raw(b"{}")),
        e.Metadata(extra=new),
    )

    assert response.extra == Extra(
        "converse-stream", {"new": msgspec.Raw(b"1"), "applause": msgspec.Raw(b"{}")}
    )


def test_later_metadata_erase_nothing() -> None:
    """One without usage keeps the counts before it (STREAM-03)."""
    usage = Usage(input_tokens=1)

    response = folded(
        e.Metadata(usage=usage, trace=msgspec.Raw(b"{}"), latency_ms=1),
        e.Metadata(latency_ms=2, service_tier="flex"),
    )

    assert response.usage == usage
    assert response.trace == msgspec.Raw(b"{}")
    assert (response.latency_ms, response.service_tier) == (2, "flex")


def test_pictures() -> None:
    """By address or refused, with what the service said about it."""
    marked = Extra("converse", {"new": msgspec.Raw(b"1")})

    response = folded(
        e.ImageStarted(index=0, format="png", start_extra=marked),
        e.ImageDelta(index=0, source=Url("https://example.com/a.png")),
        e.ImageDelta(index=1, error="not allowed"),
    )

    assert response.content == (
        Image(format="png", source=Url("https://example.com/a.png"), extra=marked),
        Image(format="", source=Inline(b""), error="not allowed"),
    )


def test_texts_of_a_result_are_joined() -> None:
    parts = (Text(text="a"), Text(text="b"), JsonValue(value=msgspec.Raw(b"1")), Text(text="c"))

    response = folded(
        e.ToolResultStarted(index=0, id="t", result_type="nova_code_interpreter_result"),
        *(e.ToolResultDelta(index=0, content=(part,)) for part in parts),
    )

    assert response.content == (
        ToolResult(
            id="t",
            type="nova_code_interpreter_result",
            content=(Text(text="ab"), JsonValue(value=msgspec.Raw(b"1")), Text(text="c")),
        ),
    )


def test_a_stream_that_broke_off_is_no_answer() -> None:
    """Never a normal end (STREAM-04); what came is there for whoever asks."""
    broken = fold(e.MessageStarted(), e.TextDelta(index=0, text="Hel"))

    with pytest.raises(WireError, match="ended before"):
        broken.response()
    partial = broken.partial()

    assert not broken.ended
    assert partial is not None
    assert partial.text == "Hel"
    assert partial.stop == Stop(kind="other")


def test_nothing_came() -> None:
    assert Accumulator().partial() is None


def test_a_call_that_was_cut_off_is_not_told() -> None:
    """Half a call must not be run; it is part of what came, marked as faulty."""
    accumulator = fold(
        e.ToolStarted(index=0, id="t", name="f"), e.ToolDelta(index=0, arguments='{"a":')
    )

    partial = accumulator.partial()

    assert partial is not None
    assert partial.tool_calls[0].arguments_error is not None
