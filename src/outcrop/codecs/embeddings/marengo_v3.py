"""TwelveLabs Marengo Embed 3.0: a text, a picture, or one of each together, nested.

Place in the house: the codec of embeddings.

Source: behaviour specification, EMB-08; Amazon Bedrock User Guide, TwelveLabs Marengo Embed 3.0.
"""

from typing import Final

import msgspec

from outcrop.codecs.embeddings.marengo_answer import (
    MediaSource,
    decode_media,
    decode_response,
    encode_media,
    encode_response,
)
from outcrop.codecs.embeddings.parts import image_of, only_input, text_of
from outcrop.errors import BadRequestError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.content import Image, Text
from outcrop.types.embeddings import EmbeddingInput, EmbeddingRequest

__all__ = ["decode_request", "decode_response", "encode_request", "encode_response"]


API: Final = "marengo_v3"


class Content(Wire, rename="camel"):
    """What to embed."""

    flat = True
    input_text: str | None = None
    media_source: MediaSource | None = None


class MarengoV3Request(Wire):
    """The body of a request."""

    input_type: str = msgspec.field(name="inputType")
    text: Content | None = None
    image: Content | None = None
    text_image: Content | None = None


def encode_request(request: EmbeddingRequest) -> bytes:
    """Write the body of a request.

    Raises:
        BadRequestError: It is neither a text nor a picture nor one of each.
    """
    item = only_input(request)
    image = image_of(item)
    content = Content(
        input_text=text_of(item), media_source=None if image is None else encode_media(image)
    )
    kind = "text_image" if item.kind == "mixed" else item.kind
    named = {kind: content}
    return encode(
        MarengoV3Request(input_type=kind, **named, surplus=surplus_of(request.extra, API))
    )


def decode_request(body: bytes, model: str) -> EmbeddingRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def _request(body: MarengoV3Request, model: str) -> EmbeddingRequest:
    content = next((each for each in (body.text, body.image, body.text_image) if each), None)
    if content is None:
        raise BadRequestError("one of text, image and text_image must be there")
    return EmbeddingRequest(
        model=model,
        inputs=(EmbeddingInput(_parts(content)),),
        extra=extra_of(body.surplus, API),
    )


def _parts(content: Content) -> tuple[Text | Image, ...]:
    text = () if content.input_text is None else (Text(text=content.input_text),)
    image = () if content.media_source is None else (decode_media(content.media_source),)
    if not (text or image):
        raise BadRequestError("inputText or mediaSource must be there")
    return (*text, *image)


_REQUESTS: Final = Reader(MarengoV3Request, _request, BadRequestError)
