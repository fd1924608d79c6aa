"""Answers: what stands for what, and what AWS tells beside them."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.anthropic import API, decode_response, encode_response
from outcrop.errors import WireError
from outcrop.types import content as c
from outcrop.types.json import Extra
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage
from tests.codecs.anthropic.answers import UPLOADED

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "a-model",
    "content": [{"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 2},
}


def decoded(**members: Any) -> Response:
    return decode_response(msgspec.json.encode(MESSAGE | members))


def body(response: Response) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.json.decode(
        encode_response(response, model="asked-model", response_id="msg_2")
    )
    return written


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("pause_turn", "other"),
        ("zz_new", "other"),
    ],
)
def test_stop_reasons(word: str, kind: str) -> None:
    """What Claude says comes back as it was, new words too."""
    response = decoded(stop_reason=word)

    assert (response.finish_reason, response.raw_stop_reason) == (kind, word)
    assert body(response)["stop_reason"] == word


@pytest.mark.parametrize(
    ("stop", "word"),
    [
        (Stop(kind="stop"), "end_turn"),
        (Stop(kind="stop", raw="STOP", sequence="END"), "stop_sequence"),
        (Stop(kind="content_filter", raw="guardrail_intervened"), "refusal"),
        (Stop(kind="content_filter", raw="content_filtered"), "refusal"),
        (Stop(kind="length", raw="length"), "max_tokens"),
        (Stop(kind="tool_calls", raw="tool_calls"), "tool_use"),
        (Stop(kind="error", raw="malformed_tool_use"), "end_turn"),
        (Stop(kind="other", raw="something"), "end_turn"),
    ],
)
def test_stop_reasons_of_other_apis(stop: Stop, word: str) -> None:
    """Clients know Anthropic's words only (STOP-01 to STOP-08)."""
    assert body(Response(stop=stop))["stop_reason"] == word


def test_the_stop_sequence_is_told() -> None:
    response = decoded(stop_reason="stop_sequence", stop_sequence="END")

    assert response.stop_sequence == "END"
    assert body(response)["stop_sequence"] == "END"


def test_an_answer_has_the_shape_of_a_message() -> None:
    """Clients look for every member, empty or not (ANTH-04)."""
    assert body(Response(stop=Stop(kind="stop"))) == {
        "id": "msg_2",
        "type": "message",
        "role": "assistant",
        "model": "asked-model",
        "content": [],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }


@pytest.mark.parametrize(
    ("tier", "word"),
    [(None, None), ("default", "standard"), ("priority", "priority"), ("flex", None)],
)
def test_the_tier_stands_among_the_counts(tier: str | None, word: str | None) -> None:
    """AWS has tiers that Anthropic's clients do not know."""
    written = body(Response(stop=Stop(kind="stop"), service_tier=tier))

    assert written["usage"].get("service_tier") == word


def test_usage() -> None:
    """Cached input is counted apart, and there is no total: it is the sum (USAGE-03)."""
    usage = {
        "input_tokens": 1,
        "output_tokens": 2,
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 400,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        "output_tokens_details": {"thinking_tokens": 1},
        "server_tool_use": {"web_search_requests": 1},
        "service_tier": "standard",
        "inference_geo": "eu",
    }

    response = decoded(usage=usage)

    found = response.usage
    assert found is not None
    assert (found.total_tokens, found.full_input_tokens) == (433, 431)
    assert (found.cache_write_tokens, found.cache_write_1h_tokens) == (30, 20)
    assert (found.cache_read_tokens, found.reasoning_tokens) == (400, 1)
    assert found.extra == Extra(API, {"inference_geo": msgspec.Raw(b'"eu"')})
    assert response.service_tier == "default"
    assert body(response)["usage"] == usage


def test_usage_of_converse() -> None:
    """An empty report of server tools is AWS's, and no count that Anthropic's clients know."""
    usage = Usage(input_tokens=1, output_tokens=2, server_tool_usage=msgspec.Raw(b"{}"))

    written = body(Response(stop=Stop(kind="stop"), usage=usage))

    assert written["usage"] == {"input_tokens": 1, "output_tokens": 2}


def test_headers_tell_tier_latency_and_time() -> None:
    headers = (
        ("X-Amzn-Bedrock-Service-Tier", "flex"),
        ("X-Amzn-Bedrock-PerformanceConfig-Latency", "optimized"),
        ("X-Amzn-Bedrock-Invocation-Latency", "12"),
        ("X-Amzn-Bedrock-Input-Token-Count", "not a number"),
    )

    response = decode_response(msgspec.json.encode(MESSAGE), headers)

    assert (response.service_tier, response.latency, response.latency_ms) == (
        "flex",
        "optimized",
        12,
    )
    assert response.usage == Usage(input_tokens=1, output_tokens=2, total_tokens=3)


def test_an_answer_that_nobody_counted() -> None:
    assert decoded(usage=None).usage is None


def test_a_guardrail_that_stepped_in_is_the_reason() -> None:
    """Claude's own reason says that it was done; what ended the answer was the guardrail."""
    members = {
        "amazon-bedrock-guardrailAction": "INTERVENED",
        "amazon-bedrock-trace": {"guardrail": {}},
    }

    response = decoded(**members)

    assert response.finish_reason == "content_filter"
    assert response.trace == msgspec.Raw(b'{"guardrail":{}}')
    written = body(response)
    assert written["stop_reason"] == "end_turn"
    assert {name: written[name] for name in members} == members


def test_details_and_new_members_come_back() -> None:
    members = {
        "stop_details": {"type": "refusal", "category": "bio", "explanation": None},
        "container": {"id": "c"},
        "zz_new": [1],
    }

    written = body(decoded(stop_reason="refusal", **members))

    assert {name: written[name] for name in members} == members


def test_what_no_message_can_hold_is_left_out() -> None:
    picture = c.Image(format="png", source=c.Inline(b""))

    written = body(Response(content=(picture, c.Text(text="Hello")), stop=Stop(kind="stop")))

    assert written["content"] == [{"type": "text", "text": "Hello"}]


@pytest.mark.parametrize(
    ("deltas", "content"),
    [
        pytest.param("[]", [{"type": "mcp_tool_use", "id": "m", "input": {}}], id="start-alone"),
        pytest.param(
            '[{"type":"input_json_delta","partial_json":"{\\"a\\":"},'
            '{"type":"input_json_delta","partial_json":"1}"}]',
            [{"type": "mcp_tool_use", "id": "m", "input": {"a": 1}}],
            id="arguments",
        ),
        pytest.param('[{"type":"input_json_delta","partial_json":"{"}]', [], id="cut-off"),
        pytest.param('[{"type":"zz_delta"}]', [], id="unknown"),
    ],
)
def test_a_foreign_block_of_a_stream_comes_back_whole(deltas: str, content: Any) -> None:
    """An answer that was streamed is sent back in the next turn."""
    folded = f'{{"start":{{"type":"mcp_tool_use","id":"m","input":{{}}}},"deltas":{deltas}}}'
    block = c.Foreign(api=f"{API}-stream", raw=msgspec.Raw(folded.encode()))

    written = body(Response(content=(block,), stop=Stop(kind="stop")))

    assert written["content"] == content


def test_arguments_that_are_no_object_are_told() -> None:
    (call,) = decoded(
        content=[{"type": "tool_use", "id": "t", "name": "n", "input": "x"}]
    ).tool_calls

    assert call.arguments_error == "the model's arguments are not a JSON object"


def test_new_blocks_pass() -> None:
    response = Response(content=(UPLOADED,), stop=Stop(kind="stop"))

    written = body(response)

    assert written["content"] == [{"type": "container_upload", "file_id": "file_1"}]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (b"<html>", ""),
        (b'{"content":[{"type":"text"}]}', "content[0]"),
        (b'{"content":[],"usage":{"input_tokens":"1"}}', "usage.input_tokens"),
    ],
)
def test_malformed_answers_have_a_path(document: bytes, path: str) -> None:
    with pytest.raises(WireError) as problem:
        decode_response(document)

    assert problem.value.param == path
