"""Image generation: each task's own body, and back."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.images.table import IMAGES
from outcrop.errors import BadRequestError, UnsupportedError, WireError
from outcrop.types.content import S3, Image, Inline
from outcrop.types.images import TASKS, ImageRequest, MadeImage, MadeImages
from outcrop.types.json import Extra

PNG = b"\x89PNG\r\n\x1a\nrest"
PNG64 = "iVBORw0KGgpyZXN0"
JPEG = b"\xff\xd8\xffrest"
JPEG64 = "/9j/cmVzdA=="
ONE = Image(format="png", source=Inline(PNG))
TWO = Image(format="jpeg", source=Inline(JPEG))
MODEL = "some.model"
AMAZON = IMAGES["amazon"]
STABILITY = IMAGES["stability"]


def ask(**members: Any) -> ImageRequest:
    """Return a request."""
    return ImageRequest(model=MODEL, **members)


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        pytest.param(
            ask(
                prompt="a fox",
                negative_prompt="hens",
                images=(ONE,),
                strength=0.5,
                style="PHOTOREALISM",
                width=1024,
                height=512,
                quality="premium",
                cfg_scale=6.5,
                seed=7,
                count=2,
            ),
            {
                "taskType": "TEXT_IMAGE",
                "textToImageParams": {
                    "text": "a fox",
                    "negativeText": "hens",
                    "conditionImage": PNG64,
                    "controlStrength": 0.5,
                    "style": "PHOTOREALISM",
                },
                "imageGenerationConfig": {
                    "width": 1024,
                    "height": 512,
                    "quality": "premium",
                    "cfgScale": 6.5,
                    "seed": 7,
                    "numberOfImages": 2,
                },
            },
            id="generate",
        ),
        pytest.param(
            ask(task="inpaint", prompt="hat", images=(ONE,), mask=TWO),
            {
                "taskType": "INPAINTING",
                "inPaintingParams": {"text": "hat", "image": PNG64, "maskImage": JPEG64},
            },
            id="inpaint",
        ),
        pytest.param(
            ask(task="outpaint", prompt="sea", images=(ONE,), mask_prompt="boat"),
            {
                "taskType": "OUTPAINTING",
                "outPaintingParams": {"text": "sea", "image": PNG64, "maskPrompt": "boat"},
            },
            id="outpaint",
        ),
        pytest.param(
            ask(task="variation", images=(ONE, TWO), strength=0.7),
            {
                "taskType": "IMAGE_VARIATION",
                "imageVariationParams": {"images": [PNG64, JPEG64], "similarityStrength": 0.7},
            },
            id="variation",
        ),
        pytest.param(
            ask(task="color_guided", prompt="x", colors=("#FF9800",), images=(ONE,)),
            {
                "taskType": "COLOR_GUIDED_GENERATION",
                "colorGuidedGenerationParams": {
                    "text": "x",
                    "colors": ["#FF9800"],
                    "referenceImage": PNG64,
                },
            },
            id="color_guided",
        ),
        pytest.param(
            ask(task="remove_background", images=(ONE,)),
            {"taskType": "BACKGROUND_REMOVAL", "backgroundRemovalParams": {"image": PNG64}},
            id="remove_background",
        ),
        pytest.param(
            ask(task="try_on", images=(ONE, TWO), mask=TWO),
            {
                "taskType": "VIRTUAL_TRY_ON",
                "virtualTryOnParams": {
                    "sourceImage": PNG64,
                    "referenceImage": JPEG64,
                    "maskType": "IMAGE",
                    "imageBasedMask": {"maskImage": JPEG64},
                },
            },
            id="try_on-mask",
        ),
        pytest.param(
            ask(task="try_on", images=(ONE, TWO), mask_prompt="the coat"),
            {
                "taskType": "VIRTUAL_TRY_ON",
                "virtualTryOnParams": {
                    "sourceImage": PNG64,
                    "referenceImage": JPEG64,
                    "maskType": "PROMPT",
                    "promptBasedMask": {"maskPrompt": "the coat"},
                },
            },
            id="try_on-words",
        ),
    ],
)
def test_amazon_both_ways(request_: ImageRequest, wire: Any) -> None:
    """Each task has its own object, and one configuration is shared."""
    written = AMAZON.encode_request(request_)
    read = AMAZON.decode_request(written, MODEL)

    assert json.loads(written) == wire
    assert read == request_


def test_own_members_go_into_the_tasks_object() -> None:
    """What only one task knows is said under its name, beside what is known."""
    mask = msgspec.Raw(b'{"garmentBasedMask":{"garmentClass":"UPPER_BODY"}}')
    extra = Extra("amazon", {"virtualTryOnParams": mask})
    request = ask(task="try_on", images=(ONE, TWO), extra=extra)

    written = AMAZON.encode_request(request)

    assert json.loads(written)["virtualTryOnParams"] == {
        "sourceImage": PNG64,
        "referenceImage": JPEG64,
        "maskType": "GARMENT",
        "garmentBasedMask": {"garmentClass": "UPPER_BODY"},
    }
    assert AMAZON.decode_request(written, MODEL) == request


def test_every_task_has_a_body() -> None:
    """What the library names, the codec knows."""
    kinds = {json.loads(AMAZON.encode_request(ask(task=task)))["taskType"] for task in TASKS}

    assert len(kinds) == len(TASKS) == 7


def test_stability_both_ways() -> None:
    """One flat body; what one model alone knows goes along."""
    extra = Extra("stability", {"search_prompt": msgspec.Raw(b'"hat"')})
    request = ask(
        prompt="a fox",
        negative_prompt="hens",
        aspect_ratio="16:9",
        seed=7,
        format="png",
        images=(ONE,),
        mask=TWO,
        strength=0.5,
        style="anime",
        extra=extra,
    )

    written = STABILITY.encode_request(request)

    assert json.loads(written) == {
        "prompt": "a fox",
        "negative_prompt": "hens",
        "aspect_ratio": "16:9",
        "seed": 7,
        "output_format": "png",
        "image": PNG64,
        "mask": JPEG64,
        "strength": 0.5,
        "style_preset": "anime",
        "search_prompt": "hat",
    }
    assert STABILITY.decode_request(written, MODEL) == request


@pytest.mark.parametrize(
    ("codec", "wire", "reason", "count"),
    [
        ("amazon", {"images": [PNG64, JPEG64], "maskImage": PNG64}, "stop", 2),
        ("amazon", {"images": [PNG64], "error": "one was kept back"}, "content_filter", 1),
        ("amazon", {"error": "all were kept back"}, "content_filter", 0),
        (
            "stability",
            {"images": [PNG64], "seeds": [2130420379], "finish_reasons": [None]},
            "stop",
            1,
        ),
        ("stability", {"finish_reasons": ["Filter reason: prompt"]}, "content_filter", 1),
    ],
)
def test_answers(codec: str, wire: Any, reason: str, count: int) -> None:
    """Read and written again they are the same; what a filter kept back is told."""
    answer = IMAGES[codec].decode_response(msgspec.json.encode(wire))

    assert json.loads(IMAGES[codec].encode_response(answer)) == wire
    assert (answer.finish_reason, len(answer.items)) == (reason, count)


def test_what_a_picture_is() -> None:
    """Its bytes say so; a seed that comes as text is a number."""
    body = msgspec.json.encode({"images": [JPEG64], "seeds": ["7"], "finish_reasons": [None]})

    made = STABILITY.decode_response(body).items[0]

    assert made == MadeImage(data=JPEG, format="jpeg", seed=7)
    assert made.block == TWO


@pytest.mark.parametrize("codec", IMAGES)
@pytest.mark.parametrize("body", [b"", b"{}", b'{"images":1}', b'{"images":["*"]}'])
def test_nonsense_answers(codec: str, body: bytes) -> None:
    """An answer without pictures is none."""
    with pytest.raises(WireError):
        IMAGES[codec].decode_response(body)


def test_what_cannot_be_said() -> None:
    """Refused before it is sent."""
    elsewhere = Image(format="png", source=S3(uri="s3://b/i.png"))

    with pytest.raises(UnsupportedError, match="takes one picture, not 2"):
        STABILITY.encode_request(ask(images=(ONE, TWO)))
    with pytest.raises(BadRequestError, match="takes 1 pictures at most, not 2"):
        AMAZON.encode_request(ask(task="inpaint", images=(ONE, TWO)))
    with pytest.raises(BadRequestError, match="unknown task draw"):
        AMAZON.encode_request(ask(task="draw"))
    with pytest.raises(BadRequestError, match="unknown task DRAW"):
        AMAZON.decode_request(b'{"taskType":"DRAW"}', MODEL)
    for codec in (AMAZON, STABILITY):
        with pytest.raises(UnsupportedError, match="as bytes only"):
            codec.encode_request(ask(images=(elsewhere,)))


texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts, st.none() | st.integers(0, 2**31), st.sampled_from(TASKS))
def test_request_law(prompt: str | None, negative: str | None, seed: int | None, task: str) -> None:
    """Whatever is said comes back."""
    request = ask(task=task, prompt=prompt, negative_prompt=negative, seed=seed)
    plain = msgspec.structs.replace(request, task="generate")

    assert AMAZON.decode_request(AMAZON.encode_request(request), MODEL) == request
    assert STABILITY.decode_request(STABILITY.encode_request(plain), MODEL) == plain


@given(st.lists(st.binary(min_size=1), min_size=1, max_size=3))
def test_answer_law(pictures: list[bytes]) -> None:
    """Pictures arrive byte for byte."""
    answer = MadeImages(items=tuple(MadeImage(data=each) for each in pictures))

    for codec in (AMAZON, STABILITY):
        read = codec.decode_response(codec.encode_response(answer))

        assert [each.data for each in read.items] == pictures
