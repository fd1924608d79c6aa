"""Guardrails on their own: what AWS is told, word for word as botocore tells it, and the answer."""

from typing import Any

import msgspec
import pytest

from outcrop.client.ask import assistant, user
from outcrop.errors import BadRequestError, ModelNotFoundError, UnsupportedError, WireError
from outcrop.flow.guarding import ChecksResult, GuardrailResult
from outcrop.types.content import S3, Foreign, GuardImage, GuardText, Image, Inline
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.responses import Call
from tests.client.told import REQUEST_ID, Act, each_client, reply, told_by_botocore

USAGE = {
    "topicPolicyUnits": 1,
    "contentPolicyUnits": 1,
    "wordPolicyUnits": 1,
    "sensitiveInformationPolicyUnits": 1,
    "sensitiveInformationPolicyFreeUnits": 0,
    "contextualGroundingPolicyUnits": 0,
}
NOTHING: dict[str, Any] = {"usage": USAGE, "action": "NONE", "outputs": [], "assessments": []}
MASKED: dict[str, Any] = {
    "usage": USAGE,
    "action": "GUARDRAIL_INTERVENED",
    "actionReason": "Guardrail masked.",
    "outputs": [{"text": "I am {NAME}"}, {"text": "."}],
    "assessments": [
        {
            "sensitiveInformationPolicy": {
                "piiEntities": [
                    {"match": "Ada", "type": "NAME", "action": "ANONYMIZED", "brandNew": 1}
                ],
                "regexes": [],
            }
        }
    ],
}
CHECKED: dict[str, Any] = {
    "results": {
        "promptAttack": {"results": [{"category": "JAILBREAK", "severityScore": 0.75}]},
        "sensitiveInformation": {
            "results": [
                {
                    "type": "EMAIL",
                    "confidenceScore": 1,
                    "beginOffset": 3,
                    "endOffset": 9,
                    "messageIndex": 1,
                    "contentIndex": 0,
                }
            ],
            "truncated": False,
        },
    },
    "usage": {"promptAttack": {"textUnits": 2}, "sensitiveInformation": {"textUnits": 2}},
}


@each_client
def test_apply(act: Act) -> None:
    """A text, a draft and what users say, where nothing else is said (GUARD-01)."""
    done = act(lambda client: client.apply_guardrail("I am Ada.", guardrail="g1"), reply(MASKED))

    result: GuardrailResult = done.value
    assert (result.intervened, result.text) == (True, "I am {NAME}.")
    policy = result.assessments[0].sensitive_information_policy
    assert policy is not None
    (entity,) = policy.pii_entities
    assert (entity.match, entity.type, entity.action) == ("Ada", "NAME", "ANONYMIZED")
    assert entity.surplus is not None
    assert bytes(entity.surplus.members["brandNew"]) == b"1"
    assert result.answer.usage.topic_policy_units == 1
    assert result.call == Call(
        api="guardrail",
        endpoint="https://bedrock-runtime.us-east-1.amazonaws.com",
        region="us-east-1",
        request_id=REQUEST_ID,
    )
    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "apply_guardrail",
        guardrailIdentifier="g1",
        guardrailVersion="DRAFT",
        source="INPUT",
        content=[{"text": {"text": "I am Ada."}}],
    )


@each_client
def test_apply_with_everything(act: Act) -> None:
    """Each member that AWS knows can be said; an ARN's slashes are encoded."""
    arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/g1"

    done = act(
        lambda client: client.apply_guardrail(
            [
                "Who?",
                GuardText(text="Ada", qualifiers=("grounding_source", "query")),
                GuardImage(format="png", source=Inline(b"x")),
            ],
            guardrail=arn,
            version="3",
            source="OUTPUT",
            output_scope="FULL",
        ),
        reply(NOTHING),
    )

    assert (done.value.intervened, done.value.text) == (False, "")
    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "apply_guardrail",
        guardrailIdentifier=arn,
        guardrailVersion="3",
        source="OUTPUT",
        outputScope="FULL",
        content=[
            {"text": {"text": "Who?"}},
            {"text": {"text": "Ada", "qualifiers": ["grounding_source", "query"]}},
            {"image": {"format": "png", "source": {"bytes": b"x"}}},
        ],
    )


@each_client
def test_what_is_new_can_be_said(act: Act) -> None:
    """A block or a member of tomorrow passes, where it was written for guardrails."""
    new = Extra("guardrail", {"language": msgspec.Raw(b'"en"')})
    other = Extra("converse", {"language": msgspec.Raw(b'"en"')})

    done = act(
        lambda client: client.apply_guardrail(
            [
                Foreign(api="guardrail", raw=msgspec.Raw(b'{"audio":{}}')),
                GuardText(text="a", extra=new),
                GuardText(text="b", extra=other),
            ],
            guardrail="g1",
        ),
        reply(NOTHING),
    )

    assert done.told.body["content"] == [
        {"audio": {}},
        {"text": {"text": "a", "language": "en"}},
        {"text": {"text": "b"}},
    ]


@pytest.mark.parametrize(
    ("content", "options", "error", "message"),
    [
        ("x", {}, BadRequestError, "guardrail is required"),
        ("x", {"guardrail": "g", "trace": "full"}, BadRequestError, "unknown options: trace"),
        ([3], {"guardrail": "g"}, BadRequestError, "not a int"),
        ([Image(format="png", source=Inline(b"x"))], {"guardrail": "g"}, BadRequestError, "Image"),
        (
            GuardImage(format="png", source=S3(uri="s3://b/k")),
            {"guardrail": "g"},
            UnsupportedError,
            "takes pictures as bytes only",
        ),
        (
            Foreign(api="converse", raw=msgspec.Raw(b"{}")),
            {"guardrail": "g"},
            UnsupportedError,
            "a block of converse",
        ),
    ],
)
@each_client
def test_nothing_wrong_is_sent(
    act: Act, content: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        act(lambda client: client.apply_guardrail(content, **options))


@each_client
def test_errors_say_which_operation(act: Act) -> None:
    unknown = reply(
        {"message": "no such guardrail"},
        ("x-amzn-errortype", "ResourceNotFoundException:http://x"),
        status=404,
    )

    with pytest.raises(ModelNotFoundError) as caught:
        act(lambda client: client.apply_guardrail("x", guardrail="g1"), unknown)
    with pytest.raises(WireError, match="usage") as unread:
        act(lambda client: client.apply_guardrail("x", guardrail="g1"), reply({"action": "NONE"}))

    assert (caught.value.operation, caught.value.aws_message) == (
        "ApplyGuardrail",
        "no such guardrail",
    )
    assert (unread.value.operation, unread.value.request_id) == ("ApplyGuardrail", REQUEST_ID)


@each_client
def test_checks(act: Act) -> None:
    """Every check, every role; the answer says where it found what."""
    conversation = [
        Message(role="system", content=user("Be nice.").content),
        user("I am", GuardText(text="a@b.c")),
        assistant("Hello"),
    ]

    done = act(
        lambda client: client.guardrail_checks(
            conversation,
            content_filter=["HATE", "INSULTS"],
            prompt_attack=["JAILBREAK"],
            sensitive_information=("EMAIL",),
        ),
        reply(CHECKED),
    )

    result: ChecksResult = done.value
    found = result.answer.results
    assert found.content_filter is None
    assert found.prompt_attack is not None
    assert found.prompt_attack.results[0].severity_score == 0.75
    assert found.sensitive_information is not None
    entity = found.sensitive_information.results[0]
    assert (entity.type, entity.message_index, entity.begin_offset) == ("EMAIL", 1, 3)
    assert result.call.request_id == REQUEST_ID
    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "invoke_guardrail_checks",
        messages=[
            {"role": "system", "content": [{"text": "Be nice."}]},
            {"role": "user", "content": [{"text": "I am"}, {"text": "a@b.c"}]},
            {"role": "assistant", "content": [{"text": "Hello"}]},
        ],
        checks={
            "contentFilter": {"categories": [{"category": "HATE"}, {"category": "INSULTS"}]},
            "promptAttack": {"categories": [{"category": "JAILBREAK"}]},
            "sensitiveInformation": {"entities": [{"type": "EMAIL"}]},
        },
    )


@each_client
def test_a_check_that_is_not_asked_for_is_not_billed(act: Act) -> None:
    done = act(
        lambda client: client.guardrail_checks(
            "Hi", prompt_attack=["JAILBREAK"], content_filter=[]
        ),
        reply(CHECKED),
    )

    assert done.told.body["checks"] == {"promptAttack": {"categories": [{"category": "JAILBREAK"}]}}


@pytest.mark.parametrize(
    ("conversation", "options", "error", "message"),
    [
        ("Hi", {}, BadRequestError, "nothing to check for is named"),
        ("Hi", {"content_filter": []}, BadRequestError, "nothing to check for is named"),
        ("Hi", {"content_filter": "HATE"}, BadRequestError, "content_filter is a text"),
        ("Hi", {"harm": ["HATE"]}, BadRequestError, "unknown options: harm"),
        ([3], {"content_filter": ["HATE"]}, BadRequestError, "not a Message"),
        (
            user(Image(format="png", source=Inline(b"x"))),
            {"content_filter": ["HATE"]},
            UnsupportedError,
            "not a block of the kind Image",
        ),
    ],
)
@each_client
def test_nothing_wrong_is_checked(
    act: Act, conversation: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        act(lambda client: client.guardrail_checks(conversation, **options))
