"""Rules: each says AWS's words, and none refuses what AWS was seen to accept."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.converse.request import decode_request
from outcrop.emulator.conversing import read_converse
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.rules import check_rules, find_model
from tests.recordings import Interaction, cases

CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
TOOL = {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}
USE = {"toolUse": {"toolUseId": "a", "name": "f", "input": {}}}
USE_B = {"toolUse": {"toolUseId": "b", "name": "f", "input": {}}}
RESULT = {"toolResult": {"toolUseId": "a", "content": [{"text": "1"}]}}
RESULT_B = {"toolResult": {"toolUseId": "b", "content": [{"text": "1"}]}}
SERVER_USE = {"toolUse": {**USE["toolUse"], "type": "server_tool_use"}}


def user(*blocks: Any) -> dict[str, Any]:
    """Return a turn of the user; a text stands for its block."""
    return {
        "role": "user",
        "content": [each if isinstance(each, dict) else {"text": each} for each in blocks],
    }


def assistant(*blocks: Any) -> dict[str, Any]:
    """Return a turn of the model."""
    return {**user(*blocks), "role": "assistant"}


def document(name: str) -> dict[str, Any]:
    """Return a document with this name."""
    return {"document": {"name": name, "format": "txt", "source": {"bytes": "aGk="}}}


def check(
    *messages: dict[str, Any], model: str = CLAUDE, streamed: bool = False, **members: Any
) -> None:
    """Check a conversation."""
    body = msgspec.json.encode({"messages": messages, **members})
    check_rules(decode_request(body, model), streamed=streamed)


def refused(*messages: dict[str, Any], **options: Any) -> str:
    """Return the words a conversation is refused with."""
    with pytest.raises(Refusal) as caught:
        check(*messages, **options)
    assert (caught.value.status, caught.value.code) == (400, "ValidationException")
    return caught.value.message


def with_tools(*tools: Any) -> dict[str, Any]:
    """Return the members that offer tools."""
    return {"toolConfig": {"tools": tools or (TOOL,)}}


@pytest.mark.parametrize(
    ("messages", "members", "text"),
    [
        pytest.param(
            [assistant("hi"), user("hello")],
            {},
            "A conversation must start with a user message. Try again with a conversation that "
            "starts with a user message.",
            id="starts-with-assistant",
        ),
        pytest.param(
            [],
            {},
            "A conversation must start with a user message. Try again with a conversation that "
            "starts with a user message.",
            id="no-messages",
        ),
        pytest.param(
            [user("a"), assistant(), user("b")],
            {},
            "The content field in the Message object at messages.1 is empty. Add a ContentBlock "
            "object to the content field and try again.",
            id="empty-message",
        ),
        pytest.param(
            [user("a", "")],
            {},
            "The text field in the ContentBlock object at messages.0.content.1 is blank. Add text "
            "to the text field, and try again.",
            id="empty-text",
        ),
        pytest.param(
            [user(" \n")],
            {},
            "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text "
            "to the text field, and try again.",
            id="blank-text-alone",
        ),
        pytest.param(
            [user("a"), assistant(USE), user(RESULT)],
            {},
            "The toolConfig field must be defined when using toolUse and toolResult content "
            "blocks.",
            id="tool-config-missing",
        ),
        pytest.param(
            [user("a"), assistant(USE), user(RESULT, RESULT_B)],
            with_tools(),
            "The number of toolResult blocks at messages.2.content exceeds the number of toolUse "
            "blocks of previous turn.",
            id="too-many-results",
        ),
        pytest.param(
            [user("a"), assistant(USE, USE_B), user(RESULT), user(RESULT_B)],
            with_tools(),
            "Expected toolResult blocks at messages.2.content for the following Ids: b",
            id="result-missing",
        ),
        pytest.param(
            [user("a"), assistant(USE, USE_B), user("never mind")],
            with_tools(),
            "Expected toolResult blocks at messages.2.content for the following Ids: a, b",
            id="results-missing",
        ),
        pytest.param(
            [
                user("a"),
                assistant(USE),
                user({"toolResult": {"toolUseId": "a", "content": [], "status": "error"}}),
            ],
            with_tools(),
            "The content field at messages.2.content.0.toolResult cannot be empty when status "
            "value is error.",
            id="empty-error",
        ),
        pytest.param(
            [user("a"), assistant({"toolUse": {**USE["toolUse"], "input": "x"}}), user(RESULT)],
            with_tools(),
            "The format of the value at messages.1.content.0.toolUse.input is invalid. Provide a "
            "json object for the field and try again.",
            id="input-is-no-object",
        ),
        pytest.param(
            [
                user("a"),
                assistant(USE),
                user({"toolResult": {"toolUseId": "a", "content": [{"json": [1]}]}}),
            ],
            with_tools(),
            "The format of the value at messages.2.content.0.toolResult.content.0.json is "
            "invalid. Provide a json object for the field and try again.",
            id="result-is-no-object",
        ),
        pytest.param(
            [user("a")],
            with_tools(TOOL, {"toolSpec": {"name": "g", "inputSchema": {"json": "x"}}}),
            "The format of the value at toolConfig.tools.1.toolSpec.inputSchema.json is invalid. "
            "Provide a json object for the field and try again.",
            id="schema-is-no-object",
        ),
        pytest.param(
            [user("a")],
            with_tools({"toolSpec": {"name": "g", "inputSchema": {"json": {"oneOf": []}}}}),
            "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the "
            "following: object.",
            id="schema-type",
        ),
        pytest.param(
            [user("read", document("a.txt"))],
            {},
            "The document file name can only contain alphanumeric characters, whitespace "
            "characters, hyphens, parentheses, and square brackets. The name can't contain more "
            "than one consecutive whitespace character. Check that the file name conforms to "
            "these restrictions and retry your request.",
            id="document-name",
        ),
        pytest.param(
            [user(document("a"))],
            {},
            "A text block must be included when using documents.",
            id="document-alone",
        ),
        pytest.param(
            [user("a")],
            {"inferenceConfig": {"maxTokens": 64001}},
            "The maximum tokens you requested exceeds the model limit of 64000. Try again with a "
            "maximum tokens value that is lower than 64000.",
            id="too-many-tokens",
        ),
        pytest.param(
            [user("a", {"video": {"format": "mp4", "source": {"bytes": "AAAA"}}})],
            {},
            "This model doesn't support the video content block that you provided. Update the "
            "content block and try again.",
            id="video",
        ),
    ],
)
def test_refused(messages: list[Any], members: dict[str, Any], text: str) -> None:
    """Clients match on these words."""
    assert refused(*messages, **members) == text


@pytest.mark.parametrize(
    ("model", "text"),
    [
        pytest.param("us.does-not-exist-model-v1:0", "identifier is invalid.", id="unknown"),
        pytest.param("nonsense", "identifier is invalid.", id="no-vendor"),
        pytest.param("arn:aws:s3:::bucket", "identifier is invalid.", id="no-model-arn"),
        pytest.param("claude-haiku-4-5", "identifier is invalid.", id="first-party-name"),
        pytest.param(f"bedrock/{CLAUDE}", "identifier is invalid.", id="client-prefix"),
        pytest.param("us.amazon.titan-text-express-v1", "identifier is invalid.", id="no-profile"),
        pytest.param(
            "amazon.titan-embed-text-v2:0",
            "This action doesn't support the model that you provided. Try again with a supported "
            "text or chat model.",
            id="embeddings",
        ),
        pytest.param(
            "anthropic.claude-haiku-4-5-20251001-v1:0",
            "Invocation of model ID anthropic.claude-haiku-4-5-20251001-v1:0 with on-demand "
            "throughput isn\u2019t supported. Retry your request with the ID or ARN of an "
            "inference profile that contains this model.",
            id="on-demand",
        ),
    ],
)
def test_model_refused(model: str, text: str) -> None:
    """An id that AWS would not know is not known here either, apostrophe and all."""
    assert refused(user("a"), model=model).endswith(text)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        pytest.param(CLAUDE, True, id="profile"),
        pytest.param(
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/" + CLAUDE, True, id="arn"
        ),
        pytest.param(
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            True,
            id="model-arn",
        ),
        pytest.param("amazon.nova-lite-v1:0", True, id="base"),
        pytest.param(
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456",
            False,
            id="own-profile",
        ),
        pytest.param("emu.echo", False, id="ours"),
    ],
)
def test_model_found(model: str, known: bool) -> None:  # noqa: FBT001
    """Every way to name a model that AWS has; of an account's own things nothing is known."""
    assert (find_model(model) is not None) is known


def test_tools_the_model_lacks() -> None:
    """What the catalogue denies, AWS refuses."""
    assert (
        refused(user("a"), model="us.meta.llama3-2-1b-instruct-v1:0", **with_tools())
        == "This model doesn't support tool use."
    )
    assert refused(user("a"), model="amazon.titan-text-express-v1", system=[{"text": "s"}]) == (
        "This model doesn't support system messages. Try again without a system message or use a "
        "model that supports system messages."
    )


def test_streamed_tools_the_model_lacks() -> None:
    """Some models take tools, only not in a stream."""
    model = "us.meta.llama4-scout-17b-instruct-v1:0"

    check(user("a"), model=model, **with_tools())

    assert refused(user("a"), model=model, streamed=True, **with_tools()) == (
        "This model doesn't support tool use in streaming mode."
    )


@pytest.mark.parametrize(
    ("messages", "members"),
    [
        pytest.param([user("a"), user("b")], {}, id="two-user-turns"),
        pytest.param([user("a", "\n", "b")], {}, id="blank-text-beside-text"),
        pytest.param([user("a", document("company_policy"))], {}, id="underscore"),
        pytest.param([user("a", document("Report (final) [2] - x"))], {}, id="brackets"),
        pytest.param([user("a"), assistant("b")], {}, id="prefill"),
        pytest.param(
            [user("a"), assistant("b", USE), user("see", RESULT)], with_tools(), id="tool-loop"
        ),
        pytest.param(
            [user("a"), assistant(SERVER_USE, RESULT, "4"), user("b")],
            with_tools({"systemTool": {"name": "nova_code_interpreter"}}),
            id="server-tool",
        ),
        pytest.param(
            [
                user("a"),
                assistant(USE),
                user({"toolResult": {**RESULT["toolResult"], "status": "success"}}),
            ],
            with_tools(),
            id="success",
        ),
    ],
)
def test_accepted(messages: list[Any], members: dict[str, Any]) -> None:
    """What AWS answered must be answered here: EMU-03."""
    check(*messages, **members)


def asked(recorded: Interaction) -> bool:
    """Return whether a recording holds a request, and the id it was for."""
    return recorded.request_body is not None and recorded.model_id is not None


def ask(recorded: Interaction) -> None:
    """Check a recorded request the way it would be checked on arrival."""
    operation = "ConverseStream" if recorded.api == "converse_stream" else "Converse"
    assert recorded.model_id is not None
    read_converse(operation, recorded.model_id, recorded.request.data)


@pytest.mark.parametrize(
    "recorded",
    cases("converse", "converse_stream", where=lambda i: i.status == 200 and asked(i)),
)
def test_recorded_success(recorded: Interaction) -> None:
    """Shapes and rules let everything in that AWS let in."""
    ask(recorded)


# What the model said itself, or a table of quirks would be needed for, no rule here foresees.
NO_VIDEO = (
    "This model doesn't support the video content block that you provided. Update the content "
    "block and try again."
)
FORESEEN = {"The provided model identifier is invalid.", NO_VIDEO}


@pytest.mark.parametrize(
    "recorded",
    cases(
        "converse",
        "converse_stream",
        where=lambda i: i.status == 400 and i.response_body["message"] in FORESEEN,
    ),
)
def test_recorded_refusal(recorded: Interaction) -> None:
    """Where AWS refused, we refuse with the same status, name and words."""
    with pytest.raises(Refusal) as caught:
        ask(recorded)

    assert caught.value.status == recorded.status
    assert caught.value.message == recorded.response_body["message"]
