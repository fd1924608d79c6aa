"""Stability AI's image models: what to do is in the model's id, the body is flat.

Place in the house: the codec of images. What only one model knows (``search_prompt``,
``creativity`` ...) travels in `extra`.

Source: behaviour specification, IMGGEN-01; Amazon Bedrock User Guide, "Stable Image Ultra request
and response".
"""

from typing import Final

from outcrop.codecs.images.pixels import bytes_of, image_of, made
from outcrop.errors import BadRequestError, UnsupportedError, WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.images import ImageRequest, MadeImage, MadeImages

API: Final = "stability"


class StabilityRequest(Wire):
    """The body of a request."""

    prompt: str | None = None
    negative_prompt: str | None = None
    aspect_ratio: str | None = None
    seed: int | None = None
    output_format: str | None = None
    image: bytes | None = None
    mask: bytes | None = None
    strength: float | None = None
    style_preset: str | None = None


class StabilityResponse(Wire):
    """The body of an answer: three lists side by side."""

    images: tuple[bytes, ...] = ()
    seeds: tuple[int | str, ...] = ()
    finish_reasons: tuple[str | None, ...] = ()


def encode_request(request: ImageRequest) -> bytes:
    """Write the body of a request.

    Raises:
        UnsupportedError: It starts from several pictures.
    """
    if len(request.images) > 1:
        raise UnsupportedError(f"this model takes one picture, not {len(request.images)}")
    return encode(
        StabilityRequest(
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            aspect_ratio=request.aspect_ratio,
            seed=request.seed,
            output_format=request.format,
            image=bytes_of(request.images[0]) if request.images else None,
            mask=bytes_of(request.mask),
            strength=request.strength,
            style_preset=request.style,
            surplus=surplus_of(request.extra, API),
        )
    )


def decode_request(body: bytes, model: str) -> ImageRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def encode_response(answer: MadeImages) -> bytes:
    """Write the body of an answer; pictures that a filter kept back are only reasons."""
    made_at_all = [each for each in answer.items if each.data]
    return encode(
        StabilityResponse(
            images=tuple(each.data for each in made_at_all),
            seeds=tuple(each.seed for each in made_at_all if each.seed is not None),
            finish_reasons=tuple(each.finish_reason for each in answer.items),
            surplus=surplus_of(answer.extra, API),
        )
    )


def decode_response(body: bytes) -> MadeImages:
    """Read the body of an answer.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _request(body: StabilityRequest, model: str) -> ImageRequest:
    image = image_of(body.image)
    return ImageRequest(
        model=model,
        prompt=body.prompt,
        negative_prompt=body.negative_prompt,
        aspect_ratio=body.aspect_ratio,
        seed=body.seed,
        format=body.output_format,
        images=(image,) if image else (),
        mask=image_of(body.mask),
        strength=body.strength,
        style=body.style_preset,
        extra=extra_of(body.surplus, API),
    )


def _response(body: StabilityResponse, _context: None) -> MadeImages:
    count = max(len(body.images), len(body.finish_reasons))
    if not count:
        raise WireError("the answer holds no images")
    return MadeImages(
        items=tuple(_item(body, position) for position in range(count)),
        extra=extra_of(body.surplus, API),
    )


def _item(body: StabilityResponse, position: int) -> MadeImage:
    at = slice(position, position + 1)
    data = next(iter(body.images[at]), b"")
    seed = next(iter(body.seeds[at]), None)
    return made(data, _number(seed), next(iter(body.finish_reasons[at]), None))


def _number(seed: int | str | None) -> int | None:
    try:
        return None if seed is None else int(seed)
    except ValueError:
        raise WireError(f"a seed is no number: {seed!r}") from None


_REQUESTS: Final = Reader(StabilityRequest, _request, BadRequestError)
_RESPONSES: Final = Reader(StabilityResponse, _response, WireError)
