"""Reranking over InvokeModel: Cohere's body, which Amazon's model takes too.

Place in the house: the codec of reranking.

Source: behaviour specification, RANK-02; recordings of InvokeModel.
"""

from typing import Final

import msgspec

from outcrop.errors import BadRequestError, WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.json import encode_raw
from outcrop.types.rerank import Ranked, RankedText, Reranking, RerankRequest

API: Final = "cohere"
_VERSION: Final = 2


class RerankBody(Wire):
    """The body of a request."""

    query: str
    documents: tuple[msgspec.Raw, ...]
    top_n: int | None = None
    api_version: int | None = None


class RerankResult(Wire):
    """One document's place."""

    index: int
    relevance_score: float


class RerankAnswer(Wire):
    """The body of an answer."""

    results: tuple[RerankResult, ...]


def encode_request(request: RerankRequest) -> bytes:
    """Write the body of a request.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    return encode(
        RerankBody(
            query=request.query,
            documents=tuple(map(encode_raw, request.documents)),
            top_n=request.top_n,
            api_version=_VERSION,
            surplus=surplus_of(request.extra, API),
        )
    )


def decode_request(body: bytes, model: str) -> RerankRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def encode_response(answer: Reranking) -> bytes:
    """Write the body of an answer."""
    results = (
        RerankResult(
            index=each.index, relevance_score=each.score, surplus=surplus_of(each.extra, API)
        )
        for each in answer.results
    )
    return encode(RerankAnswer(results=tuple(results), surplus=surplus_of(answer.extra, API)))


def decode_response(body: bytes) -> Reranking:
    """Read the body of an answer.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _request(body: RerankBody, model: str) -> RerankRequest:
    return RerankRequest(
        model=model,
        query=body.query,
        documents=tuple(map(_document, body.documents)),
        top_n=body.top_n,
        extra=extra_of(body.surplus, API),
    )


def _document(raw: msgspec.Raw) -> RankedText:
    return msgspec.json.decode(raw, type=str) if bytes(raw).startswith(b'"') else raw.copy()


def _response(body: RerankAnswer, _context: None) -> Reranking:
    results = (
        Ranked(index=each.index, score=each.relevance_score, extra=extra_of(each.surplus, API))
        for each in body.results
    )
    return Reranking(results=tuple(results), extra=extra_of(body.surplus, API))


_REQUESTS: Final = Reader(RerankBody, _request, BadRequestError)
_RESPONSES: Final = Reader(RerankAnswer, _response, WireError)
