"""The tables of blocks leave nothing out."""

from typing import Any, get_args

import msgspec
import pytest

from outcrop.codecs.converse import wire_blocks
from outcrop.codecs.converse.blocks import _MEMBERS, decode_block, encode_blocks
from outcrop.protocols.lossless import Ambiguous, member
from outcrop.types.content import (
    Block,
    Citation,
    CitedText,
    DocumentLocation,
    Foreign,
    RedactedReasoning,
    SystemBlock,
    Text,
    ToolResultContent,
)
from outcrop.types.json import Extra


def test_every_block_has_an_encoder() -> None:
    """A block added to the canonical model must be given an answer here."""
    known = {*get_args(Block), *get_args(SystemBlock), *get_args(ToolResultContent)}

    assert set(_MEMBERS) == known - {Foreign}


def test_every_encoder_names_a_member() -> None:
    members: set[str] = set()
    for kind in (wire_blocks.ContentBlock, wire_blocks.ToolResultContent):
        members |= set(kind.__struct_fields__)

    assert {name for name, _ in _MEMBERS.values()} == members - {"surplus"}


def written(*blocks: Any) -> Any:
    return [msgspec.to_builtins(block) for block in encode_blocks(wire_blocks.ContentBlock, blocks)]


def test_blocks_of_other_dialects_are_left_out() -> None:
    """What only another API understands would make AWS refuse the whole conversation (MSG-06)."""
    other = Foreign(api="anthropic", raw=msgspec.Raw(b'{"type":"new"}'))

    assert written(Text(text="a"), other, Text(text="b")) == [{"text": "a"}, {"text": "b"}]


def test_surplus_of_other_dialects_is_left_out() -> None:
    marked = Extra("anthropic", {"cache_control": msgspec.Raw(b"{}")})

    assert written(Text(text="a", extra=marked), RedactedReasoning(data=b"\x01", extra=marked)) == [
        {"text": "a"},
        {"reasoningContent": {"redactedContent": "AQ=="}},
    ]


def test_a_range_that_is_counted_otherwise_is_left_out() -> None:
    """A wrong page is worse than none."""
    from_elsewhere = DocumentLocation(unit="block", start=1, end=2)
    cited = CitedText(citations=(Citation(title="T", location=from_elsewhere),))

    assert written(cited) == [{"citationsContent": {"citations": ({"title": "T"},)}}]


@pytest.mark.parametrize(
    "block",
    [
        wire_blocks.ContentBlock(),
        wire_blocks.ContentBlock(text="a", cache_point=wire_blocks.CachePoint(type="default")),
    ],
)
def test_a_union_has_one_member(block: wire_blocks.ContentBlock) -> None:
    """Taking the first of two would lose the second in silence; so both are kept, as they are."""
    with pytest.raises(Ambiguous):
        decode_block(block)


def test_an_empty_text_is_a_member() -> None:
    assert member(wire_blocks.ContentBlock(text="")) == ""
