"""Content blocks: what a message, a system prompt and a tool's answer hold.

Place in the house: the Converse codec. Used by `request`, `response` and `stream`.

Decoding goes by the type of the one member that is set; encoding by the class of the block. A
block that this wire has no word for (`Foreign`, read by another API) is left out: `unsupported`
lists such blocks before anything is sent.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.converse import wire_blocks as wire
from outcrop.codecs.converse.citations import (
    decode_cited,
    decode_search_result,
    encode_cited,
    encode_search_result,
)
from outcrop.codecs.converse.media import (
    decode_audio,
    decode_document,
    decode_image,
    decode_source,
    decode_video,
    encode_audio,
    encode_document,
    encode_image,
    encode_media_source,
    encode_video,
)
from outcrop.codecs.converse.surplus import API, decode_extra, encode_extra, encode_foreign
from outcrop.protocols.levels import WireType
from outcrop.protocols.lossless import member
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import (
    Audio,
    Block,
    CachePoint,
    CitedText,
    Document,
    Foreign,
    GuardContent,
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
    Video,
)
from outcrop.types.messages import Message

NO_OBJECT: Final = "the model's arguments are not a JSON object"


def encode_message(message: Message) -> wire.Message:
    """Write one turn."""
    return wire.Message(
        role=message.role,
        content=encode_blocks(wire.ContentBlock, message.content),
        surplus=encode_extra(message.extra),
    )


def decode_message(message: wire.Message) -> Message:
    """Read one turn."""
    return Message(
        role=message.role,
        content=tuple(map(decode_block, message.content)),
        extra=decode_extra(message.surplus),
    )


def decode_block(block: wire.ContentBlock) -> Block:
    """Read one block of a message."""
    found = member(block)
    return _BLOCK_DECODERS[type(found)](found)


def decode_system_block(block: wire.SystemBlock) -> SystemBlock:
    """Read one block of a system prompt."""
    found = member(block)
    return _SYSTEM_DECODERS[type(found)](found)


def decode_result_content(content: wire.ToolResultContent) -> ToolResultContent:
    """Read one part of a tool's answer."""
    found = member(content)
    return _RESULT_DECODERS[type(found)](found)


def decode_result_delta(content: wire.ToolResultDelta) -> Text | JsonValue | Foreign:
    """Read one part of a server tool's answer, as a stream brings it."""
    found = member(content)
    return _DELTA_DECODERS[type(found)](found)


def encode_blocks(kind: Callable[..., WireType], blocks: Iterable[Any]) -> tuple[WireType, ...]:
    """Write the blocks of a message, a system prompt or a tool's answer: `kind` says which."""
    written = [_encode_block(kind, block) for block in blocks]
    return tuple([block for block in written if block is not None])


def _encode_block(kind: Callable[..., WireType], block: Any) -> WireType | None:
    block_type = type(block)
    if block_type is Text and block.extra is None:
        return kind(text=block.text)
    if block_type is Foreign:
        whole = encode_foreign(block.api, block.raw)
        return None if whole is None else kind(surplus=whole)
    name, write = _MEMBERS[block_type]
    if block_type not in _BARE or block.extra is None:
        return kind(**{name: write(block)})
    return kind(**{name: write(block)}, surplus=encode_extra(block.extra))


# Written as a value without members: what stood beside it belongs to the block itself.
_BARE: Final = frozenset({Text, JsonValue})


def _decode_text(text: str) -> Text:
    return Text(text=text)


def _decode_json(value: msgspec.Raw) -> JsonValue:
    return JsonValue(value=value.copy())


def decode_foreign(surplus: Surplus) -> Foreign:
    """Keep an object that this codec has no word for."""
    assert surplus.whole is not None, "a union is read as one member or as a whole"
    return Foreign(api=API, raw=surplus.whole.copy())


def _decode_tool_use(block: wire.ToolUseBlock) -> ToolUse:
    arguments = block.input.copy()
    return ToolUse(
        id=block.tool_use_id,
        name=block.name,
        arguments=arguments,
        type=block.type,
        # An object begins with a brace, and the value was found to be JSON when it was read.
        arguments_error=None if bytes(arguments)[:1] == b"{" else NO_OBJECT,
        extra=decode_extra(block.surplus),
    )


def _encode_tool_use(block: ToolUse) -> wire.ToolUseBlock:
    return wire.ToolUseBlock(
        tool_use_id=block.id,
        name=block.name,
        input=block.arguments,
        type=block.type,
        surplus=encode_extra(block.extra),
    )


def _decode_tool_result(block: wire.ToolResultBlock) -> ToolResult:
    return ToolResult(
        id=block.tool_use_id,
        content=tuple(map(decode_result_content, block.content)),
        status=block.status,
        type=block.type,
        extra=decode_extra(block.surplus),
    )


def _encode_tool_result(block: ToolResult) -> wire.ToolResultBlock:
    return wire.ToolResultBlock(
        tool_use_id=block.id,
        content=encode_blocks(wire.ToolResultContent, block.content),
        status=block.status,
        type=block.type,
        surplus=encode_extra(block.extra),
    )


def _decode_guard(content: wire.GuardContent) -> GuardContent:
    found = member(content)
    if isinstance(found, wire.GuardText):
        return GuardText(
            text=found.text, qualifiers=found.qualifiers, extra=decode_extra(found.surplus)
        )
    return GuardImage(
        format=found.format,
        source=decode_source(found.source),
        extra=decode_extra(found.surplus),
    )


def _encode_guard_text(block: GuardText) -> wire.GuardContent:
    text = wire.GuardText(
        text=block.text, qualifiers=block.qualifiers, surplus=encode_extra(block.extra)
    )
    return wire.GuardContent(text=text)


def _encode_guard_image(block: GuardImage) -> wire.GuardContent:
    image = wire.GuardImage(
        format=block.format,
        source=encode_media_source(block.source),
        surplus=encode_extra(block.extra),
    )
    return wire.GuardContent(image=image)


def decode_cache_point(point: wire.CachePoint) -> CachePoint:
    """Read the end of what may be cached."""
    return CachePoint(type=point.type, ttl=point.ttl, extra=decode_extra(point.surplus))


def encode_cache_point(point: CachePoint) -> wire.CachePoint:
    """Write the end of what may be cached."""
    return wire.CachePoint(type=point.type, ttl=point.ttl, surplus=encode_extra(point.extra))


def _decode_reasoning(content: wire.ReasoningContent) -> Reasoning | RedactedReasoning:
    found = member(content)
    if isinstance(found, bytes):
        return RedactedReasoning(data=found)
    return Reasoning(text=found.text, signature=found.signature, extra=decode_extra(found.surplus))


def _encode_reasoning(block: Reasoning) -> wire.ReasoningContent:
    text = wire.ReasoningText(
        text=block.text, signature=block.signature, surplus=encode_extra(block.extra)
    )
    return wire.ReasoningContent(reasoning_text=text)


def _encode_redacted(block: RedactedReasoning) -> wire.ReasoningContent:
    return wire.ReasoningContent(redacted_content=block.data, surplus=encode_extra(block.extra))


def _decode_addition(change: wire.ToolAddition) -> ToolAddition:
    return ToolAddition(tool=_decode_reference(change.tool), extra=decode_extra(change.surplus))


def _decode_removal(change: wire.ToolRemoval) -> ToolRemoval:
    return ToolRemoval(tool=_decode_reference(change.tool), extra=decode_extra(change.surplus))


def _decode_reference(tool: wire.ToolReference) -> ToolReference:
    return ToolReference(
        type=tool.type,
        name=tool.name,
        server_name=tool.server_name,
        extra=decode_extra(tool.surplus),
    )


def _encode_addition(block: ToolAddition) -> wire.ToolAddition:
    tool = _encode_reference(block.tool)
    return wire.ToolAddition(tool=tool, surplus=encode_extra(block.extra))


def _encode_removal(block: ToolRemoval) -> wire.ToolRemoval:
    tool = _encode_reference(block.tool)
    return wire.ToolRemoval(tool=tool, surplus=encode_extra(block.extra))


def _encode_reference(tool: ToolReference) -> wire.ToolReference:
    return wire.ToolReference(
        type=tool.type,
        name=tool.name,
        server_name=tool.server_name,
        surplus=encode_extra(tool.extra),
    )


_BLOCK_DECODERS: Final[Mapping[type, Callable[[Any], Block]]] = MappingProxyType(
    {
        str: _decode_text,
        wire.ToolUseBlock: _decode_tool_use,
        wire.ToolResultBlock: _decode_tool_result,
        wire.ImageBlock: decode_image,
        wire.DocumentBlock: decode_document,
        wire.VideoBlock: decode_video,
        wire.AudioBlock: decode_audio,
        wire.GuardContent: _decode_guard,
        wire.CachePoint: decode_cache_point,
        wire.ReasoningContent: _decode_reasoning,
        wire.CitationsContent: decode_cited,
        wire.SearchResultBlock: decode_search_result,
        wire.ToolAddition: _decode_addition,
        wire.ToolRemoval: _decode_removal,
        Surplus: decode_foreign,
    }
)

_SYSTEM_DECODERS: Final[Mapping[type, Callable[[Any], SystemBlock]]] = MappingProxyType(
    {
        str: _decode_text,
        wire.GuardContent: _decode_guard,
        wire.CachePoint: decode_cache_point,
        Surplus: decode_foreign,
    }
)

_DELTA_DECODERS: Final[Mapping[type, Callable[[Any], Text | JsonValue | Foreign]]] = (
    MappingProxyType({str: _decode_text, msgspec.Raw: _decode_json, Surplus: decode_foreign})
)

_RESULT_DECODERS: Final[Mapping[type, Callable[[Any], ToolResultContent]]] = MappingProxyType(
    {
        **_DELTA_DECODERS,
        wire.ImageBlock: decode_image,
        wire.DocumentBlock: decode_document,
        wire.VideoBlock: decode_video,
        wire.SearchResultBlock: decode_search_result,
    }
)

# Where a block stands on the wire, in whatever may hold it, and how it is written there.
_MEMBERS: Final[Mapping[type, tuple[str, Callable[[Any], Any]]]] = MappingProxyType(
    {
        Text: ("text", attrgetter("text")),
        JsonValue: ("json", attrgetter("value")),
        ToolUse: ("tool_use", _encode_tool_use),
        ToolResult: ("tool_result", _encode_tool_result),
        Image: ("image", encode_image),
        Document: ("document", encode_document),
        Video: ("video", encode_video),
        Audio: ("audio", encode_audio),
        GuardText: ("guard_content", _encode_guard_text),
        GuardImage: ("guard_content", _encode_guard_image),
        CachePoint: ("cache_point", encode_cache_point),
        Reasoning: ("reasoning_content", _encode_reasoning),
        RedactedReasoning: ("reasoning_content", _encode_redacted),
        CitedText: ("citations_content", encode_cited),
        SearchResult: ("search_result", encode_search_result),
        ToolAddition: ("tool_addition", _encode_addition),
        ToolRemoval: ("tool_removal", _encode_removal),
    }
)
