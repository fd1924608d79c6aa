"""JSON that passes through unparsed is checked before it is let in."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import BadRequestError
from outcrop.types.json import encode_raw, is_object, raw_object, raw_value

texts = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
spaces = st.sampled_from(["", " ", "\n\t\r "])


@given(values, spaces, spaces)
def test_json_passes_unchanged(value: object, before: str, after: str) -> None:
    """Not a digit changes: ``1.0`` stays ``1.0``, and members keep their order."""
    text = json.dumps(value)

    assert raw_value(before + text + after, "it") == msgspec.Raw(text.encode())


@given(
    st.binary(max_size=12) | st.text(max_size=12).map(lambda text: text.encode(errors="replace"))
)
def test_whatever_passes_is_json_to_others_too(data: bytes) -> None:
    """Bytes that a laxer reader of ours took would go into a body that we sign."""
    try:
        passed = raw_value(data, "it")
    except BadRequestError:
        return
    json.loads(bytes(passed))


@given(st.dictionaries(texts, values, max_size=3), st.binary(min_size=1, max_size=3))
def test_nothing_follows_an_object(value: object, tail: bytes) -> None:
    """One member smuggled in behind an object is a member of the body around it."""
    data = json.dumps(value).encode()

    assert is_object(data)
    assert not is_object(data + b"," + tail)
    assert is_object(data + tail) == (not tail.strip(b" \n\t\r"))


@given(values.filter(lambda value: not isinstance(value, dict)))
def test_only_objects_are_objects(value: object) -> None:
    data = json.dumps(value).encode()

    assert not is_object(data)
    with pytest.raises(BadRequestError, match="it must be one JSON object"):
        raw_object(data, "it")


@given(values)
def test_encode_raw_writes_json(value: object) -> None:
    assert json.loads(bytes(encode_raw(value))) == value


def test_what_is_raw_already_stays() -> None:
    raw = msgspec.Raw(b'{"a":1}')

    assert encode_raw(raw) is raw
    assert is_object(raw)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"x":1},"evil":{"y":2', id="smuggled"),
        pytest.param('{"x":1}}', id="closed-twice"),
        pytest.param('{"x":NaN}', id="nan"),
        pytest.param("{'x':1}", id="quotes"),
        pytest.param('{"x":"\\q"}', id="escape"),
        pytest.param('{"x":"\n"}', id="control"),
        pytest.param("", id="empty"),
        pytest.param("\ufeff{}", id="mark"),
        pytest.param('{"x":"\ud83d"}', id="half-a-pair"),
        pytest.param(b'{"x":"\xff"}', id="bytes"),
        pytest.param(b'{"x":"\xc0\xa2,"y":1}', id="overlong-quote"),
        pytest.param('{"x":' * 100_000, id="deep"),
    ],
)
def test_what_is_not_one_object_is_refused(text: str | bytes) -> None:
    for check in (raw_value, raw_object):
        with pytest.raises(BadRequestError, match="the schema"):
            check(text, "the schema")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="object"),
        pytest.param({(1, 2): 3}, id="key"),
        pytest.param("\ud83d", id="half-a-pair"),
    ],
)
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(BadRequestError, match="cannot be written as JSON"):
        encode_raw(value)
