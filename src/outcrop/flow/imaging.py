"""Making pictures: sizes as the model takes them, and as many requests as it needs.

Place in the house: flow. No I/O.

Source: behaviour specification, IMGGEN-01, IMGGEN-02.
"""

from collections.abc import Iterator, Sequence
from math import log
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.images.table import IMAGES
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.flow.effects import Flow
from outcrop.flow.invocation import exchange, invoke_road, model_behind, understand
from outcrop.flow.parting import left_out
from outcrop.flow.purpose import require_purpose, unknown_family
from outcrop.flow.session import Session
from outcrop.flow.several import Several
from outcrop.flow.target import Target
from outcrop.models.families import ImageFamily, image_family
from outcrop.types.images import ImageRequest, MadeImages
from outcrop.types.json import Extra, encode_raw
from outcrop.types.responses import Adjustment

Work: TypeAlias = Several[MadeImages, MadeImages]

_AREA: Final = 1024 * 1024
"""Pixels of a picture of which only the aspect ratio is known."""
_STEP: Final = 16
"""Width and height are multiples of it."""
_SPECIAL: Final = ("quality", "cfg_scale", "colors", "mask_prompt", "format")


def plan_images(
    request: ImageRequest, target: Target, control: Target, session: Session
) -> Flow[Work]:
    """Return the calls that make all pictures. Nothing is made yet.

    Args:
        request: Which pictures to make.
        target: Where the model is called.
        control: Where application profiles are looked up.
        session: The client's memory.

    Raises:
        BadRequestError: The model cannot do it so.
        OutcropError: What stands behind an application profile is unknown.
    """
    name = yield from model_behind(target, control, session)
    require_purpose(name, "image")
    family = image_family(name)
    if family is None:
        raise unknown_family(request.model, "image")
    settled, changes = _settle(request, family, strict=target.strict_parameters)
    parts = tuple(_parts(settled, family))
    return Several(tuple(_make(part, family, target, session, changes) for part in parts), _join)


def _settle(
    request: ImageRequest, family: ImageFamily, *, strict: bool
) -> tuple[ImageRequest, tuple[Adjustment, ...]]:
    if family.tasks and request.task not in family.tasks:
        raise UnsupportedError(
            f"{request.model} does not know the task {request.task}",
            hint=f"it knows: {', '.join(family.tasks)}",
        )
    surplus = [name for name in _SPECIAL if name not in family.takes]
    dropped = [name for name in surplus if getattr(request, name) not in {None, ()}]
    changes = left_out(dropped, request.model, strict=strict)
    empty: dict[str, Any] = {name: () if name == "colors" else None for name in surplus}
    sized, more = _sized(msgspec.structs.replace(request, **empty), family)
    return _with_fields(sized, family), changes + more


def _with_fields(request: ImageRequest, family: ImageFamily) -> ImageRequest:
    given = request.extra.members if request.extra else {}
    must = family.image_mode and request.images
    mode = {"mode": encode_raw(family.image_mode)} if must else {}
    members = mode | given
    extra = Extra(family.codec, members) if members else None
    return msgspec.structs.replace(request, extra=extra)


def _sized(
    request: ImageRequest, family: ImageFamily
) -> tuple[ImageRequest, tuple[Adjustment, ...]]:
    if family.sizes:
        return _with_size(request), ()
    if request.width and request.height:
        return _with_ratio(request, family, request.width / request.height)
    return request, ()


def _with_size(request: ImageRequest) -> ImageRequest:
    if request.aspect_ratio is None or request.width:
        return msgspec.structs.replace(request, aspect_ratio=None)
    ratio = _value_of(request.aspect_ratio)
    height = (_AREA / ratio) ** 0.5
    return msgspec.structs.replace(
        request, aspect_ratio=None, width=_stepped(height * ratio), height=_stepped(height)
    )


def _with_ratio(
    request: ImageRequest, family: ImageFamily, wanted: float
) -> tuple[ImageRequest, tuple[Adjustment, ...]]:
    nearest = min(family.ratios, key=lambda each: abs(log(_value_of(each) / wanted)))
    change = Adjustment(
        rule="nearest_aspect_ratio",
        detail=f"{request.width}x{request.height} was asked for as {nearest}",
    )
    sized = msgspec.structs.replace(request, width=None, height=None, aspect_ratio=nearest)
    return sized, (change,)


def _value_of(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    try:
        return float(width) / float(height)
    except (ValueError, ZeroDivisionError):
        raise BadRequestError(f"{ratio!r} is no aspect ratio", hint="write it as 16:9") from None


def _stepped(pixels: float) -> int:
    return round(pixels / _STEP) * _STEP


def _parts(request: ImageRequest, family: ImageFamily) -> Iterator[ImageRequest]:
    """Yield one request after another until there are as many pictures as were asked for."""
    total = request.count or 1
    for made in range(0, total, family.most_images):
        count = min(family.most_images, total - made)
        yield msgspec.structs.replace(
            request,
            count=count if family.most_images > 1 and request.count else None,
            # The same seed would make the same picture again.
            seed=None if request.seed is None else request.seed + made,
        )


def _make(
    request: ImageRequest,
    family: ImageFamily,
    target: Target,
    session: Session,
    changes: tuple[Adjustment, ...],
) -> Flow[MadeImages]:
    codec, road = IMAGES[family.codec], invoke_road(target)
    body = codec.encode_request(request)
    invoked = yield from exchange(road, body, target, session, changes)
    answer = understand(invoked, codec.decode_response, road, target)
    return msgspec.structs.replace(answer, calls=(invoked.call,))


def _join(answers: Sequence[MadeImages]) -> MadeImages:
    if len(answers) == 1:
        return answers[0]
    return MadeImages(
        items=tuple(item for answer in answers for item in answer.items),
        error=next((answer.error for answer in answers if answer.error), None),
        calls=tuple(call for answer in answers for call in answer.calls),
    )
