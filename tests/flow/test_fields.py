"""What we derive and what the caller wrote, laid over one another."""

import json
from typing import Any

import msgspec
import pytest

from outcrop.errors import BadRequestError
from outcrop.flow.fields import Fields, merge, put


@pytest.mark.parametrize(
    ("derived", "given", "merged"),
    [
        pytest.param({}, None, None, id="nothing"),
        pytest.param({"top_k": 5}, None, {"top_k": 5}, id="derived-alone"),
        pytest.param({}, '{"a":1}', {"a": 1}, id="given-alone"),
        pytest.param({"top_k": 5}, '{"a":1}', {"top_k": 5, "a": 1}, id="both"),
        pytest.param({"top_k": 5}, '{"top_k":9}', {"top_k": 9}, id="caller-wins"),
        pytest.param(
            {"thinking": {"type": "adaptive", "display": "summarized"}},
            '{"thinking":{"display":"omitted"}}',
            {"thinking": {"type": "adaptive", "display": "omitted"}},
            id="level-by-level",
        ),
        pytest.param(
            {"a": {"b": {"c": 1, "d": 2}}},
            '{"a":{"b":{"d":3,"e":4}}}',
            {"a": {"b": {"c": 1, "d": 3, "e": 4}}},
            id="deep",
        ),
        pytest.param({"a": {"b": 1}}, '{"a":null}', {"a": None}, id="null-is-the-callers"),
        pytest.param({"a": 1}, '{"a":{"b":2}}', {"a": {"b": 2}}, id="object-over-number"),
    ],
)
def test_merge(derived: Fields, given: str | None, merged: Any) -> None:
    """CONV-05: the caller's own members win, whatever we would have said."""
    raw = msgspec.Raw(given.encode()) if given is not None else None

    result = merge(derived, raw)

    assert (json.loads(bytes(result)) if result is not None else None) == merged


def test_callers_json_passes_unread() -> None:
    """What only the caller speaks of is not rebuilt: not its numbers, not its order."""
    given = msgspec.Raw(b'{"z": [1.10, 2e3],"a":{"y":1, "x":2}}')

    assert bytes(merge({"k": 1}, given) or b"") == b'{"k":1,"z":[1.10, 2e3],"a":{"y":1, "x":2}}'
    assert merge({}, given) is given


@pytest.mark.parametrize("given", [b"[]", b'"x"', b"1", b"null", b'{"a":1},"b":2'])
def test_only_objects_are_merged(given: bytes) -> None:
    with pytest.raises(BadRequestError, match="must be one JSON object"):
        merge({"k": 1}, msgspec.Raw(given))


def test_put_makes_the_way() -> None:
    fields: Fields = {}

    put(fields, ("a", "b"), 1)
    put(fields, ("a", "c"), 2)
    put(fields, ("d",), 3)

    assert fields == {"a": {"b": 1, "c": 2}, "d": 3}
