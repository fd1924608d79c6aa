"""Turns a whole answer into the events that would have streamed it.

Place in the house: emulator, engines. Pure. The other way round is `types.accumulate`: folding what
`play` gives is the answer again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.errors import BadRequestError
from outcrop.types import events
from outcrop.types.content import (
    Block,
    CitedText,
    Foreign,
    Image,
    JsonValue,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.responses import Response

_WORD: Final = re.compile(r"\s*\S+|\s+")
_JSON_PIECE: Final = re.compile(r".{1,12}", re.DOTALL)


def play(response: Response) -> Iterator[events.Event]:
    """Yield the events of an answer: text word by word, arguments in fragments.

    Raises:
        BadRequestError: It holds a block that no stream can carry.
    """
    yield events.MessageStarted(role=response.role)
    for index, block in enumerate(response.content):
        yield from _play_block(index, block)
        yield events.BlockEnded(index=index)
    yield events.MessageEnded(
        stop=response.stop, additional_response_fields=response.additional_response_fields
    )
    yield events.Metadata(
        usage=response.usage,
        latency_ms=response.latency_ms,
        trace=response.trace,
        latency=response.latency,
        service_tier=response.service_tier,
        metrics_extra=response.metrics_extra,
        extra=response.extra,
    )


def _play_block(index: int, block: Block) -> Iterator[events.Event]:
    player = _PLAYERS.get(type(block))
    if player is None:
        raise BadRequestError(f"no stream can carry a block of type {type(block).__name__}")
    return player(index, block)


def _words(text: str) -> list[str]:
    return _WORD.findall(text) or [text]


def _text(index: int, block: Text) -> Iterator[events.Event]:
    for word in _words(block.text):
        yield events.TextDelta(index=index, text=word)


def _cited(index: int, block: CitedText) -> Iterator[events.Event]:
    if block.content is not None:
        for word in _words(block.text):
            yield events.TextDelta(index=index, text=word)
    for citation in block.citations or ():
        yield events.CitationDelta(index=index, citation=citation)


def _reasoning(index: int, block: Reasoning) -> Iterator[events.Event]:
    for word in _words(block.text):
        yield events.ReasoningDelta(index=index, text=word)
    if block.signature is not None:
        yield events.SignatureDelta(index=index, signature=block.signature)


def _redacted(index: int, block: RedactedReasoning) -> Iterator[events.Event]:
    yield events.RedactedDelta(index=index, data=block.data)


def _tool_use(index: int, block: ToolUse) -> Iterator[events.Event]:
    yield events.ToolStarted(
        index=index, id=block.id, name=block.name, tool_type=block.type, start_extra=block.extra
    )
    for piece in _JSON_PIECE.findall(arguments_text(block)):
        yield events.ToolDelta(index=index, arguments=piece, id=block.id)


def arguments_text(block: ToolUse) -> str:
    """Return a call's arguments as the model wrote them, complete or not."""
    if block.arguments_error is not None:
        return msgspec.json.decode(block.arguments, type=str)
    return bytes(block.arguments).decode()


def _tool_result(index: int, block: ToolResult) -> Iterator[events.Event]:
    yield events.ToolResultStarted(
        index=index,
        id=block.id,
        result_type=block.type,
        status=block.status,
        start_extra=block.extra,
    )
    for part in block.content:
        if not isinstance(part, Text | JsonValue | Foreign):
            kind = type(part).__name__
            raise BadRequestError(f"no stream can carry a tool result of type {kind}")
        yield events.ToolResultDelta(index=index, content=(part,))


def _image(index: int, block: Image) -> Iterator[events.Event]:
    yield events.ImageStarted(index=index, format=block.format, start_extra=block.extra)
    yield events.ImageDelta(index=index, source=block.source, error=block.error)


_PLAYERS: Final[Mapping[type, Callable[[int, Any], Iterator[events.Event]]]] = MappingProxyType(
    {
        Text: _text,
        CitedText: _cited,
        Reasoning: _reasoning,
        RedactedReasoning: _redacted,
        ToolUse: _tool_use,
        ToolResult: _tool_result,
        Image: _image,
    }
)
