"""JSON read into typed values and written back, keeping what their types do not name.

Place in the house: the Converse codec. Knows JSON and types, no API; raises what it is told to.

    class Point(Wire):
        x: int
        unit: str | None = None

    points = Reader(Point, convert, WireError)
    points.read(b'{"x":1,"y":2}', 7)    # convert(Point(x=1, surplus=Surplus({"y": 2})), 7)
    encode(Point(x=1))

Two speeds. A document that its types describe wholly is read and written by msgspec in one go. One
that is not is read again level by level, into ``dict[str, Raw]``; each object keeps the members it
has no field for as its `Surplus`. msgspec cannot write a `Surplus`, so meeting one turns the
encoder to the slow way too; where there is none, keeping it costs nothing.

What a type cannot hold is kept by the nearest object that can:

* a member that an object does not name: in the object's own surplus;
* a tagged union without exactly one known member: whole, as `Surplus.whole`;
* anything inside a ``flat`` object, which has no counterpart in the canonical model: in the
  surplus of the object around it, under the flat one's name; merged back when written.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import msgspec

from outcrop.errors import BadRequestError, OutcropError

FILLED: Final = msgspec.Meta(min_length=1)
"""Marks a list that the canonical model cannot tell from none when it is empty."""

Members: TypeAlias = Mapping[str, msgspec.Raw]


class Surplus:
    """What stood in an object beyond the fields of its type. msgspec cannot write it."""

    __slots__ = ("members", "whole")

    def __init__(self, members: Members, whole: msgspec.Raw | None = None) -> None:
        """Keep `members`; `whole` replaces the object altogether."""
        self.members = members
        self.whole = whole


class Wire(
    msgspec.Struct,
    kw_only=True,
    gc=False,
    rename="camel",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Base of every wire type; lives no longer than one call. Null counts as absent.

    Required are the members without which the canonical model could not hold the object.
    """

    union: ClassVar[bool] = False
    """Exactly one member is set."""
    flat: ClassVar[bool] = False
    """The canonical model holds the members, and not the object around them."""

    # No document can set this field: a Surplus is not JSON, so such a member is read as unknown.
    surplus: Surplus | None = msgspec.field(default=None, name="\uffffsurplus")


WireType = TypeVar("WireType", bound=Wire)
Context = TypeVar("Context")
Value = TypeVar("Value")


class Reader(Generic[WireType, Context, Value]):
    """Reads one kind of document and converts it, given something that stands beside it."""

    __slots__ = ("_convert", "_decode", "_error", "_kind")

    def __init__(
        self,
        kind: type[WireType],
        convert: Callable[[WireType, Context], Value],
        error: type[OutcropError],
    ) -> None:
        """Prepare; `convert` must have no effect, since it may be called twice."""
        self._kind = kind
        self._convert = convert
        self._decode = msgspec.json.Decoder(kind).decode
        self._error = error

    def read(self, data: bytes, context: Context) -> Value:
        """Read `data` and convert it; `context` is handed to the conversion.

        Raises:
            OutcropError: `data` is malformed; of the class given, `param` names the place.
        """
        try:
            return self._convert(self._decode(data), context)
        except (*_REFUSALS, Ambiguous):
            return self._read_by_level(data, context)

    def _read_by_level(self, data: bytes, context: Context) -> Value:
        try:
            value = _read_value(self._kind, msgspec.Raw(data), "")
        except _MalformedError as problem:
            error = self._error(str(problem))
            error.param = problem.path
            raise error from None
        return self._convert(value, context)


class Ambiguous(Exception):  # noqa: N818 - a signal to read again, never an error to a caller
    """A union was read in one go and holds not exactly one member."""


def member(union: Wire) -> Any:
    """Return the one member that is set; the `Surplus` of a union that holds anything else.

    Raises:
        Ambiguous: None is set, or several; `Reader.read` then reads again level by level.
    """
    values = msgspec.structs.astuple(union)
    if values.count(None) != len(values) - 1:
        raise Ambiguous
    for value in values:
        if value is not None:
            return value
    raise AssertionError("one of the values was counted")


def encode(value: Wire) -> bytes:
    """Write `value` as JSON, its surplus included.

    Raises:
        BadRequestError: A text holds half a surrogate pair.
    """
    try:
        return _encoder.encode(value)
    except _SurplusFound:
        return encode_plain(_by_level(value))
    except UnicodeEncodeError:
        raise _half_a_pair() from None


def encode_plain(value: Any) -> bytes:
    """Write a value without surplus as JSON.

    Raises:
        BadRequestError: It holds half a surrogate pair.
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise _half_a_pair() from None


def _half_a_pair() -> BadRequestError:
    return BadRequestError(
        "a text holds half of a surrogate pair, which JSON cannot carry",
        hint="cut texts between characters, not within one",
    )


class _SurplusFound(Exception):  # noqa: N818 - a signal, caught in this module
    pass


def _refuse(_surplus: Any) -> Any:
    raise _SurplusFound


_encoder: Final = msgspec.json.Encoder(enc_hook=_refuse)


def _by_level(value: Any) -> Any:
    if isinstance(value, Wire):
        return _object_by_level(value)
    if isinstance(value, tuple):
        return [_by_level(each) for each in value]
    if isinstance(value, dict):
        return {name: _by_level(each) for name, each in value.items()}
    return value


def _object_by_level(value: Wire) -> Any:
    surplus = value.surplus
    if surplus is not None and surplus.whole is not None:
        return surplus.whole
    named = {
        name: _by_level(given)
        for name, field in _fields(type(value)).items()
        if (given := getattr(value, field.attribute)) is not field.default
    }
    return named if surplus is None else _merge(named, surplus.members)


def _merge(named: dict[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """Add `members`; objects under a name that is taken are merged, other values replaced."""
    for name, given in members.items():
        taken = named.get(name)
        named[name] = _merge(taken, _members(given)) if isinstance(taken, dict) else given
    return named


class _MalformedError(Exception):
    """The document is not what its type says, at `path`."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(_at(path, reason))
        self.path = path


class _UnfitError(Exception):
    """The object is sound, and its type cannot hold it: whoever stands around it shall."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class _Field(msgspec.Struct, frozen=True):
    """How one member is read."""

    attribute: str
    required: bool
    default: Any
    nullable: bool
    """Whether null counts as absent; to a member of any JSON it is a value."""
    read: Callable[[msgspec.Raw, str], Any]


_REFUSALS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NULL: Final = msgspec.Raw(b"null")
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
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
    origin, parts = get_origin(kind), get_args(kind)
    if _is_wire(kind):
        return partial(_read_value, kind)
    if origin is tuple and _is_wire(parts[0]):
        return partial(_read_list, parts[0])
    if origin is dict and _is_wire(parts[1]):
        return partial(_read_map, parts[1])
    return partial(_read_leaf, msgspec.json.Decoder(kind))


def _without_none(hint: Any) -> Any:
    parts = [each for each in get_args(hint) if each is not type(None)]
    return parts[0] if get_origin(hint) in {Union, UnionType} and len(parts) == 1 else hint


def _is_wire(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Wire)


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
        raise _UnfitError(_at(path, "must hold exactly one member that is known"))
    name = there[0]
    value, kept = _lift(fields[name].read(members[name], _below(path, name)))
    if kept is not None and not kind.flat:
        raise _UnfitError(_at(path, "holds members that are unknown"))
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
                raise _UnfitError(_at(path, reason))
            raise _MalformedError(path, reason)


def _read_list(kind: type[Wire], raw: msgspec.Raw, path: str) -> tuple[Wire, ...]:
    elements = _decode(_ELEMENTS, raw, path)
    return tuple(
        _whole(_read_value(kind, each, f"{path}[{number}]"), path)
        for number, each in enumerate(elements)
    )


def _read_map(kind: type[Wire], raw: msgspec.Raw, path: str) -> dict[str, Wire]:
    members = _decode(_MEMBERS, raw, path)
    return {
        name: _whole(_read_value(kind, each, f"{path}[...]"), path)
        for name, each in members.items()
    }


def _read_filled(
    read: Callable[[msgspec.Raw, str], tuple[Any, ...]], raw: msgspec.Raw, path: str
) -> tuple[Any, ...]:
    values = read(raw, path)
    if not values:
        raise _UnfitError(_at(path, "is empty"))
    return values


def _whole(value: Wire, path: str) -> Wire:
    # Several flat objects share one place around them: their surplus could not be told apart.
    if value.flat and value.surplus is not None:
        raise _UnfitError(_at(path, "holds members that are unknown"))
    return value


def _read_leaf(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw, path: str) -> Any:
    return _decode(decoder, raw, path)


def _members(raw: Any) -> dict[str, msgspec.Raw]:
    return _MEMBERS.decode(raw)


def _decode(decoder: msgspec.json.Decoder[Value], raw: msgspec.Raw, path: str) -> Value:
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        found = _AT.fullmatch(str(error))
        assert found, "the expression matches any text"
        raise _MalformedError(path + (found["where"] or ""), found["reason"]) from None
    except UnicodeDecodeError:
        raise _MalformedError(path, "not UTF-8") from None
    except RecursionError:
        raise _MalformedError(path, "nested too deep") from None


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _at(path: str, reason: str) -> str:
    return f"{path}: {reason}" if path else reason
