"""Objects told apart by a tag, and texts that may also be lists, keep what nobody knows."""

from typing import Any

import msgspec
import pytest

from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.wire_type import Surplus, Wire


class Circle(Wire, tag_field="type", tag="circle"):
    radius: int
    label: str | None = None


class Square(Wire, tag_field="type", tag="square"):
    side: int


class Page(Wire):
    shapes: str | tuple[Circle | Square, ...] = ()
    frame: Circle | Square | None = None
    dots: tuple[Circle, ...] = ()


def itself(page: Page, _context: None) -> Page:
    return page


PAGES = Reader(Page, itself, WireError)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b'{"shapes":[{"type":"circle","radius":1}]}', id="known"),
        pytest.param(b'{"shapes":[{"type":"circle","radius":1,"hue":[1]}]}', id="member"),
        pytest.param(
            b'{"shapes":[{"type":"star","points":5},{"type":"square","side":1}]}', id="tag"
        ),
        pytest.param(b'{"shapes":"none","new":1}', id="text"),
        pytest.param(b'{"frame":{"type":"star"}}', id="alone"),
        pytest.param(b'{"dots":[{"type":"circle","radius":1},{"type":"star"}]}', id="one-kind"),
    ],
)
def test_what_is_not_known_comes_back(document: bytes) -> None:
    page = PAGES.read(document, None)

    written = encode(page)

    assert msgspec.json.decode(written) == msgspec.json.decode(document)


def test_an_unknown_tag_is_a_surplus_in_its_place() -> None:
    page = PAGES.read(b'{"shapes":[{"type":"star"},{"type":"square","side":1}]}', None)

    star, square = tuple(page.shapes)

    assert isinstance(star, Surplus)
    assert star.whole == msgspec.Raw(b'{"type":"star"}')
    assert square == Square(side=1)


@pytest.mark.parametrize("given", [b"", b'"type":null,'])
def test_where_one_kind_fits_the_tag_may_be_missing(given: bytes) -> None:
    page = PAGES.read(b'{"dots":[{' + given + b'"radius":1}],"new":1}', None)

    assert page.dots == (Circle(radius=1),)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b'{"shapes":[{"radius":1}]}', "shapes[0]: lacks the member type"),
        (b'{"shapes":[{"type":1}]}', "shapes[0].type: Expected `str`, got `int`"),
        (b'{"shapes":[{"type":"circle"}]}', "shapes[0]: lacks the member radius"),
        (b'{"shapes":3}', "shapes: Expected `array`, got `int`"),
        (b'{"frame":[]}', "frame: Expected `object`, got `array`"),
    ],
)
def test_problems_have_a_path(document: bytes, message: str) -> None:
    with pytest.raises(WireError) as problem:
        PAGES.read(document, None)

    assert problem.value.message == message


def test_a_union_may_stand_at_the_top() -> None:
    """The events of a stream are told apart by their tag alone."""

    def convert(shape: Any, _context: None) -> Any:
        return shape

    kinds: Any = Circle | Square

    shapes: Reader[Any, None, Any] = Reader(kinds, convert, WireError)

    assert shapes.read(b'{"type":"square","side":1}', None) == Square(side=1)
    assert isinstance(shapes.read(b'{"type":"star"}', None), Surplus)
