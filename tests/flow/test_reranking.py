"""Reranking by both roads: what leaves, and what is refused before."""

import json
from typing import Any

import msgspec
import pytest

from outcrop.errors import AuthenticationError, BadRequestError, UnsupportedError
from outcrop.flow.reranking import rerank, rerank_by_agent
from outcrop.http import HttpResponse
from outcrop.settings.credentials import CredentialChoice
from outcrop.types.credentials import Bearer
from outcrop.types.json import Extra
from outcrop.types.rerank import Reranking, RerankRequest
from tests.flow.script import Script, blocking, target

MODEL = "cohere.rerank-v3-5:0"


def answer(*scores: tuple[int, float], name: str, token: str = "") -> HttpResponse:
    """Return a reply of either road."""
    results = [{"index": index, name: score} for index, score in scores]
    more = {"nextToken": token} if token else {}
    return HttpResponse(status=200, body=msgspec.json.encode({"results": results, **more}))


def ask(*documents: Any, model: str = MODEL, **members: Any) -> RerankRequest:
    """Return a request."""
    return RerankRequest(model=model, query="q", documents=documents, **members)


def invoke(script: Script, request: RerankRequest) -> Reranking:
    """Rerank over InvokeModel."""
    to = target(request.model)
    return blocking(rerank(request, to, target(""), script.session), script)


def by_agent(script: Script, request: RerankRequest, **more: Any) -> Reranking:
    """Rerank over the agent runtime."""
    return blocking(rerank_by_agent(request, target(request.model, **more), script.session), script)


def test_invoke() -> None:
    """The body of RANK-02, and the order that came."""
    script = Script(answer((2, 0.9), (0, 0.1), name="relevance_score"))
    extra = Extra("", {"max_tokens_per_doc": msgspec.Raw(b"9")})

    found = invoke(script, ask("a", "b", "c", top_n=2, extra=extra))

    assert script.requests[0].target == "/model/cohere.rerank-v3-5%3A0/invoke"
    assert json.loads(script.requests[0].body) == {
        "query": "q",
        "documents": ["a", "b", "c"],
        "top_n": 2,
        "api_version": 2,
        "max_tokens_per_doc": 9,
    }
    assert [(each.index, each.score) for each in found.results] == [(2, 0.9), (0, 0.1)]
    assert (found.call.api, found.usage) == ("invoke", None)


def test_agent_pages() -> None:
    """All pages are read, with the model's ARN of the region's partition."""
    script = Script(
        answer((1, 0.9), token="t", name="relevanceScore"), answer((0, 0.2), name="relevanceScore")
    )

    found = by_agent(script, ask("a", "b"), region="cn-north-1")

    sent = [json.loads(each.body) for each in script.requests]
    configuration = sent[0]["rerankingConfiguration"]["bedrockRerankingConfiguration"]
    assert [each.target for each in script.requests] == ["/rerank", "/rerank"]
    assert configuration["modelConfiguration"]["modelArn"] == (
        f"arn:aws-cn:bedrock:cn-north-1::foundation-model/{MODEL}"
    )
    assert [each.get("nextToken") for each in sent] == [None, "t"]
    assert [(each.index, each.score) for each in found.results] == [(1, 0.9), (0, 0.2)]
    assert found.call.api == "agent"


def test_agent_that_repeats_its_token_ends() -> None:
    """A page that leads to itself is the last."""
    page = answer((0, 0.5), token="t", name="relevanceScore")
    script = Script(page, page)

    assert len(by_agent(script, ask("a")).results) == 2


def test_agent_takes_no_api_key() -> None:
    """CRED-02, ERR-27: which credentials, and what to do."""
    key = CredentialChoice(credentials=Bearer("key"), origin="test")

    with pytest.raises(AuthenticationError, match="takes no API key"):
        by_agent(Script(), ask("a"), credentials=key)


@pytest.mark.parametrize("road", [invoke, by_agent])
def test_nothing_sends_nothing(road: Any) -> None:
    """No documents are in order already."""
    assert road(Script(), ask()).results == ()


@pytest.mark.parametrize("road", [invoke, by_agent])
def test_refused_before_it_is_sent(road: Any) -> None:
    """Limits of RANK-01, and models that do something else."""
    with pytest.raises(BadRequestError, match="1001 documents are too many"):
        road(Script(), ask(*["x"] * 1001))
    with pytest.raises(BadRequestError, match="top_n is 0"):
        road(Script(), ask("a", top_n=0))
    with pytest.raises(UnsupportedError, match="is an embedding model; use embed"):
        road(Script(), ask("a", model="cohere.embed-v4:0"))


def test_unknown_family() -> None:
    """Over InvokeModel the body must be known; the error lists the models that are."""
    with pytest.raises(BadRequestError, match="no family of rerank models") as caught:
        invoke(Script(), ask("a", model="acme.ranker-v1"))

    assert caught.value.hint == "known are: amazon.rerank-v1:0, cohere.rerank-v3-5:0"
