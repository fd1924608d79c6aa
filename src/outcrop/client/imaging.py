"""From what a caller wants to see to the calls that make it.

Place in the house: client. Both clients make pictures by these.

Source: behaviour specification, LIB-01, IMGGEN-01, IMGGEN-02.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Required, TypedDict

from outcrop.client.ask import refuse_unknown
from outcrop.client.plan import Plan
from outcrop.errors import BadRequestError, ConfigError
from outcrop.flow.effects import Flow
from outcrop.flow.imaging import Work, plan_images
from outcrop.types.content import Image
from outcrop.types.images import TASKS, ImageRequest
from outcrop.types.json import Extra

_SIZE: Final = re.compile(r"(?P<width>[1-9]\d{0,4})x(?P<height>[1-9]\d{0,4})")


class ImageOptions(TypedDict, total=False):
    """How a picture shall be. What is left out is the model's own default."""

    model: Required[str]
    """Model id, profile id or ARN."""
    task: str
    """``"generate"`` (default), ``"variation"``, ``"inpaint"``, ``"outpaint"``, ``"color_guided"``,
    ``"remove_background"``, ``"try_on"``; models made for one thing alone do that."""
    images: Image | Sequence[Image]
    """What to start from."""
    mask: Image
    """What of it to change."""
    mask_prompt: str
    """The same in words."""
    negative_prompt: str
    """What shall not be seen."""
    size: str
    """``"1024x768"``, pixels; a model without sizes takes the nearest aspect ratio."""
    aspect_ratio: str
    """``"16:9"``."""
    n: int
    """How many pictures; split into as many requests as the model needs."""
    quality: str
    """``"standard"`` or ``"premium"``."""
    cfg_scale: float
    """How closely to keep to the prompt."""
    seed: int
    """Each further request counts it up."""
    style: str
    strength: float
    """How much of the given picture stays, from 0 to 1, by the model's own measure."""
    colors: Sequence[str]
    """``"#FF9800"``."""
    format: str
    """``"png"``, ``"jpeg"`` or ``"webp"``."""
    fields: Mapping[str, Any]
    """Members of the model's own body that have no option here."""


_KNOWN: Final = frozenset(ImageOptions.__annotations__)
_AS_THEY_STAND: Final = (
    "mask",
    "mask_prompt",
    "negative_prompt",
    "aspect_ratio",
    "quality",
    "cfg_scale",
    "seed",
    "style",
    "strength",
    "format",
)


def plan_image(plan: Plan, prompt: str | None, options: ImageOptions) -> Flow[Work]:
    """Return the calls that make pictures.

    Raises:
        ConfigError: No model is named.
        BadRequestError: An option has the wrong form, or the model cannot do it so.
        OutcropError: What stands behind an application profile is unknown.
    """
    request = build_image_request(prompt, options)
    target = plan.target(request.model)
    return (yield from plan_images(request, target, plan.control_target(), plan.session))


def build_image_request(prompt: str | None, options: ImageOptions) -> ImageRequest:
    """Return the canonical request for what a caller wrote.

    Raises:
        ConfigError: No model is named.
        BadRequestError: An option has the wrong form.
    """
    given: dict[str, Any] = {name: said for name, said in options.items() if said is not None}
    refuse_unknown(given.keys() - _KNOWN, _KNOWN, "options")
    if not given.get("model"):
        raise ConfigError("model is required", hint="name an image model")
    task = given.get("task", "generate")
    if task not in TASKS:
        raise BadRequestError(f"unknown task {task}", hint=f"known are: {', '.join(TASKS)}")
    width, height = _size(given.get("size"))
    return ImageRequest(
        model=given["model"],
        task=task,
        prompt=prompt,
        images=_images(given.get("images", ())),
        width=width,
        height=height,
        count=_count(given.get("n")),
        colors=tuple(given.get("colors", ())),
        extra=Extra.of_fields(given.get("fields")),
        **{name: given[name] for name in _AS_THEY_STAND if name in given},
    )


def _size(text: str | None) -> tuple[int | None, int | None]:
    if text is None or text == "auto":
        return None, None
    match = _SIZE.fullmatch(text)
    if match is None:
        raise BadRequestError(f"{text!r} is no size", hint="write it as 1024x768")
    return int(match["width"]), int(match["height"])


def _count(count: int | None) -> int | None:
    if count is not None and count < 1:
        raise BadRequestError(f"n is {count}", hint="ask for 1 or more")
    return count


def _images(given: Image | Sequence[Image]) -> tuple[Image, ...]:
    images = (given,) if isinstance(given, Image) else tuple(given)
    for position, image in enumerate(images):
        if not isinstance(image, Image):
            raise BadRequestError(f"images[{position}] is a {type(image).__name__}, not an Image")
    return images
