"""Members of a request that no Struct names: found, moved aside, never lost.

Place in the house: OpenAI Chat codec. Runs only when the typed decoder met a name it does not
know; the document is then taken apart level by level, each unknown member moves into `surplus` of
the nearest Struct above it that has one, and the document is put together again. Below such a
Struct the name of a member is its path: ``image_url.crop``.
"""

from functools import cache
from typing import Any, Final, get_args

import msgspec

from outcrop.codecs.openai_chat.wire import SURPLUS

_objects: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_lists: Final = msgspec.json.Decoder(list[msgspec.Raw])
_encode: Final = msgspec.json.Encoder().encode


def move_unknown(kind: type[msgspec.Struct], document: bytes) -> bytes:
    """Return `document` with every member that `kind` does not name moved into a `surplus`.

    Raises:
        msgspec.DecodeError: `document` is not JSON.
    """
    moved, _ = _move(kind, document)
    return moved


def _move(kind: type[msgspec.Struct], text: bytes) -> tuple[bytes, dict[str, msgspec.Raw]]:
    """Return the value without what it could not keep, and that, by path."""
    first = text.lstrip()[:1]
    if first == b"{":
        return _move_object(kind, _objects.decode(text))
    if first == b"[":
        return _move_list(kind, _lists.decode(text))
    return text, {}


def _move_object(
    kind: type[msgspec.Struct], members: dict[str, msgspec.Raw]
) -> tuple[bytes, dict[str, msgspec.Raw]]:
    named = _named(kind)
    kept: dict[str, msgspec.Raw] = {}
    surplus: dict[str, msgspec.Raw] = {}
    for name, raw in members.items():
        if name not in named or name == SURPLUS:
            surplus[name] = raw
            continue
        below = named[name]
        text, rest = _move(below, bytes(raw)) if below else (raw, {})
        kept[name] = msgspec.Raw(text)
        surplus |= {_join(name, path): value for path, value in rest.items()}
    if surplus and SURPLUS in named:
        kept[SURPLUS] = msgspec.Raw(_encode(surplus))
        surplus = {}
    return _encode(kept), surplus


def _move_list(
    kind: type[msgspec.Struct], items: list[msgspec.Raw]
) -> tuple[bytes, dict[str, msgspec.Raw]]:
    kept: list[msgspec.Raw] = []
    surplus: dict[str, msgspec.Raw] = {}
    for position, raw in enumerate(items):
        text, rest = _move(kind, bytes(raw))
        kept.append(msgspec.Raw(text))
        surplus |= {_join(f"[{position}]", path): value for path, value in rest.items()}
    return _encode(kept), surplus


def _join(name: str, path: str) -> str:
    return f"{name}{path}" if path.startswith("[") else f"{name}.{path}"


@cache
def _named(kind: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct] | None]:
    """Return the members of `kind` by their name on the wire, each with the Struct inside it."""
    return {field.encode_name: _struct_in(field.type) for field in msgspec.structs.fields(kind)}


def _struct_in(annotation: Any) -> type[msgspec.Struct] | None:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return annotation
    inner = (_struct_in(argument) for argument in get_args(annotation))
    return next((kind for kind in inner if kind is not None), None)
