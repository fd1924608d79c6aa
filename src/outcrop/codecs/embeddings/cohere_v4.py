"""Cohere Embed 4: texts, pictures, or both in one input; vectors of several lengths.

Place in the house: the codec of embeddings.

Source: behaviour specification, EMB-06; Amazon Bedrock User Guide, Cohere Embed v4; recordings of
InvokeModel.
"""

from typing import Final

from outcrop.codecs.embeddings.cohere_answer import decode_response, encode_response
from outcrop.codecs.embeddings.cohere_v3 import PURPOSES, join, split
from outcrop.codecs.embeddings.parts import Words, decode_data_uri, encode_data_uri, refuse_sound
from outcrop.errors import BadRequestError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.content import Image, Text
from outcrop.types.embeddings import EmbeddingInput, EmbeddingRequest

__all__ = ["decode_request", "decode_response", "encode_request", "encode_response"]

API: Final = "cohere_v4"

_CUTS: Final = Words({"none": "NONE", "start": "LEFT", "end": "RIGHT"})


class ImageUrl(Wire):
    """Where a picture is; on Bedrock a data URI."""

    url: str


class Part(Wire):
    """A part of an input that has several."""

    type: str
    text: str | None = None
    image_url: str | ImageUrl | None = None


class Input(Wire):
    """What becomes one vector."""

    content: tuple[Part, ...]


class CohereV4Request(Wire):
    """The body of a request."""

    texts: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    input_type: str | None = None
    truncate: str | None = None
    embedding_types: tuple[str, ...] = ()
    output_dimension: int | None = None
    max_tokens: int | None = None


def encode_request(request: EmbeddingRequest) -> bytes:
    """Write the body of a request.

    Raises:
        UnsupportedError: An input holds sound or film.
    """
    mixed = any(item.kind == "mixed" for item in request.inputs)
    texts, images = ((), ()) if mixed else split(request)
    return encode(
        CohereV4Request(
            texts=texts,
            images=images,
            inputs=tuple(map(_encode_input, request.inputs)) if mixed else (),
            input_type=PURPOSES.encode(request.purpose),
            truncate=_CUTS.encode(request.truncate),
            embedding_types=request.encodings,
            output_dimension=request.dimensions,
            max_tokens=request.max_tokens,
            surplus=surplus_of(request.extra, API),
        )
    )


def decode_request(body: bytes, model: str) -> EmbeddingRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def _encode_input(item: EmbeddingInput) -> Input:
    refuse_sound(item)
    parts = (_encode_part(part) for part in item.parts if isinstance(part, Text | Image))
    return Input(content=tuple(parts))


def _encode_part(part: Text | Image) -> Part:
    if isinstance(part, Text):
        return Part(type="text", text=part.text)
    return Part(type="image_url", image_url=ImageUrl(url=encode_data_uri(part)))


def _request(body: CohereV4Request, model: str) -> EmbeddingRequest:
    given = tuple(map(_decode_input, body.inputs))
    return EmbeddingRequest(
        model=model,
        inputs=given or join(body.texts, body.images),
        dimensions=body.output_dimension,
        purpose=PURPOSES.decode(body.input_type),
        truncate=_CUTS.decode(body.truncate),
        encodings=body.embedding_types,
        max_tokens=body.max_tokens,
        extra=extra_of(body.surplus, API),
    )


def _decode_input(item: Input) -> EmbeddingInput:
    return EmbeddingInput(tuple(map(_decode_part, item.content)))


def _decode_part(part: Part) -> Text | Image:
    if part.text is not None:
        return Text(text=part.text)
    if part.image_url is None:
        raise BadRequestError("a part of an input holds neither text nor image_url")
    url = part.image_url
    return decode_data_uri(url if isinstance(url, str) else url.url)


_REQUESTS: Final = Reader(CohereV4Request, _request, BadRequestError)
