"""Answers: what is understood of them, and what is written by engines that are not AWS."""

import msgspec
import pytest

from outcrop.codecs.converse import decode_response, encode_response
from outcrop.errors import WireError
from outcrop.types.content import Text, ToolUse
from outcrop.types.responses import Call, Response, Stop
from outcrop.types.usage import CacheWrite, Usage

ANSWER = (
    b'{"metrics":{"latencyMs":255},"output":{"message":{"content":[{"text":"Hello"}],'
    b'"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":13,"outputTokens":5,'
    b'"serverToolUsage":{},"totalTokens":18}}'
)


def test_decode() -> None:
    assert decode_response(ANSWER) == Response(
        content=(Text(text="Hello"),),
        stop=Stop(kind="stop", raw="end_turn"),
        usage=Usage(
            input_tokens=13,
            output_tokens=5,
            total_tokens=18,
            server_tool_usage=msgspec.Raw(b"{}"),
        ),
        latency_ms=255,
    )


def test_members_are_written_in_the_order_of_aws() -> None:
    """Whoever records the emulator sees what Bedrock would have sent, byte for byte."""
    assert encode_response(decode_response(ANSWER)) == ANSWER


def test_how_the_call_was_made_is_not_on_the_wire() -> None:
    response = msgspec.structs.replace(decode_response(ANSWER), call=Call(api="x", attempts=3))

    assert encode_response(response) == ANSWER


def test_tool_arguments_do_not_keep_the_answer_alive() -> None:
    """A conversation keeps every call it ever saw, and shall not keep every body with them."""
    body = (
        b'{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t",'
        b'"name":"f","input":{"a":1}}}]}},"stopReason":"tool_use"}'
    )
    response = decode_response(body)

    (call,) = response.content

    assert call == ToolUse(id="t", name="f", arguments=msgspec.Raw(b'{"a":1}'))
    assert isinstance(call, ToolUse)
    assert memoryview(call.arguments).nbytes == 7
    assert len(memoryview(call.arguments).obj) == 7  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [b'"text"', b"[1]", b"null", b"3"])
def test_arguments_that_are_no_object_are_kept_and_told(arguments: bytes) -> None:
    """What the model wrote is the caller's to judge."""
    body = (
        b'{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t",'
        b'"name":"f","input":' + arguments + b"}}]}}}"
    )

    (call,) = decode_response(body).tool_calls

    assert bytes(call.arguments) == arguments
    assert call.arguments_error == "the model's arguments are not a JSON object"


@pytest.mark.parametrize(
    ("counters", "usage"),
    [
        pytest.param(b"", Usage(), id="absent"),
        pytest.param(
            b'"cacheReadInputTokenCount":4,"cacheWriteInputTokenCount":5',
            Usage(
                cache_read_tokens=4,
                cache_write_tokens=5,
                cache_read_count=4,
                cache_write_count=5,
            ),
            id="twins",
        ),
        pytest.param(
            b'"cacheWriteInputTokens":7,"cacheDetails":[{"ttl":"5m","inputTokens":2},'
            b'{"ttl":"1h","inputTokens":5}]',
            Usage(
                cache_write_tokens=7,
                cache_writes=(CacheWrite(ttl="5m", tokens=2), CacheWrite(ttl="1h", tokens=5)),
            ),
            id="details",
        ),
        pytest.param(b'"inputTokens":null', Usage(), id="null"),
    ],
)
def test_usage(counters: bytes, usage: Usage) -> None:
    """Counters come in two spellings, split by time to live, or not at all (USAGE-01)."""
    assert decode_response(b'{"usage":{' + counters + b"}}").usage == usage


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"output": {"audio": {}}, "stopReason": "end_turn"}, id="unknown"),
        pytest.param(
            {
                "output": {"message": {"role": "assistant", "content": []}, "audio": {}},
                "stopReason": "end_turn",
            },
            id="two",
        ),
    ],
)
def test_an_unknown_output_comes_back(body: object) -> None:
    """An answer of a new kind is no message, and is not lost."""
    response = decode_response(msgspec.json.encode(body))

    assert response.content == ()
    assert msgspec.json.decode(encode_response(response)) == body


def test_an_answer_without_reason_is_an_end() -> None:
    """Empty counts as the end of the turn (STOP-01)."""
    assert decode_response(b"{}").stop == Stop(kind="stop", raw="")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "malformed"),
        (
            b'{"output":{"message":{"role":"assistant"}}}',
            "output.message: lacks the member content",
        ),
        (b'{"usage":{"inputTokens":"many"}}', "usage.inputTokens: Expected `int"),
        (b'{"usage":' + b'{"a":' * 100_000, "nested too deep"),
    ],
)
def test_malformed_answers(body: bytes, reason: str) -> None:
    """A proxy that answers for AWS is found out at once, and by name."""
    with pytest.raises(WireError, match=reason.replace("[", r"\[")):
        decode_response(body)
