"""Reads a request the way a person would: who said what last, and what is it.

Place in the house: emulator, engines. Pure; for engines that decide by what a request says.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from outcrop.emulator.engines.playback import arguments_text
from outcrop.types import content
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import Tool


def tools_of(request: Request) -> tuple[Tool, ...]:
    """Return the tools the caller runs."""
    return tuple(tool for tool in request.tools if isinstance(tool, Tool))


def turns(request: Request) -> int:
    """Return which turn of the user this is, from 1."""
    return sum(message.role == "user" for message in request.messages)


def last_user_message(request: Request) -> Message | None:
    """Return what the user sent last."""
    return next((each for each in reversed(request.messages) if each.role == "user"), None)


def last_user_text(request: Request) -> str:
    """Return what the user said last, without what they attached."""
    message = last_user_message(request)
    blocks = message.content if message is not None else ()
    said = (content.Text, content.GuardText)
    return "".join(block.text for block in blocks if isinstance(block, said))


def last_results(request: Request) -> tuple[content.ToolResult, ...]:
    """Return the tool results that the last message brings."""
    last = request.messages[-1].content if request.messages else ()
    return tuple(block for block in last if isinstance(block, content.ToolResult))


def called_name(request: Request, result: content.ToolResult) -> str:
    """Return the name of the tool that was called, or the id where the call is not there."""
    calls = (call for call in _calls(request) if call.id == result.id)
    return next((call.name for call in calls), result.id)


def _calls(request: Request) -> Iterator[content.ToolUse]:
    for message in request.messages:
        for block in message.content:
            if isinstance(block, content.ToolUse):
                yield block


def describe_content(message: Message) -> str:
    """Return what a message holds, in words."""
    return " ".join(filter(None, map(describe, message.content)))


def describe(block: object) -> str:
    """Return a text as it is, and anything else in brackets: ``[image png, 1234 bytes]``."""
    return text_of(block) or _media(block)


def text_of(block: object) -> str:
    """Return the words of a block; nothing for a picture, a film, a cache point."""
    reader = _TEXTS.get(type(block))
    return reader(block) if reader is not None else ""


def _media(block: object) -> str:
    name = type(block).__name__.lower()
    label = getattr(block, "name", "") or getattr(block, "format", "")
    source = getattr(block, "source", None)
    if source is None:
        return ""
    return f"[{name} {label}, {_size(source)}]"


def _size(source: object) -> str:
    if isinstance(source, content.Inline):
        return f"{len(source.data)} bytes"
    return "by reference" if isinstance(source, content.S3 | content.Url) else "as text"


def _document_text(block: content.Document) -> str:
    if isinstance(block.source, content.Plain):
        return block.source.text
    return "".join(block.source.texts) if isinstance(block.source, content.Pieces) else ""


def _result_text(block: content.ToolResult) -> str:
    return " ".join(filter(None, map(describe, block.content)))


_TEXTS: Final[Mapping[type, Callable[[Any], str]]] = MappingProxyType(
    {
        content.Text: lambda block: block.text,
        content.GuardText: lambda block: block.text,
        content.CitedText: lambda block: block.text,
        content.Reasoning: lambda block: block.text,
        content.ToolUse: arguments_text,
        content.ToolResult: _result_text,
        content.JsonValue: lambda block: bytes(block.value).decode(),
        content.Document: _document_text,
        content.SearchResult: lambda block: "".join(part.text for part in block.content),
    }
)
