"""Shapes: the committed model is botocore's, and what breaks it is told in AWS's form."""

import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.emulator.refusals import Refusal
from outcrop.emulator.shapes import check_shape
from scripts.reduce_service_model import TARGET, encode, reduce_models


def message(**members: Any) -> dict[str, Any]:
    """Return a Converse request that is right, but for `members`."""
    turn = {"role": "user", "content": [{"text": "hello"}]}
    return {"modelId": "vendor.model-v1:0", "messages": [turn], **members}


def turn(**members: Any) -> dict[str, Any]:
    """Return a request whose first message is wrong."""
    return message(messages=[{"role": "user", "content": [{"text": "hello"}], **members}])


def tool(**members: Any) -> dict[str, Any]:
    """Return a request with one tool, which is wrong."""
    spec = {"name": "f", "inputSchema": {"json": {"type": "object"}}, **members}
    return message(toolConfig={"tools": [{"toolSpec": spec}]})


def refusal(request: dict[str, Any], operation: str = "Converse") -> Refusal:
    """Return how a request is refused."""
    with pytest.raises(Refusal) as caught:
        check_shape(operation, request)
    return caught.value


def test_model_is_botocores() -> None:
    """A newer botocore has new members: python -m scripts.reduce_service_model, then read them."""
    assert TARGET.read_bytes() == encode(reduce_models())


@pytest.mark.parametrize(
    ("request_", "violation"),
    [
        pytest.param(
            turn(role="tool"),
            "Value 'tool' at 'messages.1.member.role' failed to satisfy constraint: Member must "
            "satisfy enum value set: [user, assistant, system]",
            id="enum",
        ),
        pytest.param(
            message(inferenceConfig={"temperature": 1.5}),
            "Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member "
            "must have value less than or equal to 1",
            id="too-much",
        ),
        pytest.param(
            message(inferenceConfig={"maxTokens": 0}),
            "Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must "
            "have value greater than or equal to 1",
            id="too-little",
        ),
        pytest.param(
            message(toolConfig={"tools": []}),
            "Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1",
            id="list-too-short",
        ),
        pytest.param(
            message(additionalModelResponseFieldPaths=["/a"] * 11),
            "Value at 'additionalModelResponseFieldPaths' failed to satisfy constraint: Member "
            "must have length less than or equal to 10",
            id="list-too-long",
        ),
        pytest.param(
            tool(name="a b"),
            "Value 'a b' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
            id="pattern",
        ),
        pytest.param(
            tool(name="x" * 65),
            f"Value '{'x' * 65}' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy "
            "constraint: Member must have length less than or equal to 64",
            id="string-too-long",
        ),
        pytest.param(
            turn(content=None),
            "Value at 'messages.1.member.content' failed to satisfy constraint: Member must not "
            "be null",
            id="null",
        ),
        pytest.param(
            turn(content=[{"text": "a"}, {"reasoningContent": {"reasoningText": {}}}]),
            "Value at 'messages.1.member.content.2.member.reasoningContent.reasoningText.text' "
            "failed to satisfy constraint: Member must not be null",
            id="missing",
        ),
        pytest.param(
            turn(content=[{"image": {"format": "png", "source": {"bytes": ""}}}]),
            "Value at 'messages.1.member.content.1.member.image.source.bytes' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1",
            id="blob",
        ),
        pytest.param(
            turn(
                content=[
                    {"image": {"format": "png", "source": {"s3Location": {"uri": "http://x"}}}}
                ]
            ),
            "Value at 'messages.1.member.content.1.member.image.source.s3Location.uri' failed to "
            r"satisfy constraint: Member must satisfy regular expression pattern: "
            r"s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?",
            id="sensitive-value-is-not-repeated",
        ),
        pytest.param(
            message(requestMetadata={"é": "x"}),
            "Value at 'requestMetadata' failed to satisfy constraint: Map keys must satisfy "
            r"constraint: [Member must satisfy regular expression pattern: "
            r"[a-zA-Z0-9\s:_@$#=/+,-.]{1,256}]",
            id="map-key",
        ),
        pytest.param(
            message(requestMetadata={"k": "x" * 257}),
            "Value at 'requestMetadata' failed to satisfy constraint: Map value must satisfy "
            "constraint: [Member must satisfy regular expression pattern: "
            r"[a-zA-Z0-9\s:_@$#=/+,-.]{0,256}]; Value at 'requestMetadata' failed to satisfy "
            "constraint: Map value must satisfy constraint: [Member must have length less than or "
            "equal to 256]",
            id="map-value",
        ),
    ],
)
def test_violation(request_: dict[str, Any], violation: str) -> None:
    """Clients match on these words."""
    count = violation.count("failed to satisfy")

    refused = refusal(request_)

    assert (refused.status, refused.code) == (400, "ValidationException")
    plural = "" if count == 1 else "s"
    assert refused.message == f"{count} validation error{plural} detected: {violation}"


def test_all_violations_at_once() -> None:
    """AWS names every mistake, pattern before length."""
    refused = refusal(tool(name="", description=""))

    assert refused.message == (
        "3 validation errors detected: Value '' at 'toolConfig.tools.1.member.toolSpec.name' "
        "failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9_-]+; Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1; Value '' at "
        "'toolConfig.tools.1.member.toolSpec.description' failed to satisfy constraint: Member "
        "must have length greater than or equal to 1"
    )


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        pytest.param(
            message(messages="hi"), "STRING_VALUE can not be converted to a List", id="string"
        ),
        pytest.param(
            turn(role=1), "NUMBER_VALUE can not be converted to a String", id="number-for-string"
        ),
        pytest.param(
            turn(role=True), "TRUE_VALUE can not be converted to a String", id="boolean-for-string"
        ),
        pytest.param(
            message(inferenceConfig={"maxTokens": True}),
            "TRUE_VALUE can not be converted to a Integer",
            id="boolean-for-number",
        ),
        pytest.param(
            message(inferenceConfig={"maxTokens": 1.5}),
            "DECIMAL_VALUE can not be converted to a Integer",
            id="fraction",
        ),
        pytest.param(
            turn(content={}), "Start of structure or map found where not expected.", id="object"
        ),
        pytest.param(
            message(inferenceConfig=[]), "Start of list found where not expected", id="list"
        ),
        pytest.param(message(inferenceConfig=1), "Unexpected field type", id="for-structure"),
    ],
)
def test_wrong_type(request_: dict[str, Any], text: str) -> None:
    """A value of another kind is not even read."""
    refused = refusal(request_)

    assert (refused.status, refused.code) == (400, "SerializationException")
    assert refused.message == text


@pytest.mark.parametrize("block", [{}, {"text": "a", "cachePoint": {"type": "default"}}])
def test_union(block: dict[str, Any]) -> None:
    """A block is one thing."""
    assert refusal(turn(content=[block])).message == "The provided request is not valid"


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(message(), id="plain"),
        pytest.param(message(tomorrow={"x": 1}), id="unknown-member"),
        pytest.param(message(system=None, inferenceConfig=None), id="nulls"),
        pytest.param(tool(inputSchema={"json": 3}), id="documents-are-not-shapes"),
        pytest.param(message(inferenceConfig={"topP": 1, "temperature": 0.0}), id="whole-floats"),
        pytest.param(
            turn(content=[{"video": {"format": "video/mp4", "source": {"bytes": "AA=="}}}]),
            id="video-format-is-open",
        ),
    ],
)
def test_accepted(request_: dict[str, Any]) -> None:
    """What AWS takes passes."""
    check_shape("Converse", request_)


def test_operations_differ() -> None:
    """Only a stream knows how a guardrail processes a stream."""
    config = {"guardrailIdentifier": "abc", "guardrailVersion": "1", "streamProcessingMode": "x"}

    refused = refusal(message(guardrailConfig=config), "ConverseStream")
    check_shape("Converse", message(guardrailConfig=config))

    assert "streamProcessingMode" in refused.message


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(string.printable, max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["role", "content", "text", "x"]), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_any_json_is_accepted_or_refused(messages: Any) -> None:
    """Whatever is sent, the answer is a refusal or none, never a crash."""
    with suppress(Refusal):
        check_shape("Converse", message(messages=messages))
