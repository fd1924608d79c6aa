"""Reranking: the recorded call survives, and both roads say the same."""

import json
from typing import Any

import msgspec
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.rerank import agent, cohere
from outcrop.errors import BadRequestError, WireError
from outcrop.types.json import Extra
from outcrop.types.rerank import Ranked, Reranking, RerankRequest
from tests.recordings import Interaction, cases

ARN = "arn:aws:bedrock:us-east-1::foundation-model/cohere.rerank-v3-5:0"
OBJECT = msgspec.Raw(b'{"title":"b"}')


@pytest.mark.parametrize("recorded", cases("invoke", where=lambda each: "rerank" in each.features))
def test_recorded(recorded: Interaction) -> None:
    """What was sent and answered, read and written again, is the same."""
    request = cohere.decode_request(recorded.request.data, "model")
    answer = cohere.decode_response(recorded.response.data)

    assert json.loads(cohere.encode_request(request)) == recorded.request_body
    assert json.loads(cohere.encode_response(answer)) == recorded.response_body
    assert [each.index for each in answer.results] == [2, 0, 4]


def test_agent_request() -> None:
    """The agent runtime's own shape, as its service model has it."""
    request = RerankRequest(model=ARN, query="q", documents=("a", OBJECT), top_n=2)

    wire = json.loads(agent.encode_request(request, "page-2"))

    assert wire == {
        "queries": [{"textQuery": {"text": "q"}, "type": "TEXT"}],
        "sources": [
            {
                "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": "a"}},
                "type": "INLINE",
            },
            {
                "inlineDocumentSource": {"type": "JSON", "jsonDocument": {"title": "b"}},
                "type": "INLINE",
            },
        ],
        "rerankingConfiguration": {
            "bedrockRerankingConfiguration": {
                "modelConfiguration": {"modelArn": ARN},
                "numberOfResults": 2,
            },
            "type": "BEDROCK_RERANKING_MODEL",
        },
        "nextToken": "page-2",
    }


def test_agent_request_pleases_botocore() -> None:
    """Every member stands where the service model says."""
    model = ServiceModel(Loader().load_service_model("bedrock-agent-runtime", "service-2"))
    extra = Extra(agent.API, {"max_tokens_per_doc": msgspec.Raw(b"9")})
    request = RerankRequest(model=ARN, query="q", documents=("a",), top_n=1, extra=extra)

    wire = json.loads(agent.encode_request(request))
    shape = model.operation_model("Rerank").input_shape
    problems = ParamValidator().validate(wire, shape)

    assert not problems.has_errors(), problems.generate_report()


texts = st.text(st.characters(exclude_categories=["Cs"]))
requests = st.builds(
    RerankRequest,
    model=st.just(ARN),
    query=texts,
    documents=st.lists(texts | st.just(OBJECT), max_size=4).map(tuple),
    top_n=st.none() | st.integers(1, 9),
)
rankings = st.builds(
    Reranking,
    results=st.lists(
        st.builds(Ranked, index=st.integers(0, 9), score=st.floats(0, 1)), max_size=4
    ).map(tuple),
)


@given(requests)
def test_request_law(request: RerankRequest) -> None:
    """Both roads carry everything."""
    by_invoke = cohere.decode_request(cohere.encode_request(request), ARN)
    by_agent = agent.decode_request(agent.encode_request(request, "t"))

    assert by_invoke == request
    assert (by_agent.request, by_agent.token) == (request, "t")


@given(rankings)
def test_answer_law(answer: Reranking) -> None:
    """Scores arrive as they were sent."""
    page = agent.Page(answer, "next")

    assert cohere.decode_response(cohere.encode_response(answer)) == answer
    assert agent.decode_response(agent.encode_response(page)) == page


def test_unknown_members_survive() -> None:
    """What AWS adds tomorrow goes through, at each level."""
    wire: Any = {
        "results": [{"index": 0, "relevance_score": 0.5, "document": {"text": "a"}}],
        "meta": {"billed_units": {"search_units": 1}},
    }

    answer = cohere.decode_response(msgspec.json.encode(wire))

    assert json.loads(cohere.encode_response(answer)) == wire


@pytest.mark.parametrize("body", [b"", b"{}", b'{"results":[{"index":0}]}', b'{"results":1}'])
def test_nonsense_answers(body: bytes) -> None:
    """An answer without scores is none."""
    for decode in (cohere.decode_response, agent.decode_response):
        with pytest.raises(WireError):
            decode(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        (
            b'{"queries":[],"sources":[],"rerankingConfiguration":{"type":"x",'
            b'"bedrockRerankingConfiguration":{"modelConfiguration":{"modelArn":"a"}}}}'
        ),
        (
            b'{"queries":[{"type":"TEXT","textQuery":{"text":"q"}}],"sources":[{"type":"INLINE",'
            b'"inlineDocumentSource":{"type":"TEXT"}}],"rerankingConfiguration":{"type":"x",'
            b'"bedrockRerankingConfiguration":{"modelConfiguration":{"modelArn":"a"}}}}'
        ),
    ],
    ids=["empty", "no-query", "no-document"],
)
def test_nonsense_requests(body: bytes) -> None:
    """A body that is no request is the caller's fault."""
    with pytest.raises(BadRequestError):
        agent.decode_request(body)
