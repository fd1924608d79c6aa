"""Streams as the specification shows them, where no recording does."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.native import (
    ai21_chat,
    claude_text,
    cohere_chat,
    cohere_generate,
    llama,
    mistral,
    mistral_prompt,
    nova,
    pegasus,
    titan,
)
from outcrop.errors import UnsupportedError, WireError
from outcrop.types import events
from outcrop.types.content import Reasoning, Text, ToolUse
from outcrop.types.responses import Stop
from outcrop.types.usage import Usage
from tests.codecs.native.forms import FORMS, decoded, documents, encoded, folded

METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 3, "outputTokenCount": 4}}
USED = Usage(input_tokens=3, output_tokens=4, total_tokens=7)


def fragment(**call: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}


@pytest.mark.parametrize(
    ("codec", "given"),
    [
        (
            mistral_prompt,
            [{"outputs": [{"text": "He", "stop_reason": None}]},
             {"outputs": [{"text": "llo", "stop_reason": "length"}]} | METRICS],
        ),
        (
            mistral,
            [{"choices": [{"message": {"role": "assistant", "content": "He"}}]},
             {"choices": [{"message": {"content": "llo"}, "stop_reason": "length"}]} | METRICS],
        ),
        (
            ai21_chat,
            [{"id": "1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
             {"choices": [{"index": 0, "delta": {"content": "Hello"}}]},
             {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]},
             METRICS],
        ),
        (cohere_generate, [{"generations": [{"text": "Hello", "finish_reason": "MAX_TOKENS"}]}]),
        (
            cohere_generate,
            [{"text": "He", "is_finished": False}, {"text": "llo", "is_finished": False},
             {"is_finished": True, "finish_reason": "MAX_TOKENS"} | METRICS],
        ),
        (
            cohere_chat,
            [{"event_type": "stream-start", "generation_id": "g", "is_finished": False},
             {"event_type": "text-generation", "text": "He", "is_finished": False},
             {"event_type": "text-generation", "text": "llo", "is_finished": False},
             {"event_type": "stream-end", "is_finished": True, "finish_reason": "MAX_TOKENS",
              "response": {"text": "Hello", "generation_id": "g"}} | METRICS],
        ),
        (
            cohere_chat,
            [{"text": "Hello", "is_finished": False},
             {"is_finished": True, "finish_reason": "MAX_TOKENS"} | METRICS],
        ),
        (pegasus, [{"message": "Hel"}, {"message": "lo", "finishReason": "length"} | METRICS]),
        (
            claude_text,
            [{"completion": "Hel", "stop_reason": None, "stop": None},
             {"completion": "lo", "stop_reason": "max_tokens", "stop": None} | METRICS],
        ),
        (
            llama,
            [{"generation": "Hello", "prompt_token_count": 3, "generation_token_count": 1},
             {"generation": "", "generation_token_count": 4, "stop_reason": "length"}],
        ),
    ],
)  # fmt: skip
def test_stream(codec: Any, given: list[dict[str, Any]]) -> None:
    """Whatever a family's chunks look like, the caller sees one text, one end, one usage."""
    stream = decoded(codec, documents(*given))

    kinds = [event.type for event in stream if event.type != "text"]
    response = folded(stream)
    assert kinds == ["start", "block_end", "finish", "usage"]
    assert response.text == "Hello"
    assert response.finish_reason == "length"
    assert response.usage == (None if "generations" in given[0] else USED)
    assert decoded(codec, encoded(codec, stream)) == stream


def test_fragments_of_calls() -> None:
    """Calls come in fragments by their number; each becomes one block."""
    given: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"content": "Hm."}}]},
        fragment(index=0, id="a", type="function", function={"name": "f", "arguments": ""}),
        fragment(index=0, function={"arguments": '{"x"'}),
        fragment(index=0, function={"arguments": ":1}"}),
        fragment(index=1, id="b", type="function", function={"name": "g", "arguments": "{}"}),
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
    ]

    response = folded(decoded(ai21_chat, documents(*given)))

    assert response.content == (
        Text(text="Hm."),
        ToolUse(id="a", name="f", arguments=msgspec.Raw(b'{"x":1}')),
        ToolUse(id="b", name="g", arguments=msgspec.Raw(b"{}")),
    )
    assert response.finish_reason == "tool_calls"


def test_whole_calls_in_one_chunk() -> None:
    """Calls without a number are told apart by their places."""
    calls = [
        {"id": "a", "function": {"name": "f", "arguments": "{}"}},
        {"id": "b", "function": {"name": "f", "arguments": "{}"}},
    ]
    chunk = {"choices": [{"message": {"tool_calls": calls}, "stop_reason": "tool_calls"}]}

    response = folded(decoded(mistral, documents(chunk)))

    assert [call.id for call in response.tool_calls] == ["a", "b"]


def test_citations_and_calls_of_command_r() -> None:
    given: list[dict[str, Any]] = [
        {"event_type": "text-generation", "text": "Cats purr."},
        {"event_type": "citation-generation", "citations": [{"start": 0, "document_ids": ["d"]}]},
        {"event_type": "search-results", "search_results": []},
        {"event_type": "tool-calls-generation", "tool_calls": [{"name": "f", "parameters": {}}]},
        {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": "x"}},
    ]

    stream = decoded(cohere_chat, documents(*given))

    response = folded(stream)
    assert response.text == "Cats purr."
    assert [each.source for each in response.citations] == ["d"]
    assert [call.id for call in response.tool_calls] == ["call_0"]
    assert response.finish_reason == "tool_calls"
    assert [event.type for event in stream].count("foreign") == 1
    assert decoded(cohere_chat, encoded(cohere_chat, stream)) == stream


def test_calls_that_only_the_end_tells() -> None:
    """Where no event brought a call, the repeated answer at the end does."""
    answer = {"text": "", "tool_calls": [{"name": "f", "parameters": {"x": 1}}]}
    end = {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": answer}

    response = folded(decoded(cohere_chat, documents(end)))

    assert [bytes(call.arguments) for call in response.tool_calls] == [b'{"x":1}']


def test_nova_blocks() -> None:
    """Thoughts, pieces of text and calls are told apart; only the pieces are joined."""
    given: list[dict[str, Any]] = [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"reasoningContent": {"text": "hm"}},
                               "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"reasoningContent": {"signature": "s"}},
                               "contentBlockIndex": 0}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"text": "He"}, "contentBlockIndex": 1}},
        {"contentBlockStop": {"contentBlockIndex": 1}},
        {"contentBlockDelta": {"delta": {"text": "llo"}, "contentBlockIndex": 2}},
        {"contentBlockStop": {"contentBlockIndex": 2}},
        {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "1", "name": "f"}},
                               "contentBlockIndex": 3}},
        {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"x":1}'}}, "contentBlockIndex": 3}},
        {"contentBlockStop": {"contentBlockIndex": 3}},
        {"messageStop": {"stopReason": "tool_use"}},
        {"metadata": {"usage": {"inputTokens": 3, "outputTokens": 4}, "metrics": {}, "trace": {}}}
        | METRICS,
    ]  # fmt: skip

    stream = decoded(nova, documents(*given))

    response = folded(stream)
    assert response.content == (
        Reasoning(text="hm", signature="s"),
        Text(text="Hello"),
        ToolUse(id="1", name="f", arguments=msgspec.Raw(b'{"x":1}')),
    )
    assert response.usage == USED
    assert [msgspec.json.decode(each) for each in encoded(nova, stream)] == given


def test_nova_keeps_what_it_does_not_know() -> None:
    """Blocks, deltas and documents of tomorrow pass through an emulator that proxies."""
    given: list[dict[str, Any]] = [
        {"contentBlockStart": {"start": {"dream": {}}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"dream": "blue"}, "contentBlockIndex": 0}},
        {"contentBlockStop": {"contentBlockIndex": 0, "cause": "dawn"}},
        {"weather": {"rain": True}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]

    stream = decoded(nova, documents(*given))

    assert [event.type for event in stream] == [
        "foreign_start", "foreign_delta", "block_end", "foreign", "finish",
    ]  # fmt: skip
    assert [msgspec.json.decode(each) for each in encoded(nova, stream)] == given


def test_unfinished_stream_ends_its_block_but_not_itself() -> None:
    """A stream that breaks off must not look complete."""
    text = {"contentBlockDelta": {"delta": {"text": "He"}, "contentBlockIndex": 0}}
    given = documents(text, {"contentBlockStop": {"contentBlockIndex": 0}})

    stream = decoded(nova, given)

    assert [event.type for event in stream] == ["text", "block_end"]
    with pytest.raises(WireError, match="before the model said why"):
        folded(stream)


@pytest.mark.parametrize("api", sorted(set(FORMS) - {"ai21_j2"}))
def test_breaking_off_is_no_end(api: str) -> None:
    """Nothing but a stop word, or what only a last chunk has, ends a stream."""
    codec = FORMS[api]
    stream: list[events.Event] = [
        events.MessageStarted(),
        events.TextDelta(index=0, text="He"),
        events.BlockEnded(index=0),
        events.MessageEnded(stop=Stop(kind="stop")),
        events.Metadata(usage=USED),
    ]
    written = encoded(codec, stream)

    found = decoded(codec, written[:-2] if api == "nova" else written[:-1])

    assert not [event for event in found if event.type in {"finish", "usage"}]
    assert decoded(codec, written)[-2].type == "finish"


def test_guardrail_that_answers_says_no_stop_word() -> None:
    """A blocked question is filtered, though the stream names no reason for its end."""
    given = {"outputText": "No.", "index": 0, "totalOutputTextTokenCount": 1,
             "amazon-bedrock-guardrailAction": "INTERVENED"}  # fmt: skip

    response = folded(decoded(titan, documents(given)))

    assert response.text == "No."
    assert response.stop == Stop(kind="content_filter")


def test_late_metrics() -> None:
    """What comes after the end can still tell what the answer used, and never ends it again."""
    given = documents({"generation": "Hi", "stop_reason": "stop"}, METRICS, {"news": 1})

    stream = decoded(llama, given)

    assert [event.type for event in stream][-4:] == ["finish", "usage", "usage", "foreign"]
    assert folded(stream).usage == USED


@pytest.mark.parametrize("api", sorted(FORMS))
def test_end_without_usage_is_written_too(api: str) -> None:
    """An engine that counts nothing still ends its stream."""
    stream: list[events.Event] = [
        events.TextDelta(index=0, text="Hi"),
        events.MessageEnded(stop=Stop(kind="length")),
    ]

    written = encoded(FORMS[api], stream)

    assert folded(decoded(FORMS[api], written)).finish_reason == "length"


@pytest.mark.parametrize("api", sorted(FORMS))
def test_fault_is_no_document(api: str) -> None:
    """An error in a stream is an exception frame: as a document it would look like an answer."""
    fault = events.StreamFault(code="ThrottlingException", message="slow down")

    with pytest.raises(UnsupportedError, match="no document on this wire"):
        FORMS[api].StreamEncoder().encode(fault)


@pytest.mark.parametrize("api", sorted(FORMS))
@pytest.mark.parametrize("payload", [b"", b"[]", b'{"a"', b'{"a":"\xff"}'])
def test_malformed(api: str, payload: bytes) -> None:
    with pytest.raises(WireError):
        FORMS[api].StreamDecoder().decode("", payload)


@pytest.mark.parametrize(
    ("codec", "given"),
    [
        (titan, {"outputText": "Hi", "index": 0}),
        (cohere_generate, {"text": "Hi", "is_finished": False}),
        (mistral_prompt, {"outputs": [{"text": "Hi"}]}),
        (mistral, {"choices": [{"index": 0, "message": {"content": "Hi"}}]}),
        (ai21_chat, {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}),
        (cohere_chat, {"event_type": "text-generation", "is_finished": False, "text": "Hi"}),
        (llama, {"generation": "Hi"}),
        (claude_text, {"completion": "Hi"}),
    ],
)
def test_chunk(codec: Any, given: dict[str, Any]) -> None:
    """A client of the emulator finds in each chunk what it finds on AWS."""
    written = encoded(codec, [events.TextDelta(index=0, text="Hi")])

    assert [msgspec.json.decode(each) for each in written] == [given]


def test_second_generation_is_no_part_of_the_first() -> None:
    """Two generations are two answers: joined, they would be neither."""
    given: list[dict[str, Any]] = [
        {"index": 1, "text": "B", "is_finished": False},
        {"index": 0, "text": "A", "is_finished": False},
        {"index": 1, "text": "b", "is_finished": False},
        {"is_finished": True, "finish_reason": "COMPLETE"},
    ]

    response = folded(decoded(cohere_generate, documents(*given)))

    assert response.text == "A"
    body = msgspec.json.decode(cohere_generate.encode_response(response))
    assert body["generations"][1]["text"] == "Bb"
