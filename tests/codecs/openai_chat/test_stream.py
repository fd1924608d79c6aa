"""The chunks of a streamed answer, judged by OpenAI's own SDK."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from openai import APIError

from outcrop.codecs.openai_chat import StreamEncoder, encode_response
from outcrop.errors import ModelError, RateLimitError
from outcrop.types import events as ev
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import (
    SERVER_TOOL_USE,
    Citation,
    DocumentLocation,
    Foreign,
    Inline,
    Text,
    WebLocation,
)
from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment, Call, Stop, StopKind
from outcrop.types.usage import Usage
from tests.codecs.openai_chat.answers import streams
from tests.codecs.openai_chat.sdk import chunks_of, client_of, fold, read_whole

CALL = Call(resolved_model="us.m", region="us-east-1", request_id="r1", served_by="echo")
END = ev.MessageEnded(stop=Stop(kind="stop", raw="end_turn"))


def encoder(*, include_usage: bool = False, **options: Any) -> StreamEncoder:
    return StreamEncoder(
        response_id="chatcmpl-r1",
        created=1700000000,
        model="m",
        include_usage=include_usage,
        **options,
    )


def encode(events: Sequence[ev.Event], *, include_usage: bool = False, **options: Any) -> bytes:
    """Encode events with what the fold adds to them, as the flow passes them on."""
    writer, folded = encoder(include_usage=include_usage, **options), Accumulator()
    pieces = [writer.encode(ready) for event in events for ready in folded.add(event)]
    return b"".join(pieces) + writer.end()


def deltas_of(body: bytes) -> list[dict[str, Any]]:
    return [choice["delta"] for chunk in chunks_of(body) for choice in chunk["choices"]]


def said(message: dict[str, Any]) -> dict[str, Any]:
    """Take from a folded message what only streams and the SDK's parser put there."""
    plain = {name: value for name, value in message.items() if value not in (None, [])}
    plain.pop("parsed", None)
    for name in ("tool_calls", "annotations", "images"):
        for entry in plain.get(name, ()):
            entry.pop("index", None)
            entry.get("function", {}).pop("parsed_arguments", None)
    return plain


class TestText:
    def test_hello(self) -> None:
        """The whole of the simplest stream, byte for byte: clients parse it with anything."""
        body = encode(
            [
                ev.MessageStarted(),
                ev.TextDelta(index=0, text="Hi"),
                ev.TextDelta(index=0, text=' "you"\n'),
                ev.BlockEnded(index=0),
                END,
            ],
            call=CALL,
        )

        head = (
            b'data: {"id":"chatcmpl-r1","object":"chat.completion.chunk","created":1700000000,'
            b'"model":"m","choices":[{"index":0,"delta":'
        )
        assert body == (
            head + b'{"role":"assistant"},"finish_reason":null}]}\n\n'
            + head + b'{"content":"Hi"},"finish_reason":null}]}\n\n'
            + head + b'{"content":" \\"you\\"\\n"},"finish_reason":null}]}\n\n'
            + head + b'{},"finish_reason":"stop"}],"outcrop":{"resolved_model":"us.m",'
            b'"region":"us-east-1","stop_reason":"end_turn","request_id":"r1","adjustments":[],'
            b'"warnings":[],"served_by":"echo"}}\n\n'
            b"data: [DONE]\n\n"
        )  # fmt: skip

    def test_role_comes_first_even_without_start(self) -> None:
        """Clients take the role from the first chunk."""
        deltas = deltas_of(encode([ev.TextDelta(index=0, text="a"), END]))

        assert deltas == [{"role": "assistant"}, {"content": "a"}, {}]

    def test_start_is_written_once(self) -> None:
        """The gateway writes the first chunks of several answers in order, before all else."""
        writer = encoder(choice_index=1)

        started = writer.start()

        assert b'"index":1,"delta":{"role":"assistant"}' in started
        assert writer.start() == b""
        assert writer.encode(ev.MessageStarted()) == b""

    def test_empty_text_is_no_chunk(self) -> None:
        """Empty deltas are wire noise (STREAM-01)."""
        writer = encoder()
        writer.encode(ev.TextDelta(index=0, text="a"))

        assert writer.encode(ev.TextDelta(index=0, text="")) == b""

    def test_nothing_said(self) -> None:
        """An empty answer has empty text, not none: there is no call either."""
        assert deltas_of(encode([ev.MessageStarted(), END])) == [
            {"role": "assistant"},
            {"content": ""},
            {},
        ]


class TestReasoning:
    def test_text_and_signature(self) -> None:
        """Readers get the text, senders back the details (OAI-16)."""
        body = encode(
            [
                ev.ReasoningDelta(index=0, text="hm"),
                ev.SignatureDelta(index=0, signature="sig"),
                ev.BlockEnded(index=0),
                ev.TextDelta(index=1, text="a"),
                END,
            ]
        )

        text = {"type": "reasoning.text", "text": "hm", "index": 0}
        signature = {"type": "reasoning.text", "text": "", "signature": "sig", "index": 0}
        assert deltas_of(body)[1:3] == [
            {"reasoning_content": "hm", "reasoning_details": [text]},
            {"reasoning_details": [signature]},
        ]

    def test_redacted_pieces_join(self) -> None:
        """Base64 of pieces is not base64 of the whole, unless cut at groups of three bytes."""
        body = encode(
            [
                ev.RedactedDelta(index=0, data=b"abcd"),
                ev.RedactedDelta(index=0, data=b"e"),
                ev.BlockEnded(index=0),
                END,
            ]
        )

        details = fold(body)["choices"][0]["message"]["reasoning_details"]
        assert details == [{"type": "reasoning.encrypted", "data": "YWJjZGU=", "index": 0}]


class TestCalls:
    def test_index_counts_calls_not_blocks(self) -> None:
        """Text and reasoning before a call must not move its index.

        Clients would join the arguments of the wrong calls.
        """
        body = encode(
            [
                ev.ReasoningDelta(index=0, text="hm"),
                ev.TextDelta(index=1, text="Let me see"),
                ev.ToolStarted(index=2, id="a", name="f"),
                ev.ToolDelta(index=2, arguments='{"x":'),
                ev.ToolDelta(index=2, arguments="1}"),
                ev.BlockEnded(index=2),
                ev.ToolStarted(index=5, id="b", name="g"),
                ev.BlockEnded(index=5),
                ev.MessageEnded(stop=Stop(kind="tool_calls", raw="tool_use")),
            ]
        )

        begun = {"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
        second = {"id": "b", "type": "function", "function": {"name": "g", "arguments": ""}}
        assert [delta["tool_calls"] for delta in deltas_of(body) if "tool_calls" in delta] == [
            [{"index": 0, **begun}],
            [{"index": 0, "function": {"arguments": '{"x":'}}],
            [{"index": 0, "function": {"arguments": "1}"}}],
            [{"index": 1, **second}],
            [{"index": 1, "function": {"arguments": "{}"}}],
        ]

    def test_mixed_fragments_stay_apart(self) -> None:
        """Parallel calls may come interleaved."""
        body = encode(
            [
                ev.ToolStarted(index=0, id="a", name="f"),
                ev.ToolStarted(index=1, id="b", name="f"),
                ev.ToolDelta(index=1, arguments='{"b"'),
                ev.ToolDelta(index=0, arguments='{"a"'),
                ev.ToolDelta(index=1, arguments=":2}"),
                ev.ToolDelta(index=0, arguments=":1}"),
                ev.MessageEnded(stop=Stop(kind="tool_calls", raw="tool_use")),
            ]
        )

        calls = fold(body)["choices"][0]["message"]["tool_calls"]
        assert [(call["id"], call["function"]["arguments"]) for call in calls] == [
            ("a", '{"a":1}'),
            ("b", '{"b":2}'),
        ]

    def test_cut_arguments_stay_a_call(self) -> None:
        """A call that the token limit cut is shown, with a warning, and not as text."""
        body = encode(
            [
                ev.ToolStarted(index=0, id="a", name="f"),
                ev.ToolDelta(index=0, arguments='{"x": "unfin'),
                ev.BlockEnded(index=0),
                ev.MessageEnded(stop=Stop(kind="length", raw="max_tokens")),
            ]
        )

        last = chunks_of(body)[-1]
        assert last["choices"][0]["finish_reason"] == "length"
        assert last["outcrop"]["warnings"] == [
            "tool call a of f: the model's arguments are not a JSON object"
        ]
        assert {"tool_calls": [{"index": 0, "function": {"arguments": '{"x": "unfin'}}]} in (
            deltas_of(body)
        )

    def test_server_tool_is_no_call(self) -> None:
        """What the service ran itself, no client may run again."""
        body = encode(
            [
                ev.ToolStarted(
                    index=0, id="s", name="nova_code_interpreter", tool_type=SERVER_TOOL_USE
                ),
                ev.ToolDelta(index=0, arguments='{"snippet":"1"}'),
                ev.BlockEnded(index=0),
                ev.ToolResultStarted(index=1, id="s", result_type="nova_code_interpreter_result"),
                ev.ToolResultDelta(index=1, content=(Text(text="1"),)),
                ev.BlockEnded(index=1),
                ev.MessageEnded(stop=Stop(kind="tool_calls", raw="tool_use")),
            ]
        )

        folded = fold(body)["choices"][0]
        assert folded["message"]["tool_calls"] is None
        assert folded["finish_reason"] == "stop"
        assert folded["message"]["outcrop"]["blocks"] == [
            {
                "index": 0,
                "block": "tool_use",
                "type": "server_tool_use",
                "id": "s",
                "name": "nova_code_interpreter",
                "arguments": {"snippet": "1"},
            },
            {
                "index": 1,
                "block": "tool_result",
                "type": "nova_code_interpreter_result",
                "id": "s",
                "content": [{"block": "text", "text": "1"}],
            },
        ]

    def test_server_tool_goes_out_when_it_is_done(self) -> None:
        """A user sees that the service ran code before the answer ends."""
        writer = encoder()
        writer.encode(ev.ToolStarted(index=0, id="s", name="n", tool_type=SERVER_TOOL_USE))
        writer.encode(ev.ToolDelta(index=0, arguments="{}"))

        assert b'"block":"tool_use"' in writer.encode(ev.BlockEnded(index=0))

    def test_fragment_without_start(self) -> None:
        """A fragment whose beginning never came is shown all the same."""
        deltas = deltas_of(encode([ev.ToolDelta(index=3, arguments='{"a":1}', id="x"), END]))

        assert [delta["tool_calls"][0]["index"] for delta in deltas if "tool_calls" in delta] == [
            0,
            0,
        ]

    def test_legacy_function_call(self) -> None:
        """Who speaks of functions reads `function_call`, and cannot read `tool_calls`."""
        body = encode(
            [
                ev.ToolStarted(index=0, id="a", name="f"),
                ev.ToolDelta(index=0, arguments='{"x":1}'),
                ev.BlockEnded(index=0),
                ev.MessageEnded(stop=Stop(kind="tool_calls", raw="tool_use")),
            ],
            legacy_functions=True,
        )

        assert deltas_of(body)[1:3] == [
            {"function_call": {"name": "f", "arguments": ""}},
            {"function_call": {"arguments": '{"x":1}'}},
        ]
        assert chunks_of(body)[-1]["choices"][0]["finish_reason"] == "function_call"

    def test_legacy_client_loses_no_call(self) -> None:
        """What is more than one call, and so should not be, is there all the same."""
        body = encode(
            [
                ev.ToolStarted(index=0, id="a", name="f"),
                ev.ToolStarted(index=1, id="b", name="g"),
                ev.ToolDelta(index=1, arguments="{}"),
                ev.MessageEnded(stop=Stop(kind="tool_calls", raw="tool_use")),
            ],
            legacy_functions=True,
        )

        folded = fold(body)["choices"][0]["message"]
        assert folded["function_call"] == {"name": "f", "arguments": "{}"}
        assert [call["id"] for call in folded["tool_calls"]] == ["b"]


class TestRest:
    def test_image(self) -> None:
        """A picture that a model made is not lost."""
        body = encode(
            [
                ev.ImageStarted(index=0, format="png"),
                ev.ImageDelta(index=0, source=Inline(b"\x89P")),
                ev.ImageDelta(index=0, source=Inline(b"NG")),
                ev.BlockEnded(index=0),
                END,
            ]
        )

        url = {"url": "data:image/png;base64,iVBORw=="}
        assert deltas_of(body)[1] == {
            "images": [{"index": 0, "type": "image_url", "image_url": url}]
        }

    def test_citations(self) -> None:
        """Sources come with the end, when it is known which words they stand for."""
        page = Citation(title="T", location=WebLocation(url="https://a.example"))
        document = Citation(title="D", location=DocumentLocation(unit="page", start=1, end=2))
        body = encode(
            [
                ev.TextDelta(index=0, text="Hi. "),
                ev.BlockEnded(index=0),
                ev.CitationDelta(index=1, citation=page),
                ev.TextDelta(index=1, text="It rains."),
                ev.CitationDelta(index=1, citation=document),
                ev.BlockEnded(index=1),
                END,
            ]
        )

        web = {"url": "https://a.example", "title": "T", "start_index": 4, "end_index": 13}
        place = {"block": "document_location", "unit": "page", "start": 1, "end": 2}
        assert deltas_of(body)[3] == {
            "annotations": [{"index": 0, "type": "url_citation", "url_citation": web}],
            "outcrop": {
                "citations": [
                    {
                        "index": 0,
                        "start_index": 4,
                        "end_index": 13,
                        "block": "citation",
                        "title": "D",
                        "location": place,
                    }
                ]
            },
        }

    def test_order_is_told_where_it_is_unusual(self) -> None:
        """Thinking between calls must go back where it stood."""
        body = encode(
            [
                ev.ReasoningDelta(index=0, text="hm"),
                ev.TextDelta(index=1, text="Aha"),
                ev.ReasoningDelta(index=2, text="hm hm"),
                ev.ToolStarted(index=3, id="a", name="f"),
                END,
            ]
        )

        assert {"outcrop": {"layout": ["reasoning", "text:3", "reasoning", "call"]}} in (
            deltas_of(body)
        )

    def test_an_index_may_change_its_kind(self) -> None:
        """Some models think in mid-text without a new index."""
        body = encode(
            [
                ev.TextDelta(index=0, text="a"),
                ev.ReasoningDelta(index=0, text="hm"),
                ev.TextDelta(index=0, text="bc"),
                END,
            ]
        )

        assert {"outcrop": {"layout": ["text:1", "reasoning", "text:2"]}} in deltas_of(body)

    def test_a_block_that_never_ended(self) -> None:
        """It goes out when the next one begins at its index."""
        writer = encoder()
        writer.encode(ev.ImageStarted(index=0, format="png"))
        writer.encode(ev.ImageDelta(index=0, source=Inline(b"abc")))

        assert b"data:image/png;base64,YWJj" in (
            writer.encode(ev.ImageStarted(index=0, format="png"))
        )

    def test_foreign_is_listed(self) -> None:
        """What Chat has no form for is left out, and said."""
        raw = Foreign(api="converse", raw=msgspec.Raw(b'{"hologram":{}}'))
        members = Extra("converse", {"p2": msgspec.Raw(b"1")})
        body = encode(
            [
                ev.ForeignStarted(index=0, start=raw),
                ev.BlockEnded(index=0),
                ev.TextDelta(index=1, text="a"),
                ev.TextDelta(index=1, text="b", extra=members),
                ev.ForeignEvent(api="converse", name="newEvent", raw=msgspec.Raw(b"{}")),
                END,
            ],
            call=Call(adjustments=(Adjustment(rule="r", detail="d"),)),
        )

        assert chunks_of(body)[-1]["outcrop"]["adjustments"] == [
            {"rule": "r", "detail": "d"},
            {
                "rule": "foreign_block",
                "detail": "a block of converse-stream that Chat has no form for",
            },
            {"rule": "foreign_member", "detail": "the member p2 of converse"},
            {"rule": "foreign_member", "detail": "the member newEvent of converse-stream"},
        ]


class TestEnd:
    def test_usage_has_its_own_chunk(self) -> None:
        """Asked for, counts come last, in a chunk without choices; null before (OAI-09)."""
        chunks = chunks_of(
            encode(
                [
                    ev.TextDelta(index=0, text="a"),
                    END,
                    ev.Metadata(
                        usage=Usage(input_tokens=3, output_tokens=4, cache_read_tokens=5),
                        latency_ms=7,
                        service_tier="flex",
                    ),
                ],
                include_usage=True,
            )
        )

        assert [chunk["usage"] for chunk in chunks[:-1]] == [None, None, None]
        assert {
            name: chunks[-1][name] for name in ("choices", "usage", "service_tier", "outcrop")
        } == {
            "choices": [],
            "usage": {
                "prompt_tokens": 8,
                "completion_tokens": 4,
                "total_tokens": 12,
                "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 0},
            },
            "service_tier": "flex",
            "outcrop": {"latency_ms": 7},
        }

    def test_unasked_usage_is_no_chunk(self) -> None:
        """A chunk without choices breaks clients that did not ask for one."""
        writer = encoder()
        writer.encode(END)

        assert writer.encode(ev.Metadata(usage=Usage(input_tokens=3), latency_ms=7)) == b""

    def test_trace_comes_unasked(self) -> None:
        """Who asked for a guardrail's trace gets it, in a chunk that every client can read."""
        trace = msgspec.Raw(b'{"guardrail":{"x":1}}')
        writer = encoder(choice_index=2)
        writer.encode(END)

        chunk = writer.encode(ev.Metadata(trace=trace))

        read = msgspec.json.decode(chunk.removeprefix(b"data: "))
        assert read["choices"] == [{"index": 2, "delta": {}, "finish_reason": None}]
        assert read["outcrop"] == {"trace": {"guardrail": {"x": 1}}}

    def test_counts_of_several_answers_need_no_start(self) -> None:
        """The gateway adds up what several answers used, and has one encoder write the sum."""
        writer = encoder(include_usage=True)

        chunk = writer.encode(ev.Metadata(usage=Usage(input_tokens=1)))

        assert b"assistant" not in chunk
        assert b'"choices":[],"usage":{"prompt_tokens":1' in chunk

    @pytest.mark.parametrize(
        ("kind", "calls", "reason"),
        [
            ("stop", False, "stop"),
            ("tool_calls", True, "tool_calls"),
            ("tool_calls", False, "stop"),
            ("length", True, "length"),
            ("content_filter", False, "content_filter"),
            ("error", True, "stop"),
            ("other", False, "stop"),
        ],
    )
    def test_finish_reason(self, kind: StopKind, calls: bool, reason: str) -> None:  # noqa: FBT001
        """The stop table of the specification's section 7."""
        events: list[ev.Event] = [ev.ToolStarted(index=0, id="a", name="f")] if calls else []
        ended = ev.MessageEnded(stop=Stop(kind=kind, raw="the_word", sequence="END"))

        last = chunks_of(encode([*events, ended]))[-1]

        assert last["choices"][0]["finish_reason"] == reason
        assert last["outcrop"]["stop_reason"] == "the_word"
        assert last["outcrop"]["stop_sequence"] == "END"


class TestErrors:
    def test_broken_stream_is_no_end(self) -> None:
        """The SDK raises where an answer broke off; it must not look complete (OAI-18)."""
        writer = encoder()
        body = writer.encode(ev.TextDelta(index=0, text="Once"))
        error = RateLimitError("too much at once", code="ThrottlingException", aws_message="slow")
        body += writer.error(error)

        with client_of(200, "text/event-stream", body) as client:
            stream = client.chat.completions.create(model="m", messages=[], stream=True)
            with pytest.raises(APIError) as raised:
                list(stream)

        assert raised.value.body == {
            "message": "outcrop: too much at once. [ThrottlingException: slow]",
            "type": "rate_limit_error",
            "param": None,
            "code": "rate_limit_exceeded",
        }

    def test_error_is_one_event_without_done(self) -> None:
        """Nothing follows an error."""
        body = encoder().error(ModelError("the model failed"))

        assert body == (
            b'data: {"error":{"message":"outcrop: the model failed.","type":"server_error",'
            b'"param":null,"code":"model_error"}}\n\n'
        )

    def test_fault_event(self) -> None:
        """A fault that was not raised is not swallowed either."""
        body = encoder().encode(ev.StreamFault(code="modelStreamErrorException", message="boom"))

        assert body.endswith(
            b'data: {"error":{"message":"outcrop: boom. [modelStreamErrorException]",'
            b'"type":"server_error","param":null,"code":"provider_error"}}\n\n'
        )


class TestLaws:
    @given(streams())
    def test_folded_equals_whole(self, events: list[ev.Event]) -> None:
        """Streamed or not, a client holds the same message, counts and reason (STREAM-08)."""
        folded = Accumulator()
        for event in events:
            folded.add(event)
        whole = read_whole(
            encode_response(
                [folded.response()], response_id="chatcmpl-r1", created=1700000000, model="m"
            )
        )

        body = encode(events, include_usage=True)

        streamed = fold(body)
        mine, theirs = streamed["choices"][0], whole["choices"][0]
        assert said(mine["message"]) == said(theirs["message"])
        assert mine["finish_reason"] == theirs["finish_reason"]
        assert streamed.get("usage") == whole.get("usage")

    @given(streams())
    def test_facts_equal_those_of_the_whole(self, events: list[ev.Event]) -> None:
        """What `outcrop` tells of an answer, it tells in both forms."""
        folded = Accumulator()
        for event in events:
            folded.add(event)
        response = msgspec.structs.replace(folded.response(), call=CALL)
        whole = msgspec.json.decode(
            encode_response([response], response_id="x", created=1, model="m")
        )

        chunks = chunks_of(encode(events, include_usage=True, call=CALL))

        told: dict[str, Any] = {}
        for chunk in chunks:
            told |= chunk.get("outcrop", {})
        told.setdefault("latency_ms", whole["outcrop"].get("latency_ms"))
        expected = {"latency_ms": None} | whole["outcrop"]
        assert sorted(told.pop("warnings")) == sorted(expected.pop("warnings"))
        assert told == expected
        assert chunks[-1].get("service_tier") == whole.get("service_tier")
