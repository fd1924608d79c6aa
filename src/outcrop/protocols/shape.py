"""Shapes of AWS's service models that callers read as they are.

Place in the house: protocols. Conversations have a canonical model, because many APIs say them in
many ways. What one API alone says needs none: its shapes are values, with AWS's names in our
spelling, and keep in `surplus` what AWS adds tomorrow.

    class Tag(Shape):
        key: str
        value: str

    read_tag = reader_of(Tag)
    read_tag(b'{"key":"a","value":"b"}').key
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader
from outcrop.protocols.wire_type import Wire

# Said in a way that type checkers do not read: to them a frozen class has frozen bases only, and
# `Wire`, which lives no longer than a call, is none.
_CONFIG: Final[dict[str, Any]] = {"frozen": True, "rename": "camel"}


class Shape(Wire, **_CONFIG):
    """Base of such a value, immutable. What AWS requires is required, the rest may be None."""


ShapeType = TypeVar("ShapeType", bound=Shape)


def reader_of(kind: type[ShapeType]) -> Callable[[bytes], ShapeType]:
    """Return a function that reads a document of this shape, and raises `WireError`."""
    reader: Reader[ShapeType, None, ShapeType] = Reader(kind, _as_it_is, WireError)
    return lambda body: reader.read(body, None)


def _as_it_is(value: ShapeType, _: None) -> ShapeType:
    return value
