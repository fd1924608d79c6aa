"""Canonical values that Converse has words for, drawn by Hypothesis.

Place in the house: tests only.
"""

import math
from typing import Any

import msgspec
from hypothesis import strategies as st

from outcrop.codecs.converse import API, decode_stop
from outcrop.codecs.converse.blocks import NO_OBJECT
from outcrop.types import content as c
from outcrop.types import events as e
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, Request, Sampling, TextFormat
from outcrop.types.responses import Response, Stop
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, SystemTool, Tool
from outcrop.types.usage import CacheWrite, Usage
from tests.codecs.converse.shapes import json_objects, json_values, texts

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)
counts = st.integers(0, 2**40)
fractions = st.floats(0, 1).filter(math.isfinite)


def raw(values: st.SearchStrategy[Any]) -> st.SearchStrategy[msgspec.Raw]:
    return values.map(lambda value: msgspec.Raw(msgspec.json.encode(value)))


def tuples(values: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(values, min_size=least, max_size=2).map(tuple)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def foreign(kind: Any) -> st.SearchStrategy[Any]:
    raws = raw(st.fixed_dictionaries({"zzNew": json_objects}))
    return raws.map(lambda each: kind(api=API, raw=each))


# Rare, so that most values take the fast way.
names = st.sampled_from(["zzOne", "zzTwo"])
extras = st.one_of(
    *[st.none()] * 5,
    st.dictionaries(names, raw(json_values), min_size=1, max_size=2).map(
        lambda members: Extra(API, members)
    ),
)

plain_texts = st.builds(c.Text, text=texts)
inline = st.binary(max_size=4).map(c.Inline)
in_s3 = st.builds(c.S3, uri=words, bucket_owner=st.just("") | words, extra=extras)
media = inline | in_s3 | foreign(c.ForeignSource)
files = media | texts.map(c.Plain) | tuples(texts).map(c.Pieces)
images = st.builds(c.Image, format=words, source=media, error=maybe(texts), extra=extras)
documents = st.builds(
    c.Document,
    name=words,
    source=files,
    format=st.just("") | words,
    context=maybe(texts),
    citations=maybe(st.booleans()),
    extra=extras,
)
videos = st.builds(c.Video, format=words, source=media, extra=extras)
audios = st.builds(c.Audio, format=words, source=media, error=maybe(texts), extra=extras)
calls = st.builds(
    c.ToolUse,
    id=words,
    name=words,
    arguments=raw(json_objects),
    type=maybe(words),
    extra=extras,
) | st.builds(
    c.ToolUse,
    id=words,
    name=words,
    arguments=raw(texts),
    arguments_error=st.just(NO_OBJECT),
)
found = st.builds(
    c.SearchResult,
    source=texts,
    title=texts,
    content=tuples(st.builds(c.Text, text=texts, extra=extras)),
    citations=maybe(st.booleans()),
    extra=extras,
)
json_parts = st.builds(c.JsonValue, value=raw(json_values))
result_parts = plain_texts | json_parts | images | documents | videos | found | foreign(c.Foreign)
results = st.builds(
    c.ToolResult,
    id=words,
    content=tuples(result_parts),
    status=maybe(words),
    type=maybe(words),
    extra=extras,
)
guards = st.builds(
    c.GuardText, text=texts, qualifiers=maybe(tuples(words)), extra=extras
) | st.builds(c.GuardImage, format=words, source=media, extra=extras)
cache_points = st.builds(c.CachePoint, type=words, ttl=maybe(words), extra=extras)
thoughts = st.builds(c.Reasoning, text=texts, signature=maybe(texts), extra=extras) | st.builds(
    c.RedactedReasoning, data=st.binary(max_size=4)
)
locations = (
    st.builds(c.WebLocation, url=maybe(texts), domain=maybe(texts), extra=extras)
    | st.builds(
        c.DocumentLocation,
        unit=st.sampled_from(["char", "page", "chunk"]),
        document_index=maybe(counts),
        start=maybe(counts),
        end=maybe(counts),
        extra=extras,
    )
    | st.builds(
        c.SearchResultLocation,
        search_result_index=maybe(counts),
        start=maybe(counts),
        end=maybe(counts),
        extra=extras,
    )
    | foreign(c.Foreign)
)
citations = st.builds(
    c.Citation,
    title=maybe(texts),
    source=maybe(texts),
    source_content=maybe(tuples(plain_texts)),
    location=maybe(locations),
    extra=extras,
)
cited = st.builds(
    c.CitedText,
    content=maybe(tuples(plain_texts)),
    citations=maybe(tuples(citations)),
    extra=extras,
)
references = st.builds(
    c.ToolReference,
    type=maybe(words),
    name=maybe(words),
    server_name=maybe(words),
    extra=extras,
)
changes = st.builds(c.ToolAddition, tool=references, extra=extras) | st.builds(
    c.ToolRemoval, tool=references, extra=extras
)
blocks = st.one_of(
    plain_texts,
    images,
    documents,
    videos,
    audios,
    calls,
    results,
    guards,
    cache_points,
    thoughts,
    cited,
    found,
    changes,
    foreign(c.Foreign),
)
system_blocks = plain_texts | guards | cache_points | foreign(c.Foreign)
messages = st.builds(Message, role=words, content=tuples(blocks), extra=extras)
tools = (
    st.builds(
        Tool,
        name=words,
        input_schema=raw(json_objects),
        description=maybe(words),
        strict=maybe(st.booleans()),
        extra=extras,
    )
    | st.builds(SystemTool, name=words, extra=extras)
    | cache_points
    | foreign(c.Foreign)
)
choices = (
    st.builds(AutoChoice, extra=extras)
    | st.builds(AnyChoice, extra=extras)
    | st.builds(NamedChoice, name=words, extra=extras)
    | foreign(c.Foreign)
)
toolboxes: st.SearchStrategy[Any] = st.just({}) | st.fixed_dictionaries(
    {"tools": tuples(tools, least=1), "tool_choice": maybe(choices)}
)
labels = st.dictionaries(words, texts, max_size=2)
requests = st.builds(
    lambda toolbox, **rest: Request(model="a-model", **toolbox, **rest),
    toolbox=toolboxes,
    messages=tuples(messages),
    system=tuples(system_blocks),
    sampling=st.builds(
        Sampling,
        max_tokens=maybe(counts),
        temperature=maybe(fractions),
        top_p=maybe(fractions),
        stop_sequences=tuples(words),
        extra=extras,
    ),
    text_format=maybe(
        st.builds(
            TextFormat,
            schema=texts,
            name=maybe(texts),
            description=maybe(texts),
            extra=extras,
        )
    ),
    effort=maybe(words),
    guardrail=maybe(
        st.builds(
            Guardrail,
            identifier=maybe(texts),
            version=maybe(texts),
            trace=maybe(words),
            stream_mode=maybe(words),
            extra=extras,
        )
    ),
    additional_model_request_fields=maybe(raw(json_objects)),
    additional_model_response_field_paths=tuples(texts),
    prompt_variables=maybe(labels),
    request_metadata=maybe(labels),
    latency=maybe(words),
    service_tier=maybe(words),
    extra=extras,
)

stops = st.sampled_from(["end_turn", "tool_use", "max_tokens", "refusal", "zz_new"]).map(
    decode_stop
)
usages = st.builds(
    Usage,
    input_tokens=counts,
    output_tokens=counts,
    total_tokens=counts,
    cache_read_tokens=counts,
    cache_write_tokens=counts,
    cache_read_count=maybe(counts),
    cache_write_count=maybe(counts),
    cache_writes=tuples(st.builds(CacheWrite, ttl=words, tokens=counts, extra=extras)),
    server_tool_usage=maybe(raw(json_objects)),
    extra=extras,
)
responses = st.builds(
    Response,
    content=tuples(blocks),
    stop=stops,
    role=words,
    usage=maybe(usages),
    latency_ms=maybe(counts),
    additional_response_fields=maybe(raw(st.dictionaries(names, json_values, max_size=2))),
    trace=maybe(raw(json_objects)),
    latency=maybe(words),
    service_tier=maybe(words),
    message_extra=extras,
    metrics_extra=extras,
    extra=extras,
) | st.just(
    Response(
        stop=Stop(kind="stop", raw="stop_sequence", sequence="END"),
        additional_response_fields=msgspec.Raw(b'{"stop_sequence":"END"}'),
    )
)

indexes = st.integers(0, 9)
starts = (
    st.builds(
        e.ToolStarted,
        index=indexes,
        id=words,
        name=words,
        tool_type=maybe(words),
        start_extra=extras,
        extra=extras,
    )
    | st.builds(
        e.ToolResultStarted,
        index=indexes,
        id=words,
        result_type=maybe(words),
        status=maybe(words),
        start_extra=extras,
        extra=extras,
    )
    | st.builds(e.ImageStarted, index=indexes, format=words, start_extra=extras, extra=extras)
    | st.builds(e.ForeignStarted, index=indexes, start=foreign(c.Foreign), extra=extras)
)
deltas = st.one_of(
    st.builds(e.TextDelta, index=indexes, text=texts, extra=extras),
    st.builds(e.ReasoningDelta, index=indexes, text=texts, extra=extras),
    st.builds(e.SignatureDelta, index=indexes, signature=texts, extra=extras),
    st.builds(e.RedactedDelta, index=indexes, data=st.binary(max_size=4), extra=extras),
    st.builds(e.ToolDelta, index=indexes, arguments=texts, delta_extra=extras, extra=extras),
    st.builds(
        e.ToolResultDelta,
        index=indexes,
        content=tuples(plain_texts | json_parts | foreign(c.Foreign)),
        extra=extras,
    ),
    st.builds(e.CitationDelta, index=indexes, citation=citations, extra=extras),
    st.builds(
        e.ImageDelta,
        index=indexes,
        source=maybe(media),
        error=maybe(texts),
        delta_extra=extras,
        extra=extras,
    ),
    st.builds(e.ForeignDelta, index=indexes, delta=foreign(c.Foreign), extra=extras),
)
wire_events = st.one_of(
    st.builds(e.MessageStarted, role=words, extra=extras),
    starts,
    deltas,
    st.builds(e.BlockEnded, index=indexes, extra=extras),
    st.builds(
        e.MessageEnded,
        stop=stops,
        additional_response_fields=maybe(raw(st.dictionaries(names, json_values, max_size=2))),
        extra=extras,
    ),
    st.builds(
        e.Metadata,
        usage=maybe(usages),
        latency_ms=maybe(counts),
        trace=maybe(raw(json_objects)),
        latency=maybe(words),
        service_tier=maybe(words),
        metrics_extra=extras,
        extra=extras,
    ),
    raw(json_objects.filter(lambda value: "p" not in value)).map(
        lambda value: e.ForeignEvent(api=API, name="zzNew", raw=value)
    ),
)
faults = st.builds(
    e.StreamFault,
    code=st.just("ThrottlingException"),
    message=texts,
    original_status=maybe(counts),
    original_message=maybe(texts),
    extra=extras,
)
