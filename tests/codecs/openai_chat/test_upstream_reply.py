"""What a Chat Completions service answered, and the same answer written again."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from outcrop.codecs.openai_chat import API, decode_response, encode_completion, encode_response
from outcrop.errors import WireError
from outcrop.types.content import (
    Block,
    Citation,
    CitedText,
    Foreign,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolUse,
    WebLocation,
)
from outcrop.types.json import Extra
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage
from tests.codecs.openai_chat.sdk import read_whole
from tests.codecs.openai_chat.values import responses
from tests.recordings import Interaction, cases, interactions


def completion(message: dict[str, Any], reason: str | None = "stop", **members: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return msgspec.json.encode({"id": "c", "choices": [choice], **members})


def read(message: dict[str, Any], reason: str | None = "stop", **members: Any) -> Response:
    return decode_response(completion(message, reason, **members))


def again(response: Response) -> dict[str, Any]:
    body = encode_completion(response, model="m", response_id="c", created=1)
    written: dict[str, Any] = msgspec.json.decode(body)
    return written


@pytest.mark.parametrize(
    ("message", "content"),
    [
        pytest.param({"content": "a"}, (Text(text="a"),), id="text"),
        pytest.param({"content": None}, (), id="nothing"),
        pytest.param({"content": ""}, (), id="empty"),
        pytest.param(
            {"content": "a", "reasoning": "r"}, (Reasoning(text="r"), Text(text="a")), id="mantle"
        ),
        pytest.param(
            {"content": "a", "reasoning_content": "r"},
            (Reasoning(text="r"), Text(text="a")),
            id="open-weights",
        ),
        pytest.param(
            {"content": "<reasoning>r</reasoning>a"},
            (Reasoning(text="r"), Text(text="a")),
            id="inline",
        ),
        pytest.param(
            {
                "reasoning": "ignored: the details say more",
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "r", "index": 0},
                    {"type": "reasoning.text", "signature": "s", "index": 0},
                    {"type": "reasoning.encrypted", "data": "MQ==", "index": 1},
                    {"type": "reasoning.summary", "summary": "u", "index": 2},
                ],
            },
            (
                Reasoning(text="r", signature="s"),
                RedactedReasoning(data=b"1"),
                Reasoning(text="u"),
            ),
            id="details",
        ),
        pytest.param(
            {"reasoning_details": [{"type": "reasoning.encrypted", "data": "-_"}]},
            (Foreign(api=API, raw=msgspec.Raw(b'{"type":"reasoning.encrypted","data":"-_"}')),),
            id="details-that-are-no-base64",
        ),
        pytest.param(
            {"content": [{"type": "text", "text": "a"}, {"type": "zz", "x": 1}]},
            (Text(text="a"), Foreign(api=API, raw=msgspec.Raw(b'{"type":"zz","x":1}'))),
            id="parts",
        ),
        pytest.param(
            {
                "content": None,
                "tool_calls": [
                    {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
            (ToolUse(id="t", name="f", arguments=msgspec.Raw(b"{}")),),
            id="call",
        ),
        pytest.param(
            {"tool_calls": [{"function": {"name": "f", "arguments": '{"x'}}]},
            (
                ToolUse(
                    id="call_0",
                    name="f",
                    arguments=msgspec.Raw(b'"{\\"x"'),
                    arguments_error="the model's arguments are not a JSON object",
                ),
            ),
            id="call-cut-off-without-id",
        ),
    ],
)
def test_content(message: dict[str, Any], content: tuple[Block, ...]) -> None:
    """Whatever the spelling, reasoning comes first, then text, then calls."""
    assert read(message).content == content


def test_citations() -> None:
    """Web pages that the text draws on become its sources, positions included."""
    page = {"url": "https://a.test", "title": "A", "start_index": 0, "end_index": 1}
    message = {"content": "a", "annotations": [{"type": "url_citation", "url_citation": page}]}

    response = read(message)

    place = msgspec.Raw(b'{"start_index":0,"end_index":1}')
    source = Citation(
        title="A",
        location=WebLocation(url="https://a.test"),
        extra=Extra(API, {"url_citation": place}),
    )
    assert response.content == (CitedText(content=(Text(text="a"),), citations=(source,)),)
    assert again(response)["choices"][0]["message"]["annotations"] == message["annotations"]


@pytest.mark.parametrize(
    ("message", "reason", "stop"),
    [
        pytest.param({}, "stop", Stop(kind="stop", raw="stop"), id="stop"),
        pytest.param({}, None, Stop(kind="stop"), id="none"),
        pytest.param({}, "length", Stop(kind="length", raw="length"), id="length"),
        pytest.param({}, "zz", Stop(kind="other", raw="zz"), id="new"),
        pytest.param(
            {}, "function_call", Stop(kind="tool_calls", raw="function_call"), id="legacy"
        ),
        pytest.param(
            {"refusal": "No."}, "stop", Stop(kind="content_filter", raw="refusal"), id="refusal"
        ),
    ],
)
def test_stop(message: dict[str, Any], reason: str | None, stop: Stop) -> None:
    """Each reason has its place in the stop table; one that is new keeps its word."""
    assert read(message, reason).stop == stop


def test_refusal() -> None:
    """A refusal is said like any text, and goes back into its own member."""
    response = read({"content": None, "refusal": "No."})

    choice = again(response)["choices"][0]

    assert response.text == "No."
    assert choice["message"] == {"role": "assistant", "refusal": "No.", "content": None}
    assert choice["finish_reason"] == "stop"


class TestUsage:
    def test_details(self) -> None:
        """Cached input is inside ``prompt_tokens``, and is not input to us (USAGE-03)."""
        usage = {
            "prompt_tokens": 100,
            "completion_tokens": 7,
            "total_tokens": 107,
            "prompt_tokens_details": {
                "cached_tokens": 60,
                "cache_write_tokens": 30,
                "audio_tokens": 0,
            },
            "completion_tokens_details": {"reasoning_tokens": 5},
        }

        response = read({"content": "a"}, usage=usage)

        assert response.usage is not None
        assert response.usage.full_input_tokens == 100
        assert (response.usage.input_tokens, response.usage.reasoning_tokens) == (10, 5)
        assert again(response)["usage"] == usage

    @pytest.mark.parametrize(
        ("members", "headers"),
        [
            pytest.param(
                {},
                (
                    ("X-Amzn-Bedrock-Input-Token-Count", "6"),
                    ("X-Amzn-Bedrock-Output-Token-Count", "4"),
                    ("X-Amzn-Bedrock-Cache-Read-Input-Token-Count", "2"),
                    ("X-Amzn-Bedrock-Invocation-Latency", "9"),
                ),
                id="headers",
            ),
            pytest.param(
                {
                    "amazon-bedrock-invocationMetrics": {
                        "inputTokenCount": 6,
                        "outputTokenCount": 4,
                        "cacheReadInputTokenCount": 2,
                        "invocationLatency": 9,
                    }
                },
                (),
                id="metrics",
            ),
        ],
    )
    def test_beside(self, members: dict[str, Any], headers: tuple[tuple[str, str], ...]) -> None:
        """Where the body has no counts, InvokeModel tells them beside it."""
        body = completion({"content": "a"}, **members)

        response = decode_response(body, headers)

        expected = Usage(input_tokens=6, output_tokens=4, total_tokens=12, cache_read_tokens=2)
        assert (response.usage, response.latency_ms) == (expected, 9)


def test_unknown_members() -> None:
    """What nobody names comes back where it stood: on top, in the choice, in the message."""
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "system_fingerprint": "fp",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "a", "zz": [1]},
                "finish_reason": "stop",
                "logprobs": {"content": []},
                "zz": 2,
            },
            {"index": 1, "message": {"content": "b"}, "finish_reason": "stop"},
        ],
    }

    response = decode_response(msgspec.json.encode(body))

    assert response.text == "a"
    assert again(response) == body


def test_nulls() -> None:
    """Members that a service spells out as null are nothing to keep or to send back."""
    response = read({"content": "a", "audio": None, "function_call": None}, zz=None)

    assert (response.message_extra, response.extra) == (None, None)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"<html>", "malformed", id="no-json"),
        pytest.param(b'{"choices":[{"message":{"content":7}}]}', "choices", id="no-text"),
        pytest.param(b'{"choices":[{"message":{"content":[7]}}]}', "part", id="no-part"),
        pytest.param(b'{"error":{"message":"busy"}}', "error under a status", id="error"),
    ],
)
def test_malformed(body: bytes, message: str) -> None:
    """What cannot be an answer is never taken for an empty one."""
    with pytest.raises(WireError, match=message):
        decode_response(body)


@given(responses)
def test_law(response: Response) -> None:
    """What the emulator writes, the client reads as it was meant."""
    body = encode_completion(response, model="m", response_id="c")

    assert decode_response(body) == response


@given(responses)
def test_gateway(response: Response) -> None:
    """An outcrop that stands before another one understands it."""
    body = encode_response([response], response_id="c", created=1, model="m")

    read_again = decode_response(body)

    assert bare(read_again.content) == bare(response.content)
    assert read_again.usage == response.usage
    expected = "stop" if response.finish_reason == "other" else response.finish_reason
    wanted = {expected, "stop"} if not response.tool_calls else {expected}
    assert read_again.finish_reason in wanted


def bare(blocks: tuple[Block, ...]) -> list[Block]:
    """Return blocks without what another wire wrote beside them."""
    return [msgspec.structs.replace(block, extra=None) for block in blocks]


@given(responses)
def test_sdk(response: Response) -> None:
    """OpenAI's SDK accepts what the emulator writes, but for reasons and tiers that are new."""
    stop = Stop(kind="stop", raw="stop")
    known = msgspec.structs.replace(response, stop=stop, service_tier=None)

    read_whole(encode_completion(known, model="m", response_id="c"))


def is_chat(recorded: Interaction) -> bool:
    return recorded.operation == "OpenAIChatCompletions"


@pytest.mark.parametrize("recorded", cases("other", where=is_chat))
def test_recorded(recorded: Interaction) -> None:
    """What Mantle really answered comes back whole; its nulls are members that are absent."""
    body = recorded.response_body
    response = decode_response(recorded.response.data)

    written = encode_completion(
        response, model=body["model"], response_id=body["id"], created=body["created"]
    )

    assert present(msgspec.json.decode(written)) == present(body)
    assert response.usage is not None
    assert response.usage.full_input_tokens == body["usage"]["prompt_tokens"]
    assert response.usage.output_tokens == body["usage"]["completion_tokens"]
    assert response.extra is None


def present(value: Any) -> Any:
    """Return a document without its nulls."""
    if isinstance(value, dict):
        return {name: present(each) for name, each in value.items() if each is not None}
    return [present(each) for each in value] if isinstance(value, list) else value


def test_count() -> None:
    """The recordings hold as many answers as these tests were written for, or more."""
    found = interactions("other", where=is_chat)

    print({"requests": len(found), "answers": len(found)})  # noqa: T201 - quoted in reports
    assert len(found) >= 1
