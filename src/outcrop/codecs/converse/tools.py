"""The tools a model may call, and whether it must.

Place in the house: the Converse codec. Used by `request`.

This wire has no word for "no tool may be called" (`NoChoice`) and takes a choice only beside a
tool; otherwise the choice is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from outcrop.codecs.converse import wire, wire_blocks
from outcrop.codecs.converse.blocks import (
    decode_cache_point,
    decode_foreign,
    encode_cache_point,
)
from outcrop.codecs.converse.surplus import decode_extra, encode_extra, encode_foreign
from outcrop.protocols.lossless import member
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import CachePoint, Foreign
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    SystemTool,
    Tool,
    ToolChoice,
    ToolEntry,
)


def decode_tool(tool: wire.Tool) -> ToolEntry:
    """Read one entry of the list of tools."""
    found = member(tool)
    return _TOOL_DECODERS[type(found)](found)


def encode_tool_config(
    tools: Iterable[ToolEntry], choice: ToolChoice | None
) -> wire.ToolConfig | None:
    """Write the tools and the choice; None without tools."""
    written = tuple([entry for entry in map(_encode_tool, tools) if entry is not None])
    return wire.ToolConfig(tools=written, tool_choice=_encode_choice(choice)) if written else None


def _decode_spec(spec: wire.ToolSpec) -> Tool:
    return Tool(
        name=spec.name,
        input_schema=spec.input_schema.json,
        description=spec.description,
        strict=spec.strict,
        extra=decode_extra(spec.surplus),
    )


def _decode_system_tool(tool: wire.SystemTool) -> SystemTool:
    return SystemTool(name=tool.name, extra=decode_extra(tool.surplus))


_TOOL_DECODERS: Final[Mapping[type, Callable[[Any], ToolEntry]]] = MappingProxyType(
    {
        wire.ToolSpec: _decode_spec,
        wire.SystemTool: _decode_system_tool,
        wire_blocks.CachePoint: decode_cache_point,
        Surplus: decode_foreign,
    }
)


def _encode_tool(tool: ToolEntry) -> wire.Tool | None:
    match tool:
        case Tool():
            return wire.Tool(tool_spec=_encode_spec(tool))
        case SystemTool():
            named = wire.SystemTool(name=tool.name, surplus=encode_extra(tool.extra))
            return wire.Tool(system_tool=named)
        case CachePoint():
            return wire.Tool(cache_point=encode_cache_point(tool))
        case Foreign():
            surplus = encode_foreign(tool.api, tool.raw)
            return None if surplus is None else wire.Tool(surplus=surplus)


def _encode_spec(tool: Tool) -> wire.ToolSpec:
    return wire.ToolSpec(
        name=tool.name,
        description=tool.description,
        input_schema=wire.ToolInputSchema(json=tool.input_schema),
        strict=tool.strict,
        surplus=encode_extra(tool.extra),
    )


def decode_choice(choice: wire.ToolChoice | None) -> ToolChoice | None:
    """Read whether a tool must be called."""
    if choice is None:
        return None
    found = member(choice)
    return _CHOICE_DECODERS[type(found)](found)


def _decode_auto(choice: wire.AutoChoice) -> AutoChoice:
    return AutoChoice(extra=decode_extra(choice.surplus))


def _decode_any(choice: wire.AnyChoice) -> AnyChoice:
    return AnyChoice(extra=decode_extra(choice.surplus))


def _decode_named(choice: wire.NamedChoice) -> NamedChoice:
    return NamedChoice(name=choice.name, extra=decode_extra(choice.surplus))


_CHOICE_DECODERS: Final[Mapping[type, Callable[[Any], ToolChoice]]] = MappingProxyType(
    {
        wire.AutoChoice: _decode_auto,
        wire.AnyChoice: _decode_any,
        wire.NamedChoice: _decode_named,
        Surplus: decode_foreign,
    }
)


def _encode_choice(choice: ToolChoice | None) -> wire.ToolChoice | None:
    match choice:
        case None | NoChoice():
            return None
        case AutoChoice():
            return wire.ToolChoice(auto=wire.AutoChoice(surplus=encode_extra(choice.extra)))
        case AnyChoice():
            return wire.ToolChoice(any=wire.AnyChoice(surplus=encode_extra(choice.extra)))
        case NamedChoice():
            named = wire.NamedChoice(name=choice.name, surplus=encode_extra(choice.extra))
            return wire.ToolChoice(tool=named)
        case Foreign():
            surplus = encode_foreign(choice.api, choice.raw)
            return None if surplus is None else wire.ToolChoice(surplus=surplus)
