"""What no codec has a word for is named by its place, or a caller would search for it."""

import msgspec

from outcrop.types.content import S3, CachePoint, Foreign, Text, ToolResult, Video
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.paths import find, holds
from outcrop.types.requests import Request, Sampling

FILM = Video(format="mp4", source=S3(uri="s3://b/k"))
NOTE = Extra("converse", {"x": msgspec.Raw(b"1")})
REQUEST = Request(
    model="m",
    messages=(
        Message(role="user", content=(Text(text="a"), CachePoint())),
        Message(role="user", content=(ToolResult(id="t", content=(FILM,)),)),
    ),
    sampling=Sampling(extra=NOTE),
)


def test_find() -> None:
    """Values are found however deep, with the path that a caller would write."""
    found = list(find(REQUEST, {Video, CachePoint, Extra}))

    assert found == [
        (CachePoint(), "messages[0].content[1]"),
        (FILM, "messages[1].content[0].content[0]"),
        (NOTE, "sampling.extra"),
    ]


def test_holds() -> None:
    """Whether anything is there is told without looking for where."""
    kinds = (Video, Foreign, S3)

    answers = [holds(REQUEST, {kind}) for kind in kinds]

    assert answers == [True, False, True]
