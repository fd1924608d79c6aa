"""Checks requests against the shapes of the service model, the way AWS does before anything else.

Place in the house: emulator. Pure. Knows types, required members, lengths, ranges, patterns, enums
and unions; knows nothing of what they mean: that is `rules`.

    check_shape("Converse", {"modelId": "...", "messages": [...]})

Nulls count as absent and members the model does not name are ignored, as AWS does. Paths count
list members from 1: ``messages.1.member.role``. Values of sensitive shapes are not repeated.

Source: ``data/shapes.json``, cut from botocore by ``scripts/reduce_service_model.py``; the words
are in `wordings`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.emulator import wordings
from outcrop.emulator.refusals import Refusal

# What the model lists, and AWS takes other words for: "video/mp4" is answered 200 (rec ced4a9deeb).
_OPEN_ENUMS: Final = frozenset({"VideoFormat"})


class Shape(msgspec.Struct, frozen=True):
    """One shape of the model. Which members count depends on `type`."""

    type: str
    members: dict[str, str] = {}
    required: tuple[str, ...] = ()
    query: dict[str, str] = {}
    """Where members stand in a query string: member to parameter."""
    union: bool = False
    document: bool = False
    sensitive: bool = False
    member: str = ""
    key: str = ""
    value: str = ""
    enum: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    pattern: str = ""


class _Service(msgspec.Struct, frozen=True):
    requests: dict[str, str]
    shapes: dict[str, Shape]


class _Model(msgspec.Struct, frozen=True):
    source: str
    services: dict[str, _Service]


class _Place(msgspec.Struct, frozen=True):
    """Where in the request we are."""

    path: str
    hidden: bool
    """Whether something around it is sensitive."""
    shapes: Mapping[str, Shape]

    def member(self, name: str) -> "_Place":
        path = f"{self.path}.{name}" if self.path else name
        return _Place(path, self.hidden, self.shapes)


def check_shape(operation: str, request: Mapping[str, Any]) -> None:
    """Check one request, all its members put together: body, path and query.

    Raises:
        Refusal: It breaks the model; every violation is named at once.
    """
    service, root = _request(operation)
    violations = list(_check(root, dict(request), _Place("", hidden=False, shapes=service.shapes)))
    if violations:
        _refuse(violations)


def query_members(operation: str) -> Mapping[str, str]:
    """Return which members of a request stand in its query string: parameter to member."""
    service, root = _request(operation)
    return {parameter: member for member, parameter in service.shapes[root].query.items()}


def number_members(operation: str) -> frozenset[str]:
    """Return the members of a request that are whole numbers."""
    service, root = _request(operation)
    members = service.shapes[root].members.items()
    return frozenset(name for name, shape in members if service.shapes[shape].type == "integer")


def _refuse(violations: list[str]) -> None:
    plural = "" if len(violations) == 1 else "s"
    raise wordings.SHAPE.refusal(count=len(violations), s=plural, violations="; ".join(violations))


@lru_cache
def _request(operation: str) -> tuple[_Service, str]:
    data = files("outcrop.emulator").joinpath("data", "shapes.json").read_bytes()
    model = msgspec.json.decode(data, type=_Model)
    return next(
        (service, service.requests[operation])
        for service in model.services.values()
        if operation in service.requests
    )


def _check(name: str, value: object, place: _Place) -> Iterator[str]:
    shape = place.shapes[name]
    if shape.document:
        return
    if shape.sensitive and not place.hidden:
        place = _Place(place.path, hidden=True, shapes=place.shapes)
    if name in _OPEN_ENUMS:
        shape = msgspec.structs.replace(shape, enum=())
    kinds, target, check = _CHECKS[shape.type]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise _misplaced(value, target)
    yield from check(shape, value, place)


def _misplaced(value: object, target: str) -> Refusal:
    """Say which kind of JSON value stands where `target` should.

    These are the words of another service that speaks the same protocol (mhart/dynalite).
    """
    if isinstance(value, dict):
        text = "Start of structure or map found where not expected."
    elif isinstance(value, list):
        text = "Start of list found where not expected"
    elif target in {"Structure", "Map"}:
        text = "Unexpected field type"
    else:
        text = f"{_token(value)} can not be converted to a {target}"
    return wordings.SERIALIZATION.refusal(text=text)


def _token(value: object) -> str:
    if isinstance(value, bool):
        return f"{str(value).upper()}_VALUE"
    return {str: "STRING_VALUE", int: "NUMBER_VALUE"}.get(type(value), "DECIMAL_VALUE")


def _structure(shape: Shape, value: dict[str, Any], place: _Place) -> Iterator[str]:
    present = [name for name in shape.members if value.get(name) is not None]
    if shape.union and len(present) != 1:
        raise wordings.UNION.refusal()
    for name in shape.required:
        if name not in present:
            yield _violation(place.member(name), "Member must not be null")
    for name in present:
        yield from _check(shape.members[name], value[name], place.member(name))


def _list(shape: Shape, value: list[Any], place: _Place) -> Iterator[str]:
    if length := _length(shape, len(value)):
        yield _violation(place, f"Member must have {length}")
    for number, member in enumerate(value, 1):
        if member is not None:
            yield from _check(shape.member, member, place.member(f"{number}.member"))


def _map(shape: Shape, value: dict[str, Any], place: _Place) -> Iterator[str]:
    if length := _length(shape, len(value)):
        yield _violation(place, f"Member must have {length}")
    for name, member in value.items():
        yield from _entry("keys", shape.key, name, place)
        if member is not None:
            yield from _entry("value", shape.value, member, place)


def _entry(kind: str, name: str, value: object, place: _Place) -> Iterator[str]:
    for violation in _check(name, value, place):
        constraint = violation.partition(" failed to satisfy constraint: ")[2]
        yield _violation(place, f"Map {kind} must satisfy constraint: [{constraint}]")


def _string(shape: Shape, value: str, place: _Place) -> Iterator[str]:
    if shape.pattern and not _compiled(shape.pattern).fullmatch(value):
        yield _violation(
            place, f"Member must satisfy regular expression pattern: {shape.pattern}", value
        )
    if length := _length(shape, len(value)):
        yield _violation(place, f"Member must have {length}", value)
    if shape.enum and value not in shape.enum:
        allowed = ", ".join(shape.enum)
        yield _violation(place, f"Member must satisfy enum value set: [{allowed}]", value)


_compiled = lru_cache(re.compile)


def _number(shape: Shape, value: float, place: _Place) -> Iterator[str]:
    if shape.min is not None and value < shape.min:
        text = f"value greater than or equal to {_plain(shape.min)}"
    elif shape.max is not None and value > shape.max:
        text = f"value less than or equal to {_plain(shape.max)}"
    else:
        return
    yield _violation(place, f"Member must have {text}", value)


def _blob(shape: Shape, value: str, place: _Place) -> Iterator[str]:
    if length := _length(shape, len(value)):
        yield _violation(place, f"Member must have {length}")


def _anything(_shape: Shape, _value: object, _place: _Place) -> Iterator[str]:
    return iter(())


def _length(shape: Shape, length: int) -> str:
    if shape.min is not None and length < shape.min:
        return f"length greater than or equal to {_plain(shape.min)}"
    if shape.max is not None and length > shape.max:
        return f"length less than or equal to {_plain(shape.max)}"
    return ""


def _plain(bound: float) -> str:
    return f"{bound:g}" if bound != int(bound) else str(int(bound))


def _violation(place: _Place, constraint: str, value: object = None) -> str:
    shown = "" if value is None or place.hidden else f" '{value}'"
    return f"Value{shown} at '{place.path}' failed to satisfy constraint: {constraint}"


_Check = Callable[[Shape, Any, _Place], Iterator[str]]
_CHECKS: Final[Mapping[str, tuple[tuple[type, ...], str, _Check]]] = MappingProxyType(
    {
        "structure": ((dict,), "Structure", _structure),
        "list": ((list,), "List", _list),
        "map": ((dict,), "Map", _map),
        "string": ((str,), "String", _string),
        "integer": ((int,), "Integer", _number),
        "float": ((int, float), "Float", _number),
        "boolean": ((bool,), "Boolean", _anything),
        "blob": ((str,), "Blob", _blob),
    }
)
