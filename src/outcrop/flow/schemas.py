"""JSON schemas of answers: what Bedrock's own structured output takes of them.

Place in the house: flow. Pure; part of `flow.structured`. A schema that it takes in another form
is given that form; one that says what it cannot say is found out before AWS does.

Source: behaviour specification, STRUCT-01; Amazon Bedrock User Guide, Get validated JSON results
from models, 2026-11.
"""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]

REFERENCE: Final = "#/$defs/"

_REFUSED: Final = frozenset(
    {
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxItems",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "multipleOf",
        "uniqueItems",
    }
)
_OF_NAMES: Final = frozenset({"$defs", "definitions", "properties"})
"""Members whose own members are named by the schema's author."""
_VALUES: Final = frozenset({"const", "default", "enum", "examples"})
_CLOSED: Final = "additionalProperties"


def can_be_closed(schema: Schema) -> bool:
    """Tell whether every object in the schema names its members, and none holds itself."""
    definitions = schema.get("$defs", {})
    if any(holds_itself(name, definitions) for name in definitions):
        return False
    nodes = list(_nodes(schema))
    local = all(str(node.get("$ref", REFERENCE)).startswith(REFERENCE) for node in nodes)
    return local and all("properties" in node for node in nodes if node.get("type") == "object")


def closed(schema: Schema, left_out: set[str]) -> Schema:
    """Return the schema with every object closed, and without what is refused.

    Args:
        schema: As `can_be_closed`.
        left_out: Takes the names of what had to go.
    """
    result = {
        name: _closed_member(name, value, left_out)
        for name, value in schema.items()
        if name not in _REFUSED
    }
    left_out |= schema.keys() & _REFUSED
    return {**result, _CLOSED: False} if "properties" in schema else result


def _closed_member(name: str, value: Any, left_out: set[str]) -> Any:
    if name in _VALUES:
        return value
    if name in _OF_NAMES and isinstance(value, dict):
        return {key: _closed_member("", each, left_out) for key, each in value.items()}
    if isinstance(value, list):
        return [_closed_member("", each, left_out) for each in value]
    return closed(value, left_out) if isinstance(value, dict) else value


def _nodes(value: Any) -> Iterator[Schema]:
    """Yield every schema inside a schema, itself included."""
    if isinstance(value, list):
        for each in value:
            yield from _nodes(each)
    if not isinstance(value, dict):
        return
    yield value
    for name, inner in value.items():
        if name in _OF_NAMES and isinstance(inner, dict):
            yield from _nodes(list(inner.values()))
        elif name not in _VALUES:
            yield from _nodes(inner)


def holds_itself(name: str, definitions: Schema) -> bool:
    """Tell whether a definition refers to itself, directly or by others."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for each in _references(definitions[waiting.pop()]):
            if each == name:
                return True
            if each in definitions and each not in seen:
                seen.add(each)
                waiting.append(each)
    return False


def _references(schema: Any) -> list[str]:
    return [str(node["$ref"]).removeprefix(REFERENCE) for node in _nodes(schema) if "$ref" in node]
