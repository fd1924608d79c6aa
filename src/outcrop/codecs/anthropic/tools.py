"""The tools a model may call, whether it must, and whether it may call several at once.

Place in the house: the Anthropic codec. Used by `request`.

A tool of Anthropic's own types (``computer_...``, ``bash_...``, ``text_editor_...``) is `Foreign`
and passes as it is; the beta that its version asks for is told beside it. Those that Anthropic's
service would run (search, fetch, programs) are refused by InvokeModel, as a recording shows: there
they become functions that the caller runs.

Source: behaviour specification, TOOL-11 to TOOL-13, ANTH-02.
"""

import re
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
from outcrop.types.json import Extra
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
    name: str = ""
    cache_control: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Function(msgspec.Struct, frozen=True):
    description: str
    parameter: str


_RUN_BY_SERVICE: Final[Mapping[str, _Function]] = MappingProxyType(
    {
        "web_search": _Function("Search the web and return what was found.", "query"),
        "web_fetch": _Function("Return the content of a web page.", "url"),
        "code_execution": _Function("Run a Python program and return what it prints.", "code"),
    }
)
_VERSION: Final = re.compile(r"_\d{8}$")


_TYPED: Final = msgspec.json.Decoder(_Typed)


def _typed(tool: Foreign) -> _Typed:
    try:
        return _TYPED.decode(tool.raw)
    except msgspec.DecodeError:
        # What is nobody's tool passes as it is; the service says what is wrong with it.
        return _Typed()


def betas_of(tools: Iterable[ToolEntry]) -> Iterator[str]:
    """Yield the betas that Anthropic's own tools ask for."""
    for tool in tools:
        if isinstance(tool, Foreign) and tool.api == API:
            beta = _BETAS.get(_typed(tool).type)
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


def function_of(tool: ToolEntry) -> Tool | None:
    """Return the function that stands for a tool which InvokeModel does not run; else None."""
    if not isinstance(tool, Foreign) or tool.api != API:
        return None
    typed = _typed(tool)
    kind = _VERSION.sub("", typed.type)
    function = _RUN_BY_SERVICE.get(kind)
    if function is None:
        return None
    parameter = {function.parameter: {"type": "string"}}
    schema = {"type": "object", "properties": parameter, "required": list(parameter)}
    kept = {} if typed.cache_control is msgspec.UNSET else {"cache_control": typed.cache_control}
    return Tool(
        name=typed.name or kind,
        description=function.description,
        input_schema=msgspec.Raw(msgspec.json.encode(schema)),
        extra=Extra(API, kept) if kept else None,
    )


def encode_tools(tools: Iterable[ToolEntry], *, invoke: bool) -> tuple[Any, ...]:
    """Write the list of tools; `invoke` says that the service runs none of them."""
    written: list[Any] = []
    for entry in tools:
        tool = (function_of(entry) or entry) if invoke else entry
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
