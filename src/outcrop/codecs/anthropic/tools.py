"""The tools a model may call, whether it must, and whether it may call several at once.

Place in the house: the Anthropic codec. Used by `request`.

A tool of Anthropic's own types (``computer_...``, ``bash_...``, ``text_editor_...``) is `Foreign`
and passes as it is; the beta that its version asks for is told beside it.

Source: behaviour specification, TOOL-11, TOOL-12, ANTH-02.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.anthropic import wire
from outcrop.codecs.anthropic.caching import decode_control, mark
from outcrop.codecs.anthropic.surplus import (
    API,
    decode_extra,
    decode_foreign,
    encode_extra,
    encode_foreign,
)
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import CachePoint, Foreign
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    Tool,
    ToolChoice,
    ToolEntry,
)

_BETAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "computer_20241022": "computer-use-2024-10-22",
        "bash_20241022": "computer-use-2024-10-22",
        "text_editor_20241022": "computer-use-2024-10-22",
        "computer_20250124": "computer-use-2025-01-24",
        "computer_20251124": "computer-use-2025-11-24",
    }
)
"""What a version of a tool was released with, and is refused without."""


class _Typed(msgspec.Struct):
    type: str = ""


_TYPED: Final = msgspec.json.Decoder(_Typed)


def betas_of(tools: Iterable[ToolEntry]) -> Iterator[str]:
    """Yield the betas that Anthropic's own tools ask for."""
    for tool in tools:
        if isinstance(tool, Foreign) and tool.api == API:
            beta = _BETAS.get(_TYPED.decode(tool.raw).type)
            if beta is not None:
                yield beta


def decode_tools(tools: Iterable[wire.Tool]) -> tuple[ToolEntry, ...]:
    """Read the list of tools."""
    read: list[ToolEntry] = []
    for tool in tools:
        if isinstance(tool, Surplus):
            read.append(decode_foreign(tool))
            continue
        read.append(_decode_tool(tool))
        if tool.cache_control is not None:
            read.append(decode_control(tool.cache_control))
    return tuple(read)


def encode_tools(tools: Iterable[ToolEntry]) -> tuple[Any, ...]:
    """Write the list of tools."""
    written: list[Any] = []
    for tool in tools:
        if isinstance(tool, CachePoint):
            mark(written, tool)
        elif isinstance(tool, Tool):
            written.append(_encode_tool(tool))
        elif isinstance(tool, Foreign) and (whole := encode_foreign(tool)) is not None:
            written.append(whole)
    return tuple(written)


def _decode_tool(tool: wire.Tool) -> Tool:
    return Tool(
        name=tool.name,
        input_schema=tool.input_schema,
        description=tool.description,
        strict=tool.strict,
        extra=decode_extra(tool.surplus),
    )


def _encode_tool(tool: Tool) -> wire.PlainTool:
    return wire.PlainTool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.input_schema,
        strict=tool.strict,
        surplus=encode_extra(tool.extra),
    )


def decode_choice(choice: wire.ToolChoice | Surplus | None) -> ToolChoice | None:
    """Read whether a tool must be called."""
    return None if choice is None else _CHOICE_DECODERS[type(choice)](choice)


def decode_parallel(choice: wire.ToolChoice | Surplus | None) -> bool | None:
    """Read whether several tools may be called at once."""
    disabled = getattr(choice, "disable_parallel_tool_use", None)
    return None if disabled is None else not disabled


def encode_choice(choice: ToolChoice | None, *, parallel: bool | None) -> Any:
    """Write whether a tool must be called, and whether several may be."""
    if choice is None and parallel is not None:
        choice = AutoChoice()
    if choice is None:
        return None
    disabled = None if parallel is None else not parallel
    return _CHOICE_ENCODERS[type(choice)](choice, disabled)


_CHOICE_ENCODERS: Final[Mapping[type, Callable[[Any, bool | None], Any]]] = MappingProxyType(
    {
        AutoChoice: lambda choice, disabled: wire.AutoChoice(
            disable_parallel_tool_use=disabled, surplus=encode_extra(choice.extra)
        ),
        AnyChoice: lambda choice, disabled: wire.AnyChoice(
            disable_parallel_tool_use=disabled, surplus=encode_extra(choice.extra)
        ),
        NamedChoice: lambda choice, disabled: wire.NamedChoice(
            name=choice.name,
            disable_parallel_tool_use=disabled,
            surplus=encode_extra(choice.extra),
        ),
        # No call at all is not several at once either.
        NoChoice: lambda _choice, _disabled: wire.NoChoice(),
        Foreign: lambda choice, _disabled: encode_foreign(choice),
    }
)


def _decode_none(choice: wire.NoChoice) -> NoChoice | Foreign:
    return NoChoice() if choice.surplus is None else decode_foreign(choice)


_CHOICE_DECODERS: Final[Mapping[type, Callable[[Any], ToolChoice]]] = MappingProxyType(
    {
        wire.AutoChoice: lambda choice: AutoChoice(extra=decode_extra(choice.surplus)),
        wire.AnyChoice: lambda choice: AnyChoice(extra=decode_extra(choice.surplus)),
        wire.NamedChoice: lambda choice: NamedChoice(
            name=choice.name, extra=decode_extra(choice.surplus)
        ),
        wire.NoChoice: _decode_none,
        Surplus: decode_foreign,
    }
)
