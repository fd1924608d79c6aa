"""Putting documents in order, by InvokeModel or by the agent runtime.

Place in the house: flow. No I/O.

Source: behaviour specification, RANK-01, RANK-02, CRED-02, ERR-27.
"""

from typing import Final

import msgspec

from outcrop.codecs.rerank import agent
from outcrop.codecs.rerank.table import RERANKERS
from outcrop.errors import AuthenticationError, BadRequestError
from outcrop.flow.effects import Flow
from outcrop.flow.invocation import Road, exchange, invoke_road, model_behind, understand
from outcrop.flow.purpose import require_purpose, unknown_family
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.models.families import rerank_family
from outcrop.protocols.endpoints import partition_of
from outcrop.types.credentials import Bearer
from outcrop.types.rerank import Ranked, Reranking, RerankRequest

MOST_DOCUMENTS: Final = 1000

_AGENT: Final = Road(operation="Rerank", api="agent", path="/rerank")


def rerank(
    request: RerankRequest, target: Target, control: Target, session: Session
) -> Flow[Reranking]:
    """Put documents in order over InvokeModel.

    Raises:
        BadRequestError: The request cannot be sent as it is; nothing was.
        OutcropError: AWS refused, or did not answer.
    """
    _check(request)
    if not request.documents:
        return Reranking(results=())
    name = yield from model_behind(target, control, session)
    require_purpose(name, "rerank")
    family = rerank_family(name)
    if family is None:
        raise unknown_family(request.model, "rerank")
    codec, road = RERANKERS[family.codec], invoke_road(target)
    body = codec.encode_request(_meant_for(request, family.codec))
    invoked = yield from exchange(road, body, target, session)
    answer = understand(invoked, codec.decode_response, road, target)
    return msgspec.structs.replace(answer, input_tokens=invoked.input_tokens, call=invoked.call)


def rerank_by_agent(request: RerankRequest, target: Target, session: Session) -> Flow[Reranking]:
    """Put documents in order over the agent runtime, all pages.

    Args:
        request: What to put in order.
        target: The agent runtime's endpoint.
        session: The client's memory.

    Raises:
        AuthenticationError: The credentials are an API key, which it does not take.
        BadRequestError: The request cannot be sent as it is; nothing was.
        OutcropError: AWS refused, or did not answer.
    """
    _check(request)
    require_purpose(target.model, "rerank")
    if isinstance(target.credentials.credentials, Bearer):
        raise AuthenticationError(
            "The agent runtime's Rerank takes no API key",
            hint='leave out api="agent", or use an AWS access key',
        )
    if not request.documents:
        return Reranking(results=())
    asked = msgspec.structs.replace(_meant_for(request, agent.API), model=_arn_of(target))
    results: list[Ranked] = []
    seen = {""}
    token = ""
    while True:
        body = agent.encode_request(asked, token)
        invoked = yield from exchange(_AGENT, body, target, session)
        page = understand(invoked, agent.decode_response, _AGENT, target)
        results.extend(page.answer.results)
        token = page.token
        if token in seen:
            return msgspec.structs.replace(page.answer, results=tuple(results), call=invoked.call)
        seen.add(token)


def _check(request: RerankRequest) -> None:
    count = len(request.documents)
    if count > MOST_DOCUMENTS:
        raise BadRequestError(
            f"{count} documents are too many", hint=f"send at most {MOST_DOCUMENTS}"
        )
    if request.top_n is not None and request.top_n < 1:
        raise BadRequestError(f"top_n is {request.top_n}", hint="ask for 1 or more")


def _meant_for(request: RerankRequest, api: str) -> RerankRequest:
    extra = request.extra.meant_for(api) if request.extra else None
    return msgspec.structs.replace(request, extra=extra)


def _arn_of(target: Target) -> str:
    if target.model.startswith("arn:"):
        return target.model
    partition = partition_of(target.region).name
    return f"arn:{partition}:bedrock:{target.region}::foundation-model/{target.model}"
