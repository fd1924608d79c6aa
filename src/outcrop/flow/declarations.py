"""Repairs of the tools that are declared: what they must say, and that they are there at all.

Place in the house: flow. Part of `flow.prepare`; each function is one repair, from canonical
request to canonical request.

Source: behaviour specification, TOOL-02, TOOL-04, TOOL-05.
"""

from collections.abc import Iterator
from operator import is_
from typing import Final

import msgspec

from outcrop.errors import BadRequestError
from outcrop.models.quirks import Quirks
from outcrop.types.content import CachePoint, Foreign, Text, ToolResult, ToolUse
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment
from outcrop.types.tools import NoChoice, SystemTool, Tool, ToolEntry

NO_TOOLS_PLEASE: Final = "Do not call tools."
OPEN_SCHEMA: Final = msgspec.Raw(b'{"type":"object","properties":{}}')

_NULL: Final = msgspec.Raw(b"null")
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def honour_no_choice(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Say "no tool may be called" in the way there is: without tools, or in words."""
    if not isinstance(request.tool_choice, NoChoice):
        return request
    if not _uses_tools(request):
        changes.append(
            Adjustment(
                rule="tool_choice_none", detail="the tools were left out: none may be called"
            )
        )
        return msgspec.structs.replace(request, tools=(), tool_choice=None)
    changes.append(
        Adjustment(
            rule="tool_choice_none",
            detail="Converse has no tool choice none: the system prompt asks for no calls",
        )
    )
    system = (*request.system, Text(text=NO_TOOLS_PLEASE))
    return msgspec.structs.replace(request, tool_choice=None, system=system)


def _uses_tools(request: Request) -> bool:
    return any(
        isinstance(block, ToolUse | ToolResult)
        for message in request.messages
        for block in message.content
    )


def complete_tools(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Give every tool a description and a schema that say something.

    Raises:
        BadRequestError: A schema is not a JSON object.
    """
    tools = tuple(
        _completed(tool, place, changes) if isinstance(tool, Tool) else tool
        for place, tool in enumerate(request.tools)
    )
    if all(map(is_, tools, request.tools)):
        return request
    return msgspec.structs.replace(request, tools=tools)


def _completed(tool: Tool, place: int, changes: list[Adjustment]) -> Tool:
    schema = _schema_of(tool, place)
    if tool.description == "":
        changes.append(
            Adjustment(rule="tool_described", detail=f"tool {tool.name} is described by its name")
        )
        tool = msgspec.structs.replace(tool, description=tool.name)
    if schema is not tool.input_schema:
        changes.append(
            Adjustment(rule="tool_schema", detail=f"the schema of tool {tool.name} says object")
        )
        tool = msgspec.structs.replace(tool, input_schema=schema)
    return tool


def _schema_of(tool: Tool, place: int) -> msgspec.Raw:
    given = tool.input_schema
    if not given or given == _NULL:
        return OPEN_SCHEMA
    try:
        members = _members.decode(given)
    except msgspec.DecodeError as error:
        raise BadRequestError(
            f"tools[{place}].input_schema of {tool.name} must be a JSON object"
        ) from error
    if "type" in members:
        return given
    return msgspec.Raw(msgspec.json.encode({"type": "object", **members}))


def may_call(request: Request, api: str) -> bool:
    """Tell whether there will be a tool that the model could call over `api`."""
    declared = any(_is_callable(tool, api) for tool in request.tools)
    return declared or any(_tools_used(request))


def _is_callable(tool: ToolEntry, api: str) -> bool:
    if isinstance(tool, CachePoint):
        return False
    return not isinstance(tool, Foreign) or tool.api == api


def _declares(request: Request) -> bool:
    return any(not isinstance(tool, CachePoint) for tool in request.tools)


def rebuild_tools(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Declare the tools that the conversation used, where none are declared."""
    if _declares(request):
        return request
    found = dict(_tools_used(request))
    if not found:
        return request
    names = ", ".join(found)
    changes.append(
        Adjustment(rule="tools_rebuilt", detail=f"the conversation calls tools not given: {names}")
    )
    return msgspec.structs.replace(request, tools=(*found.values(), *request.tools))


def _tools_used(request: Request) -> Iterator[tuple[str, ToolEntry]]:
    for message in request.messages:
        for block in message.content:
            if isinstance(block, ToolUse):
                yield block.name, _declared(block)


def _declared(call: ToolUse) -> ToolEntry:
    if call.by_server:
        return SystemTool(name=call.name)
    return Tool(name=call.name, description=call.name, input_schema=OPEN_SCHEMA)
