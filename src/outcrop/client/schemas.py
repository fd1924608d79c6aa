"""JSON schemas of Python types, and values of these types from JSON.

Place in the house: client. Pure. msgspec knows dataclasses, TypedDicts, its own Structs, enums,
`Literal` and the built-in types; what knows itself, as a pydantic model does, is asked.

    schema_of(Weather)                        # {"type": "object", "properties": {...}}
    decode_as(Weather, b'{"city": "Paris"}')  # Weather(city="Paris")

References are written out where they can be: several models on Bedrock read no ``$defs``.

Source: behaviour specification, TOOL-14, STRUCT-01, STRUCT-04; JSON Schema 2020-12.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from outcrop.errors import BadRequestError
from outcrop.flow.schemas import REFERENCE, Schema, holds_itself


def schema_of(kind: Any, what: str) -> Schema:
    """Return the JSON schema of a type.

    Args:
        kind: Any type that JSON has a form for.
        what: Names it in an error.

    Raises:
        BadRequestError: JSON has no form for it, or for something in it.
    """
    try:
        (root,), components = msgspec.json.schema_components(
            (kind,), schema_hook=_own_schema, ref_template=REFERENCE + "{name}"
        )
    except (TypeError, NotImplementedError, NameError) as error:
        raise BadRequestError(
            f"{what} has no JSON schema",
            hint="use built-in types, Literal, TypedDict, dataclasses, msgspec or pydantic models",
        ) from error
    kept: dict[str, Schema] = {}
    schema = _written_out(root, components, (), kept)
    return {**schema, "$defs": kept} if kept else schema


def _own_schema(kind: type) -> Schema:
    if not _knows_itself(kind):
        raise NotImplementedError
    schema: Schema = kind.model_json_schema()  # type: ignore[attr-defined]  # seen by _knows_itself
    return schema


def _knows_itself(kind: Any) -> bool:
    return hasattr(kind, "model_json_schema") and hasattr(kind, "model_validate")


def _written_out(
    node: Any, known: Mapping[str, Schema], above: tuple[str, ...], kept: dict[str, Schema]
) -> Any:
    """Put definitions where they are referred to; those that hold themselves go into `kept`."""
    if isinstance(node, list):
        return [_written_out(each, known, above, kept) for each in node]
    if not isinstance(node, dict):
        return node
    known = {**known, **node["$defs"]} if "$defs" in node else known
    members = {
        name: _written_out(value, known, above, kept)
        for name, value in node.items()
        if name not in {"$defs", "$ref"}
    }
    name = str(node.get("$ref", "")).removeprefix(REFERENCE)
    if name not in known:
        return members
    if not holds_itself(name, dict(known)):
        return {**_written_out(known[name], known, (*above, name), kept), **members}
    if name not in kept:
        kept[name] = {}
        kept[name] = _written_out(known[name], known, above, kept)
    return {"$ref": REFERENCE + name, **members}


def decode_as(kind: Any, text: bytes | str) -> Any:
    """Read JSON as a value of a type; where that fails, once more with words taken as numbers.

    Raises:
        ValueError: It is no JSON, or does not fit; the message says where, and not what stood
            there.
    """
    try:
        return msgspec.json.decode(text, type=kind, dec_hook=_own_value)
    except msgspec.ValidationError:
        return msgspec.json.decode(text, type=kind, dec_hook=_own_value, strict=False)


def _own_value(kind: type, value: Any) -> Any:
    if not _knows_itself(kind):
        raise NotImplementedError
    try:
        return kind.model_validate(value)  # type: ignore[attr-defined]  # seen by _knows_itself
    except ValueError as error:
        raise ValueError(_faults(error)) from error


def _faults(error: Any) -> str:
    """Return what a pydantic model found, without the values themselves."""
    if not hasattr(error, "errors"):
        return "the value does not fit"
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the value'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )


def encode_value(value: Any) -> bytes:
    """Write a value as JSON.

    Raises:
        TypeError: JSON has no form for something in it.
    """
    return msgspec.json.encode(value, enc_hook=_own_form)


def _own_form(value: Any) -> Any:
    if not _knows_itself(type(value)):
        raise TypeError(f"a {type(value).__name__} has no JSON form")
    return value.model_dump(mode="json")
