"""Cohere Embed 3: texts, or one picture.

Place in the house: the codec of embeddings.

Source: behaviour specification, EMB-05; recordings of InvokeModel.
"""

from typing import Final

from outcrop.codecs.embeddings.cohere_answer import decode_response, encode_response
from outcrop.codecs.embeddings.parts import (
    Words,
    decode_data_uri,
    encode_data_uri,
    image_of,
    text_input,
    text_of,
)
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.embeddings import EmbeddingInput, EmbeddingRequest

__all__ = ["decode_request", "decode_response", "encode_request", "encode_response"]

API: Final = "cohere_v3"

PURPOSES: Final = Words({"document": "search_document", "query": "search_query"})
_CUTS: Final = Words({"none": "NONE", "start": "START", "end": "END"})


class CohereV3Request(Wire):
    """The body of a request."""

    texts: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    """Data URIs."""
    input_type: str | None = None
    truncate: str | None = None
    embedding_types: tuple[str, ...] = ()


def encode_request(request: EmbeddingRequest) -> bytes:
    """Write the body of a request.

    Raises:
        UnsupportedError: One input is neither a text nor a picture, or there are both.
    """
    texts, images = split(request)
    return encode(
        CohereV3Request(
            texts=texts,
            images=images,
            input_type=PURPOSES.encode(request.purpose),
            truncate=_CUTS.encode(request.truncate),
            embedding_types=request.encodings,
            surplus=surplus_of(request.extra, API),
        )
    )


def decode_request(body: bytes, model: str) -> EmbeddingRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def split(request: EmbeddingRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the texts of a request, or its pictures as data URIs.

    Raises:
        UnsupportedError: One input is neither a text nor a picture, or there are both.
    """
    kinds = {item.kind for item in request.inputs}
    if kinds == {"text"}:
        return tuple(text_of(item) or "" for item in request.inputs), ()
    if kinds == {"image"}:
        images = (image_of(item) for item in request.inputs)
        return (), tuple(encode_data_uri(image) for image in images if image)
    raise UnsupportedError(f"this model embeds texts, or pictures, not {', '.join(sorted(kinds))}")


def join(texts: tuple[str, ...], images: tuple[str, ...]) -> tuple[EmbeddingInput, ...]:
    """Return what `split` took apart.

    Raises:
        BadRequestError: There are neither or both, or a picture is no data URI.
    """
    if bool(texts) == bool(images):
        raise BadRequestError("#: exactly one of the keys [texts], [images] must hold something")
    pictures = (EmbeddingInput((decode_data_uri(uri),)) for uri in images)
    return (*map(text_input, texts), *pictures)


def _request(body: CohereV3Request, model: str) -> EmbeddingRequest:
    return EmbeddingRequest(
        model=model,
        inputs=join(body.texts, body.images),
        purpose=PURPOSES.decode(body.input_type),
        truncate=_CUTS.decode(body.truncate),
        encodings=body.embedding_types,
        extra=extra_of(body.surplus, API),
    )


_REQUESTS: Final = Reader(CohereV3Request, _request, BadRequestError)
