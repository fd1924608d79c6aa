"""Tools and their calls, as chat bodies say them.

Place in the house: the native codecs. Used by `chatting` and `chat_stream`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.native.members import Members, Path, keep, kept_by, tree, value_of
from outcrop.errors import BadRequestError
from outcrop.types.accumulate import fold_arguments
from outcrop.types.content import Foreign, JsonValue, Text, ToolResult, ToolUse
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NoChoice,
    Tool,
    ToolChoice,
    ToolEntry,
)

FUNCTION: Final = "function"

_CHOICES: Final[Mapping[str, ToolChoice]] = MappingProxyType(
    {"auto": AutoChoice(), "any": AnyChoice(), "required": AnyChoice(), "none": NoChoice()}
)


def encode_call(call: ToolUse, api: str) -> dict[str, Any]:
    """Write one call."""
    named: dict[Path, Any] = {
        ("id",): call.id,
        ("type",): FUNCTION,
        (FUNCTION, "name"): call.name,
        (FUNCTION, "arguments"): arguments_of(call),
    }
    return tree(named, kept_by(api, call.extra))


def arguments_of(call: ToolUse) -> str:
    """Return the arguments as the model wrote them."""
    if call.arguments_error is not None:
        return msgspec.json.decode(call.arguments, type=str)
    return bytes(call.arguments).decode()


def decode_call(members: Members, api: str) -> ToolUse:
    """Read one call; arguments that are no JSON object are kept as text."""
    name = members.take(str, (FUNCTION, "name")) or ""
    text = members.take(str, (FUNCTION, "arguments")) or ""
    arguments, error = fold_arguments(text)
    members.drop(("type",), FUNCTION)
    return ToolUse(
        id=members.take(str, ("id",)) or "",
        name=name,
        arguments=arguments,
        arguments_error=error,
        extra=keep(api, members.rest()),
    )


def result_text(result: ToolResult) -> str:
    """Return a tool's answer as text, for wires that know nothing else."""
    parts = [_part_text(part) for part in result.content]
    return "\n".join(part for part in parts if part)


def _part_text(part: Any) -> str:
    match part:
        case Text():
            return part.text
        case JsonValue():
            return bytes(part.value).decode()
        case _:
            return ""


def encode_tools(tools: Sequence[ToolEntry], api: str) -> list[Any] | None:
    """Write the tools; None without any."""
    return [_encode_tool(tool, api) for tool in tools if is_sayable_tool(tool, api)] or None


def is_sayable_tool(tool: ToolEntry, api: str) -> bool:
    """Tell whether this wire has a word for a tool."""
    return isinstance(tool, Tool) or (isinstance(tool, Foreign) and tool.api == api)


def _encode_tool(tool: Any, api: str) -> Any:
    if isinstance(tool, Foreign):
        return tool.raw
    named: dict[Path, Any] = {
        ("type",): FUNCTION,
        (FUNCTION, "name"): tool.name,
        (FUNCTION, "description"): tool.description,
        (FUNCTION, "parameters"): tool.input_schema,
        (FUNCTION, "strict"): tool.strict,
    }
    return tree(named, kept_by(api, tool.extra))


def decode_tools(members: Members, api: str) -> tuple[ToolEntry, ...]:
    """Read the tools."""
    raws = members.take(list[msgspec.Raw], ("tools",)) or ()
    return tuple(_decode_tool(raw, f"tools[{number}]", api) for number, raw in enumerate(raws))


def _decode_tool(raw: msgspec.Raw, path: str, api: str) -> ToolEntry:
    members = Members(raw, BadRequestError, path)
    name = members.take(str, (FUNCTION, "name"))
    schema = members.take(msgspec.Raw, (FUNCTION, "parameters"))
    if members.peek("type") != msgspec.Raw(b'"function"') or name is None or schema is None:
        return Foreign(api=api, raw=raw.copy())
    members.drop(("type",), FUNCTION)
    return Tool(
        name=name,
        input_schema=schema.copy(),
        description=members.take(str, (FUNCTION, "description")),
        strict=members.take(bool, (FUNCTION, "strict")),
        extra=keep(api, members.rest()),
    )


def encode_choice(choice: ToolChoice | None, api: str) -> Any:
    """Write whether a tool must be called; None for what this wire has no word for."""
    if isinstance(choice, Foreign):
        return choice.raw if choice.api == api else None
    return next((word for word, known in _CHOICES.items() if type(known) is type(choice)), None)


def is_sayable_choice(choice: ToolChoice, api: str) -> bool:
    """Tell whether this wire has a word for the choice: it names no tool."""
    return encode_choice(choice, api) is not None


def decode_choice(members: Members, api: str) -> ToolChoice | None:
    """Read whether a tool must be called."""
    raw = members.take(msgspec.Raw, ("tool_choice",))
    if raw is None:
        return None
    word = value_of(raw)
    known = _CHOICES.get(word) if isinstance(word, str) else None
    return known or Foreign(api=api, raw=raw.copy())
