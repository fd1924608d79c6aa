"""Guesses how many tokens a conversation has, where nobody counts them.

Place in the house: flow. Pure. A token is taken to be four bytes of UTF-8: near for English, too
many for most other languages. What has no words is not counted: pictures, sound, films, and files
that are not given as text.

Source: behaviour specification, COUNT-01.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from outcrop.types import content
from outcrop.types.requests import Request
from outcrop.types.tools import SystemTool, Tool

BYTES_PER_TOKEN: Final = 4

_Words: TypeAlias = str | bytes | None


def estimate_tokens(request: Request) -> int:
    """Return a guess at the tokens of a request: system prompt, turns and tools."""
    parts: list[object] = [*request.system, *request.tools]
    parts += [block for message in request.messages for block in message.content]
    size = sum(map(_size, parts))
    return -(-size // BYTES_PER_TOKEN)


def _size(part: object) -> int:
    if isinstance(part, content.ToolResult):
        return sum(map(_size, part.content))
    words = _WORDS.get(type(part))
    return 0 if words is None else sum(map(_bytes, words(part)))


def _bytes(words: _Words) -> int:
    encoded = words.encode("utf-8", "surrogatepass") if isinstance(words, str) else words
    return len(encoded or b"")


def _document(block: content.Document) -> Iterable[_Words]:
    source = block.source
    texts = source.texts if isinstance(source, content.Pieces) else ()
    plain = source.text if isinstance(source, content.Plain) else None
    return block.name, block.context, plain, *texts


def _found(block: content.SearchResult) -> Iterable[_Words]:
    return block.source, block.title, *(part.text for part in block.content)


_WORDS: Final[Mapping[type, Callable[[Any], Iterable[_Words]]]] = MappingProxyType(
    {
        content.Text: lambda block: (block.text,),
        content.GuardText: lambda block: (block.text,),
        content.Reasoning: lambda block: (block.text,),
        content.CitedText: lambda block: (block.text,),
        content.ToolUse: lambda block: (block.name, bytes(block.arguments)),
        content.JsonValue: lambda block: (bytes(block.value),),
        content.Document: _document,
        content.SearchResult: _found,
        content.Foreign: lambda block: (bytes(block.raw),),
        Tool: lambda tool: (tool.name, tool.description, bytes(tool.input_schema)),
        SystemTool: lambda tool: (tool.name,),
    }
)
