"""Tools, the choice among them, and calls made earlier.

Place in the house: OpenAI Chat codec. Schemas and arguments pass as they stand, unparsed.

Source: behaviour specification, OAI-05, OAI-19, TOOL-02, TOOL-03, TOOL-07.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.codecs.openai_chat import wire
from outcrop.codecs.openai_chat.parts import cache_points, extra_of
from outcrop.codecs.openai_chat.wire import ABSENT
from outcrop.errors import BadRequestError
from outcrop.protocols.refusal import refused
from outcrop.types.content import ToolUse
from outcrop.types.json import EMPTY_OBJECT, is_object
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    Tool,
    ToolChoice,
    ToolEntry,
)

NO_PARAMETERS: Final = msgspec.Raw(b'{"type":"object","properties":{}}')
"""The schema of a function that takes nothing (TOOL-02)."""

_CHOICES: Final[Mapping[str, ToolChoice]] = MappingProxyType(
    {"auto": AutoChoice(), "none": NoChoice(), "required": AnyChoice(), "any": AnyChoice()}
)


def decode_tools(request: wire.Request) -> tuple[ToolEntry, ...]:
    """Read the tools of a request, or only those it allows.

    Raises:
        BadRequestError: A tool is no function, has no name or no object for a schema.
    """
    allowed = _allowed_names(request)
    entries: list[ToolEntry] = []
    for position, tool in enumerate(request.tools or ()):
        function = tool.function
        if function is None or tool.type not in _FUNCTION_TYPES:
            raise _no_function(tool, f"tools[{position}]")
        if allowed is not None and function.name not in allowed:
            continue
        entries.append(_decode_function(function, tool.surplus, "tools", position))
        mark = tool.cache_control or function.cache_control
        if mark is not None:
            entries.extend(cache_points(mark, f"tools[{position}]"))
    entries.extend(
        _decode_function(function, None, "functions", position)
        for position, function in enumerate(request.functions or ())
    )
    return tuple(entries)


_FUNCTION_TYPES: Final = ("function", None)


def _no_function(tool: wire.Tool, path: str) -> BadRequestError:
    if tool.type in _FUNCTION_TYPES:
        return refused("tool.function must be an object", f"{path}.function")
    return refused(f"unsupported tool type: {tool.type}", f"{path}.type")


def _decode_function(
    function: wire.Function, surplus: wire.Surplus, member: str, position: int
) -> Tool:
    if not function.name:
        path = f"{member}[{position}].function.name"
        raise refused("tool.function.name is required", path)
    schema = function.parameters
    if schema is ABSENT or memoryview(schema)[0] != _OBJECT:
        schema = _no_schema(schema, f"{member}[{position}].function.parameters")
    return Tool(
        name=function.name,
        description=function.description,
        input_schema=schema,
        strict=function.strict,
        extra=extra_of(surplus) if surplus else None,
    )


_OBJECT: Final = ord("{")


def _no_schema(schema: msgspec.Raw, path: str) -> msgspec.Raw:
    if wire.given(schema):
        raise refused("tool.function.parameters must be an object", path)
    return NO_PARAMETERS


def _allowed_names(request: wire.Request) -> frozenset[str] | None:
    choice = request.tool_choice
    if not isinstance(choice, wire.ToolChoice) or choice.type != "allowed_tools":
        return None
    path = "tool_choice.allowed_tools"
    if choice.allowed_tools is None:
        raise refused(f"{path} is required", path)
    given = {tool.function.name for tool in request.tools or () if tool.function is not None}
    allowed: set[str] = set()
    for position, tool in enumerate(choice.allowed_tools.tools):
        name = tool.function.name if tool.function is not None else ""
        if name not in given:
            place = f"{path}.tools[{position}].function.name"
            raise refused(f"tool_choice allows a tool that is not in tools: {name}", place)
        allowed.add(name)
    return frozenset(allowed)


def decode_tool_choice(request: wire.Request) -> ToolChoice | None:
    """Read which tool shall be called.

    Raises:
        BadRequestError: The choice is none that Chat has, or names no tool of the request.
    """
    if request.tool_choice is None:
        return _decode_function_choice(request)
    choice = request.tool_choice
    if isinstance(choice, str):
        return _choice(choice, "tool_choice", "tool_choice")
    if choice.type == "allowed_tools" and choice.allowed_tools is not None:
        return _choice(choice.allowed_tools.mode, "tool_choice", "tool_choice.allowed_tools.mode")
    if choice.type != "function":
        return _choice(choice.type, "tool_choice", "tool_choice.type")
    name = choice.function.name if choice.function is not None else ""
    path = "tool_choice.function.name"
    return _named(name, [tool.function for tool in request.tools or ()], path)


def _decode_function_choice(request: wire.Request) -> ToolChoice | None:
    choice = request.function_call
    if choice is None:
        return None
    if isinstance(choice, str):
        return _choice(choice, "function_call", "function_call")
    return _named(choice.name, request.functions or (), "function_call.name")


def _choice(word: str, what: str, path: str) -> ToolChoice:
    choice = _CHOICES.get(word)
    if choice is None:
        raise refused(f"unsupported {what} value: {word}", path)
    return choice


def _named(name: str, functions: Sequence[wire.Function | None], path: str) -> NamedChoice:
    if not name:
        raise refused(f"{path} is required", path)
    if all(function is None or function.name != name for function in functions):
        raise refused(f"{path} is not one of the tools given: {name}", path)
    return NamedChoice(name=name)


def decode_call(call: wire.ToolCall, path: str) -> ToolUse:
    """Read a call that the model made earlier.

    Raises:
        BadRequestError: It is no call of a function, lacks its id or name, or its arguments are
            not one JSON object.
    """
    if call.type not in {"function", None}:
        raise refused(f"unsupported tool type: {call.type}", f"{path}.type")
    if not call.id:
        raise refused("tool_call.id is required", f"{path}.id")
    if call.function is None or not call.function.name:
        raise refused("tool_call.function.name is required", f"{path}.function.name")
    return ToolUse(
        id=call.id,
        name=call.function.name,
        arguments=decode_arguments(call.function.arguments, f"{path}.function.arguments"),
        extra=extra_of(call.surplus),
    )


def decode_arguments(text: str | None, path: str) -> msgspec.Raw:
    """Check that `text` is one JSON object, and let it pass unparsed; nothing means ``{}``.

    Raises:
        BadRequestError: It is anything else: spliced into a body, it could add members to it.
    """
    if text is None or not text.strip():
        return EMPTY_OBJECT
    data = text.strip().encode()
    if not is_object(data):
        raise refused(f"{path} must be one JSON object", path)
    return msgspec.Raw(data)
