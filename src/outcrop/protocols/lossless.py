"""JSON read into typed values and written back, keeping what their types do not name.

Place in the house: protocols. Knows JSON and types, no API; raises what it is told to.

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
* a union without exactly one known member: whole, as `Surplus.whole`;
* an object whose tag is unknown: whole, as a `Surplus` in its place;
* anything inside a ``flat`` object, which has no counterpart in the canonical model: in the
  surplus of the object around it, under the flat one's name; merged back when written.
"""

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import msgspec

from outcrop.errors import BadRequestError, OutcropError
from outcrop.protocols.levels import (
    MalformedError,
    Value,
    WireType,
    read_by_level,
    write_by_level,
)
from outcrop.protocols.wire_type import Wire

Context = TypeVar("Context")

_REFUSALS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


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
            value = read_by_level(self._kind, data)
        except MalformedError as problem:
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
    if values.count(None) == len(values) - 1:
        for value in values:
            if value is not None:
                return value
    raise Ambiguous


def encode(value: Wire) -> bytes:
    """Write `value` as JSON, its surplus included.

    Raises:
        BadRequestError: A text holds half a surrogate pair.
    """
    try:
        return _encoder.encode(value)
    except _SurplusFound:
        return encode_plain(write_by_level(value))
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
