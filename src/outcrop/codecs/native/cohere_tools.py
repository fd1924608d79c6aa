"""Tools, their calls and their results, as Cohere Command R says them.

Place in the house: the native codecs. Used by `cohere_request` and `cohere_answer`.

A tool's parameters are a flat table here, with Python's names of types; `is_flat` tells whether a
schema says no more. A call has no id: one is made of its place, and a result repeats its call.

Source: Amazon Bedrock User Guide, Cohere Command R and Command R+ models.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.native.members import Members, Path, keep, kept_by, tree, value_of
from outcrop.errors import BadRequestError
from outcrop.types.content import Foreign, JsonValue, Text, ToolResult, ToolUse
from outcrop.types.json import EMPTY_OBJECT, is_object
from outcrop.types.tools import Tool, ToolEntry

API: Final = "cohere_chat"

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "string": "str",
        "integer": "int",
        "number": "float",
        "boolean": "bool",
        "array": "List",
        "object": "Dict",
    }
)
_JSON_TYPES: Final = MappingProxyType({python: json for json, python in _TYPES.items()})


class _Schema(msgspec.Struct):
    properties: dict[str, dict[str, Any]] = {}
    required: list[str] = []


def encode_tool(tool: ToolEntry) -> Any:
    """Write one tool; None for what this wire has no word for."""
    if isinstance(tool, Foreign):
        return tool.raw if tool.api == API else None
    if not isinstance(tool, Tool):
        return None
    named: dict[Path, Any] = {
        ("name",): tool.name,
        ("description",): tool.description,
        ("parameter_definitions",): _encode_parameters(tool.input_schema),
    }
    return tree(named, kept_by(API, tool.extra))


def _encode_parameters(schema: msgspec.Raw) -> dict[str, Any] | None:
    read = _read_schema(schema)
    written = {
        name: _encode_parameter(definition, required=name in read.required)
        for name, definition in read.properties.items()
    }
    return written or None


def _read_schema(schema: msgspec.Raw) -> _Schema:
    try:
        return msgspec.json.decode(schema, type=_Schema)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise BadRequestError(f"the schema of a tool cannot be read: {problem}") from None


def _encode_parameter(definition: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    kind = definition.get("type")
    named = {
        "description": definition.get("description"),
        "type": _TYPES.get(kind, kind) if isinstance(kind, str) else None,
        "required": required,
    }
    return {name: value for name, value in named.items() if value is not None}


def is_flat(schema: msgspec.Raw) -> bool:
    """Tell whether this wire can say the whole schema."""
    if not set(value_of(schema) or ()) <= {"type", "properties", "required"}:
        return False
    definitions = _read_schema(schema).properties.values()
    return all(
        set(each) <= {"type", "description"} and isinstance(each.get("type", ""), str)
        for each in definitions
    )


def decode_tool(members: Members) -> Tool:
    """Read one tool."""
    name = members.take(str, ("name",)) or ""
    given = members.take(dict[str, dict[str, Any]], ("parameter_definitions",)) or {}
    return Tool(
        name=name,
        input_schema=_decode_parameters(given),
        description=members.take(str, ("description",)),
        extra=keep(API, members.rest()),
    )


def _decode_parameters(given: Mapping[str, dict[str, Any]]) -> msgspec.Raw:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    for name, definition in given.items():
        kind = definition.get("type")
        named = {
            "type": _JSON_TYPES.get(kind, kind) if isinstance(kind, str) else None,
            "description": definition.get("description"),
        }
        schema["properties"][name] = {key: said for key, said in named.items() if said is not None}
    required = [name for name, definition in given.items() if definition.get("required")]
    if required:
        schema["required"] = required
    return msgspec.Raw(msgspec.json.encode(schema))


def encode_call(call: ToolUse) -> dict[str, Any]:
    """Write one call."""
    parameters = call.arguments if is_object(call.arguments) else EMPTY_OBJECT
    return tree({("name",): call.name, ("parameters",): parameters}, kept_by(API, call.extra))


def decode_call(members: Members, call_id: str) -> ToolUse:
    """Read one call, which has no id of its own."""
    name = members.take(str, ("name",)) or ""
    given = members.take(msgspec.Raw, ("parameters",))
    return ToolUse(
        id=call_id,
        name=name,
        arguments=EMPTY_OBJECT if given is None else given.copy(),
        extra=keep(API, members.rest()),
    )


def encode_result(result: ToolResult, calls: Mapping[str, ToolUse]) -> dict[str, Any]:
    """Write one result beside the call that it answers.

    Raises:
        BadRequestError: No call has its id.
    """
    call = calls.get(result.id)
    if call is None:
        raise BadRequestError(f"the tool result {result.id} answers no call of the conversation")
    outputs = [_encode_output(part) for part in result.content]
    named: dict[Path, Any] = {
        ("call",): encode_call(call),
        ("outputs",): [output for output in outputs if output is not None],
    }
    return tree(named, kept_by(API, result.extra))


def _encode_output(part: Any) -> Any:
    match part:
        case Text():
            return {"text": part.text}
        case JsonValue() if is_object(part.value):
            return part.value
        case JsonValue():
            return {"text": bytes(part.value).decode()}
        case _:
            return None


def decode_result(members: Members, call_id: str) -> ToolResult:
    """Read one result; the call that it repeats is known already."""
    members.take(msgspec.Raw, ("call",))
    outputs = members.take(list[msgspec.Raw], ("outputs",)) or ()
    return ToolResult(
        id=call_id, content=tuple(map(_decode_output, outputs)), extra=keep(API, members.rest())
    )


def _decode_output(raw: msgspec.Raw) -> Text | JsonValue:
    given = value_of(raw)
    if isinstance(given, dict) and set(given) == {"text"} and isinstance(given["text"], str):
        return Text(text=given["text"])
    return JsonValue(value=raw.copy())
