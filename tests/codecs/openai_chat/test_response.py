"""A whole answer, judged by OpenAI's own SDK."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from outcrop.codecs.openai_chat import encode_response
from outcrop.types import events as ev
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import (
    S3,
    SERVER_TOOL_USE,
    Block,
    Citation,
    CitedText,
    Document,
    Foreign,
    Image,
    Inline,
    Plain,
    Reasoning,
    RedactedReasoning,
    SearchResultLocation,
    Text,
    ToolUse,
    Url,
    WebLocation,
)
from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment, Call, Response, Stop, StopKind
from outcrop.types.usage import CacheWrite, Usage
from tests.codecs.openai_chat.answers import streams
from tests.codecs.openai_chat.sdk import client_of, read_whole

STOP = Stop(kind="stop", raw="end_turn")


def encode(*responses: Response, **options: Any) -> bytes:
    return encode_response(
        responses, response_id="chatcmpl-r1", created=1700000000, model="m", **options
    )


def answer(*content: Block, **members: Any) -> dict[str, Any]:
    """Encode one answer, let the SDK check it, and return its JSON."""
    body = encode(Response(content=content, **({"stop": STOP} | members)))
    read_whole(body)
    read: dict[str, Any] = msgspec.json.decode(body)
    return read


def message(*content: Block, **members: Any) -> dict[str, Any]:
    said: dict[str, Any] = answer(*content, **members)["choices"][0]["message"]
    return said


def call(call_id: str, arguments: bytes = b'{"x": 1}', **members: Any) -> ToolUse:
    return ToolUse(id=call_id, name="f", arguments=msgspec.Raw(arguments), **members)


class TestWhole:
    def test_hello(self) -> None:
        """All of the simplest answer (OAI-15)."""
        made = Call(
            resolved_model="us.m",
            region="us-east-1",
            request_id="r1",
            served_by="echo",
            adjustments=(Adjustment(rule="r", detail="d"),),
        )
        counts = Usage(input_tokens=3, output_tokens=4)

        assert answer(Text(text="Hi"), call=made, usage=counts, latency_ms=12) == {
            "id": "chatcmpl-r1",
            "object": "chat.completion",
            "created": 1700000000,
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "Hi", "refusal": None},
                    "finish_reason": "stop",
                    "logprobs": None,
                }
            ],
            "usage": {
                "prompt_tokens": 3,
                "completion_tokens": 4,
                "total_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            },
            "outcrop": {
                "resolved_model": "us.m",
                "region": "us-east-1",
                "stop_reason": "end_turn",
                "request_id": "r1",
                "adjustments": [{"rule": "r", "detail": "d"}],
                "warnings": [],
                "served_by": "echo",
                "latency_ms": 12,
            },
        }

    def test_sdk_reads_it(self) -> None:
        """The official client, over HTTP."""
        body = encode(Response(content=(Text(text="Hi"), call("a")), stop=STOP))

        with client_of(200, "application/json", body) as client:
            completion = client.chat.completions.create(model="m", messages=[])

        said = completion.choices[0].message
        assert said.content == "Hi"
        assert said.tool_calls is not None
        assert said.tool_calls[0].id == "a"

    def test_several_answers(self) -> None:
        """One choice each; what was used is added up (OAI-08)."""
        responses = [
            Response(
                content=(Text(text=text),),
                stop=stop,
                usage=Usage(input_tokens=3, output_tokens=4),
                call=Call(request_id=text),
            )
            for text, stop in (("a", STOP), ("b", Stop(kind="length", raw="max_tokens")))
        ]

        read = msgspec.json.decode(encode(*responses))

        assert [
            (choice["index"], choice["message"]["content"], choice["finish_reason"])
            for choice in read["choices"]
        ] == [(0, "a", "stop"), (1, "b", "length")]
        assert read["usage"]["total_tokens"] == 14
        assert read["outcrop"]["request_id"] == "a"
        assert [choice["outcrop"]["request_id"] for choice in read["choices"]] == ["a", "b"]


class TestMessage:
    def test_texts_are_joined(self) -> None:
        """Without separator, as a stream would have it (DEC-12)."""
        cited = CitedText(content=(Text(text="b"), Text(text="c")))

        assert message(Text(text="a"), cited)["content"] == "abc"

    def test_only_calls(self) -> None:
        """Text is null then; arguments are the model's own bytes (OAI-15)."""
        said = message(call("a"), call("b", b"{}"), stop=Stop(kind="tool_calls", raw="tool_use"))

        assert said == {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
                {"id": "b", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            ],
        }

    def test_nothing(self) -> None:
        """No text and no calls is empty text."""
        assert message()["content"] == ""

    def test_reasoning(self) -> None:
        """Text to read, details to send back (OAI-16)."""
        said = message(
            Reasoning(text="h", signature="sig"),
            RedactedReasoning(data=b"abc"),
            Reasoning(text="m"),
            Text(text="a"),
        )

        assert said["reasoning_content"] == "hm"
        assert said["reasoning_details"] == [
            {"type": "reasoning.text", "text": "h", "index": 0, "signature": "sig"},
            {"type": "reasoning.encrypted", "data": "YWJj", "index": 1},
            {"type": "reasoning.text", "text": "m", "index": 2},
        ]

    def test_withheld_reasoning(self) -> None:
        """Empty thought is no text, but its signature must go back."""
        said = message(Reasoning(text="", signature="sig"), Text(text="a"))

        assert "reasoning_content" not in said
        assert said["reasoning_details"][0]["signature"] == "sig"

    def test_arguments_that_are_no_json(self) -> None:
        """The model's text is kept as it is, and the client is warned (TOOL-07)."""
        cut = call("a", b'"{\\"x\\": \\"unfin"', arguments_error="not a JSON object")

        read = answer(cut, stop=Stop(kind="length", raw="max_tokens"))

        called = read["choices"][0]["message"]["tool_calls"][0]
        assert called["function"]["arguments"] == '{"x": "unfin'
        assert read["choices"][0]["finish_reason"] == "length"
        assert read["outcrop"]["warnings"] == ["tool call a of f: not a JSON object"]

    @pytest.mark.parametrize(
        ("image", "url"),
        [
            (Image(format="png", source=Inline(b"abc")), "data:image/png;base64,YWJj"),
            (Image(format="png", source=Url("https://a.example/a")), "https://a.example/a"),
            (Image(format="png", source=S3(uri="s3://b/k")), "s3://b/k"),
        ],
        ids=["bytes", "web", "bucket"],
    )
    def test_images(self, image: Image, url: str) -> None:
        """A picture that the model made is part of the answer."""
        assert message(image)["images"] == [{"type": "image_url", "image_url": {"url": url}}]

    @pytest.mark.parametrize(
        "block",
        [
            Image(format="png", source=Inline(b""), error="blocked"),
            Image(format="", source=Inline(b"abc")),
            Image(format="png", source=S3(uri="s3://b/k", bucket_owner="123456789012")),
            Image(format="png", source=Url("https://a"), extra=Extra("converse", {})),
            Document(name="d", source=Plain("text")),
            call("s", type=SERVER_TOOL_USE),
        ],
        ids=["failed", "formless", "owned", "extra", "document", "server-tool"],
    )
    def test_what_chat_has_no_form_for(self, block: Block) -> None:
        """It is told in `outcrop`, whole; a server's call is not the client's."""
        said = message(block)

        assert len(said["outcrop"]["blocks"]) == 1
        assert "images" not in said
        assert "tool_calls" not in said

    def test_citations(self) -> None:
        """Web pages as OpenAI writes them, with what more is known; others whole."""
        page = Citation(
            title="T",
            source="web",
            source_content=(Text(text="rain"), Text(text="y")),
            location=WebLocation(url="https://a.example", domain="a.example"),
        )
        other = Citation(location=SearchResultLocation(search_result_index=2))
        cited = CitedText(content=(Text(text="It rains."),), citations=(page, other))

        said = message(Text(text="Hi. "), cited)

        assert said["annotations"] == [
            {
                "type": "url_citation",
                "url_citation": {
                    "url": "https://a.example",
                    "title": "T",
                    "start_index": 4,
                    "end_index": 13,
                    "domain": "a.example",
                    "source": "web",
                    "content": "rainy",
                },
            }
        ]
        assert said["outcrop"]["citations"] == [
            {
                "index": 0,
                "start_index": 4,
                "end_index": 13,
                "block": "citation",
                "location": {"block": "search_result_location", "search_result_index": 2},
            }
        ]

    @pytest.mark.parametrize(
        ("content", "layout"),
        [
            ((Reasoning(text="1"), Text(text="a"), Text(text="b"), call("x")), None),
            ((call("x"), Text(text="")), None),
            ((call("x"), Text(text="ab")), ["call", "text:2"]),
            (
                (Text(text="a"), Text(text="b"), Reasoning(text="1"), Text(text="é")),
                ["text:2", "reasoning", "text:1"],
            ),
            ((call("x"), call("s", type=SERVER_TOOL_USE)), ["call", "block"]),
        ],
        ids=["usual", "blank", "text-last", "thought-between", "server-tool-last"],
    )
    def test_layout(self, content: tuple[Block, ...], layout: list[str] | None) -> None:
        """Only an unusual order needs words."""
        assert message(*content).get("outcrop", {}).get("layout") == layout

    def test_legacy(self) -> None:
        """Who asked with functions reads `function_call`."""
        body = encode(
            Response(content=(call("a"), call("b")), stop=Stop(kind="tool_calls")),
            legacy_functions=True,
        )

        choice = msgspec.json.decode(body)["choices"][0]
        assert choice["finish_reason"] == "function_call"
        assert choice["message"]["function_call"] == {"name": "f", "arguments": '{"x": 1}'}
        assert [each["id"] for each in choice["message"]["tool_calls"]] == ["b"]


class TestFacts:
    @pytest.mark.parametrize(
        ("kind", "raw", "content", "reason"),
        [
            ("stop", "end_turn", (), "stop"),
            ("stop", "", (), "stop"),
            ("stop", "stop_sequence", (), "stop"),
            ("tool_calls", "tool_use", (call("a"),), "tool_calls"),
            ("tool_calls", "tool_use", (), "stop"),
            ("tool_calls", "tool_use", (call("s", type=SERVER_TOOL_USE),), "stop"),
            ("length", "max_tokens", (call("a"),), "length"),
            ("length", "model_context_window_exceeded", (), "length"),
            ("content_filter", "guardrail_intervened", (), "content_filter"),
            ("content_filter", "content_filtered", (), "content_filter"),
            ("content_filter", "refusal", (), "content_filter"),
            ("error", "malformed_model_output", (), "stop"),
            ("error", "malformed_tool_use", (), "stop"),
            ("other", "brand_new", (), "stop"),
        ],
    )
    def test_stop_table(
        self, kind: StopKind, raw: str, content: tuple[Block, ...], reason: str
    ) -> None:
        """STOP-01 to STOP-08; the service's own word is always told."""
        read = answer(*content, stop=Stop(kind=kind, raw=raw))

        assert read["choices"][0]["finish_reason"] == reason
        assert read["outcrop"]["stop_reason"] == raw

    @pytest.mark.parametrize(
        ("tier", "openai", "ours"),
        [("flex", "flex", None), ("reserved", None, "reserved"), (None, None, None)],
    )
    def test_service_tier(self, tier: str | None, openai: str | None, ours: str | None) -> None:
        """A tier that OpenAI's clients do not know would fail their checks."""
        read = answer(service_tier=tier)

        assert read.get("service_tier") == openai
        assert read["outcrop"].get("service_tier") == ours

    def test_the_rest(self) -> None:
        """Everything else that the service told."""
        told = answer(
            stop=Stop(kind="stop", raw="stop_sequence", sequence="END"),
            latency="optimized",
            trace=msgspec.Raw(b'{"guardrail":{}}'),
            additional_response_fields=msgspec.Raw(b'{"a":1}'),
            usage=Usage(server_tool_usage=msgspec.Raw(b'{"nova_grounding":1}')),
        )["outcrop"]

        assert {name: told[name] for name in told if told[name]} == {
            "stop_reason": "stop_sequence",
            "stop_sequence": "END",
            "latency": "optimized",
            "trace": {"guardrail": {}},
            "additional_response_fields": {"a": 1},
            "server_tool_usage": {"nova_grounding": 1},
        }

    def test_no_server_tools(self) -> None:
        """The service says `{}` nearly always; that is nothing."""
        told = answer(usage=Usage(server_tool_usage=msgspec.Raw(b"{}")))["outcrop"]

        assert "server_tool_usage" not in told

    def test_what_is_left_out_is_listed(self) -> None:
        """Members and blocks of another API are named, never dropped in silence."""

        def extra(name: str) -> Extra:
            return Extra("converse", {name: msgspec.Raw(b"1")})

        told = answer(
            Foreign(api="converse", raw=msgspec.Raw(b"{}")),
            Text(text="a", extra=extra("m_text")),
            CitedText(content=(Text(text="b", extra=extra("m_cited")),), extra=extra("m_cite")),
            call("a", extra=extra("m_call")),
            call("s", type=SERVER_TOOL_USE, extra=extra("told_in_its_block")),
            extra=extra("m_top"),
            message_extra=extra("m_message"),
            metrics_extra=extra("m_metrics"),
            usage=Usage(
                extra=extra("m_usage"),
                cache_writes=(CacheWrite(ttl="1h", tokens=1, extra=extra("m_write")),),
            ),
        )["outcrop"]["adjustments"]

        assert [each["detail"] for each in told] == [
            "a block of converse that Chat has no form for",
            *(
                f"the member {name} of converse"
                for name in (
                    "m_call",
                    "m_cite",
                    "m_cited",
                    "m_message",
                    "m_metrics",
                    "m_text",
                    "m_top",
                    "m_usage",
                    "m_write",
                )
            ),
        ]


class TestLaws:
    @given(streams())
    def test_sdk_accepts_any_answer(self, events: list[ev.Event]) -> None:
        """Whatever a model says, every member has the type that the SDK declares."""
        folded = Accumulator()
        for event in events:
            folded.add(event)

        read = read_whole(encode(folded.response()))

        assert read["choices"][0]["message"]["role"] == "assistant"
