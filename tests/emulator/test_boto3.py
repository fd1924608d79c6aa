"""boto3, unchanged, against a running emulator that verifies its signatures."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EventStreamError

from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine, seal
from outcrop.emulator.engines.script import ScriptEngine
from outcrop.emulator.engines.script_file import read_script
from outcrop.emulator.signatures import Key
from tests.servers import serving

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 92
WEATHER = {
    "toolSpec": {
        "name": "get_weather",
        "description": "Tells the weather",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            }
        },
    }
}


OPENED: list[Any] = []


@pytest.fixture(autouse=True)
def _close_clients() -> Iterator[None]:
    """Close what a test opened; boto3's own sockets would be left to the collector."""
    yield
    while OPENED:
        OPENED.pop().close()


def client(url: str, service: str = "bedrock-runtime", **options: Any) -> Any:
    """Return a boto3 client as anybody would make it."""
    settings = {
        "region_name": "us-east-1",
        "aws_access_key_id": "outcrop",
        "aws_secret_access_key": "outcrop",
        "config": Config(retries={"total_max_attempts": 1}),
    } | options
    OPENED.append(boto3.client(service, endpoint_url=url, **settings))
    return OPENED[-1]


def user(*blocks: Any) -> dict[str, Any]:
    """Return a turn of the user; a text stands for its block."""
    return {
        "role": "user",
        "content": [each if isinstance(each, dict) else {"text": each} for each in blocks],
    }


@contextmanager
def scripted(rules: str) -> Iterator[Any]:
    """Run an emulator by rules, and give a client of it."""
    engine = ScriptEngine(read_script(rules, "rules.yaml"))
    with serving(create_app(engine)) as url:
        yield client(url)


def error(call: Any, **members: Any) -> dict[str, Any]:
    """Return the error that a call ends in."""
    with pytest.raises(ClientError) as caught:
        call(modelId=MODEL, messages=[user("hi")], **members)
    response: dict[str, Any] = caught.value.response
    return response


def test_converse(emulator_url: str) -> None:
    """The first thing everybody tries."""
    answer = client(emulator_url).converse(modelId=MODEL, messages=[user("Hello, world")])

    assert answer["output"]["message"] == {
        "role": "assistant",
        "content": [{"text": "Hello, world"}],
    }
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"] == {"inputTokens": 5, "outputTokens": 5, "totalTokens": 10}
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-outcrop-engine"] == "echo"


def test_converse_stream(emulator_url: str) -> None:
    """The same words, one by one."""
    answer = client(emulator_url).converse_stream(modelId=MODEL, messages=[user("Hello, world")])

    events = list(answer["stream"])

    assert [next(iter(event)) for event in events] == [
        "messageStart",
        "contentBlockDelta",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    assert [each["contentBlockDelta"]["delta"]["text"] for each in events[1:3]] == [
        "Hello,",
        " world",
    ]


def test_image(emulator_url: str) -> None:
    """Bytes arrive whole."""
    picture = {"image": {"format": "png", "source": {"bytes": PNG}}}

    answer = client(emulator_url).converse(modelId=MODEL, messages=[user(picture)])

    assert answer["output"]["message"]["content"] == [{"text": "[image png, 100 bytes]"}]


def test_agent_loop(emulator_url: str) -> None:
    """Ask, be called, answer, be told: the loop that agents run, both ways of asking."""
    bedrock = client(emulator_url)
    messages = [user("use get_weather")]
    tools = {"tools": [WEATHER], "toolChoice": {"auto": {}}}

    first = bedrock.converse(modelId=MODEL, messages=messages, toolConfig=tools)
    call = first["output"]["message"]["content"][0]["toolUse"]
    result = {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": "sunny"}]}}
    messages += [first["output"]["message"], user(result)]
    second = bedrock.converse(modelId=MODEL, messages=messages, toolConfig=tools)

    assert first["stopReason"] == "tool_use"
    assert call["input"] == {"city": "sample"}
    assert second["stopReason"] == "end_turn"
    assert second["output"]["message"]["content"] == [{"text": "get_weather: sunny"}]


def test_streamed_tools(emulator_url: str) -> None:
    """Arguments come in fragments that join to JSON."""
    answer = client(emulator_url).converse_stream(
        modelId="emu.tools", messages=[user("hi")], toolConfig={"tools": [WEATHER]}
    )

    events = list(answer["stream"])
    start = next(each["contentBlockStart"] for each in events if "contentBlockStart" in each)
    pieces = [
        each["contentBlockDelta"]["delta"]["toolUse"]["input"]
        for each in events
        if "contentBlockDelta" in each
    ]

    assert start["start"]["toolUse"]["name"] == "get_weather"
    assert len(pieces) > 1
    assert "".join(pieces) == '{"city":"sample"}'


def test_reasoning(emulator_url: str) -> None:
    """Thought, signed, sent back unchanged, accepted; changed, refused."""
    bedrock = client(emulator_url)
    first = bedrock.converse(modelId="emu.think", messages=[user("hi")])
    message = first["output"]["message"]
    thought = message["content"][0]["reasoningContent"]["reasoningText"]

    again = bedrock.converse(modelId="emu.think", messages=[user("hi"), message, user("more")])
    thought["text"] += "!"
    with pytest.raises(ClientError, match="Invalid `signature` in `thinking` block"):
        bedrock.converse(modelId="emu.think", messages=[user("hi"), message, user("more")])

    assert thought["signature"] == seal("emu.think", thought["text"].removesuffix("!"))
    assert again["stopReason"] == "end_turn"


def test_structured_output(emulator_url: str) -> None:
    """JSON of the schema, by Converse's own member."""
    schema = '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}'
    structure = {"jsonSchema": {"name": "answer", "schema": schema}}

    answer = client(emulator_url).converse(
        modelId=MODEL,
        messages=[user("hi")],
        outputConfig={"textFormat": {"type": "json_schema", "structure": structure}},
    )

    assert answer["output"]["message"]["content"] == [{"text": '{"n":0}'}]


@pytest.mark.parametrize(
    ("config", "stop"),
    [({"maxTokens": 1}, "max_tokens"), ({"stopSequences": [","]}, "stop_sequence")],
)
def test_limits(emulator_url: str, config: Any, stop: str) -> None:
    """Both limits are honoured."""
    answer = client(emulator_url).converse(
        modelId=MODEL, messages=[user("Hello, world")], inferenceConfig=config
    )

    assert answer["stopReason"] == stop


def test_arn(emulator_url: str) -> None:
    """boto3 encodes the slash of an ARN, and signs it encoded twice."""
    arn = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{MODEL}"

    answer = client(emulator_url).converse(modelId=arn, messages=[user("hi")])

    assert answer["stopReason"] == "end_turn"


def test_models(emulator_url: str) -> None:
    """The list, and its filters."""
    bedrock = client(emulator_url, "bedrock")

    everything = bedrock.list_foundation_models()["modelSummaries"]
    ours = bedrock.list_foundation_models(byProvider="Outcrop", byOutputModality="TEXT")
    one = bedrock.get_foundation_model(modelIdentifier="amazon.nova-lite-v1:0")["modelDetails"]

    assert len(everything) > 50
    assert [each["modelId"] for each in ours["modelSummaries"]] == [
        "emu.echo",
        "emu.tools",
        "emu.json",
        "emu.think",
    ]
    assert one["modelName"] == "Nova Lite"


def test_profiles(emulator_url: str) -> None:
    """Pages join to the whole list; every profile that is listed can be called."""
    bedrock = client(emulator_url, "bedrock")

    whole = bedrock.list_inference_profiles()["inferenceProfileSummaries"]
    pages = bedrock.get_paginator("list_inference_profiles").paginate(
        PaginationConfig={"PageSize": 10}
    )
    joined = [each for page in pages for each in page["inferenceProfileSummaries"]]
    one = bedrock.get_inference_profile(inferenceProfileIdentifier=MODEL)

    assert joined == whole
    assert len(whole) > 10
    assert one["inferenceProfileArn"].endswith(f"inference-profile/{MODEL}")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        pytest.param(
            {"aws_secret_access_key": "wrong"},
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
            id="wrong-secret",
        ),
        pytest.param(
            {"aws_access_key_id": "nobody"},
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            id="unknown-key",
        ),
        pytest.param(
            {"aws_session_token": "stray"},
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            id="stray-token",
        ),
    ],
)
def test_wrong_credentials(
    emulator_url: str, options: dict[str, Any], code: str, words: str
) -> None:
    """Refused as AWS refuses, on both APIs."""
    bedrock = client(emulator_url, **options)

    for call in (bedrock.converse, bedrock.converse_stream):
        refused = error(call)

        assert refused["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert refused["Error"]["Code"] == code
        assert words in refused["Error"]["Message"]


def test_tampered_body(emulator_url: str) -> None:
    """A body changed after signing is noticed."""
    bedrock = client(emulator_url)

    def tamper(request: Any, **_: Any) -> None:
        request.body = request.body.replace(b"hi", b"ho")

    bedrock.meta.events.register("before-send.bedrock-runtime.Converse", tamper)

    assert error(bedrock.converse)["Error"]["Code"] == "InvalidSignatureException"


def test_clock_skew() -> None:
    """A clock that is wrong by an hour is told the right time."""
    with serving(create_app(EchoEngine(), clock=lambda: 1767323045.0)) as url:
        refused = error(client(url).converse)

    assert refused["Error"]["Code"] == "InvalidSignatureException"
    assert "is still later than 20260102T030905Z" in refused["Error"]["Message"]
    assert refused["ResponseMetadata"]["HTTPHeaders"]["date"] == "Fri, 02 Jan 2026 03:04:05 GMT"


def test_session_token_and_region() -> None:
    """Temporary keys, and an emulator that plays one region."""
    keys = {"ASIA": Key(secret="s", token="t")}
    options = {
        "aws_access_key_id": "ASIA",
        "aws_secret_access_key": "s",
        "aws_session_token": "t",
    }
    with serving(create_app(EchoEngine(), credentials=keys, region="eu-west-1")) as url:
        answer = client(url, region_name="eu-west-1", **options).converse(
            modelId="emu.echo", messages=[user("hi")]
        )
        refused = error(client(url, **options).converse)

    assert answer["stopReason"] == "end_turn"
    assert refused["Error"]["Message"] == "Credential should be scoped to a valid region. "


def test_refusals_are_boto3s_own_classes(emulator_url: str) -> None:
    """``except client.exceptions.ValidationException`` works."""
    bedrock = client(emulator_url)

    with pytest.raises(bedrock.exceptions.ValidationException, match="identifier is invalid"):
        bedrock.converse_stream(modelId="us.nobody.x-v1:0", messages=[user("hi")])


THROTTLED = """
rules:
  - times: 1
    error: {status: 429, name: ThrottlingException, message: slow}
  - reply: {content: [{text: at last}]}
"""


def test_retries_succeed() -> None:
    """boto3's own retry gets through a throttle."""
    engine = ScriptEngine(read_script(THROTTLED, "rules.yaml"))
    with serving(create_app(engine)) as url:
        retrying = client(url, config=Config(retries={"total_max_attempts": 2, "mode": "standard"}))
        answer = retrying.converse(modelId=MODEL, messages=[user("hi")])

    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert answer["output"]["message"]["content"] == [{"text": "at last"}]


FAULTS = """
rules:
  - match: {text: exception}
    reply: {content: [{text: one two}]}
    fault: {after: 2, exception: {name: ThrottlingException, message: slow}}
  - match: {text: crc}
    reply: {content: [{text: one two}]}
    fault: {after: 2, crc: true}
  - match: {text: cut}
    reply: {content: [{text: one two}]}
    fault: {after: 2, cut: true}
"""


@pytest.mark.parametrize(
    ("fault", "words"),
    [("exception", "slow"), ("crc", "Checksum mismatch"), ("cut", "Response ended prematurely")],
)
def test_broken_streams(fault: str, words: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each way a stream breaks is one that boto3 notices, after what came before."""
    heard: list[Any] = []
    with (
        scripted(FAULTS) as bedrock,
        closing(bedrock.converse_stream(modelId=MODEL, messages=[user(fault)])["stream"]) as stream,
        pytest.raises(Exception, match=words),
    ):
        heard.extend(stream)

    assert [next(iter(event)) for event in heard] == ["messageStart", "contentBlockDelta"]
    assert caplog.messages == []


def test_exception_class_of_a_stream() -> None:
    """What boto3 calls it."""
    with scripted(FAULTS) as bedrock:
        stream = bedrock.converse_stream(modelId=MODEL, messages=[user("exception")])["stream"]
        with pytest.raises(EventStreamError) as caught:
            list(stream)

    assert caught.value.response["Error"] == {"Code": "throttlingException", "Message": "slow"}


# botocore leaves the connection of a reply that it could not read to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_cut_reply() -> None:
    """An unstreamed reply that ends in its middle is no answer."""
    with scripted(FAULTS) as bedrock, pytest.raises(ConnectionClosedError):
        bedrock.converse(modelId=MODEL, messages=[user("cut")])
