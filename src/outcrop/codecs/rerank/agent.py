"""Reranking over the agent runtime: ``POST /rerank``, for models of every family.

Place in the house: the codec of reranking. Answers come in pages.

Source: behaviour specification, RANK-02; shapes RerankRequest and RerankResponse of the
bedrock-agent-runtime service model.
"""

from typing import Final

import msgspec

from outcrop.errors import BadRequestError, WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Surplus, Wire
from outcrop.types.rerank import Ranked, RankedText, Reranking, RerankRequest

API: Final = "agent"

_TEXT: Final = "TEXT"
_JSON: Final = "JSON"
_INLINE: Final = "INLINE"
_MODEL: Final = "BEDROCK_RERANKING_MODEL"


class TextDocument(Wire, rename="camel"):
    """A text."""

    text: str


class Query(Wire, rename="camel"):
    """What is looked for."""

    text_query: TextDocument
    type: str


class InlineDocument(Wire, rename="camel"):
    """A document that travels with the request."""

    type: str
    text_document: TextDocument | None = None
    json_document: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class DocumentSource(Wire, rename="camel"):
    """A document."""

    inline_document_source: InlineDocument
    type: str


class ModelConfiguration(Wire, rename="camel"):
    """Which model puts in order."""

    model_arn: str
    additional_model_request_fields: dict[str, msgspec.Raw] | None = None


class BedrockConfiguration(Wire, rename="camel"):
    """How to put in order."""

    model_configuration: ModelConfiguration
    number_of_results: int | None = None


class Configuration(Wire, rename="camel"):
    """How to put in order, by whom."""

    bedrock_reranking_configuration: BedrockConfiguration
    type: str


class AgentRequest(Wire, rename="camel"):
    """The body of a request."""

    queries: tuple[Query, ...]
    sources: tuple[DocumentSource, ...]
    reranking_configuration: Configuration
    next_token: str | None = None


class AgentResult(Wire, rename="camel"):
    """One document's place."""

    index: int
    relevance_score: float


class AgentAnswer(Wire, rename="camel"):
    """The body of an answer: one page."""

    results: tuple[AgentResult, ...]
    next_token: str | None = None


class Asked(msgspec.Struct, frozen=True):
    """A request as it arrives, and which page of its answer is wanted."""

    request: RerankRequest
    token: str


class Page(msgspec.Struct, frozen=True):
    """Part of an answer, and the token of the next; empty where it is the last."""

    answer: Reranking
    token: str


def encode_request(request: RerankRequest, token: str = "") -> bytes:
    """Write the body of a request; its model is an ARN.

    Args:
        request: What to put in order; `Extra` goes to the model as additional fields.
        token: Of the page that is wanted; empty for the first.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    extra = surplus_of(request.extra, API)
    model = ModelConfiguration(
        model_arn=request.model,
        additional_model_request_fields=dict(extra.members) if extra else None,
    )
    bedrock = BedrockConfiguration(model_configuration=model, number_of_results=request.top_n)
    return encode(
        AgentRequest(
            queries=(Query(text_query=TextDocument(text=request.query), type=_TEXT),),
            sources=tuple(map(_source, request.documents)),
            reranking_configuration=Configuration(
                bedrock_reranking_configuration=bedrock, type=_MODEL
            ),
            next_token=token or None,
        )
    )


def decode_request(body: bytes) -> Asked:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, None)


def encode_response(page: Page) -> bytes:
    """Write one page of an answer."""
    results = (
        AgentResult(
            index=each.index, relevance_score=each.score, surplus=surplus_of(each.extra, API)
        )
        for each in page.answer.results
    )
    return encode(
        AgentAnswer(
            results=tuple(results),
            next_token=page.token or None,
            surplus=surplus_of(page.answer.extra, API),
        )
    )


def decode_response(body: bytes) -> Page:
    """Read one page of an answer.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _source(document: RankedText) -> DocumentSource:
    inline = (
        InlineDocument(type=_TEXT, text_document=TextDocument(text=document))
        if isinstance(document, str)
        else InlineDocument(type=_JSON, json_document=document)
    )
    return DocumentSource(inline_document_source=inline, type=_INLINE)


def _request(body: AgentRequest, _context: None) -> Asked:
    if len(body.queries) != 1:
        raise BadRequestError("queries must hold exactly one query")
    bedrock = body.reranking_configuration.bedrock_reranking_configuration
    fields = bedrock.model_configuration.additional_model_request_fields
    return Asked(
        RerankRequest(
            model=bedrock.model_configuration.model_arn,
            query=body.queries[0].text_query.text,
            documents=tuple(_document(each.inline_document_source) for each in body.sources),
            top_n=bedrock.number_of_results,
            extra=extra_of(Surplus(fields), API) if fields else None,
        ),
        body.next_token or "",
    )


def _document(source: InlineDocument) -> RankedText:
    if source.text_document is not None:
        return source.text_document.text
    if source.json_document is not msgspec.UNSET:
        return source.json_document.copy()
    raise BadRequestError("a source holds neither textDocument nor jsonDocument")


def _response(body: AgentAnswer, _context: None) -> Page:
    results = (
        Ranked(index=each.index, score=each.relevance_score, extra=extra_of(each.surplus, API))
        for each in body.results
    )
    answer = Reranking(results=tuple(results), extra=extra_of(body.surplus, API))
    return Page(answer, body.next_token or "")


_REQUESTS: Final = Reader(AgentRequest, _request, BadRequestError)
_RESPONSES: Final = Reader(AgentAnswer, _response, WireError)
