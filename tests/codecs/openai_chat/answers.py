"""Answers as Hypothesis may think them up: streams of events that Converse could send.

Place in the house: tests only. Blocks come one after the other, as the service sends them, but
for calls of tools, whose fragments may come in any mixture.
"""

from collections.abc import Iterator
from itertools import chain

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from outcrop.types import events as ev
from outcrop.types.content import (
    S3,
    SERVER_TOOL_USE,
    Citation,
    DocumentLocation,
    Foreign,
    Inline,
    JsonValue,
    SearchResultLocation,
    Text,
    WebLocation,
)
from outcrop.types.responses import Stop
from outcrop.types.usage import CacheWrite, Usage

PNG = b"\x89PNG\r\n\x1a\n"

words = st.text(max_size=12)
names = st.text(min_size=1, max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(words, json_values, max_size=3)
raws = json_values.map(msgspec.json.encode).map(msgspec.Raw)

stops = st.sampled_from(
    [
        Stop(kind="stop", raw="end_turn"),
        Stop(kind="stop", raw="stop_sequence", sequence="END"),
        Stop(kind="tool_calls", raw="tool_use"),
        Stop(kind="length", raw="max_tokens"),
        Stop(kind="content_filter", raw="guardrail_intervened"),
        Stop(kind="error", raw="malformed_tool_use"),
        Stop(kind="other", raw="something_new"),
    ]
)
counts = st.integers(0, 10**6)
usages = st.builds(
    Usage,
    input_tokens=counts,
    output_tokens=counts,
    cache_read_tokens=st.none() | counts,
    cache_write_tokens=st.none() | counts,
    cache_writes=st.just(()) | st.tuples(st.builds(CacheWrite, ttl=st.just("1h"), tokens=counts)),
    reasoning_tokens=st.none() | counts,
    server_tool_usage=st.none() | st.just(msgspec.Raw(b'{"nova_grounding":1}')),
)
tiers = st.none() | st.sampled_from(["default", "priority", "reserved"])
citations = st.builds(
    Citation,
    title=st.none() | words,
    source=st.none() | words,
    source_content=st.none() | st.tuples(st.builds(Text, text=words)),
    location=st.builds(WebLocation, url=st.none() | words, domain=st.none() | words)
    | st.builds(DocumentLocation, unit=st.just("page"), start=st.none() | counts)
    | st.builds(SearchResultLocation, search_result_index=counts),
)
tool_result_content = (
    st.builds(Text, text=words)
    | st.builds(JsonValue, value=raws)
    | st.builds(Foreign, api=st.just("converse"), raw=raws)
)


@st.composite
def fragments(draw: DrawFn, text: str) -> list[str]:
    """Cut a text anywhere."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@st.composite
def text_block(draw: DrawFn, index: int) -> list[ev.Event]:
    """Something said, cited or not."""
    deltas: list[ev.Event] = [
        ev.TextDelta(index=index, text=text) for text in draw(st.lists(words, max_size=4))
    ]
    deltas += [
        ev.CitationDelta(index=index, citation=citation)
        for citation in draw(st.lists(citations, max_size=2))
    ]
    return [*draw(st.permutations(deltas)), ev.BlockEnded(index=index)]


@st.composite
def reasoning_block(draw: DrawFn, index: int) -> list[ev.Event]:
    """Something thought, signed or not."""
    deltas: list[ev.Event] = [
        ev.ReasoningDelta(index=index, text=text) for text in draw(st.lists(words, max_size=3))
    ]
    signature = draw(st.none() | words)
    if signature is not None:
        deltas.append(ev.SignatureDelta(index=index, signature=signature))
    return [*deltas, ev.BlockEnded(index=index)]


@st.composite
def redacted_block(draw: DrawFn, index: int) -> list[ev.Event]:
    """Something thought that nobody may read."""
    pieces = draw(st.lists(st.binary(max_size=7), min_size=1, max_size=3))
    return [
        *(ev.RedactedDelta(index=index, data=data) for data in pieces),
        ev.BlockEnded(index=index),
    ]


@st.composite
def call_blocks(draw: DrawFn, index: int) -> list[ev.Event]:
    """One to three calls of the client's tools, their fragments in any mixture."""
    calls = [
        [
            ev.ToolStarted(index=index + at, id=f"call{index + at}", name=draw(names)),
            *draw(_arguments(index + at)),
            ev.BlockEnded(index=index + at),
        ]
        for at in range(draw(st.integers(1, 3)))
    ]
    return list(_mixed(draw, calls))


@st.composite
def _arguments(draw: DrawFn, index: int) -> list[ev.Event]:
    written = draw(objects.map(lambda value: msgspec.json.encode(value).decode()))
    text = draw(st.sampled_from([written, "", " ", " " + written, written[:-1], "[1]"]))
    return [ev.ToolDelta(index=index, arguments=piece) for piece in draw(fragments(text))]


def _mixed(draw: DrawFn, calls: list[list[ev.Event]]) -> Iterator[ev.Event]:
    for call in calls:
        yield call.pop(0)
    while any(calls):
        yield draw(st.sampled_from([call for call in calls if call])).pop(0)


@st.composite
def server_tool_blocks(draw: DrawFn, index: int) -> list[ev.Event]:
    """The service ran a tool itself."""
    arguments = msgspec.json.encode(draw(objects)).decode()
    content = draw(st.lists(tool_result_content, max_size=3))
    return [
        ev.ToolStarted(index=index, id="s", name=draw(names), tool_type=SERVER_TOOL_USE),
        *(ev.ToolDelta(index=index, arguments=piece) for piece in draw(fragments(arguments))),
        ev.BlockEnded(index=index),
        ev.ToolResultStarted(
            index=index + 1, id="s", result_type="x_result", status=draw(st.none() | words)
        ),
        *(ev.ToolResultDelta(index=index + 1, content=(part,)) for part in content),
        ev.BlockEnded(index=index + 1),
    ]


@st.composite
def image_block(draw: DrawFn, index: int) -> list[ev.Event]:
    """A picture, or why there is none."""
    # What a picture is, its first bytes say, whatever it is called.
    pieces = [PNG, *draw(st.lists(st.binary(max_size=5), max_size=3))]
    deltas = [ev.ImageDelta(index=index, source=Inline(data)) for data in pieces]
    stored = ev.ImageDelta(index=index, source=S3(uri="s3://b/k.png"))
    failed = ev.ImageDelta(index=index, error=draw(names))
    chosen = draw(st.sampled_from([deltas, [stored], [failed]]))
    return [ev.ImageStarted(index=index, format="png"), *chosen, ev.BlockEnded(index=index)]


@st.composite
def foreign_block(draw: DrawFn, index: int) -> list[ev.Event]:
    """A block that nobody knows."""
    raw = Foreign(api="converse", raw=draw(raws))
    return [
        ev.ForeignStarted(index=index, start=raw),
        ev.ForeignDelta(index=index, delta=raw),
        ev.BlockEnded(index=index),
    ]


KINDS = (
    text_block,
    reasoning_block,
    redacted_block,
    call_blocks,
    server_tool_blocks,
    image_block,
    foreign_block,
)


@st.composite
def streams(draw: DrawFn) -> list[ev.Event]:
    """Think up the events of a whole answer."""
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=5))
    blocks = [draw(kind(10 * at)) for at, kind in enumerate(kinds)]
    metadata = ev.Metadata(
        usage=draw(st.none() | usages),
        latency_ms=draw(st.none() | counts),
        service_tier=draw(tiers),
        latency=draw(st.none() | st.just("optimized")),
        trace=draw(st.none() | st.just(msgspec.Raw(b'{"guardrail":{}}'))),
    )
    ended = ev.MessageEnded(stop=draw(stops), additional_response_fields=draw(st.none() | raws))
    return [ev.MessageStarted(), *chain.from_iterable(blocks), ended, metadata]
