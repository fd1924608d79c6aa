"""Making pictures: sizes, ratios, how many, and what is left out."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.client.several import run_all
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.flow.imaging import plan_images
from outcrop.http import HttpResponse
from outcrop.types.content import Image, Inline
from outcrop.types.images import ImageRequest, MadeImages
from outcrop.types.json import Extra
from tests.flow.script import Script, blocking, target

CANVAS = "amazon.nova-canvas-v1:0"
CORE = "stability.stable-image-core-v1:1"
SD3 = "stability.sd3-5-large-v1:0"
PNG = Image(format="png", source=Inline(b"\x89PNG\r\n\x1a\n"))


def pictures(count: int, **more: Any) -> HttpResponse:
    """Return an answer with as many pictures."""
    body = {"images": ["iVBORw0KGgo="] * count, **more}
    return HttpResponse(status=200, body=msgspec.json.encode(body))


def make(script: Script, model: str = CANVAS, **members: Any) -> MadeImages:
    """Make pictures by a script."""
    where = {name: members.pop(name) for name in ("strict_parameters",) if name in members}
    request = ImageRequest(model=model, **members)
    to = target(model, **where)
    work = blocking(plan_images(request, to, target(""), script.session), script)
    return work.join(run_all(work.flows, script, script.sleep))


def bodies(script: Script) -> list[Any]:
    """Return what was sent."""
    return [json.loads(request.body) for request in script.requests]


def test_many_from_one_request() -> None:
    """Amazon's models make up to five; the rest follows, with other seeds."""
    script = Script(pictures(5), pictures(2))

    made = make(script, prompt="a fox", count=7, seed=40, width=1024, height=768)

    configs = [body["imageGenerationConfig"] for body in bodies(script)]
    assert [each["numberOfImages"] for each in configs] == [5, 2]
    assert [each["seed"] for each in configs] == [40, 45]
    assert [each["width"] for each in configs] == [1024, 1024]
    assert (len(made.items), len(made.calls)) == (7, 2)


def test_many_by_asking_again() -> None:
    """Stability's make one."""
    script = Script(*[pictures(1, finish_reasons=[None])] * 3)

    made = make(script, CORE, prompt="a fox", count=3, seed=1)

    assert [body["seed"] for body in bodies(script)] == [1, 2, 3]
    assert (len(made.items), made.finish_reason) == (3, "stop")


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [
        (1024, 1024, "1:1"),
        (1792, 1024, "16:9"),
        (1024, 1792, "9:16"),
        (1536, 1024, "3:2"),
        (3000, 1000, "21:9"),
        # As many times wider as narrower: by ratio, not by difference.
        (2040, 1000, "21:9"),
        (493, 1000, "9:16"),
    ],
)
def test_nearest_ratio(width: int, height: int, ratio: str) -> None:
    """A size becomes what the model takes, and that is told (IMGGEN-02)."""
    script = Script(pictures(1))

    made = make(script, CORE, prompt="x", width=width, height=height)

    assert bodies(script) == [{"prompt": "x", "aspect_ratio": ratio}]
    assert made.adjustments[0].rule == "nearest_aspect_ratio"
    assert made.adjustments[0].detail == f"{width}x{height} was asked for as {ratio}"


@given(st.integers(1, 21), st.integers(1, 21))
def test_size_of_a_ratio(across: int, down: int) -> None:
    """Where the model takes sizes, a ratio becomes one of about a megapixel."""
    script = Script(pictures(1))

    make(script, prompt="x", aspect_ratio=f"{across}:{down}")

    config = bodies(script)[0]["imageGenerationConfig"]
    assert (config["width"] % 16, config["height"] % 16) == (0, 0)
    assert config["width"] * config["height"] == pytest.approx(1024 * 1024, rel=0.07)


def test_size_beside_a_ratio() -> None:
    """Who says both gets the size."""
    script = Script(pictures(1))

    make(script, prompt="x", aspect_ratio="16:9", width=640, height=320)

    config = bodies(script)[0]["imageGenerationConfig"]
    assert (config["width"], config["height"]) == (640, 320)


def test_no_ratio() -> None:
    """What cannot be read is refused."""
    for text in ("wide", "16:0", "16"):
        with pytest.raises(BadRequestError, match="no aspect ratio"):
            make(Script(), prompt="x", aspect_ratio=text)


def test_what_is_left_out_is_told() -> None:
    """Members of the other family, once for all requests."""
    script = Script(pictures(1), pictures(1))

    made = make(script, CORE, prompt="x", quality="premium", colors=("#fff",), count=2)

    assert bodies(script) == [{"prompt": "x"}] * 2
    assert [each.detail.split()[0] for each in made.adjustments] == ["quality", "colors"]


def test_strict_refuses() -> None:
    """Who wants to be refused is (CONF-17)."""
    with pytest.raises(UnsupportedError, match="no such parameter: format"):
        make(Script(), prompt="x", format="jpeg", strict_parameters=True)


def test_mode_of_pictures() -> None:
    """Stable Diffusion must be told that it starts from a picture; who says otherwise is heard."""
    script = Script(pictures(1), pictures(1), pictures(1))
    said = Extra("", {"mode": msgspec.Raw(b'"text-to-image"')})

    make(script, SD3, prompt="x", images=(PNG,))
    make(script, SD3, prompt="x", images=(PNG,), extra=said)
    make(script, CORE, prompt="x", images=(PNG,))

    assert [body.get("mode") for body in bodies(script)] == [
        "image-to-image",
        "text-to-image",
        None,
    ]


def test_refused_before_it_is_sent() -> None:
    """Models that do something else, or that nobody knows."""
    with pytest.raises(UnsupportedError, match="is a text model; use chat"):
        make(Script(), "amazon.nova-lite-v1:0", prompt="x")
    with pytest.raises(BadRequestError, match="no family of image models"):
        make(Script(), "acme.painter-v1", prompt="x")
    with pytest.raises(UnsupportedError, match="does not know the task draw"):
        make(Script(), task="draw", prompt="x")


def test_filtered() -> None:
    """What was kept back of one request is told of all."""
    script = Script(pictures(1), HttpResponse(status=200, body=b'{"error":"kept back"}'))

    made = make(script, prompt="x", count=6)

    assert (len(made.items), made.error, made.finish_reason) == (1, "kept back", "content_filter")
