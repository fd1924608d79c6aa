"""Canonical values that the Messages API has words for, drawn by Hypothesis.

Place in the house: tests only.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import strategies as st

from outcrop.codecs.anthropic import API
from outcrop.codecs.anthropic.blocks import NO_OBJECT, SERVER_RESULTS
from outcrop.codecs.anthropic.stops import decode_stop
from outcrop.types import content as c
from outcrop.types import events as e
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import (
    Guardrail,
    ReasoningOptions,
    Request,
    Sampling,
    TextFormat,
)
from outcrop.types.responses import Response
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool
from outcrop.types.usage import CacheWrite, Usage
from tests.codecs.converse.shapes import json_objects, json_values, texts
from tests.codecs.converse.values import counts, fractions, maybe, raw, tuples, words


def foreign(kind: Any) -> st.SearchStrategy[Any]:
    raws = raw(st.fixed_dictionaries({"type": st.just("zz_new"), "zzMore": json_objects}))
    return raws.map(lambda each: kind(api=API, raw=each))


def extra(members: dict[str, Any]) -> Extra:
    return Extra(
        API, {name: msgspec.Raw(msgspec.json.encode(each)) for name, each in members.items()}
    )


# Rare, so that most values take the fast way.
names = st.sampled_from(["zzOne", "zzTwo"])
members = st.dictionaries(names, json_values, min_size=1, max_size=2)
extras = st.one_of(*[st.none()] * 5, members.map(extra))
# Beside a whole answer null says that there is none.
told = members.filter(lambda drawn: None not in drawn.values()).map(extra)
told_extras = st.one_of(*[st.none()] * 5, told)

plain_texts = st.builds(c.Text, text=texts, extra=extras)
web = words.map(c.Url) | foreign(c.ForeignSource)
inline = st.binary(max_size=4).map(c.Inline)
images = st.builds(
    c.Image, format=words.filter(lambda word: "/" not in word), source=inline, extra=extras
)
images |= st.builds(c.Image, format=st.just(""), source=web, extra=extras)
sources = st.one_of(
    st.tuples(st.sampled_from(["pdf", "text/rtf"]), inline),
    st.tuples(st.just("txt"), texts.map(c.Plain)),
    st.tuples(st.just(""), web | tuples(texts).map(c.Pieces)),
)
documents = sources.flatmap(
    lambda each: st.builds(
        c.Document,
        name=st.just("") | words,
        format=st.just(each[0]),
        source=st.just(each[1]),
        context=maybe(texts),
        citations=maybe(st.booleans()),
        extra=extras,
    )
)
found = st.builds(
    c.SearchResult,
    source=texts,
    title=texts,
    content=tuples(plain_texts),
    citations=maybe(st.booleans()),
    extra=extras,
)
calls = st.builds(
    c.ToolUse,
    id=words,
    name=words,
    arguments=raw(json_objects),
    type=st.sampled_from([None, c.SERVER_TOOL_USE]),
    extra=extras,
)
broken_calls = st.builds(
    c.ToolUse,
    id=words,
    name=words,
    arguments=raw(texts),
    arguments_error=st.just(NO_OBJECT),
)
parts = plain_texts | images | documents | found | foreign(c.Foreign)
results = st.builds(
    c.ToolResult,
    id=words,
    content=tuples(parts),
    status=st.sampled_from([None, "success", "error"]),
    extra=extras,
)
server_results = st.builds(
    c.ToolResult,
    id=words,
    content=st.builds(c.JsonValue, value=raw(json_values)).map(lambda value: (value,)),
    type=st.sampled_from(sorted(SERVER_RESULTS)),
    extra=extras,
)
thoughts = st.builds(c.Reasoning, text=texts, signature=maybe(words), extra=extras)
sealed = st.builds(c.RedactedReasoning, data=texts.map(str.encode), extra=extras)
locations = (
    st.builds(c.WebLocation, url=maybe(texts))
    | st.builds(
        c.DocumentLocation,
        unit=st.sampled_from(["char", "page", "chunk"]),
        document_index=maybe(counts),
        start=maybe(counts),
        end=maybe(counts),
    )
    | st.builds(
        c.SearchResultLocation,
        search_result_index=maybe(counts),
        start=maybe(counts),
        end=maybe(counts),
    )
)
citations = st.builds(
    c.Citation,
    title=maybe(texts),
    source_content=texts.map(lambda text: (c.Text(text=text),)),
    location=locations,
    extra=extras,
) | foreign(c.Foreign).map(lambda each: c.Citation(location=each))
cited = st.builds(
    c.CitedText,
    content=texts.map(lambda text: (c.Text(text=text),)),
    citations=tuples(citations, least=1),
    extra=extras,
)
references = st.builds(
    c.ToolReference, type=maybe(words), name=maybe(words), server_name=maybe(words), extra=extras
)
changes = st.builds(c.ToolAddition, tool=references, extra=extras) | st.builds(
    c.ToolRemoval, tool=references, extra=extras
)
points = st.builds(
    c.CachePoint,
    type=st.just("default") | words.filter(lambda word: word != "ephemeral"),
    ttl=maybe(words),
    extra=extras,
)


def listed(carriers: st.SearchStrategy[Any], others: st.SearchStrategy[Any]) -> Any:
    """Draw a list in which only blocks that can carry one are followed by a cache point."""
    alone = (carriers | others).map(lambda each: (each,))
    runs = st.lists(alone | st.tuples(carriers, points), max_size=3)
    return runs.map(lambda each: tuple(block for run in each for block in run))


asked: st.SearchStrategy[Any] = st.one_of(
    plain_texts,
    cited,
    images,
    documents,
    found,
    calls,
    broken_calls,
    changes,
    results,
    server_results,
)
contents = listed(asked, thoughts | sealed | foreign(c.Foreign))
messages = st.builds(
    Message, role=st.sampled_from(["user", "assistant", "system"]), content=contents, extra=extras
)
systems = listed(plain_texts, foreign(c.Foreign))
declared = st.builds(
    Tool,
    name=words,
    input_schema=raw(json_objects),
    description=maybe(texts),
    strict=maybe(st.booleans()),
    extra=extras,
)
tools = listed(declared, foreign(c.Foreign))
choices = (
    st.builds(AutoChoice, extra=extras)
    | st.builds(AnyChoice, extra=extras)
    | st.builds(NamedChoice, name=words, extra=extras)
)
tooling = st.one_of(
    st.fixed_dictionaries({"tools": tools}),
    st.fixed_dictionaries(
        {
            "tools": tools.filter(bool),
            "tool_choice": choices,
            "parallel_tool_calls": maybe(st.booleans()),
        }
    ),
    st.fixed_dictionaries(
        {"tools": tools.filter(bool), "tool_choice": st.just(NoChoice()) | foreign(c.Foreign)}
    ),
)
samplings = st.builds(
    Sampling,
    max_tokens=counts,
    temperature=maybe(fractions),
    top_p=maybe(fractions),
    top_k=maybe(counts),
    stop_sequences=tuples(words),
)
forms = st.builds(
    TextFormat, schema=raw(json_objects).map(lambda each: bytes(each).decode()), extra=extras
)
thinking = st.builds(
    ReasoningOptions, type=words, budget_tokens=maybe(counts), display=maybe(words)
)


def requests(*, invoke: bool) -> st.SearchStrategy[Request]:
    """Draw requests: what InvokeModel takes in headers is in no body of it."""
    beside: dict[str, Any] = {"service_tier": st.none() | st.sampled_from(["default", "flex"])}
    if invoke:
        modes = st.sampled_from(["sync", "async", "new"])
        beside = {"guardrail": maybe(st.builds(Guardrail, stream_mode=modes))}
    return tooling.flatmap(
        lambda drawn: st.builds(
            Request,
            model=st.just("a-model"),
            messages=tuples(messages),
            system=systems,
            sampling=samplings,
            reasoning=maybe(thinking),
            text_format=maybe(forms),
            effort=maybe(words),
            request_metadata=maybe(st.fixed_dictionaries({"user_id": texts})),
            extra=extras,
            **{name: st.just(value) for name, value in drawn.items()},
            **beside,
        )
    )


tiers = st.sampled_from([None, "default", "priority", "batch"])
stops = st.builds(
    decode_stop,
    st.sampled_from(
        ["end_turn", "stop_sequence", "tool_use", "max_tokens", "refusal", "pause_turn"]
    ),
    maybe(words),
)


def usage_of(drawn: tuple[int, int, int | None, int | None], **beside: Any) -> Usage:
    given, made, read, written = drawn
    return Usage(
        input_tokens=given,
        output_tokens=made,
        cache_read_tokens=read,
        cache_write_tokens=written,
        total_tokens=given + made + (read or 0) + (written or 0),
        **beside,
    )


writes = st.tuples(counts, counts).map(
    lambda each: (CacheWrite(ttl="5m", tokens=each[0]), CacheWrite(ttl="1h", tokens=each[1]))
)
usages = st.builds(
    usage_of,
    st.tuples(counts, counts, maybe(counts), maybe(counts)),
    cache_writes=st.just(()) | writes,
    reasoning_tokens=maybe(counts),
    server_tool_usage=maybe(raw(st.dictionaries(names, counts, min_size=1))),
    extra=extras,
)
answered = plain_texts | cited | calls | broken_calls | server_results | thoughts | sealed
responses = st.builds(
    Response,
    content=tuples(answered | foreign(c.Foreign)),
    stop=stops,
    usage=usages,
    trace=maybe(raw(json_objects)),
    service_tier=tiers,
    extra=told_extras,
)


def _block(index: int, kind: str, draw: Any) -> list[e.Event]:
    bodies: dict[str, Callable[[], list[Any]]] = {
        "text": lambda: _told(index, draw, e.TextDelta, texts),
        "cited": lambda: [e.CitationDelta(index=index, citation=draw(citations))],
        "thought": lambda: [
            *_told(index, draw, e.ReasoningDelta, texts),
            e.SignatureDelta(index=index, signature=draw(words), extra=draw(extras)),
        ],
        "sealed": lambda: [
            e.RedactedDelta(index=index, data=draw(texts).encode(), extra=draw(extras))
        ],
        "call": lambda: _call(index, draw),
        "result": lambda: _result(index, draw),
        "foreign": lambda: [
            e.ForeignStarted(index=index, start=draw(foreign(c.Foreign)), extra=draw(extras)),
            e.ForeignDelta(index=index, delta=draw(foreign(c.Foreign)), extra=draw(extras)),
        ],
    }
    return [*bodies[kind](), e.BlockEnded(index=index, extra=draw(extras))]


def _told(index: int, draw: Any, kind: Any, values: Any) -> list[Any]:
    first = kind(index=index, text=draw(values))
    return [
        first,
        *draw(st.lists(st.builds(kind, index=st.just(index), text=values, extra=extras))),
    ]


def _call(index: int, draw: Any) -> list[e.Event]:
    start = e.ToolStarted(
        index=index,
        id=draw(words),
        name=draw(words),
        tool_type=draw(st.sampled_from([None, c.SERVER_TOOL_USE])),
        start_extra=draw(extras),
        extra=draw(extras),
    )
    pieces = draw(st.lists(texts, max_size=3))
    return [start, *(e.ToolDelta(index=index, id=start.id, arguments=each) for each in pieces)]


def _result(index: int, draw: Any) -> list[e.Event]:
    result = draw(server_results)
    return [
        e.ToolResultStarted(
            index=index,
            id=result.id,
            result_type=result.type,
            start_extra=result.extra,
            extra=draw(extras),
        ),
        e.ToolResultDelta(index=index, content=result.content),
    ]


KINDS = ("text", "cited", "thought", "sealed", "call", "result", "foreign")


@st.composite
def streams(draw: Any) -> list[e.Event]:
    """Draw the events of a whole answer."""
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=3))
    bodies = [_block(index, kind, draw) for index, kind in enumerate(kinds)]
    return [
        e.MessageStarted(extra=draw(told_extras)),
        *(event for body in bodies for event in body),
        e.MessageEnded(stop=draw(stops), extra=draw(told_extras)),
        e.Metadata(
            usage=draw(usages),
            trace=draw(maybe(raw(json_objects))),
            service_tier=draw(tiers),
            extra=draw(extras),
        ),
    ]
