"""Amazon's text embedding models.

Place in the house: the codec of embeddings.

Source: behaviour specification, EMB-02, EMB-03; recordings of InvokeModel.
"""

from typing import Final

from outcrop.codecs.embeddings.parts import only_input, text_input, text_of
from outcrop.errors import BadRequestError, WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.embeddings import Embedding, EmbeddingRequest, Embeddings, Numbers

API: Final = "titan_text"


class TitanTextRequest(Wire, rename="camel"):
    """The body of a request."""

    input_text: str
    dimensions: int | None = None
    normalize: bool | None = None
    embedding_types: tuple[str, ...] = ()


class TitanTextResponse(Wire, rename="camel"):
    """The body of an answer."""

    embedding: tuple[float, ...] = ()
    embeddings_by_type: dict[str, Numbers] | None = None
    input_text_token_count: int | None = None


def encode_request(request: EmbeddingRequest) -> bytes:
    """Write the body of a request.

    Raises:
        BadRequestError: It has not exactly one text.
    """
    text = text_of(only_input(request))
    if text is None or only_input(request).kind != "text":
        raise BadRequestError("this model embeds text only")
    return encode(
        TitanTextRequest(
            input_text=text,
            dimensions=request.dimensions,
            normalize=request.normalize,
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


def encode_response(answer: Embeddings) -> bytes:
    """Write the body of an answer."""
    item = answer.items[0]
    return encode(
        TitanTextResponse(
            embedding=item.floats,
            embeddings_by_type=item.forms or None,
            input_text_token_count=answer.input_tokens,
            surplus=surplus_of(answer.extra, API),
        )
    )


def decode_response(body: bytes) -> Embeddings:
    """Read the body of an answer.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _request(body: TitanTextRequest, model: str) -> EmbeddingRequest:
    return EmbeddingRequest(
        model=model,
        inputs=(text_input(body.input_text),),
        dimensions=body.dimensions,
        normalize=body.normalize,
        encodings=body.embedding_types,
        extra=extra_of(body.surplus, API),
    )


def _response(body: TitanTextResponse, _context: None) -> Embeddings:
    if not (body.embedding or body.embeddings_by_type):
        raise WireError("the answer holds no embedding")
    return Embeddings(
        items=(Embedding(floats=body.embedding, forms=body.embeddings_by_type or {}),),
        input_tokens=body.input_text_token_count,
        extra=extra_of(body.surplus, API),
    )


_REQUESTS: Final = Reader(TitanTextRequest, _request, BadRequestError)
_RESPONSES: Final = Reader(TitanTextResponse, _response, WireError)
