"""Pieces of an answer, as a Chat Completions service writes them, read and written.

Place in the house: OpenAI Chat codec, the client's half. Alike in whole answers and in streams.

Source: OpenAI API reference, "The chat completion object"; behaviour specification, THINK-08,
OAI-16, the stop table of section 7.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.codecs.openai_chat import upstream_wire as wire
from outcrop.codecs.openai_chat.answer import Entry, finish_reason
from outcrop.codecs.openai_chat.extras import decode_extra, lay_over, make_extra, members_of
from outcrop.codecs.openai_chat.parts import API
from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader
from outcrop.types.accumulate import fold_arguments
from outcrop.types.content import (
    Block,
    Citation,
    Foreign,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolUse,
    WebLocation,
)
from outcrop.types.json import Extra
from outcrop.types.responses import Stop, StopKind

REFUSAL: Final = "refusal"
"""The `Stop.raw` of an answer that says no in the member for it: no reason has that name."""

_KINDS: Final[Mapping[str, StopKind]] = MappingProxyType(
    {
        "": "stop",
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool_calls",
        "function_call": "tool_calls",
        "content_filter": "content_filter",
    }
)
_STOPS: Final = MappingProxyType({raw: Stop(kind=kind, raw=raw) for raw, kind in _KINDS.items()})
_REFUSED: Final = Stop(kind="content_filter", raw=REFUSAL)

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_string: Final = msgspec.json.Decoder(str)


def decode_stop(reason: str | None, *, refused: bool) -> Stop:
    """Name in our terms why the model stopped; a reason that is new is ``"other"``."""
    if refused:
        return _REFUSED
    word = reason or ""
    return _STOPS.get(word) or Stop(kind="other", raw=word)


def encode_stop(stop: Stop, *, calls: bool) -> str:
    """Return the wire's own word, or its word for what another API said."""
    known = _STOPS.get(stop.raw)
    if stop.raw and (stop.kind == "other" or (known is not None and known.kind == stop.kind)):
        return stop.raw
    return "stop" if stop.raw == REFUSAL else finish_reason(stop, calls=calls)


def decode_part(raw: msgspec.Raw) -> Block:
    """Read a part of an answer's content.

    Raises:
        WireError: It is no object, or its text is none.
    """
    try:
        return _decode_part(raw)
    except msgspec.DecodeError as error:
        raise WireError(f"a part of the content is malformed: {error}") from None


def _decode_part(raw: msgspec.Raw) -> Block:
    members = _members.decode(raw)
    if members.pop("type", None) != _TEXT or "text" not in members:
        return Foreign(api=API, raw=raw.copy())
    text = _string.decode(members.pop("text"))
    return Text(text=text, extra=make_extra(members))


_TEXT: Final = msgspec.Raw(b'"text"')


def decode_call(call: wire.ToolCall, position: int) -> ToolUse:
    """Read a call that is complete. One without an id is given one, by its place."""
    function = call.function or _NO_FUNCTION
    arguments, error = fold_arguments(function.arguments or "")
    return ToolUse(
        id=call_id(call, position),
        name=function.name or "",
        arguments=arguments.copy(),
        type=call_type(call),
        arguments_error=error,
        extra=decode_extra(call.surplus),
    )


_NO_FUNCTION: Final = wire.Function()


def call_id(call: wire.ToolCall, position: int) -> str:
    """Return the call's id, or one that stays the same for its place."""
    return call.id or f"call_{position}"


def call_type(call: wire.ToolCall) -> str | None:
    """Return what kind of tool is called, where it is no function."""
    return None if call.type == "function" else call.type


def decode_thoughts(message: wire.Message) -> Iterator[Block]:
    """Read what the model thought: the details where there are any, else the text alone."""
    details = message.reasoning_details
    if not details:
        text = thought_of(message)
        return iter((Reasoning(text=text),) if text else ())
    pieces = groupby(enumerate(details), lambda item: detail_key(*item))
    return (_decode_detail([detail for _, detail in fragments]) for _, fragments in pieces)


def thought_of(message: wire.Message) -> str | None:
    """Return the text of what was thought, under any of its two names."""
    return message.reasoning or message.reasoning_content


def detail_key(position: int, detail: wire.ReasoningDetail) -> tuple[str, int]:
    """Return what fragments of the same thought have in common."""
    return detail.type, -1 - position if detail.index is None else detail.index


def detail_text(detail: wire.ReasoningDetail) -> str | None:
    """Return what a detail says in words, if anything."""
    return detail.summary if detail.type == "reasoning.summary" else detail.text


def detail_data(detail: wire.ReasoningDetail) -> bytes | None:
    """Return what only the provider can read; None where it is not base64."""
    try:
        return b64decode(detail.data or "", validate=True)
    except (binascii.Error, ValueError):
        return None


def foreign_detail(detail: wire.ReasoningDetail) -> Foreign:
    """Keep a detail of a kind that is not known here."""
    members = {
        name: getattr(detail, name)
        for name in detail.__struct_fields__
        if name != "surplus" and getattr(detail, name) is not None
    }
    surplus = detail.surplus.members if detail.surplus else {}
    return Foreign(api=API, raw=msgspec.Raw(msgspec.json.encode(members | dict(surplus))))


SAID: Final = ("reasoning.text", "reasoning.summary")
SEALED: Final = "reasoning.encrypted"


def _decode_detail(fragments: list[wire.ReasoningDetail]) -> Block:
    first = fragments[0]
    if first.type in SAID:
        return Reasoning(
            text=_join(map(detail_text, fragments)) or "",
            signature=_join(piece.signature for piece in fragments),
            extra=decode_extra(first.surplus),
        )
    data = [detail_data(piece) for piece in fragments]
    if first.type != SEALED or None in data:
        return foreign_detail(first)
    sealed = b"".join(piece for piece in data if piece is not None)
    return RedactedReasoning(data=sealed, extra=decode_extra(first.surplus))


def _join(pieces: Iterable[str | None]) -> str | None:
    known = [piece for piece in pieces if piece is not None]
    return "".join(known) if known else None


def encode_details(blocks: Iterable[Block]) -> list[Entry]:
    """Write thoughts as details; of those another API wrote, nothing."""
    entries: list[Entry] = []
    for block in blocks:
        index = len(entries)
        if isinstance(block, Reasoning):
            entry: Entry = {"type": "reasoning.text", "text": block.text, "index": index}
            entry |= {} if block.signature is None else {"signature": block.signature}
            entries.append(lay_over(entry, block.extra))
        elif isinstance(block, RedactedReasoning):
            # The encoder writes bytes as base64.
            entry = {"type": SEALED, "data": block.data, "index": index}
            entries.append(lay_over(entry, block.extra))
        elif isinstance(block, Foreign) and block.api == API:
            entries.append(dict(_members.decode(block.raw)))
    return entries


def plain_thought(blocks: list[Block]) -> str | None:
    """Return the text that says all that was thought; None where there is more to it."""
    if len(blocks) != 1:
        return None
    only = blocks[0]
    is_plain = isinstance(only, Reasoning) and only.signature is None and only.extra is None
    return only.text if isinstance(only, Reasoning) and is_plain else None


def is_detail(block: Block) -> bool:
    """Tell whether the block belongs among the details of a message's reasoning."""
    if isinstance(block, Foreign) and block.api == API:
        return _members.decode(block.raw).get("type", b"").startswith(b'"reasoning.')
    return isinstance(block, Reasoning | RedactedReasoning)


def decode_citation(raw: msgspec.Raw) -> Citation:
    """Read where a piece of the text was taken from."""
    return _CITATIONS.read(bytes(raw), raw)


def _decode_citation(annotation: wire.Annotation, raw: msgspec.Raw) -> Citation:
    page = annotation.url_citation
    if annotation.type != "url_citation" or page is None:
        return Citation(location=Foreign(api=API, raw=raw.copy()))
    return Citation(
        title=page.title,
        location=WebLocation(url=page.url),
        extra=decode_extra(annotation.surplus),
    )


_CITATIONS: Final = Reader(wire.Annotation, _decode_citation, WireError)


def encode_citation(citation: Citation) -> Entry | None:
    """Write where a piece of the text was taken from; None where Chat has no form for it."""
    place = citation.location
    if isinstance(place, Foreign):
        return dict(_members.decode(place.raw)) if place.api == API else None
    if not isinstance(place, WebLocation):
        return None
    page: Entry = {"url": place.url or "", "title": citation.title or ""}
    beside = {name: raw for name, raw in members_of(citation.extra).items() if name != _PAGE}
    inside = members_of(citation.extra).get(_PAGE)
    page |= {} if inside is None else _members.decode(inside)
    return lay_over({"type": _PAGE, _PAGE: page}, Extra(API, beside))


_PAGE: Final = "url_citation"
