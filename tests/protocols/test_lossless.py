"""The two speeds of reading and writing agree, and only the slow one meets surplus."""

from typing import Any, ClassVar

import msgspec
import pytest

from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader, encode, member
from outcrop.protocols.wire_type import Surplus, Wire


class Colour(Wire):
    flat: ClassVar[bool] = True

    name: str


class Point(Wire):
    x: int
    colour: Colour | None = None
    note: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Figure(Wire):
    union: ClassVar[bool] = True

    point: Point | None = None
    word: str | None = None


class Drawing(Wire):
    figures: tuple[Figure, ...] = ()
    named: dict[str, Point] | None = None
    title: str | None = None


def itself(drawing: Drawing, _context: None) -> Drawing:
    return drawing


DRAWINGS = Reader(Drawing, itself, WireError)


def only(figure: Drawing, _context: None) -> Any:
    return [member(each) for each in figure.figures]


MEMBERS = Reader(Drawing, only, WireError)


def test_a_document_without_surplus_is_read_in_one_go() -> None:
    drawing = DRAWINGS.read(b'{"figures":[{"point":{"x":1,"colour":{"name":"red"}}}]}', None)

    assert drawing == Drawing(figures=(Figure(point=Point(x=1, colour=Colour(name="red"))),))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b'{"title":"a","new":1}', id="top"),
        pytest.param(b'{"figures":[{"point":{"x":1,"new":{"a":[1, 2]}}}]}', id="inner"),
        pytest.param(b'{"figures":[{"new":{"a":1}}]}', id="union"),
        pytest.param(b'{"figures":[{"word":"a","new":1}]}', id="union-beside"),
        pytest.param(b'{"figures":[{"word":"a","point":{"x":1}}]}', id="union-two"),
        pytest.param(b'{"figures":[{}]}', id="union-none"),
        pytest.param(b'{"figures":[{"point":{"x":1,"colour":{}}}]}', id="flat-empty"),
        pytest.param(
            b'{"figures":[{"point":{"x":1,"colour":{"name":"red","hue":3}}}]}', id="flat-surplus"
        ),
        pytest.param(b'{"named":{"a":{"x":1,"new":2},"b":{"x":2}}}', id="map"),
        pytest.param(b'{"\xef\xbf\xbfsurplus":1}', id="name-of-the-field"),
        pytest.param(b'{"figures":[{"point":{"x":1,"note":null}}],"new":1}', id="null-is-json"),
        pytest.param(b'{"title":"a","new":null}', id="null-is-kept"),
    ],
)
def test_what_is_not_named_comes_back(document: bytes) -> None:
    """The promise of this module."""
    drawing = DRAWINGS.read(document, None)

    written = encode(drawing)

    assert msgspec.json.decode(written) == msgspec.json.decode(document)


def test_surplus_stands_where_it_was() -> None:
    drawing = DRAWINGS.read(
        b'{"figures":[{"point":{"x":1,"colour":{"name":"red","hue":3}}}]}', None
    )
    point = drawing.figures[0].point

    assert point is not None
    assert point.colour == Colour(name="red")
    assert point.surplus is not None
    assert point.surplus.members == {"colour": msgspec.Raw(b'{"hue":3}')}


def test_the_union_that_is_not_known_is_kept_whole() -> None:
    (found,) = MEMBERS.read(b'{"figures":[{"word":"a", "new":1}]}', None)

    assert isinstance(found, Surplus)
    assert found.whole == msgspec.Raw(b'{"word":"a", "new":1}')


def test_ambiguity_found_late_is_read_again() -> None:
    """Both members are known, so reading in one go sees nothing wrong."""
    (found,) = MEMBERS.read(b'{"figures":[{"word":"a","point":{"x":1}}]}', None)

    assert isinstance(found, Surplus)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        (b'{"title":1}', "title", "title: Expected `str`, got `int`"),
        (b'{"new":1,"title":1}', "title", "title: Expected `str`, got `int`"),
        (
            b'{"figures":[{"word":"a"},{"point":{}}]}',
            "figures[1].point",
            "figures[1].point: lacks the member x",
        ),
        (b'{"named":{"a":{"x":"1"}}}', "named[...].x", "named[...].x: Expected `int`, got `str`"),
        (b"", "", "Input data was truncated"),
    ],
)
def test_problems_have_a_path(document: bytes, path: str, message: str) -> None:
    with pytest.raises(WireError) as problem:
        DRAWINGS.read(document, None)

    assert problem.value.param == path
    assert problem.value.message == message


def test_merging_reaches_inner_objects() -> None:
    point = Point(
        x=1,
        colour=Colour(name="red"),
        surplus=Surplus({"colour": msgspec.Raw(b'{"hue":3}'), "new": msgspec.Raw(b"[]")}),
    )

    assert msgspec.json.decode(encode(point)) == {
        "x": 1,
        "colour": {"name": "red", "hue": 3},
        "new": [],
    }


@pytest.mark.parametrize("given", [b"3", b"null", b"[]"])
def test_what_cannot_be_merged_replaces(given: bytes) -> None:
    """An extra that a caller wrote wins over the field of the same name."""
    point = Point(x=1, colour=Colour(name="red"), surplus=Surplus({"colour": msgspec.Raw(given)}))

    assert encode(point) == b'{"x":1,"colour":' + given + b"}"


class Painted(Wire):
    colour: Colour


def test_what_nobody_around_can_keep_is_malformed() -> None:
    """A required flat object at the top has no place for what it cannot hold."""

    def convert(painted: Painted, _context: None) -> Painted:
        return painted

    with pytest.raises(WireError, match="colour: lacks the member name"):
        Reader(Painted, convert, WireError).read(b'{"colour":{"hue":1}}', None)
