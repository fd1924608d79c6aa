"""Amazon's image models: one body a task, one configuration for all.

Place in the house: the codec of images. What only one task knows (``outPaintingMode``,
``garmentBasedMask`` ...) travels in `extra`, under the name of the task's own object.

Source: behaviour specification, IMGGEN-01; Amazon Nova User Guide, "Image generation access and
usage".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.images.pixels import bytes_of, image_of, made
from outcrop.errors import BadRequestError, WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.content import Image
from outcrop.types.images import ImageRequest, MadeImages

API: Final = "amazon"


class MaskImage(Wire, rename="camel"):
    """Which part of a person is dressed, as a picture."""

    flat = True
    mask_image: bytes | None = None


class MaskPrompt(Wire, rename="camel"):
    """Which part of a person is dressed, in words."""

    flat = True
    mask_prompt: str | None = None


class Params(Wire, rename="camel"):
    """What a task is told; no task takes all of it."""

    flat = True
    text: str | None = None
    negative_text: str | None = None
    style: str | None = None
    colors: tuple[str, ...] = ()
    image: bytes | None = None
    images: tuple[bytes, ...] = ()
    condition_image: bytes | None = None
    reference_image: bytes | None = None
    source_image: bytes | None = None
    mask_image: bytes | None = None
    mask_prompt: str | None = None
    control_strength: float | None = None
    similarity_strength: float | None = None
    mask_type: str | None = None
    image_based_mask: MaskImage | None = None
    prompt_based_mask: MaskPrompt | None = None


class ImageGenerationConfig(Wire, rename="camel"):
    """What pictures of every task have in common."""

    flat = True
    width: int | None = None
    height: int | None = None
    quality: str | None = None
    cfg_scale: float | None = None
    seed: int | None = None
    number_of_images: int | None = None


class AmazonImageRequest(Wire, rename="camel"):
    """The body of a request: the task, its object, the configuration."""

    task_type: str
    text_to_image_params: Params | None = None
    color_guided_generation_params: Params | None = None
    image_variation_params: Params | None = None
    in_painting_params: Params | None = None
    out_painting_params: Params | None = None
    background_removal_params: Params | None = None
    virtual_try_on_params: Params | None = None
    image_generation_config: ImageGenerationConfig | None = None


class AmazonImageResponse(Wire, rename="camel"):
    """The body of an answer."""

    images: tuple[bytes, ...] | None = None
    error: str | None = None


class Task(msgspec.Struct, frozen=True):
    """How one task stands on the wire."""

    wire: str
    member: str
    """The field of `AmazonImageRequest` that holds its object."""
    pictures: tuple[str, ...]
    """The fields of `Params` that hold the pictures, in order; ``images`` holds all of them."""
    strength: str = ""
    """The field that holds the strength."""


TASKS: Final[Mapping[str, Task]] = MappingProxyType(
    {
        "generate": Task(
            "TEXT_IMAGE", "text_to_image_params", ("condition_image",), "control_strength"
        ),
        "color_guided": Task(
            "COLOR_GUIDED_GENERATION", "color_guided_generation_params", ("reference_image",)
        ),
        "variation": Task(
            "IMAGE_VARIATION", "image_variation_params", ("images",), "similarity_strength"
        ),
        "inpaint": Task("INPAINTING", "in_painting_params", ("image",)),
        "outpaint": Task("OUTPAINTING", "out_painting_params", ("image",)),
        "remove_background": Task("BACKGROUND_REMOVAL", "background_removal_params", ("image",)),
        "try_on": Task(
            "VIRTUAL_TRY_ON", "virtual_try_on_params", ("source_image", "reference_image")
        ),
    }
)
_BY_WIRE: Final = {task.wire: name for name, task in TASKS.items()}


def encode_request(request: ImageRequest) -> bytes:
    """Write the body of a request.

    Raises:
        BadRequestError: The task is unknown, or takes fewer pictures.
    """
    task = _task(request.task)
    params = Params(
        text=request.prompt,
        negative_text=request.negative_prompt,
        style=request.style,
        colors=request.colors,
        **_encode_special(request, task),
    )
    members: dict[str, Any] = {task.member: params}
    return encode(
        AmazonImageRequest(
            task_type=task.wire,
            image_generation_config=_encode_config(request),
            surplus=surplus_of(request.extra, API),
            **members,
        )
    )


def decode_request(body: bytes, model: str) -> ImageRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def encode_response(answer: MadeImages) -> bytes:
    """Write the body of an answer."""
    return encode(
        AmazonImageResponse(
            images=tuple(each.data for each in answer.items) or None,
            error=answer.error,
            surplus=surplus_of(answer.extra, API),
        )
    )


def decode_response(body: bytes) -> MadeImages:
    """Read the body of an answer.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _task(name: str) -> Task:
    task = TASKS.get(name)
    if task is None:
        raise BadRequestError(f"unknown task {name}", hint=f"known are: {', '.join(TASKS)}")
    return task


def _encode_special(request: ImageRequest, task: Task) -> dict[str, Any]:
    strength = {task.strength: request.strength} if task.strength else {}
    return _encode_pictures(request, task) | _encode_mask(request) | strength


def _encode_pictures(request: ImageRequest, task: Task) -> dict[str, Any]:
    pictures = tuple(data for image in request.images if (data := bytes_of(image)) is not None)
    if task.pictures == ("images",):
        return {"images": pictures}
    if len(pictures) > len(task.pictures):
        raise BadRequestError(
            f"{request.task} takes {len(task.pictures)} pictures at most, not {len(pictures)}"
        )
    return dict(zip(task.pictures, pictures, strict=False))


def _encode_mask(request: ImageRequest) -> dict[str, Any]:
    mask, words = bytes_of(request.mask), request.mask_prompt
    if request.task != "try_on":
        return {"mask_image": mask, "mask_prompt": words}
    if mask is not None:
        return {"mask_type": "IMAGE", "image_based_mask": MaskImage(mask_image=mask)}
    if words is not None:
        return {"mask_type": "PROMPT", "prompt_based_mask": MaskPrompt(mask_prompt=words)}
    return {"mask_type": "GARMENT"}


def _encode_config(request: ImageRequest) -> ImageGenerationConfig | None:
    config = ImageGenerationConfig(
        width=request.width,
        height=request.height,
        quality=request.quality,
        cfg_scale=request.cfg_scale,
        seed=request.seed,
        number_of_images=request.count,
    )
    return None if config == ImageGenerationConfig() else config


def _request(body: AmazonImageRequest, model: str) -> ImageRequest:
    name = _BY_WIRE.get(body.task_type, body.task_type)
    task = _task(name)
    params: Params = getattr(body, task.member) or Params()
    config = body.image_generation_config or ImageGenerationConfig()
    return ImageRequest(
        model=model,
        task=name,
        prompt=params.text,
        negative_prompt=params.negative_text,
        style=params.style,
        colors=params.colors,
        images=_decode_pictures(params, task),
        mask=image_of(_mask(params)),
        mask_prompt=params.prompt_based_mask.mask_prompt
        if params.prompt_based_mask
        else params.mask_prompt,
        strength=getattr(params, task.strength) if task.strength else None,
        width=config.width,
        height=config.height,
        quality=config.quality,
        cfg_scale=config.cfg_scale,
        seed=config.seed,
        count=config.number_of_images,
        extra=extra_of(body.surplus, API),
    )


def _mask(params: Params) -> bytes | None:
    return params.image_based_mask.mask_image if params.image_based_mask else params.mask_image


def _decode_pictures(params: Params, task: Task) -> tuple[Image, ...]:
    given = params.images or tuple(getattr(params, name) for name in task.pictures)
    return tuple(image for data in given if data and (image := image_of(data)))


def _response(body: AmazonImageResponse, _context: None) -> MadeImages:
    if body.images is None and body.error is None:
        raise WireError("the answer holds no images")
    return MadeImages(
        items=tuple(map(made, body.images or ())),
        error=body.error,
        extra=extra_of(body.surplus, API),
    )


_REQUESTS: Final = Reader(AmazonImageRequest, _request, BadRequestError)
_RESPONSES: Final = Reader(AmazonImageResponse, _response, WireError)
