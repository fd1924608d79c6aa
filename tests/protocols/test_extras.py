"""What nobody names is put back where it stood, and only by the API that read it."""

from typing import Any

import msgspec
import pytest

from outcrop.protocols.extras import Extras
from outcrop.protocols.wire_type import Surplus
from outcrop.types.json import Extra

KEPT = Extras("an_api")


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def test_decode() -> None:
    """What is kept lives longer than the body it was read from."""
    body = bytearray(b'{"x":1}')
    member = msgspec.json.decode(body, type=dict[str, msgspec.Raw])["x"]

    extra = KEPT.decode(Surplus({"x": member}))
    body[:] = b"#######"

    assert extra == Extra("an_api", {"x": msgspec.Raw(b"1")})


def test_nothing() -> None:
    """Nothing beside the named members leaves nothing behind."""
    assert (KEPT.decode(None), KEPT.make({})) == (None, None)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param({"x": 2}, {"a": {"b": 1}, "x": 2}, id="beside"),
        pytest.param({"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}, id="merged"),
        pytest.param({"a.c": 2}, {"a": {"b": 1, "c": 2}}, id="by-path"),
        pytest.param({"z.c": 2}, {"a": {"b": 1}, "z.c": 2}, id="a-name-with-a-point"),
        pytest.param({"a": 2}, {"a": 2}, id="replaced"),
        pytest.param({"a[0].c": 2}, {"a": {"b": 1}}, id="in-a-list"),
    ],
)
def test_lay_over(members: dict[str, Any], expected: dict[str, Any]) -> None:
    """Members find their place again, merged with what stands there."""
    extra = Extra("an_api", {name: raw(value) for name, value in members.items()})

    entry = KEPT.lay_over({"a": {"b": 1}}, extra)

    assert msgspec.json.decode(msgspec.json.encode(entry)) == expected


def test_others() -> None:
    """What another API said is never sent to this one."""
    assert KEPT.lay_over({}, Extra("another", {"x": raw(1)})) == {}
