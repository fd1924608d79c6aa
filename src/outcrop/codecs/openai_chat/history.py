"""An earlier answer of the model, sent back by the client.

Place in the house: OpenAI Chat codec. Chat keeps reasoning, text and calls apart; unless the
answer said otherwise in ``outcrop.layout``, they are put back in this order: reasoning, blocks,
text, pictures, calls.

Source: behaviour specification, OAI-16, THINK-08; MSG-01.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Final, TypeAlias

import msgspec

from outcrop.codecs.openai_chat import wire
from outcrop.codecs.openai_chat.blocks import decode_block
from outcrop.codecs.openai_chat.parts import API, decode_content, decode_part, extra_of
from outcrop.codecs.openai_chat.tools import decode_call
from outcrop.protocols.media import decode_base64
from outcrop.protocols.refusal import refused
from outcrop.types.content import Block, Foreign, Reasoning, RedactedReasoning, Text
from outcrop.types.responses import Adjustment

_Groups: TypeAlias = Mapping[str, Sequence[Block]]

_LAYOUT_IGNORED: Final = Adjustment(
    rule="layout_ignored",
    detail="outcrop.layout of an earlier answer no longer fits it: the usual order was used",
)
_CITATIONS_IGNORED: Final = Adjustment(
    rule="ignored_parameter", detail="citations of earlier answers were not sent back"
)
_EMPTY_LIST: Final = b"[]"


def decode_assistant(
    message: wire.Message, path: str, changes: list[Adjustment]
) -> tuple[Block, ...]:
    """Read an earlier answer.

    Raises:
        BadRequestError: Something in it is of unknown type, or cannot be read.
    """
    if wire.given(message.audio):
        raise refused("audio of earlier answers is not kept here; leave it out", f"{path}.audio")
    said = message.outcrop or _NOTHING
    if _mentions(message.annotations) or _mentions(said.citations):
        changes.append(_CITATIONS_IGNORED)
    groups = _groups(message, said, path, changes)
    if said.layout:
        arranged = _arrange(groups, said.layout)
        if arranged is not None:
            return arranged
        changes.append(_LAYOUT_IGNORED)
    return tuple(chain.from_iterable(groups.values()))


_NOTHING: Final = wire.MessageOutcrop()


def _mentions(raw: msgspec.Raw) -> bool:
    return wire.given(raw) and bytes(raw) != _EMPTY_LIST


def _groups(
    message: wire.Message, said: wire.MessageOutcrop, path: str, changes: list[Adjustment]
) -> _Groups:
    # An empty string beside calls is how many clients write "no text".
    texts: list[Block] = [*decode_content(message.content or None, path, changes)]
    if message.refusal:
        texts.append(Text(text=message.refusal))
    return {
        "reasoning": tuple(_decode_reasoning(message, path)),
        "block": tuple(
            decode_block(raw, f"{path}.outcrop.blocks[{position}]")
            for position, raw in enumerate(said.blocks)
        ),
        "text": texts,
        "image": tuple(
            decode_part(part, f"{path}.images[{position}]", changes)
            for position, part in enumerate(message.images or ())
        ),
        "call": tuple(
            decode_call(call, f"{path}.tool_calls[{position}]")
            for position, call in enumerate(message.tool_calls or ())
        ),
    }


def _arrange(groups: _Groups, layout: Sequence[str]) -> tuple[Block, ...] | None:
    """Put the blocks in the order of `layout`; None when it is not an order of these blocks."""
    text = "".join(block.text for block in groups["text"] if isinstance(block, Text))
    waiting = {kind: iter(blocks) for kind, blocks in groups.items() if kind != "text"}
    arranged: list[Block] = []
    start = 0
    for token in layout:
        kind, _, length = token.partition(":")
        if kind == "text" and length.isdecimal():
            arranged.append(Text(text=text[start : start + int(length)]))
            start += int(length)
            continue
        block = next(waiting.get(kind, iter(())), None)
        if block is None:
            return None
        arranged.append(block)
    complete = start == len(text) and not any(True for left in waiting.values() for _ in left)
    plain = all(isinstance(block, Text) and block.extra is None for block in groups["text"])
    return tuple(arranged) if complete and plain else None


def _decode_reasoning(message: wire.Message, path: str) -> Iterator[Block]:
    """Read what the model thought: the details where there are any, else the text alone."""
    details = message.reasoning_details
    if not details:
        text = message.reasoning_content or message.reasoning
        return iter((Reasoning(text=text),) if text else ())
    # A client that gathered a stream may not have joined the fragments of one detail.
    pieces = groupby(enumerate(details), lambda item: _detail_key(*item))
    return (
        _decode_detail([detail for _, detail in fragments], f"{path}.reasoning_details")
        for _, fragments in pieces
    )


def _detail_key(position: int, detail: wire.ReasoningDetail) -> tuple[str, int]:
    return detail.type, -1 - position if detail.index is None else detail.index


def _decode_detail(fragments: Sequence[wire.ReasoningDetail], path: str) -> Block:
    first = fragments[0]
    extra = extra_of(first.surplus)
    if first.type == "reasoning.text":
        return Reasoning(
            text=_join(piece.text for piece in fragments) or "",
            signature=_join(piece.signature for piece in fragments),
            extra=extra,
        )
    if first.type == "reasoning.encrypted":
        data = decode_base64(_join(piece.data for piece in fragments) or "", f"{path}.data")
        return RedactedReasoning(data=data, extra=extra)
    if first.type == "reasoning.summary":
        return Reasoning(text=_join(piece.summary for piece in fragments) or "", extra=extra)
    return Foreign(api=API, raw=_write_detail(first))


def _join(pieces: Iterable[str | None]) -> str | None:
    known = [piece for piece in pieces if piece is not None]
    return "".join(known) if known else None


def _write_detail(detail: wire.ReasoningDetail) -> msgspec.Raw:
    """Write a detail of a kind that is not known here as it came."""
    members = {
        field.name: getattr(detail, field.name)
        for field in msgspec.structs.fields(detail)
        if field.name != "surplus" and getattr(detail, field.name) is not None
    }
    return msgspec.Raw(msgspec.json.encode(members | (detail.surplus or {})))
