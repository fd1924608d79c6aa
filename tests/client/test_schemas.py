"""JSON schemas of Python types, and values of these types from JSON."""

import dataclasses
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import jsonschema
import msgspec
import pydantic
import pytest

from outcrop.client.schemas import decode_as, encode_value, schema_of
from outcrop.errors import BadRequestError


class Colour(Enum):
    RED = "red"


class Typed(TypedDict):
    x: int
    y: NotRequired[str]


@dataclasses.dataclass
class Point:
    x: int
    label: str | None = None


class Line(msgspec.Struct):
    start: Point
    end: Point


class Inner(pydantic.BaseModel):
    z: int


class Outer(pydantic.BaseModel):
    inner: Inner
    many: list[Inner] = []


@dataclasses.dataclass
class Node:
    value: int
    below: list["Node"]


class Branch(pydantic.BaseModel):
    below: list["Branch"] = []


class Odd:
    """Nothing that JSON has a form for."""


POINT = {
    "title": "Point",
    "type": "object",
    "properties": {
        "x": {"type": "integer"},
        "label": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
    "required": ["x"],
}


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (int, {"type": "integer"}),
        (Literal["a", "b"], {"enum": ["a", "b"]}),
        (Colour, {"title": "Colour", "enum": ["red"]}),
        (
            Typed,
            {
                "title": "Typed",
                "type": "object",
                "properties": {"x": {"type": "integer"}, "y": {"type": "string"}},
                "required": ["x"],
            },
        ),
        (Point, POINT),
        (
            Line,
            {
                "title": "Line",
                "type": "object",
                "properties": {"start": POINT, "end": POINT},
                "required": ["start", "end"],
            },
        ),
        (
            Annotated[int, msgspec.Meta(description="How many", ge=1)],
            {"type": "integer", "description": "How many", "minimum": 1},
        ),
    ],
    ids=str,
)
def test_schema(kind: Any, schema: Any) -> None:
    assert schema_of(kind, "it") == schema


@pytest.mark.parametrize("kind", [Outer, list[Outer], Outer | None], ids=str)
def test_references_are_written_out(kind: Any) -> None:
    """Several models read no ``$defs``, and take what refers to them for anything at all."""
    schema = schema_of(kind, "it")

    assert "$" not in str(schema)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Node, {"value": 1, "below": [{"value": 2, "below": []}]}, {"value": 1, "below": [3]}),
        (Branch, {"below": [{"below": []}]}, {"below": [{"below": 1}]}),
        (list[Branch], [{"below": []}], [{"below": [1]}]),
    ],
    ids=str,
)
def test_types_that_hold_themselves(kind: Any, good: Any, bad: Any) -> None:
    """Written out they would never end; a validator that is not ours must find its way."""
    validator = jsonschema.Draft202012Validator(schema_of(kind, "it"))

    assert validator.is_valid(good)
    assert not validator.is_valid(bad)


@pytest.mark.parametrize("kind", [Odd, list[Odd], dict[str, Odd]], ids=str)
def test_no_schema(kind: Any) -> None:
    with pytest.raises(BadRequestError, match="it has no JSON schema"):
        schema_of(kind, "it")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Point, b'{"x":1}', Point(1)),
        (Point, '{"x":"1"}', Point(1)),
        (Typed, b'{"x":1}', {"x": 1}),
        (Outer, b'{"inner":{"z":1}}', Outer(inner=Inner(z=1))),
        (list[Inner], b'[{"z":1}]', [Inner(z=1)]),
        # A word stays one where words are asked for.
        (str | int, b'"1"', "1"),
    ],
    ids=str,
)
def test_decode(kind: Any, text: bytes | str, value: Any) -> None:
    assert decode_as(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (Point, b'{"x":"s3cret"}', "Expected `int`, got `str` - at `$.x`"),
        (
            Outer,
            b'{"inner":{"z":"s3cret"}}',
            "inner.z: Input should be a valid integer, unable to parse string as an integer",
        ),
        (Point, b"{", "Input data was truncated"),
    ],
    ids=["dataclass", "pydantic", "json"],
)
def test_misfits(kind: Any, text: bytes, message: str) -> None:
    """The place is told, and not what stood there: it may be anybody's secret."""
    with pytest.raises(ValueError, match=r"\w") as raised:
        decode_as(kind, text)

    assert str(raised.value) == message


def test_encode() -> None:
    written = encode_value({"a": [Point(1), Inner(z=2)], "b": Colour.RED})

    assert written == b'{"a":[{"x":1,"label":null},{"z":2}],"b":"red"}'
