"""Canonical blocks as JSON."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.openai_chat.blocks import decode_block, encode_block
from outcrop.errors import BadRequestError
from outcrop.types import content as c
from outcrop.types.json import Extra
from tests.codecs.openai_chat.answers import counts, objects, raws, words

objects_raw = objects.map(msgspec.json.encode).map(msgspec.Raw)
extras = st.none() | st.builds(
    Extra, st.just("converse"), st.dictionaries(words, raws, min_size=1, max_size=2)
)
foreign = st.builds(c.Foreign, api=st.just("converse"), raw=objects_raw)
texts = st.builds(c.Text, text=words, extra=extras)
sources = (
    st.builds(c.Inline, st.binary(max_size=9))
    | st.builds(c.S3, uri=words, bucket_owner=words, extra=extras)
    | st.builds(c.Url, words)
    | st.builds(c.ForeignSource, api=st.just("converse"), raw=objects_raw)
)
document_sources = (
    sources | st.builds(c.Plain, words) | st.builds(c.Pieces, st.tuples(words, words))
)
images = st.builds(c.Image, format=words, source=sources, error=st.none() | words, extra=extras)
documents = st.builds(
    c.Document,
    name=words,
    source=document_sources,
    context=st.none() | words,
    citations=st.none() | st.booleans(),
)
results = st.builds(
    c.ToolResult,
    id=words,
    content=st.lists(
        texts | st.builds(c.JsonValue, value=raws) | images | documents | foreign, max_size=3
    ).map(tuple),
    status=st.none() | words,
    type=st.none() | words,
    extra=extras,
)
citations = st.builds(
    c.Citation,
    title=st.none() | words,
    source_content=st.none() | st.tuples(texts),
    location=st.none()
    | st.builds(c.WebLocation, url=words)
    | st.builds(c.DocumentLocation, unit=words, start=st.none() | counts)
    | foreign,
)
references = st.builds(c.ToolReference, name=st.none() | words)
BLOCKS: dict[type, st.SearchStrategy[Any]] = {
    c.Text: texts,
    c.Image: images,
    c.Document: documents,
    c.ToolResult: results,
    c.Foreign: foreign,
    c.CitedText: citations.map(lambda citation: c.CitedText(citations=(citation,))),
    c.Video: st.builds(c.Video, format=words, source=sources),
    c.Audio: st.builds(c.Audio, format=words, source=sources),
    c.ToolUse: st.builds(
        c.ToolUse, id=words, name=words, arguments=objects_raw, type=st.none() | words
    ),
    c.GuardText: st.builds(c.GuardText, text=words, qualifiers=st.none() | st.tuples(words)),
    c.GuardImage: st.builds(c.GuardImage, format=words, source=sources),
    c.CachePoint: st.builds(c.CachePoint, ttl=st.none() | words),
    c.Reasoning: st.builds(c.Reasoning, text=words, signature=st.none() | words),
    c.RedactedReasoning: st.builds(c.RedactedReasoning, data=st.binary(max_size=9)),
    c.SearchResult: st.builds(c.SearchResult, source=words, title=words, content=st.tuples(texts)),
    c.ToolAddition: st.builds(c.ToolAddition, tool=references),
    c.ToolRemoval: st.builds(c.ToolRemoval, tool=references),
}
blocks = st.one_of(*BLOCKS.values())


@given(blocks, counts)
def test_decode_inverts_encode(block: c.Block, index: int) -> None:
    """Whatever an answer holds comes back as it was, JSON included."""
    written = msgspec.json.encode(encode_block(block, index))

    read = decode_block(msgspec.Raw(written), "p")

    assert type(read) is type(block)
    assert msgspec.json.encode(read) == msgspec.json.encode(block)


def test_every_block_is_tried() -> None:
    """A new block must be part of the law above."""
    assert set(BLOCKS) == set(get_args(c.Block))


def test_form() -> None:
    """The form that a client sees, in full."""
    block = c.ToolResult(
        id="s",
        type="x_result",
        content=(
            c.Text(text="a"),
            c.JsonValue(value=msgspec.Raw(b'{"n":1}')),
            c.Image(format="png", source=c.Inline(b"abc")),
        ),
        extra=Extra("converse", {"new": msgspec.Raw(b"1")}),
    )

    assert msgspec.json.decode(msgspec.json.encode(encode_block(block, 3))) == {
        "index": 3,
        "block": "tool_result",
        "id": "s",
        "type": "x_result",
        "content": [
            {"block": "text", "text": "a"},
            {"block": "json_value", "value": {"n": 1}},
            {"block": "image", "format": "png", "source": {"block": "inline", "data": "YWJj"}},
        ],
        "extra": {"api": "converse", "members": {"new": 1}},
    }


@pytest.mark.parametrize(
    "entry",
    [
        b"1",
        b"{}",
        b'{"block":1}',
        b'{"block":"hologram"}',
        b'{"block":"text"}',
        b'{"block":"text","text":1}',
        b'{"block":"text","text":"a","colour":"red"}',
        b'{"block":"image","format":"png","source":{"block":"text","text":"a"}}',
        b'{"block":"image","format":"png","source":{"block":"inline","data":"?"}}',
        b'{"block":"citation"}',
        b'{"block":"tool_result","id":"a","content":"text"}',
        b'{"block":"tool_result","id":"a","content":[{"text":"a"}]}',
    ],
)
def test_refusals(entry: bytes) -> None:
    """What we did not write we do not guess at."""
    with pytest.raises(BadRequestError) as raised:
        decode_block(msgspec.Raw(entry), "messages[0].outcrop.blocks[0]")

    assert raised.value.param == "messages[0].outcrop.blocks[0]"


def test_arguments_must_be_an_object() -> None:
    """They are spliced into a body that we sign."""
    entry = msgspec.Raw(b'{"block":"tool_use","id":"a","name":"f","arguments":[1]}')

    with pytest.raises(BadRequestError, match="arguments must be one JSON object"):
        decode_block(entry, "p")
