"""Canonical blocks that Chat has no form for, as JSON objects, both ways.

Place in the house: OpenAI Chat codec. Server tools, documents and whatever else an answer holds
travel in ``message.outcrop.blocks``; a client that sends its messages back sends them back too.

    {"block": "tool_use", "type": "server_tool_use", "id": "t1", "name": "x", "arguments": {...}}

The form is the canonical value, member by member: ``block`` names its class, members that have
their default are left out, bytes are base64. ``index`` counts the entries of a message, so that
fragments of a stream can be joined.
"""

import re
from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Any, Final, get_args, get_origin

import msgspec

from outcrop.protocols.refusal import refused
from outcrop.types.content import Block, ToolUse
from outcrop.types.json import Extra, is_object

_KIND: Final = "block"
_INDEX: Final = "index"
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items: Final = msgspec.json.Decoder(list[msgspec.Raw])


def encode_block(block: Block, index: int) -> dict[str, Any]:
    """Write a block as the entry number `index`."""
    return {_INDEX: index, **encode_value(block)}


def encode_value(value: Any) -> Any:
    """Write a canonical value, or what stands inside one."""
    if isinstance(value, tuple):
        return [encode_value(item) for item in value]
    if not isinstance(value, msgspec.Struct):
        return value
    kind = type(value)
    name = _name(kind)
    form = {_KIND: name} if name else {}
    for field in msgspec.structs.fields(kind):
        member = getattr(value, field.name)
        if member != field.default:
            form[field.name] = encode_value(member)
    return form


def decode_block(raw: msgspec.Raw, path: str) -> Block:
    """Read an entry that `encode_block` wrote.

    Raises:
        BadRequestError: It is no such entry.
    """
    try:
        block = _decode(raw, _classes(Block))
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise refused("not a block that this API wrote; leave it out", path) from error
    if isinstance(block, ToolUse) and not is_object(bytes(block.arguments)):
        raise refused(f"{path}.arguments must be one JSON object", f"{path}.arguments")
    return block  # type: ignore[no-any-return]  # `_classes(Block)` holds the members of Block


def _decode(raw: msgspec.Raw, classes: dict[str, type[msgspec.Struct]]) -> Any:
    members = _members.decode(raw)
    members.pop(_INDEX, None)
    named = members.pop(_KIND, None)
    kind = classes[msgspec.json.decode(named, type=str) if named else ""]
    annotations = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return kind(
        **{name: _decode_member(value, annotations[name]) for name, value in members.items()}
    )


def _decode_member(raw: msgspec.Raw, annotation: Any) -> Any:
    classes = _classes(annotation)
    if not classes:
        return msgspec.json.decode(raw, type=annotation)
    if not _is_tuple(annotation):
        return _decode(raw, classes)
    return tuple(_decode(item, classes) for item in _items.decode(raw))


def _is_tuple(annotation: Any) -> bool:
    if isinstance(annotation, UnionType):
        return any(_is_tuple(argument) for argument in get_args(annotation))
    return get_origin(annotation) is tuple


@cache
def _classes(annotation: Any) -> dict[str, type[msgspec.Struct]]:
    """Return the value classes that an annotation admits, by the name they have in JSON."""
    return {_name(kind): kind for kind in _walk(annotation)}


def _walk(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for argument in get_args(annotation):
        yield from _walk(argument)


@cache
def _name(kind: type[msgspec.Struct]) -> str:
    """Return what a class is called in JSON; `Extra`, which stands alone, has no name."""
    return "" if kind is Extra else _HUMP.sub("_", kind.__name__).lower()
