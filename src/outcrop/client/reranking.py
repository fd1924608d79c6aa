"""From what a caller wants put in order to the calls that do it.

Place in the house: client. Both clients rerank by these.

Source: behaviour specification, LIB-01, RANK-01, RANK-02.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Required, TypeAlias, TypedDict

from outcrop.client.ask import refuse_unknown
from outcrop.client.plan import Plan
from outcrop.errors import BadRequestError, ConfigError
from outcrop.flow.effects import Flow
from outcrop.flow.reranking import rerank, rerank_by_agent
from outcrop.types.json import Extra, encode_raw, raw_object
from outcrop.types.rerank import RankedText, Reranking, RerankRequest

Documents: TypeAlias = Sequence[str | Mapping[str, Any]]
"""Texts, or objects that JSON can hold."""

APIS: Final = ("invoke", "agent")


class RerankOptions(TypedDict, total=False):
    """How to put documents in order."""

    model: Required[str]
    """Model id, profile id or ARN."""
    top_n: int
    """How many are returned; all when left out."""
    api: str
    """``"invoke"`` (default): InvokeModel. ``"agent"``: the agent runtime, with AWS keys only."""
    fields: Mapping[str, Any]
    """Members of the model's own body that have no option here."""


_KNOWN: Final = frozenset(RerankOptions.__annotations__)


def plan_rerank(
    plan: Plan, query: str, documents: Documents, options: RerankOptions
) -> Flow[Reranking]:
    """Put documents in order.

    Raises:
        ConfigError: No model is named.
        BadRequestError: An option or a document has the wrong form.
        OutcropError: AWS refused, or did not answer.
    """
    given: dict[str, Any] = {name: said for name, said in options.items() if said is not None}
    refuse_unknown(given.keys() - _KNOWN, _KNOWN, "options")
    if not given.get("model"):
        raise ConfigError("model is required", hint="name a rerank model")
    request = RerankRequest(
        model=given["model"],
        query=query,
        documents=_documents(documents),
        top_n=given.get("top_n"),
        extra=Extra.of_fields(given.get("fields")),
    )
    return (yield from _ROADS[_api(given.get("api", "invoke"))](plan, request))


def _by_invoke(plan: Plan, request: RerankRequest) -> Flow[Reranking]:
    target, control = plan.target(request.model), plan.control_target()
    return (yield from rerank(request, target, control, plan.session))


def _by_agent(plan: Plan, request: RerankRequest) -> Flow[Reranking]:
    return (yield from rerank_by_agent(request, plan.agent_target(request.model), plan.session))


_ROADS: Final = {"invoke": _by_invoke, "agent": _by_agent}


def _api(name: str) -> str:
    if name not in APIS:
        raise BadRequestError(f"unknown api {name}", hint=f"known are: {', '.join(APIS)}")
    return name


def _documents(documents: Documents) -> tuple[RankedText, ...]:
    if isinstance(documents, str | bytes) or not isinstance(documents, Sequence):
        raise BadRequestError(f"documents is a {type(documents).__name__}, not a list of documents")
    return tuple(_document(position, each) for position, each in enumerate(documents))


def _document(position: int, given: str | Mapping[str, Any]) -> RankedText:
    if isinstance(given, str):
        return given
    return raw_object(bytes(encode_raw(given)), f"documents[{position}]")
