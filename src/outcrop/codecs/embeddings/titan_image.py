"""Amazon's first multimodal embedding model: text, a picture, or one of each together.

Place in the house: the codec of embeddings.

Source: behaviour specification, EMB-04.
"""

from typing import Final

from outcrop.codecs.embeddings.parts import (
    image_bytes,
    image_from_bytes,
    image_of,
    only_input,
    text_of,
)
from outcrop.errors import BadRequestError, ModelError, WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.content import Text
from outcrop.types.embeddings import Embedding, EmbeddingInput, EmbeddingRequest, Embeddings

API: Final = "titan_image"


class EmbeddingConfig(Wire, rename="camel"):
    """How long the vector shall be."""

    flat = True
    output_embedding_length: int | None = None


class TitanImageRequest(Wire, rename="camel"):
    """The body of a request."""

    input_text: str | None = None
    input_image: bytes | None = None
    embedding_config: EmbeddingConfig | None = None


class TitanImageResponse(Wire, rename="camel"):
    """The body of an answer."""

    embedding: tuple[float, ...] = ()
    input_text_token_count: int | None = None
    message: str | None = None
    """What went wrong."""


def encode_request(request: EmbeddingRequest) -> bytes:
    """Write the body of a request.

    Raises:
        BadRequestError: It has several texts or pictures, or sound or film.
    """
    item = only_input(request)
    image = image_of(item)
    length = request.dimensions
    return encode(
        TitanImageRequest(
            input_text=text_of(item),
            input_image=None if image is None else image_bytes(image),
            embedding_config=EmbeddingConfig(output_embedding_length=length) if length else None,
            surplus=surplus_of(request.extra, API),
        )
    )


def decode_request(body: bytes, model: str) -> EmbeddingRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def encode_response(answer: Embeddings) -> bytes:
    """Write the body of an answer."""
    return encode(
        TitanImageResponse(
            embedding=answer.items[0].floats,
            input_text_token_count=answer.input_tokens,
            surplus=surplus_of(answer.extra, API),
        )
    )


def decode_response(body: bytes) -> Embeddings:
    """Read the body of an answer.

    Raises:
        ModelError: The model failed, and says so in an answer.
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _request(body: TitanImageRequest, model: str) -> EmbeddingRequest:
    text = () if body.input_text is None else (Text(text=body.input_text),)
    image = () if body.input_image is None else (image_from_bytes(body.input_image),)
    if not (text or image):
        raise BadRequestError("#: required key [inputText] or [inputImage] not found")
    config = body.embedding_config or EmbeddingConfig()
    return EmbeddingRequest(
        model=model,
        inputs=(EmbeddingInput((*text, *image)),),
        dimensions=config.output_embedding_length,
        extra=extra_of(body.surplus, API),
    )


def _response(body: TitanImageResponse, _context: None) -> Embeddings:
    if body.message:
        raise ModelError("The model failed to answer", aws_message=body.message)
    if not body.embedding:
        raise WireError("the answer holds no embedding")
    return Embeddings(
        items=(Embedding(floats=body.embedding),),
        input_tokens=body.input_text_token_count,
        extra=extra_of(body.surplus, API),
    )


_REQUESTS: Final = Reader(TitanImageRequest, _request, BadRequestError)
_RESPONSES: Final = Reader(TitanImageResponse, _response, WireError)
