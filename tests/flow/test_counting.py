"""Counting: what AWS is asked, under which id, and when we guess instead."""

import base64
import json
from typing import Any

import msgspec
import pytest

from outcrop import errors
from outcrop.emulator.counting import read_count
from outcrop.flow.counting import UNCOUNTED_S, count_tokens, decode_count, encode_count
from outcrop.flow.effects import Flow
from outcrop.flow.wires import http_wire, invoke_wire
from outcrop.http import HttpResponse
from outcrop.protocols.endpoints import parse_base_url
from outcrop.types.content import CachePoint, Foreign, Text
from outcrop.types.counting import TokenCount
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, Request, Sampling
from outcrop.types.responses import Adjustment, Call
from outcrop.types.tools import AnyChoice, Tool
from tests.flow.script import REQUEST_ID, Runner, Script, blocking, each_runner, refusal, target
from tests.recordings import Interaction, cases

CONTROL = parse_base_url("https://bedrock.us-east-1.amazonaws.com", "test")
BARE = "anthropic.claude-haiku-4-5-20251001-v1:0"
NOT_OFFERED = "The provided model doesn't support counting tokens."
APPLICATION = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
HI = Request(model="us." + BARE, messages=(Message(role="user", content=(Text(text="Hi you"),)),))


def counted(tokens: int) -> HttpResponse:
    return HttpResponse(
        status=200,
        headers=(("x-amzn-requestid", REQUEST_ID),),
        body=msgspec.json.encode({"inputTokens": tokens}),
    )


def count(script: Script, request: Request = HI, **more: Any) -> Flow[TokenCount]:
    control = target("", endpoint=CONTROL)
    return count_tokens(request, target(request.model, **more), control, script.session)


@each_runner
def test_asks_the_bare_id(drive: Runner) -> None:
    """CountTokens refuses profile ids (recording 84dd3d37b7)."""
    script = Script(counted(12))

    answer = drive(count(script), script)

    assert answer == TokenCount(
        input_tokens=12,
        call=Call(
            api="count_tokens",
            endpoint="https://bedrock-runtime.us-east-1.amazonaws.com",
            region="us-east-1",
            resolved_model=BARE,
            request_id=REQUEST_ID,
        ),
    )
    (request,) = script.requests
    assert request.method == "POST"
    assert request.target == f"/model/{BARE.replace(':', '%3A')}/count-tokens"
    assert json.loads(request.body) == {
        "input": {"converse": {"messages": [{"role": "user", "content": [{"text": "Hi you"}]}]}}
    }


def test_says_what_it_has_a_word_for() -> None:
    """ConverseTokensRequest has four members; others would be refused."""
    request = Request(
        model=BARE,
        messages=HI.messages,
        system=(Text(text="Be brief."), CachePoint()),
        sampling=Sampling(max_tokens=5, temperature=0.5),
        tools=(Tool(name="f", input_schema=msgspec.Raw(b'{"type":"object"}')),),
        tool_choice=AnyChoice(),
        guardrail=Guardrail(identifier="g", version="1"),
        additional_model_request_fields=msgspec.Raw(b'{"thinking":{"type":"disabled"}}'),
        request_metadata={"a": "b"},
        service_tier="flex",
    )

    body = json.loads(encode_count(request))

    assert body["input"]["converse"] == {
        "messages": [{"role": "user", "content": [{"text": "Hi you"}]}],
        "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}],
            "toolChoice": {"any": {}},
        },
        "additionalModelRequestFields": {"thinking": {"type": "disabled"}},
    }


def counted_input(script: Script) -> dict[str, Any]:
    (request,) = script.requests
    found: dict[str, Any] = json.loads(request.body)["input"]
    return found


def test_native_bodies_are_counted_whole() -> None:
    """Where a call would send the model's own body, that body is counted."""
    script = Script(counted(4))

    blocking(count(script, wire=invoke_wire("anthropic")), script)

    found = counted_input(script)
    assert json.loads(base64.b64decode(found["invokeModel"]["body"]))["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Hi you"}]}
    ]


def test_what_is_asked_may_choose_the_body() -> None:
    """A server tool of Anthropic's has no word in Converse, and its tokens count too (ROUTE-02)."""
    tool = msgspec.Raw(b'{"type":"bash_20250124","name":"bash"}')
    request = msgspec.structs.replace(HI, tools=(Foreign(api="anthropic", raw=tool),))
    script = Script(counted(4))

    blocking(count(script, request, wire=None, vendor="anthropic"), script)

    body = json.loads(base64.b64decode(counted_input(script)["invokeModel"]["body"]))
    assert body["tools"] == [{"type": "bash_20250124", "name": "bash"}]


def test_paths_that_aws_does_not_count_are_counted_as_converse() -> None:
    script = Script(counted(4))

    blocking(count(script, wire=http_wire("openai_chat")), script)

    assert [*counted_input(script)] == ["converse"]


@each_runner
def test_guesses_where_aws_does_not_count(drive: Runner) -> None:
    script = Script(refusal(400, "ValidationException", NOT_OFFERED))

    answer = drive(count(script), script)

    assert (answer.input_tokens, answer.estimated) == (2, True)
    assert (answer.call.attempts, answer.call.request_id) == (1, REQUEST_ID)


def test_asks_such_a_model_once_a_day() -> None:
    """A model's tokenizer does not appear between two questions."""
    script = Script(refusal(400, "ValidationException", NOT_OFFERED), counted(3))
    first = blocking(count(script), script)

    second = blocking(count(script), script)
    script.now += UNCOUNTED_S + 1
    third = blocking(count(script), script)

    assert (first.input_tokens, second.input_tokens) == (2, 2)
    assert (second.estimated, second.call.attempts) == (True, 0)
    assert (third.input_tokens, third.estimated) == (3, False)
    assert len(script.requests) == 2


def test_other_refusals_are_errors() -> None:
    """A conversation that AWS cannot read must not be given a size."""
    script = Script(refusal(400, "ValidationException", "messages: too short"))

    with pytest.raises(errors.BadRequestError) as caught:
        blocking(count(script), script)

    assert caught.value.operation == "CountTokens"
    assert not script.session.kept(f"uncounted/{BARE}")


@each_runner
def test_application_profiles_are_looked_up(drive: Runner) -> None:
    """Their id says nothing about the model, and CountTokens takes nothing else."""
    profile = {"models": [{"modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{BARE}"}]}
    script = Script(HttpResponse(status=200, body=msgspec.json.encode(profile)), counted(4))
    request = msgspec.structs.replace(HI, model=APPLICATION)

    answer = drive(count(script, request), script)

    assert answer.input_tokens == 4
    assert script.requests[0].target.startswith("/inference-profiles/arn%3Aaws")
    assert script.requests[1].target == f"/model/{BARE.replace(':', '%3A')}/count-tokens"


def test_what_is_counted_is_what_would_be_sent() -> None:
    """The same repairs, and the same account of them."""
    script = Script(counted(4))
    blank = Message(role="user", content=(Text(text="Hi"), Text(text="  ")))
    steered = Adjustment(rule="region_steered", detail="d")

    answer = blocking(
        count(script, msgspec.structs.replace(HI, messages=(blank,)), adjustments=(steered,)),
        script,
    )

    (request,) = script.requests
    assert b'"content":[{"text":"Hi"}]' in request.body
    assert [change.rule for change in answer.call.adjustments] == ["region_steered", "blank_text"]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"inputTokens":"3"}', b"\xff"])
def test_an_answer_without_a_count(body: bytes) -> None:
    script = Script(HttpResponse(status=200, headers=(("x-amzn-requestid", "r"),), body=body))

    with pytest.raises(errors.WireError, match="CountTokens answered without a count") as caught:
        blocking(count(script), script)

    assert (caught.value.request_id, caught.value.attempts) == ("r", 1)


def is_conversation(recorded: Interaction) -> bool:
    return (
        recorded.operation == "CountTokens"
        and recorded.request_body is not None
        and "converse" in recorded.request_body["input"]
    )


@pytest.mark.parametrize("recorded", cases("other", where=is_conversation))
def test_recorded(recorded: Interaction) -> None:
    """What AWS was asked and answered, both ways; an empty system prompt is as good as none."""
    assert recorded.model_id is not None
    asked = recorded.request_body["input"]["converse"]

    request = read_count(recorded.model_id, recorded.request.data)
    written = json.loads(encode_count(request))["input"]["converse"]

    assert written == {name: value for name, value in asked.items() if value != []}
    assert decode_count(recorded.response.data) == recorded.response_body["inputTokens"]


@pytest.mark.parametrize(
    "recorded", cases("other", where=lambda each: each.id.endswith("84dd3d37b7"))
)
def test_recorded_refusal(recorded: Interaction) -> None:
    """AWS's own words lead to a guess."""
    response = recorded.response
    script = Script(HttpResponse(status=response.status, body=response.data))

    assert blocking(count(script), script).estimated
