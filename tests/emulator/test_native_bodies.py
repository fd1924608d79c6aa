"""InvokeModel of text models, the way boto3 asks, in the form that each family has."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.config import Config
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError

from outcrop.emulator.dialects import DIALECTS
from outcrop.http import header
from outcrop.models.catalogue import native_form
from tests.emulator.test_app import Client, script
from tests.recordings import Interaction, cases

CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
GPT = "openai.gpt-oss-20b-1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
LLAMA_4 = "us.meta.llama4-scout-17b-instruct-v1:0"
TITAN = "amazon.titan-text-express-v1"
NOVA = "us.amazon.nova-lite-v1:0"
MISTRAL = "mistral.mistral-large-2402-v1:0"
MISTRAL_7B = "mistral.mistral-7b-instruct-v0:2"
COMMAND_R = "cohere.command-r-v1:0"
COMMAND = "cohere.command-text-v14"
JAMBA = "ai21.jamba-1-5-mini-v1:0"
JURASSIC = "ai21.j2-mid-v1"
CLAUDE_2 = "anthropic.claude-v2:1"
PEGASUS = "twelvelabs.pegasus-1-2-v1:0"

SAID = "Hello to you"
CHAT = {"messages": [{"role": "user", "content": SAID}]}
MESSAGES = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 2000, **CHAT}
METRICS = "amazon-bedrock-invocationMetrics"

# Who is asked, with what, and where the answer's text and the last document's reason stand.
ASKED: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    CLAUDE: (MESSAGES, ("content", 0, "text"), {"stop_reason": "end_turn"}),
    GPT: (CHAT, ("choices", 0, "message", "content"), {"object": "chat.completion"}),
    LLAMA: ({"prompt": SAID}, ("generation",), {"stop_reason": "stop"}),
    LLAMA_4: ({"prompt": SAID}, ("generation",), {"prompt_token_count": 4}),
    TITAN: ({"inputText": SAID}, ("results", 0, "outputText"), {"inputTextTokenCount": 4}),
    NOVA: (
        {"messages": [{"role": "user", "content": [{"text": SAID}]}]},
        ("output", "message", "content", 0, "text"),
        {"stopReason": "end_turn"},
    ),
    MISTRAL: (CHAT, ("choices", 0, "message", "content"), {}),
    MISTRAL_7B: ({"prompt": f"<s>[INST] {SAID} [/INST]"}, ("outputs", 0, "text"), {}),
    COMMAND_R: ({"message": SAID}, ("text",), {"finish_reason": "COMPLETE"}),
    COMMAND: ({"prompt": SAID}, ("generations", 0, "text"), {}),
    JAMBA: (
        CHAT,
        ("choices", 0, "message", "content"),
        {"usage": {"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8}},
    ),
    JURASSIC: ({"prompt": SAID}, ("completions", 0, "data", "text"), {}),
    CLAUDE_2: (
        {"prompt": f"\n\nHuman: {SAID}\n\nAssistant:", "max_tokens_to_sample": 20},
        ("completion",),
        {"stop_reason": "stop_sequence"},
    ),
    PEGASUS: ({"inputPrompt": SAID}, ("message",), {"finishReason": "stop"}),
}
# What each document of a stream says, and the last one beside the counts.
STREAMED: dict[str, tuple[list[Any], dict[str, Any]]] = {
    CLAUDE: (
        [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": t}}
            for t in ("Hello", " to", " you")
        ],
        {"type": "message_stop"},
    ),
    LLAMA: (
        [{"generation": t} for t in ("Hello", " to", " you")],
        {
            "generation": "",
            "stop_reason": "stop",
            "prompt_token_count": 4,
            "generation_token_count": 4,
        },
    ),
    TITAN: (
        [{"outputText": t, "index": 0} for t in ("Hello", " to", " you")],
        {
            "outputText": "",
            "completionReason": "FINISH",
            "index": 0,
            "inputTextTokenCount": 4,
            "totalOutputTextTokenCount": 4,
        },
    ),
    NOVA: (
        [
            {"contentBlockDelta": {"delta": {"text": t}, "contentBlockIndex": number}}
            for number, t in enumerate(("Hello", " to", " you"))
        ],
        {
            "metadata": {
                "usage": {"inputTokens": 4, "outputTokens": 4},
                "metrics": {},
                "trace": {},
            }
        },
    ),
    MISTRAL: (
        [{"choices": [{"index": 0, "message": {"content": t}}]} for t in ("Hello", " to", " you")],
        {"choices": [{"index": 0, "message": {"content": ""}, "stop_reason": "stop"}]},
    ),
    MISTRAL_7B: (
        [{"outputs": [{"text": t}]} for t in ("Hello", " to", " you")],
        {"outputs": [{"text": "", "stop_reason": "stop"}]},
    ),
    COMMAND_R: (
        [
            {"is_finished": False, "event_type": "text-generation", "text": t}
            for t in ("Hello", " to", " you")
        ],
        {
            "is_finished": True,
            "event_type": "stream-end",
            "finish_reason": "COMPLETE",
            "response": {"text": SAID, "finish_reason": "COMPLETE"},
        },
    ),
    COMMAND: (
        [{"text": t, "is_finished": False} for t in ("Hello", " to", " you")],
        {"finish_reason": "COMPLETE", "is_finished": True},
    ),
    JAMBA: (
        [{"choices": [{"index": 0, "delta": {"content": t}}]} for t in ("Hello", " to", " you")],
        {
            "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8},
        },
    ),
    CLAUDE_2: (
        [{"completion": t} for t in ("Hello", " to", " you")],
        {"completion": "", "stop_reason": "stop_sequence"},
    ),
    PEGASUS: (
        [{"message": t} for t in ("Hello", " to", " you")],
        {"message": "", "finishReason": "stop"},
    ),
}


def _client(url: str) -> Any:
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="outcrop",
        aws_secret_access_key="outcrop",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def bedrock(emulator_url: str) -> Iterator[Any]:
    client = _client(emulator_url)
    yield client
    client.close()


def invoke(bedrock: Any, model: str, body: Any) -> tuple[Any, dict[str, str]]:
    """Return the body and the headers of an answer."""
    answer = bedrock.invoke_model(modelId=model, body=json.dumps(body))
    with answer["body"] as stream:
        return json.loads(stream.read()), answer["ResponseMetadata"]["HTTPHeaders"]


def streamed(bedrock: Any, model: str, body: Any) -> list[Any]:
    """Return the documents of a streamed answer."""
    answer = bedrock.invoke_model_with_response_stream(modelId=model, body=json.dumps(body))
    return [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]


def refused(bedrock: Any, model: str, body: Any) -> str:
    """Return the words of a refusal."""
    with pytest.raises(ClientError) as caught:
        invoke(bedrock, model, body)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    message: str = caught.value.response["Error"]["Message"]
    return message


def test_every_form_is_asked() -> None:
    """A form that is added to the table is added here too."""
    assert {native_form(model) for model in ASKED} == DIALECTS.keys()


@pytest.mark.parametrize("model", ASKED)
def test_whole(bedrock: Any, model: str) -> None:
    """The family's own words; the counts in the headers too, where AWS puts them."""
    body, path, others = ASKED[model]

    answer, headers = invoke(bedrock, model, body)

    said = answer
    for step in path:
        said = said[step]
    assert said == SAID
    assert {name: answer[name] for name in others} == others
    assert headers["content-type"] == "application/json"
    assert headers["x-outcrop-engine"] == "echo"
    assert headers["x-amzn-bedrock-input-token-count"] == "4"
    assert headers["x-amzn-bedrock-output-token-count"] == "4"
    assert headers["x-amzn-bedrock-invocation-latency"].isdecimal()


@pytest.mark.parametrize("model", STREAMED)
def test_stream(bedrock: Any, model: str) -> None:
    """As the family streams; what AWS measured stands in the last document."""
    texts, last = STREAMED[model]

    *documents, end = streamed(bedrock, model, ASKED[model][0])

    assert [each for each in documents if each in texts] == texts
    metrics = end.pop(METRICS)
    assert end == last
    assert metrics.keys() == {
        "inputTokenCount",
        "outputTokenCount",
        "invocationLatency",
        "firstByteLatency",
    }
    assert (metrics["inputTokenCount"], metrics["outputTokenCount"]) == (4, 4)
    assert all(METRICS not in each for each in documents)


def test_stream_of_completions(bedrock: Any) -> None:
    """gpt-oss streams the chunks of Chat Completions; the counts come after the end."""
    chunks = streamed(bedrock, GPT, CHAT)

    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert deltas == [
        {"role": "assistant", "content": ""},
        {"content": "Hello"},
        {"content": " to"},
        {"content": " you"},
        {},
    ]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"] == {"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8}
    assert chunks[-1][METRICS]["outputTokenCount"] == 4
    assert {chunk["model"] for chunk in chunks} == {GPT}


def test_frames_of_a_stream() -> None:
    """Padded, and named as recorded: ``chunk``; what is in them stands in a header."""
    answer = Client().ask(f"/model/{LLAMA}/invoke-with-response-stream", {"prompt": "Hi"})

    assert header(answer.headers, "content-type") == "application/vnd.amazon.eventstream"
    assert header(answer.headers, "x-amzn-bedrock-content-type") == "application/json"
    (name, first), (_, last) = answer.frames
    assert name == "chunk"
    assert first == {"bytes": "eyJnZW5lcmF0aW9uIjoiSGkifQ==", "p": "ab"}
    measured = json.loads(base64.b64decode(last["bytes"]))[METRICS]
    assert list(measured) == [
        "inputTokenCount",
        "outputTokenCount",
        "invocationLatency",
        "firstByteLatency",
    ]
    assert measured["firstByteLatency"] < measured["invocationLatency"]


def test_claude_names_itself(bedrock: Any) -> None:
    """As Anthropic calls it, not as it was asked for."""
    answer, _ = invoke(bedrock, CLAUDE, MESSAGES)

    assert answer["model"] == "claude-haiku-4-5-20251001"
    assert answer["id"].startswith("msg_bdrk_")


def test_limit_is_heard(bedrock: Any) -> None:
    """What the body says of sampling reaches the engine, and its word for the end comes back."""
    answer, _ = invoke(bedrock, LLAMA, {"prompt": SAID, "max_gen_len": 2})

    assert answer["stop_reason"] == "length"
    assert answer["generation_token_count"] == 2


def malformed(problems: str) -> str:
    return f"Malformed input request: {problems}, please reformat your input and try again."


@pytest.mark.parametrize(
    ("model", "body", "words"),
    [
        (
            LLAMA,
            {"system": "s", "max_tokens": 9, "anthropic_version": "v"},
            malformed(
                "#: required key [prompt] not found"
                "#: extraneous key [anthropic_version] is not permitted"
                "#: extraneous key [max_tokens] is not permitted"
                "#: extraneous key [system] is not permitted"
            ),
        ),
        (
            NOVA,
            {"messages": [], "top_p": 1},
            malformed("#: extraneous key [top_p] is not permitted"),
        ),
        (TITAN, {}, malformed("#: required key [inputText] not found")),
        (COMMAND_R, {"message": 5}, malformed("#/message: Expected `str`, got `int`")),
        (
            GPT,
            {"messages": []},
            malformed("#/messages: messages must contain at least one non-empty message"),
        ),
        (CLAUDE, {"max_tokens": 1, "messages": []}, "anthropic_version: Field required"),
        (CLAUDE, {**MESSAGES, "messages": []}, "messages: at least one message is required"),
        (
            CLAUDE,
            {**MESSAGES, "max_tokens": 64001},
            (
                "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens "
                "for claude-haiku-4-5-20251001"
            ),
        ),
        (
            CLAUDE,
            {
                **MESSAGES,
                "messages": [
                    {"role": "user", "content": "hi"},
                    {
                        "role": "assistant",
                        "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}],
                    },
                    {"role": "user", "content": "and?"},
                ],
            },
            (
                "messages.1: `tool_use` ids were found without `tool_result` blocks immediately "
                "after: t1. Each `tool_use` block must have a corresponding `tool_result` block "
                "in the next message."
            ),
        ),
        (
            CLAUDE,
            {
                **MESSAGES,
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "text",
                                "text": "see",
                                "cache_control": {"type": "ephemeral"},
                            },
                            {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}},
                        ],
                    }
                ],
            },
            "messages.0.content.1.image.source.base64.data: URL sources are not supported",
        ),
    ],
)
def test_refusals(bedrock: Any, model: str, body: Any, words: str) -> None:
    """In the words of the family."""
    assert refused(bedrock, model, body) == words


def test_claude_names_the_place(bedrock: Any) -> None:
    said = refused(bedrock, CLAUDE, {**MESSAGES, "messages": [{"role": "user", "content": [{}]}]})

    assert said.startswith("messages.0.content.0")


@pytest.mark.parametrize(
    ("model", "body", "words"),
    [
        (JURASSIC, {"prompt": SAID}, "The model is unsupported for streaming."),
        ("cohere.embed-english-v3", {}, "The model is unsupported for streaming."),
        ("nobody.nothing-v1", {}, "The provided model identifier is invalid."),
    ],
)
def test_refused_streams(bedrock: Any, model: str, body: Any, words: str) -> None:
    with pytest.raises(ClientError) as caught:
        streamed(bedrock, model, body)

    assert caught.value.response["Error"]["Message"] == words


def test_model_without_a_body_of_its_own(bedrock: Any) -> None:
    """Rather a clear word than a guess at its form."""
    assert "ask it by Converse" in refused(bedrock, "deepseek.v3-v1:0", CHAT)


FAULTS = script(
    {
        "match": {"text": "break"},
        "reply": {"content": [{"text": "One two three."}]},
        "fault": {"after": 2, "exception": {"name": "ModelStreamErrorException", "message": "m"}},
    },
    {
        "match": {"text": "cut"},
        "reply": {"content": [{"text": "One two three."}]},
        "fault": {"after": 2, "cut": True},
    },
    {
        "match": {"text": "corrupt"},
        "reply": {"content": [{"text": "One two three."}]},
        "fault": {"after": 2, "crc": True},
    },
    {
        "match": {"text": "busy"},
        "error": {"status": 429, "name": "ThrottlingException", "message": "Too many requests"},
    },
    {"reply": {"content": [{"text": "One."}], "metadata": False}},
)


def asked(word: str, *, streaming: bool) -> Any:
    """Ask a model whose answers a script breaks."""
    segment = "invoke-with-response-stream" if streaming else "invoke"
    return Client(FAULTS).ask(f"/model/{LLAMA}/{segment}", {"prompt": word})


def test_exception_in_a_stream() -> None:
    """It ends the stream as Converse's ends; an answer in one piece is an error instead."""
    stream, whole = asked("break", streaming=True), asked("break", streaming=False)

    assert [name for name, _ in stream.frames] == ["chunk", "modelStreamErrorException"]
    assert stream.frames[-1][1]["message"] == "m"
    assert (whole.status, whole.json) == (424, {"message": "m"})


def test_cut() -> None:
    """The connection closes in the middle, of a frame or of a body."""
    stream, whole = asked("cut", streaming=True), asked("cut", streaming=False)

    assert not stream.complete
    assert len(stream.frames) == 1
    assert not whole.complete
    assert whole.body.startswith(b'{"generation":"One')


def test_corrupt_frame() -> None:
    """A checksum is wrong; an answer in one piece has none."""
    stream, whole = asked("corrupt", streaming=True), asked("corrupt", streaming=False)

    with pytest.raises(ChecksumMismatch):
        _ = stream.frames
    assert whole.json["generation"] == "One two three."


def test_refusal_of_the_engine() -> None:
    """Before anything was sent, a stream is refused like a whole answer."""
    for streaming in (True, False):
        answer = asked("busy", streaming=streaming)

        assert (answer.status, answer.json) == (429, {"message": "Too many requests"})


def test_answer_without_counts() -> None:
    """The end is told all the same; nothing is measured."""
    stream, whole = asked("uncounted", streaming=True), asked("uncounted", streaming=False)

    last = json.loads(base64.b64decode(stream.frames[-1][1]["bytes"]))
    assert last["stop_reason"] == "stop"
    assert METRICS not in last
    assert header(whole.headers, "x-amzn-bedrock-input-token-count") == ""


def _has_form(recorded: Interaction) -> bool:
    # Two of the refusals are of accounts without access, one of expired keys.
    return recorded.status in {200, 400} and native_form(recorded.model_id or "") != ""


@pytest.mark.parametrize("recorded", cases("invoke", "invoke_stream", where=_has_form))
def test_recorded_requests(recorded: Interaction) -> None:
    """What Bedrock accepted is accepted, and what it refused, refused in its own words."""
    segment = "invoke" if recorded.api == "invoke" else "invoke-with-response-stream"
    path = f"/model/{quote(recorded.model_id or '', safe='')}/{segment}"

    answer = Client().ask(path, recorded.request.data)

    assert answer.status == recorded.status
    if recorded.status != 200:
        assert answer.json == recorded.response_body
