"""JSON objects read member by member."""

import msgspec
import pytest

from outcrop.codecs.native.members import Members, write
from outcrop.errors import BadRequestError, WireError

DOCUMENT = b'{"a":{"b":1,"c":null,"d":[1.50]},"e":28.0,"f":{},"g":null}'


def test_what_nobody_took_is_kept_as_it_was_written() -> None:
    """Numbers of a member we do not know keep their digits, and nulls say nothing."""
    members = Members(DOCUMENT, BadRequestError)

    members.take_count(("a", "b"))

    assert {name: bytes(raw) for name, raw in members.rest().items()} == {
        "a": b'{"d":[1.50]}',
        "e": b"28.0",
        "f": b"{}",
    }


def test_taken_members_are_not_kept() -> None:
    members = Members(b'{"a":{"b":1}}', BadRequestError)

    taken = members.take(int, ("a", "b"))

    assert taken == 1
    assert members.rest() == {}
    assert members.take(int, ("a", "b")) is None


def test_counts_may_be_floats() -> None:
    """Bedrock rewrites a guarded answer's counts as floats."""
    assert Members(DOCUMENT, WireError).take_count(("e",)) == 28


@pytest.mark.parametrize(
    ("body", "message", "param"),
    [
        (b"[]", "Expected `object`, got `array`", ""),
        (b'{"a":1}', "a: Expected `object`, got `int`", "a"),
        (b'{"a":{"b":"x"}}', "a.b: Expected `int | float", "a.b"),
        (b'{"a":{"b":1.5}}', "a.b: is no whole number", "a.b"),
        (b'{"a":{"b":1}', "Input data was truncated", ""),
        (b'{"a":"\xff"}', "not UTF-8", ""),
        (b'{"a":' + b"[" * 100_000, "nested too deep", ""),
    ],
)
def test_malformed(body: bytes, message: str, param: str) -> None:
    """A caller is told which member is wrong, not which line of ours."""
    with pytest.raises(BadRequestError) as refused:
        Members(body, BadRequestError).take_count(("a", "b"))

    assert message in str(refused.value)
    assert refused.value.param == param


def test_kept_members_join_the_named_ones() -> None:
    kept = {"a": msgspec.Raw(b'{"c":2}'), "z": msgspec.Raw(b"3")}

    written = write({("a", "b"): 1, ("x",): None, ("y",): ()}, kept)

    assert written == b'{"a":{"b":1,"c":2},"z":3}'


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(BadRequestError, match="half of a surrogate pair"):
        write({("a",): "\ud83d"})
