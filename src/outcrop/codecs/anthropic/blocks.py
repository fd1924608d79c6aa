"""Content blocks: what a message, a system prompt and a tool's answer hold.

Place in the house: the Anthropic codec. Used by `request`, `response` and `stream`.

Decoding goes by the type of the block, encoding by the class of the canonical one. What this wire
has no word for is left out: `unsupported` lists it before anything is sent. Two things are said
in other words: text and pictures for a guardrail as plain ones, a tool's JSON as its text.

Source: behaviour specification, ANTH-02, ANTH-03, TOOL-13.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from outcrop.codecs.anthropic import wire_blocks as wire
from outcrop.codecs.anthropic.caching import decode_control, mark
from outcrop.codecs.anthropic.citations import (
    decode_inner_text,
    decode_search_result,
    decode_text,
    encode_cited,
    encode_inner_text,
    encode_search_result,
)
from outcrop.codecs.anthropic.media import (
    decode_document,
    decode_image,
    encode_document,
    encode_image,
)
from outcrop.codecs.anthropic.surplus import (
    decode_extra,
    decode_foreign,
    encode_extra,
    encode_foreign,
)
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import (
    SERVER_TOOL_USE,
    Block,
    CachePoint,
    CitedText,
    Document,
    Foreign,
    GuardImage,
    GuardText,
    Image,
    JsonValue,
    Reasoning,
    RedactedReasoning,
    SearchResult,
    SystemBlock,
    Text,
    ToolAddition,
    ToolReference,
    ToolRemoval,
    ToolResult,
    ToolResultContent,
    ToolUse,
)
from outcrop.types.messages import Message

NO_OBJECT: Final = "the model's arguments are not a JSON object"

_FAILED: Final = "error"
_STATUS: Final = MappingProxyType({None: None, True: _FAILED, False: "success"})

SERVER_RESULTS: Final[Mapping[str, type[wire.ServerResult]]] = MappingProxyType(
    {
        str(kind.__struct_config__.tag): kind
        for kind in (
            wire.WebSearchResult,
            wire.WebFetchResult,
            wire.CodeResult,
            wire.BashResult,
            wire.EditorResult,
            wire.ToolSearchResult,
        )
    }
)
"""The answers of tools that the service runs, by their name on the wire."""


def decode_message(message: wire.Message) -> Message:
    """Read one turn."""
    return Message(
        role=message.role,
        content=decode_content(message.content),
        extra=decode_extra(message.surplus),
    )


def encode_message(message: Message) -> wire.Message:
    """Write one turn."""
    return wire.Message(
        role=message.role,
        content=encode_content(message.content),
        surplus=encode_extra(message.extra),
    )


def decode_content(content: str | Iterable[wire.ContentBlock]) -> tuple[Block, ...]:
    """Read what a message holds."""
    return tuple(_decode_blocks(content, _BLOCK_DECODERS))


def encode_content(blocks: Sequence[Block]) -> tuple[Any, ...]:
    """Write what a message holds."""
    unsayable = {
        block.id for block in blocks if type(block) is ToolResult and not is_sayable_result(block)
    }
    if unsayable:
        # A call without its result is refused, so both are left out.
        blocks = [block for block in blocks if getattr(block, "id", None) not in unsayable]
    return _encode_blocks(blocks, _BLOCK_ENCODERS)


def decode_system(system: str | Iterable[wire.SystemText]) -> tuple[SystemBlock, ...]:
    """Read a system prompt."""
    return tuple(_decode_blocks(system, _SYSTEM_DECODERS)) if system else ()


def encode_system(blocks: Iterable[SystemBlock]) -> tuple[Any, ...]:
    """Write a system prompt."""
    return _encode_blocks(blocks, _SYSTEM_ENCODERS)


def _decode_blocks(
    content: str | Iterable[Any], decoders: Mapping[type, Callable[[Any], Any]]
) -> list[Any]:
    if isinstance(content, str):
        return [Text(text=content)]
    read: list[Any] = []
    for found in content:
        block = decoders[type(found)](found)
        read.append(block)
        control = getattr(found, "cache_control", None)
        # What is kept whole has its cache control inside.
        if control is not None and type(block) is not Foreign:
            read.append(decode_control(control))
    return read


def _encode_blocks(
    blocks: Iterable[Any], encoders: Mapping[type, Callable[[Any], Any]]
) -> tuple[Any, ...]:
    written: list[Any] = []
    for block in blocks:
        if type(block) is CachePoint:
            mark(written, block)
            continue
        write = encoders.get(type(block))
        made = None if write is None else write(block)
        if made is not None:
            written.append(made)
    return tuple(written)


def _decode_system_text(block: wire.SystemText) -> Text:
    return Text(text=block.text, extra=decode_extra(block.surplus))


def _encode_system_text(block: Text | GuardText) -> wire.SystemText:
    return wire.SystemText(text=block.text, surplus=encode_extra(block.extra))


def _encode_text(block: Text | GuardText) -> wire.TextBlock:
    return wire.TextBlock(text=block.text, surplus=encode_extra(block.extra))


def _decode_thinking(block: wire.ThinkingBlock) -> Reasoning:
    return Reasoning(
        text=block.thinking,
        signature=block.signature or None,
        extra=decode_extra(block.surplus),
    )


def _encode_thinking(block: Reasoning) -> wire.ThinkingBlock:
    return wire.ThinkingBlock(
        thinking=block.text, signature=block.signature or "", surplus=encode_extra(block.extra)
    )


def _decode_redacted(block: wire.RedactedThinkingBlock) -> RedactedReasoning:
    # Converse carries the bytes of this text, as recordings show: the text itself in base64.
    return RedactedReasoning(data=block.data.encode(), extra=decode_extra(block.surplus))


def _encode_redacted(block: RedactedReasoning) -> wire.RedactedThinkingBlock | None:
    data = redacted_text(block.data)
    if data is None:
        return None
    return wire.RedactedThinkingBlock(data=data, surplus=encode_extra(block.extra))


def redacted_text(data: bytes) -> str | None:
    """Return sealed reasoning as this wire writes it; None where another API sealed it."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _decode_tool_use(block: wire.ToolUseBlock) -> ToolUse:
    arguments = block.input.copy()
    return ToolUse(
        id=block.id,
        name=block.name,
        arguments=arguments,
        type=SERVER_TOOL_USE if type(block) is wire.ServerToolUseBlock else None,
        # An object begins with a brace, and the value was found to be JSON when it was read.
        arguments_error=None if bytes(arguments)[:1] == b"{" else NO_OBJECT,
        extra=decode_extra(block.surplus),
    )


def _encode_tool_use(block: ToolUse) -> wire.ToolUseBlock:
    kind = wire.ServerToolUseBlock if block.by_server else wire.ToolUseBlock
    return kind(
        id=block.id,
        name=block.name,
        input=block.arguments,
        surplus=encode_extra(block.extra),
    )


def _decode_tool_result(block: wire.ToolResultBlock) -> ToolResult:
    content = block.content
    return ToolResult(
        id=block.tool_use_id,
        content=() if content is None else tuple(_decode_blocks(content, _PART_DECODERS)),
        status=_STATUS[block.is_error],
        extra=decode_extra(block.surplus),
    )


def _decode_server_result(block: wire.ServerResult) -> ToolResult:
    return ToolResult(
        id=block.tool_use_id,
        content=(JsonValue(value=block.content.copy()),),
        type=str(block.__struct_config__.tag),
        extra=decode_extra(block.surplus),
    )


def _encode_tool_result(block: ToolResult) -> wire.ToolResultBlock | wire.ServerResult | None:
    if block.type is not None:
        return _encode_server_result(block, block.type)
    return wire.ToolResultBlock(
        tool_use_id=block.id,
        content=_encode_blocks(block.content, _PART_ENCODERS),
        is_error=None if block.status is None else block.status == _FAILED,
        surplus=encode_extra(block.extra),
    )


def _encode_server_result(block: ToolResult, kind: str) -> wire.ServerResult | None:
    if not is_sayable_result(block):
        return None
    (content,) = block.content
    assert isinstance(content, JsonValue), "what this wire can say holds one JSON value"
    return SERVER_RESULTS[kind](
        tool_use_id=block.id, content=content.value, surplus=encode_extra(block.extra)
    )


def is_sayable_result(block: ToolResult) -> bool:
    """Tell whether this wire has a word for the answer of a tool, wherever it ran."""
    if block.type is None:
        return True
    is_json = len(block.content) == 1 and type(block.content[0]) is JsonValue
    return block.type in SERVER_RESULTS and is_json


def _encode_json(part: JsonValue) -> wire.InnerText:
    return wire.InnerText(text=bytes(part.value).decode(), surplus=encode_extra(part.extra))


def _decode_reference(tool: wire.ToolReference) -> ToolReference:
    return ToolReference(
        type=tool.type,
        name=tool.name,
        server_name=tool.server_name,
        extra=decode_extra(tool.surplus),
    )


def _encode_reference(tool: ToolReference) -> wire.ToolReference:
    return wire.ToolReference(
        type=tool.type,
        name=tool.name,
        server_name=tool.server_name,
        surplus=encode_extra(tool.extra),
    )


def _decode_addition(block: wire.ToolAddition) -> ToolAddition:
    return ToolAddition(tool=_decode_reference(block.tool), extra=decode_extra(block.surplus))


def _encode_addition(block: ToolAddition) -> wire.ToolAddition:
    tool = _encode_reference(block.tool)
    return wire.ToolAddition(tool=tool, surplus=encode_extra(block.extra))


def _decode_removal(block: wire.ToolRemoval) -> ToolRemoval:
    return ToolRemoval(tool=_decode_reference(block.tool), extra=decode_extra(block.surplus))


def _encode_removal(block: ToolRemoval) -> wire.ToolRemoval:
    tool = _encode_reference(block.tool)
    return wire.ToolRemoval(tool=tool, surplus=encode_extra(block.extra))


def _encode_guard_image(block: GuardImage) -> wire.InnerImage:
    picture = Image(format=block.format, source=block.source, extra=block.extra)
    return encode_image(wire.ImageBlock, picture)


_BLOCK_DECODERS: Final[Mapping[type, Callable[[Any], Block]]] = MappingProxyType(
    {
        wire.TextBlock: decode_text,
        wire.ImageBlock: decode_image,
        wire.DocumentBlock: decode_document,
        wire.SearchResultBlock: decode_search_result,
        wire.ThinkingBlock: _decode_thinking,
        wire.RedactedThinkingBlock: _decode_redacted,
        wire.ToolUseBlock: _decode_tool_use,
        wire.ServerToolUseBlock: _decode_tool_use,
        wire.ToolResultBlock: _decode_tool_result,
        **dict.fromkeys(SERVER_RESULTS.values(), _decode_server_result),
        wire.ToolAddition: _decode_addition,
        wire.ToolRemoval: _decode_removal,
        Surplus: decode_foreign,
    }
)

_SYSTEM_DECODERS: Final[Mapping[type, Callable[[Any], SystemBlock]]] = MappingProxyType(
    {wire.SystemText: _decode_system_text, Surplus: decode_foreign}
)

_PART_DECODERS: Final[Mapping[type, Callable[[Any], ToolResultContent]]] = MappingProxyType(
    {
        wire.InnerText: decode_inner_text,
        wire.InnerImage: decode_image,
        wire.InnerDocument: decode_document,
        wire.InnerSearchResult: decode_search_result,
        Surplus: decode_foreign,
    }
)

_BLOCK_ENCODERS: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        Text: _encode_text,
        CitedText: encode_cited,
        Image: lambda block: encode_image(wire.ImageBlock, block),
        Document: lambda block: encode_document(wire.DocumentBlock, block),
        SearchResult: lambda block: encode_search_result(wire.SearchResultBlock, block),
        Reasoning: _encode_thinking,
        RedactedReasoning: _encode_redacted,
        ToolUse: _encode_tool_use,
        ToolResult: _encode_tool_result,
        GuardText: _encode_text,
        GuardImage: _encode_guard_image,
        ToolAddition: _encode_addition,
        ToolRemoval: _encode_removal,
        Foreign: encode_foreign,
    }
)

_SYSTEM_ENCODERS: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {Text: _encode_system_text, GuardText: _encode_system_text, Foreign: encode_foreign}
)

_PART_ENCODERS: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        Text: encode_inner_text,
        JsonValue: _encode_json,
        Image: lambda block: encode_image(wire.InnerImage, block),
        Document: lambda block: encode_document(wire.InnerDocument, block),
        SearchResult: lambda block: encode_search_result(wire.InnerSearchResult, block),
        Foreign: encode_foreign,
    }
)
