"""Rerank models: documents in the order of the words they share with the query.

Place in the house: emulator. Pure. Two ways in, InvokeModel and the agent runtime's Rerank, one
measure: the cosine of hash vectors.

Source: behaviour specification, RANK-01, RANK-02, EMU-01; recordings; service model of
bedrock-agent-runtime.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from outcrop.codecs.rerank import agent, cohere
from outcrop.emulator import wordings
from outcrop.emulator.answers import Answer, malformed, read_body, read_object
from outcrop.emulator.rules import reach_model
from outcrop.emulator.shapes import check_shape
from outcrop.emulator.vectors import cosine, normalised, vector_of, words_of
from outcrop.errors import BadRequestError
from outcrop.models.families import rerank_family
from outcrop.types.rerank import Ranked, RankedText, Reranking, RerankRequest

ENGINE: Final = "hash"

_DIMENSIONS: Final = 256
_MOST: Final = 1000
_PLACES: Final = 6


def answer_invoked_rerank(model: str, body: bytes, _request_id: str) -> Answer:
    """Answer InvokeModel of a rerank model.

    Raises:
        Refusal: The body is not what the model takes.
    """
    request = read_body(
        cohere.RerankBody,
        body,
        partial(cohere.decode_request, model=model),
        required=("query", "documents"),
    )
    problems = list(_problems(request))
    if problems:
        raise malformed(problems)
    return Answer(body=cohere.encode_response(_rank(request)), engine=ENGINE)


def answer_rerank(body: bytes) -> Answer:
    """Answer the agent runtime's Rerank, in one page.

    Raises:
        Refusal: The body is not what the operation takes, or the model does not rerank.
    """
    check_shape("Rerank", read_object(body))
    try:
        asked = agent.decode_request(body)
    except BadRequestError as error:
        raise wordings.MALFORMED_BODY.refusal(reason=error.message) from error
    reach_model(asked.request.model)
    if rerank_family(asked.request.model) is None:
        raise wordings.INVALID_MODEL.refusal()
    if asked.token:
        raise wordings.INVALID_PAGE.refusal()
    page = agent.Page(_rank(asked.request), "")
    return Answer(body=agent.encode_response(page), engine=ENGINE)


def _problems(request: RerankRequest) -> Iterator[str]:
    count = len(request.documents)
    if not request.query:
        yield "#/query: expected minLength: 1, actual: 0"
    if count > _MOST:
        yield f"#/documents: expected maximum item count: {_MOST}, found: {count}"
    if not count:
        yield "#/documents: expected minimum item count: 1, found: 0"
    if request.top_n is not None and request.top_n < 1:
        yield f"#/top_n: {request.top_n} is not greater or equal to 1"


def _rank(request: RerankRequest) -> Reranking:
    query = _direction(request.query)
    scored = (
        Ranked(index=index, score=_score(query, document))
        for index, document in enumerate(request.documents)
    )
    ordered = sorted(scored, key=lambda each: -each.score)
    return Reranking(results=tuple(ordered[: request.top_n]))


def _score(query: tuple[float, ...], document: RankedText) -> float:
    text = document if isinstance(document, str) else bytes(document).decode()
    return round(max(0.0, cosine(query, _direction(text))), _PLACES)


def _direction(text: str) -> tuple[float, ...]:
    return normalised(vector_of(words_of(text), _DIMENSIONS))
