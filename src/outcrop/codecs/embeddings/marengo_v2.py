"""TwelveLabs Marengo Embed 2.7: a text or a picture, flat.

Place in the house: the codec of embeddings.

Source: behaviour specification, EMB-08; Amazon Bedrock User Guide, TwelveLabs Marengo Embed 2.7.
"""

from typing import Final

from outcrop.codecs.embeddings.marengo_answer import (
    MediaSource,
    decode_media,
    decode_response,
    encode_media,
    encode_response,
)
from outcrop.codecs.embeddings.parts import Words, image_of, only_input, text_input, text_of
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.embeddings import EmbeddingInput, EmbeddingRequest

__all__ = ["decode_request", "decode_response", "encode_request", "encode_response"]

API: Final = "marengo_v2"

_CUTS: Final = Words({"none": "none", "end": "end"})


class MarengoV2Request(Wire, rename="camel"):
    """The body of a request."""

    input_type: str
    input_text: str | None = None
    text_truncate: str | None = None
    media_source: MediaSource | None = None


def encode_request(request: EmbeddingRequest) -> bytes:
    """Write the body of a request.

    Raises:
        UnsupportedError: It is neither a text nor a picture.
    """
    item = only_input(request)
    image = image_of(item)
    if item.kind == "mixed":
        raise UnsupportedError("this model embeds a text or a picture, not both together")
    return encode(
        MarengoV2Request(
            input_type=item.kind,
            input_text=text_of(item),
            text_truncate=_CUTS.encode(request.truncate) if image is None else None,
            media_source=None if image is None else encode_media(image),
            surplus=surplus_of(request.extra, API),
        )
    )


def decode_request(body: bytes, model: str) -> EmbeddingRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def _request(body: MarengoV2Request, model: str) -> EmbeddingRequest:
    is_text = body.input_type == "text" and body.input_text is not None
    item = (
        text_input(body.input_text or "")
        if is_text
        else EmbeddingInput((decode_media(body.media_source),))
    )
    return EmbeddingRequest(
        model=model,
        inputs=(item,),
        truncate=_CUTS.decode(body.text_truncate),
        extra=extra_of(body.surplus, API),
    )


_REQUESTS: Final = Reader(MarengoV2Request, _request, BadRequestError)
