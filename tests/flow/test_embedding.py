"""Embedding: what is sent, in which batches, and what becomes of failures."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.client.several import run_all
from outcrop.errors import (
    AuthenticationError,
    BadRequestError,
    OutcropError,
    RateLimitError,
    UnsupportedError,
    WireError,
)
from outcrop.flow.embedding import plan_embeddings
from outcrop.http import HttpResponse
from outcrop.types.content import Audio, Image, Inline, Text
from outcrop.types.embeddings import EmbeddingInput, EmbeddingRequest, Embeddings
from outcrop.types.json import Extra
from tests.flow.script import Script, blocking, refusal, target

TITAN = "amazon.titan-embed-text-v2:0"
COHERE = "cohere.embed-multilingual-v3"
COHERE_4 = "us.cohere.embed-v4:0"
PNG = Image(format="png", source=Inline(b"\x89PNG\r\n\x1a\n"))


def item(*parts: Any) -> EmbeddingInput:
    """Return an input; a text stands for its block."""
    return EmbeddingInput(
        tuple(Text(text=each) if isinstance(each, str) else each for each in parts)
    )


def titan(*vector: float, tokens: int = 1) -> HttpResponse:
    """Return an answer of Titan."""
    body = {"embedding": vector, "inputTextTokenCount": tokens}
    return HttpResponse(status=200, body=msgspec.json.encode(body))


def cohere(*vectors: Sequence[float], tokens: str = "") -> HttpResponse:
    """Return an answer of Cohere."""
    headers = (("X-Amzn-Bedrock-Input-Token-Count", tokens),) if tokens else ()
    body = msgspec.json.encode({"embeddings": vectors, "id": "x"})
    return HttpResponse(status=200, headers=headers, body=body)


def embed(script: Script, *inputs: Any, model: str = TITAN, **members: Any) -> Embeddings:
    """Embed by a script, one batch after another."""
    where = {name: members.pop(name) for name in ("strict_parameters",) if name in members}
    asked = tuple(each if isinstance(each, EmbeddingInput) else item(each) for each in inputs)
    request = EmbeddingRequest(model=model, inputs=asked, **members)
    to = target(model, **where)
    work = blocking(plan_embeddings(request, to, target(""), script.session), script)
    return work.join(run_all(work.flows, script, script.sleep))


def bodies(script: Script) -> list[Any]:
    """Return what was sent."""
    return [json.loads(request.body) for request in script.requests]


def test_one_text() -> None:
    """The whole request, as it leaves."""
    script = Script(titan(0.5, 1.0, tokens=3))

    answer = embed(script, "hi")

    request = script.requests[0]
    assert (request.method, request.target) == (
        "POST",
        "/model/amazon.titan-embed-text-v2%3A0/invoke",
    )
    assert dict(request.headers)["content-type"] == "application/json"
    assert "authorization" in dict(request.headers)
    assert bodies(script) == [{"inputText": "hi"}]
    assert answer.vectors == ((0.5, 1.0),)
    assert (answer.input_tokens, answer.resolved_model) == (3, TITAN)
    assert answer.calls[0].api == "invoke"


def test_order_and_sum() -> None:
    """One text a request where the model takes one; vectors and tokens come together again."""
    script = Script(*(titan(float(number), tokens=number) for number in range(1, 4)))

    answer = embed(script, "a", "b", "c")

    assert [body["inputText"] for body in bodies(script)] == ["a", "b", "c"]
    assert answer.vectors == ((1.0,), (2.0,), (3.0,))
    assert [each.index for each in answer.items] == [0, 1, 2]
    assert answer.input_tokens == 6
    assert len(answer.calls) == 3


def test_batches_of_96() -> None:
    """Cohere takes 96 texts; the rest follows."""
    texts = [f"text {number}" for number in range(200)]
    replies = [[(float(number),) for number in range(96)]]
    replies += [[(float(number),) for number in range(96, 192)]]
    replies += [[(float(number),) for number in range(192, 200)]]
    script = Script(*(cohere(*each, tokens="10") for each in replies))

    answer = embed(script, *texts, model=COHERE)

    assert [len(body["texts"]) for body in bodies(script)] == [96, 96, 8]
    assert [each[0] for each in answer.vectors] == [float(number) for number in range(200)]
    assert [each.index for each in answer.items] == list(range(200))
    assert answer.input_tokens == 30


@given(st.lists(st.sampled_from(["text", "image", "mixed"]), max_size=250))
def test_batching_law(kinds: list[str]) -> None:
    """Every input is in one batch, in order, and no batch mixes kinds or is too long."""
    made = {"text": item("x"), "image": item(PNG), "mixed": item("x", PNG)}
    request = EmbeddingRequest(model=COHERE_4, inputs=tuple(made[kind] for kind in kinds))
    script = Script(*(cohere() for _ in kinds))

    work = blocking(plan_embeddings(request, target(COHERE_4), target(""), script.session), script)
    for flow in work.flows:
        with pytest.raises(WireError):
            blocking(flow, script)

    sent = [
        next(body[key] for key in ("texts", "images", "inputs") if key in body)
        for body in bodies(script)
    ]
    assert sum(map(len, sent)) == len(kinds)
    assert all(1 <= len(each) <= 96 for each in sent)


def test_nothing_sends_nothing() -> None:
    """An empty list is answered at once."""
    script = Script()

    assert embed(script) == Embeddings()
    assert script.requests == []


def test_failure_names_its_inputs() -> None:
    """One failure fails all, and says whose it is."""
    bad = refusal(400, "ValidationException", "too long")
    script = Script(titan(1.0), bad)

    with pytest.raises(BadRequestError, match=r"inputs\[1\]: ") as caught:
        embed(script, "a", "b", "c")

    assert caught.value.param == "inputs[1]"
    assert len(script.requests) == 2


def test_failure_names_its_batch() -> None:
    """A batch is named by its first and last."""
    script = Script(cohere(*[(1.0,)] * 96), refusal(400, "ValidationException", "no"))

    with pytest.raises(BadRequestError, match=r"inputs\[96\.\.99\]: "):
        embed(script, *["x"] * 100, model=COHERE)


def test_throttling_is_waited_out() -> None:
    """The same retries as for conversations."""
    script = Script(refusal(429, "ThrottlingException", "slow"), titan(1.0))

    assert embed(script, "a").vectors == ((1.0,),)
    assert len(script.waits) == 1


def test_too_few_vectors() -> None:
    """Vectors that cannot be told apart are none."""
    script = Script(cohere((1.0,)))

    with pytest.raises(WireError, match="1 vectors came for 2 inputs"):
        embed(script, "a", "b", model=COHERE)


def test_unreadable_answer_after_a_retry() -> None:
    """The error says how often was asked, and which request it was."""
    spoiled = HttpResponse(status=200, headers=(("x-amzn-requestid", "r"),), body=b"{}")
    script = Script(refusal(429, "ThrottlingException", "slow"), spoiled)

    with pytest.raises(WireError) as caught:
        embed(script, "a")

    assert (caught.value.attempts, caught.value.request_id) == (2, "r")
    assert (caught.value.model, caught.value.operation) == (TITAN, "InvokeModel")


def test_two_vectors_of_one_input() -> None:
    """Sound and picture of a film may come apart; both are of the same input."""
    nova = "amazon.nova-2-multimodal-embeddings-v1:0"
    kinds = ("VIDEO", "AUDIO")
    body = {"embeddings": [{"embeddingType": kind, "embedding": [1.0]} for kind in kinds]}
    script = Script(HttpResponse(status=200, body=msgspec.json.encode(body)))

    answer = embed(script, "a", model=nova)

    assert [(each.index, each.kind) for each in answer.items] == [(0, "VIDEO"), (0, "AUDIO")]


@pytest.mark.parametrize(
    ("model", "asked", "allowed"),
    [
        (TITAN, 513, "256, 512, 1024"),
        (TITAN, 0, "256, 512, 1024"),
        (COHERE, 256, "1024"),
        (COHERE_4, 768, "256, 512, 1024, 1536"),
        ("amazon.titan-embed-image-v1", 512, "256, 384, 1024"),
    ],
)
def test_dimensions_not_offered(model: str, asked: int, allowed: str) -> None:
    """The error lists what is offered, and nothing is sent (EMB-10)."""
    with pytest.raises(BadRequestError) as caught:
        embed(Script(), "a", model=model, dimensions=asked)

    assert caught.value.hint == f"allowed are: {allowed}"


def test_only_length_need_not_be_said() -> None:
    """A model with one length has no member for it; to name it is no mistake."""
    script = Script(cohere((1.0,)))

    embed(script, "a", model=COHERE, dimensions=1024)

    assert bodies(script) == [{"texts": ["a"], "input_type": "search_document", "truncate": "END"}]


def test_forms_not_offered() -> None:
    """The error lists them."""
    with pytest.raises(BadRequestError, match="as int8") as caught:
        embed(Script(), "a", encodings=("int8",))

    assert caught.value.hint == "allowed are: float, binary"


def test_unknown_family() -> None:
    """Nobody knows its body; the error lists the models that are known (EMB-10)."""
    with pytest.raises(BadRequestError, match="no family of embedding models") as caught:
        embed(Script(), "a", model="acme.embedder-v1")

    assert TITAN in caught.value.hint
    assert "cohere.embed-v4:0" in caught.value.hint


def test_model_that_does_not_embed() -> None:
    """ERR-31: what it is, and what to use."""
    with pytest.raises(UnsupportedError) as caught:
        embed(Script(), "a", model="us.amazon.nova-lite-v1:0")

    assert caught.value.message == "us.amazon.nova-lite-v1:0 is a text model; use chat"


@pytest.mark.parametrize(
    ("model", "part", "kind"),
    [
        (TITAN, PNG, "image"),
        (COHERE, Audio(format="wav", source=Inline(b"x")), "audio"),
    ],
)
def test_kind_not_taken(model: str, part: Any, kind: str) -> None:
    """Which input, of which kind, and what the model takes."""
    with pytest.raises(UnsupportedError, match=rf"inputs\[1\] is {kind}"):
        embed(Script(), "a", part, model=model)


def test_what_is_left_out_is_told() -> None:
    """A word the model does not know is left out, and said once."""
    script = Script(titan(1.0), titan(2.0))

    answer = embed(script, "a", "b", purpose="query", truncate="start")

    assert bodies(script) == [{"inputText": "a"}, {"inputText": "b"}]
    assert [each.detail.split()[0] for each in answer.adjustments] == ["purpose", "truncate"]


def test_strict_refuses() -> None:
    """Who wants to be refused is (CONF-17)."""
    with pytest.raises(UnsupportedError, match="no such parameter: purpose"):
        embed(Script(), "a", purpose="query", strict_parameters=True)


def test_pictures_come_with_their_word() -> None:
    """Cohere 3 takes pictures one by one, and only by their own input_type."""
    script = Script(cohere((1.0,)), cohere((2.0,)), cohere((3.0,)))

    embed(script, "a", PNG, PNG, model=COHERE, purpose="query")

    assert [body["input_type"] for body in bodies(script)] == ["search_query", "image", "image"]
    assert "truncate" not in bodies(script)[1]


def test_own_members() -> None:
    """What has no option is said all the same."""
    script = Script(titan(1.0))

    embed(script, "a", extra=Extra("", {"later": msgspec.Raw(b"1")}))

    assert bodies(script) == [{"inputText": "a", "later": 1}]


def test_refused_credentials_pause() -> None:
    """EMB-10: for two minutes the error is repeated, and nothing is sent."""
    bad = refusal(403, "UnrecognizedClientException", "The security token is invalid.")
    script = Script(bad, titan(1.0))

    with pytest.raises(AuthenticationError) as first:
        embed(script, "a")
    script.now += 119
    with pytest.raises(AuthenticationError) as second:
        embed(script, "b")
    script.now += 2

    assert second.value.message == first.value.message
    assert second.value is not first.value
    assert len(script.requests) == 1
    assert embed(script, "c").vectors == ((1.0,),)


def test_repeated_error_names_its_own_inputs() -> None:
    """What is repeated is the refusal, not whose it was the first time."""
    script = Script(refusal(403, "UnrecognizedClientException", "The token is invalid."))

    with pytest.raises(AuthenticationError, match=r"inputs\[0\]: "):
        embed(script, "a", "b")
    with pytest.raises(AuthenticationError) as caught:
        embed(script, "c")

    assert "inputs[" not in caught.value.message


def test_other_failures_do_not_pause() -> None:
    """Only credentials do."""
    script = Script(*[refusal(429, "ThrottlingException", "slow")] * 4, titan(1.0))

    with pytest.raises(RateLimitError):
        embed(script, "a")

    assert embed(script, "a").vectors == ((1.0,),)


PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/otnfa2ysixqd"
BEHIND = {"models": [{"modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{TITAN}"}]}


def test_application_profile() -> None:
    """MODEL-04: AWS is asked once what stands behind it; the profile is what is called."""
    looked_up = HttpResponse(status=200, body=msgspec.json.encode(BEHIND))
    script = Script(looked_up, titan(1.0), titan(2.0))

    embed(script, "a", model=PROFILE)
    answer = embed(script, "b", model=PROFILE)

    asked, *invoked = script.requests
    encoded = PROFILE.replace(":", "%3A").replace("/", "%2F")
    assert (asked.method, asked.target) == ("GET", f"/inference-profiles/{encoded}")
    assert "content-type" not in dict(asked.headers)
    assert [each.target for each in invoked] == [f"/model/{encoded}/invoke"] * 2
    assert answer.vectors == ((2.0,),)


def test_other_arns_are_not_looked_up() -> None:
    """Only a profile can be asked for; of a model of one's own nothing is known."""
    own = "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abcdef012345"
    script = Script()

    with pytest.raises(BadRequestError, match="no family of embedding models"):
        embed(script, "a", model=own)

    assert script.requests == []


def test_application_profile_is_asked_again_after_a_day() -> None:
    """A profile may be made anew."""
    looked_up = HttpResponse(status=200, body=msgspec.json.encode(BEHIND))
    script = Script(looked_up, titan(1.0), looked_up, titan(2.0))

    embed(script, "a", model=PROFILE)
    script.now += 24 * 3600
    embed(script, "b", model=PROFILE)

    assert [each.method for each in script.requests] == ["GET", "POST", "GET", "POST"]


@pytest.mark.parametrize("body", [b"", b'{"models":[]}', b"[]"])
def test_application_profile_without_a_model(body: bytes) -> None:
    """What AWS does not say is not guessed."""
    with pytest.raises(OutcropError, match="GetInferenceProfile"):
        embed(Script(HttpResponse(status=200, body=body)), "a", model=PROFILE)
