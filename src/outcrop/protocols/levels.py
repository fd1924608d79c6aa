"""Wire values read and written level by level, so that nothing is lost on the way.

Place in the house: protocols. The slow half of `lossless`, which says what is kept where.
Each object is read into ``dict[str, Raw]``; what its type does not name becomes its `Surplus`.
Where types are told apart by a tag, an object with another tag is a `Surplus` itself.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

import msgspec

from outcrop.protocols.wire_type import Members, Surplus, Wire

WireType = TypeVar("WireType", bound=Wire)
Value = TypeVar("Value")


class MalformedError(Exception):
    """The document is not what its type says, at `path`."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path


def read_by_level(kind: Any, data: bytes) -> Any:
    """Read a document that its type does not describe wholly.

    Raises:
        MalformedError: The document is not what its type says.
    """
    try:
        return _reader_of(kind)(msgspec.Raw(data), "")
    except _UnfitError as problem:
        raise MalformedError(problem.path, problem.reason) from None


def write_by_level(value: Any) -> Any:
    """Return what msgspec writes as the JSON of `value`, its surplus included."""
    if isinstance(value, Wire):
        return _object_by_level(value)
    if isinstance(value, Surplus):
        return value.whole
    if isinstance(value, tuple):
        return [write_by_level(each) for each in value]
    if isinstance(value, dict):
        return {name: write_by_level(each) for name, each in value.items()}
    return value


def _object_by_level(value: Wire) -> Any:
    surplus = value.surplus
    if surplus is not None and surplus.whole is not None:
        return surplus.whole
    config = value.__struct_config__
    named: dict[Any, Any] = {} if config.tag is None else {config.tag_field: config.tag}
    named |= {
        name: write_by_level(given)
        for name, field in _fields(type(value)).items()
        if (given := getattr(value, field.attribute)) is not field.default
    }
    return named if surplus is None else merge(named, surplus.members)


def merge(named: dict[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """Add `members`; objects under a name that is taken are merged, other values replaced."""
    for name, given in members.items():
        taken = named.get(name)
        inner = _members(given) if isinstance(taken, dict) else None
        named[name] = given if inner is None else merge(named[name], inner)
    return named


def _members(given: Any) -> dict[str, msgspec.Raw] | None:
    try:
        return _MEMBERS.decode(given)
    except msgspec.DecodeError:
        return None


class _UnfitError(Exception):
    """The object is sound, and its type cannot hold it: whoever stands around it shall."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__()
        self.path = path
        self.reason = reason


class _Field(msgspec.Struct, frozen=True):
    """How one member is read."""

    attribute: str
    required: bool
    default: Any
    nullable: bool
    """Whether null counts as absent; to a member of any JSON it is a value."""
    read: Callable[[msgspec.Raw, str], Any]


_NULL: Final = msgspec.Raw(b"null")
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)
_AT: Final = re.compile(r"(?P<reason>.*?)(?: - at `\$(?P<where>.*)`)?", re.DOTALL)


@cache
def _fields(kind: type[Wire]) -> dict[str, _Field]:
    return {
        each.encode_name: _Field(
            attribute=each.name,
            required=each.required,
            default=each.default,
            nullable=msgspec.Raw not in (each.type, *get_args(each.type)),
            read=_reader_of(each.type),
        )
        for each in msgspec.structs.fields(kind)
        if each.name != "surplus"
    }


def _reader_of(hint: Any) -> Callable[[msgspec.Raw, str], Any]:
    kind = _without_none(hint)
    if get_origin(kind) is Annotated:
        return partial(_read_filled, _reader_of(get_args(kind)[0]))
    tagged = _tagged(kind)
    if tagged:
        return partial(_read_tagged, tagged)
    if _is_wire(kind):
        return partial(_read_value, kind)
    return _reader_of_many(kind) or partial(_read_leaf, msgspec.json.Decoder(kind))


def _reader_of_many(kind: Any) -> Callable[[msgspec.Raw, str], Any] | None:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is tuple and _is_wire_or_tagged(parts[0]):
        return partial(_read_list, _reader_of(parts[0]))
    if origin is dict and _is_wire_or_tagged(parts[1]):
        return partial(_read_map, _reader_of(parts[1]))
    if origin in _UNIONS and len(parts) == _TEXT_OR_LIST and parts[0] is str:
        many = _reader_of_many(parts[1])
        return None if many is None else partial(_read_text_or, many)
    return None


_UNIONS: Final = (Union, UnionType)
_TEXT_OR_LIST: Final = 2


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in _UNIONS:
        return hint
    return Union[tuple(each for each in get_args(hint) if each is not NoneType)]  # noqa: UP007


def _is_wire(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Wire)


def _is_wire_or_tagged(hint: Any) -> bool:
    return _is_wire(hint) or bool(_tagged(hint))


def _tagged(hint: Any) -> dict[Any, type[Wire]]:
    """Return the types that `hint` tells apart by a tag, each by its tag; none if it does not."""
    kinds = get_args(hint) if get_origin(hint) in _UNIONS else (hint,)
    if not all(_is_wire(kind) and kind.__struct_config__.tag is not None for kind in kinds):
        return {}
    return {kind.__struct_config__.tag: kind for kind in kinds}


def _read_tagged(kinds: Mapping[Any, type[Wire]], raw: msgspec.Raw, path: str) -> Wire | Surplus:
    members = _decode(_MEMBERS, raw, path)
    first = next(iter(kinds.values()))
    tag_field = first.__struct_config__.tag_field
    assert tag_field, "a type with a tag has a field for it"
    given = members.pop(tag_field, _NULL)
    if given != _NULL:
        kind = kinds.get(_decode(_TEXT, given, _below(path, tag_field)))
        return Surplus({}, raw) if kind is None else _read_object(kind, members, path)
    if len(kinds) > 1:
        raise MalformedError(path, f"lacks the member {tag_field}")
    return _read_object(first, members, path)


def _read_text_or(read: Callable[[msgspec.Raw, str], Any], raw: msgspec.Raw, path: str) -> Any:
    is_text = bytes(raw).lstrip()[:1] == b'"'
    return _read_leaf(_TEXT, raw, path) if is_text else read(raw, path)


def _read_value(kind: type[WireType], raw: msgspec.Raw, path: str) -> WireType:
    members = _decode(_MEMBERS, raw, path)
    if not kind.union:
        return _read_object(kind, members, path)
    try:
        return _read_union(kind, members, path)
    except _UnfitError:
        if kind.flat:
            raise
        return kind(surplus=Surplus({}, raw))


def _read_union(kind: type[WireType], members: Members, path: str) -> WireType:
    fields = _fields(kind)
    there = [name for name, given in members.items() if not _is_null(fields.get(name), given)]
    if len(there) != 1 or there[0] not in fields:
        raise _UnfitError(path, "must hold exactly one member that is known")
    name = there[0]
    value, kept = _lift(fields[name].read(members[name], _below(path, name)))
    if kept is not None and not kind.flat:
        raise _UnfitError(path, "holds members that are unknown")
    surplus = None if kept is None else Surplus({name: kept})
    return kind(**{fields[name].attribute: value}, surplus=surplus)


def _read_object(kind: type[WireType], members: Members, path: str) -> WireType:
    fields = _fields(kind)
    values: dict[str, Any] = {}
    surplus: dict[str, msgspec.Raw] = {}
    for name, given in members.items():
        field = fields.get(name)
        if field is None:
            surplus[name] = given
        elif field.required or not _is_null(field, given):
            values[field.attribute], kept = _read_member(field, given, _below(path, name))
            surplus |= {} if kept is None else {name: kept}
    _check_required(kind, values, path)
    return kind(**values, surplus=Surplus(surplus) if surplus else None)


def _is_null(field: _Field | None, given: msgspec.Raw) -> bool:
    return given == _NULL and (field is None or field.nullable)


def _read_member(field: _Field, given: msgspec.Raw, path: str) -> tuple[Any, msgspec.Raw | None]:
    """Return the member's value, and what of it the object around shall keep."""
    try:
        return _lift(field.read(given, path))
    except _UnfitError:
        if field.required:
            raise
        return field.default, given


def _lift(value: Any) -> tuple[Any, msgspec.Raw | None]:
    if not (isinstance(value, Wire) and value.flat and value.surplus is not None):
        return value, None
    kept = msgspec.Raw(msgspec.json.encode(value.surplus.members))
    return msgspec.structs.replace(value, surplus=None), kept


def _check_required(kind: type[Wire], values: Mapping[str, Any], path: str) -> None:
    for name, field in _fields(kind).items():
        if field.required and field.attribute not in values:
            reason = f"lacks the member {name}"
            if kind.flat:
                raise _UnfitError(path, reason)
            raise MalformedError(path, reason)


def _read_list(
    read: Callable[[msgspec.Raw, str], Any], raw: msgspec.Raw, path: str
) -> tuple[Any, ...]:
    elements = _decode(_ELEMENTS, raw, path)
    return tuple(
        _whole(read(each, f"{path}[{number}]"), path) for number, each in enumerate(elements)
    )


def _read_map(
    read: Callable[[msgspec.Raw, str], Any], raw: msgspec.Raw, path: str
) -> dict[str, Any]:
    members = _decode(_MEMBERS, raw, path)
    return {name: _whole(read(each, f"{path}[...]"), path) for name, each in members.items()}


def _read_filled(
    read: Callable[[msgspec.Raw, str], tuple[Any, ...]], raw: msgspec.Raw, path: str
) -> tuple[Any, ...]:
    values = read(raw, path)
    if not values:
        raise _UnfitError(path, "is empty")
    return values


def _whole(value: Any, path: str) -> Any:
    # Several flat objects share one place around them: their surplus could not be told apart.
    if isinstance(value, Wire) and value.flat and value.surplus is not None:
        raise _UnfitError(path, "holds members that are unknown")
    return value


def _read_leaf(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw, path: str) -> Any:
    return _decode(decoder, raw, path)


def _decode(decoder: msgspec.json.Decoder[Value], raw: msgspec.Raw, path: str) -> Value:
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        found = _AT.fullmatch(str(error))
        assert found, "the expression matches any text"
        raise MalformedError(path + (found["where"] or ""), found["reason"]) from None
    except UnicodeDecodeError:
        raise MalformedError(path, "not UTF-8") from None
    except RecursionError:
        raise MalformedError(path, "nested too deep") from None


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
