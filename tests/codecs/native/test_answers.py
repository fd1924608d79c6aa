"""Whole answers as the documentation shows them, where no recording does."""

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
from outcrop.errors import WireError
from outcrop.types.content import Citation, CitedText, Foreign, Reasoning, Text, ToolUse
from outcrop.types.responses import Response, Stop
from tests.codecs.native.forms import FORMS, said

CALL = {"id": "abc", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


@pytest.mark.parametrize(
    ("codec", "body", "text", "kind"),
    [
        (mistral_prompt, {"outputs": [{"text": "Hi", "stop_reason": "stop"}]}, "Hi", "stop"),
        (mistral_prompt, {"outputs": [{"text": "", "stop_reason": "length"}]}, "", "length"),
        (
            mistral,
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"},
                          "stop_reason": "stop"}]},
            "Hi",
            "stop",
        ),
        (
            ai21_chat,
            {"id": "1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"},
                                     "finish_reason": "length"}], "usage": USAGE},
            "Hi",
            "length",
        ),
        (
            cohere_chat,
            {"response_id": "1", "generation_id": "g", "text": "Hi", "finish_reason": "MAX_TOKENS",
             "chat_history": [{"role": "USER", "message": "x"}]},
            "Hi",
            "length",
        ),
        (
            cohere_generate,
            {"generations": [{"finish_reason": "ERROR_TOXIC", "text": "", "likelihood": -1.5}]},
            "",
            "content_filter",
        ),
        (llama, {"generation": "Hi", "stop_reason": "stop"}, "Hi", "stop"),
        (pegasus, {"message": "A cat.", "finishReason": "stop"}, "A cat.", "stop"),
        (claude_text, {"completion": "Hi", "stop_reason": "max_tokens"}, "Hi", "length"),
        (
            titan,
            {"inputTextTokenCount": 1, "results": [
                {"tokenCount": 2, "outputText": "Hi", "completionReason": "CONTENT_FILTERED"}]},
            "Hi",
            "content_filter",
        ),
        (titan, {"results": [{"outputText": "", "completionReason": "NEW"}]}, "", "other"),
    ],
)  # fmt: skip
def test_answer(codec: Any, body: dict[str, Any], text: str, kind: str) -> None:
    """Every family's answer becomes the canonical one, and is written back as it was."""
    response = codec.decode_response(msgspec.json.encode(body))

    assert response.text == text
    assert response.finish_reason == kind
    written = msgspec.json.decode(codec.encode_response(response, model="m", response_id="1"))
    assert written == body | {name: written[name] for name in written if not said(written[name])}


@pytest.mark.parametrize(
    ("codec", "stop"), [(mistral, "stop_reason"), (ai21_chat, "finish_reason")]
)
def test_calls(codec: Any, stop: str) -> None:
    """A call keeps its id, and its arguments are passed on unparsed."""
    message = {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL]}
    body = msgspec.json.encode({"choices": [{"message": message, stop: "tool_calls"}]})

    response = codec.decode_response(body)

    assert response.finish_reason == "tool_calls"
    assert response.tool_calls == (ToolUse(id="abc", name="f", arguments=msgspec.Raw(b'{"x":1}')),)


def test_arguments_that_are_no_object() -> None:
    """What a model wrote badly is kept as text, said to be bad, and written back as it was."""
    bad = {"id": "abc", "type": "function", "function": {"name": "f", "arguments": '{"x":'}}
    body = {"choices": [{"message": {"tool_calls": [bad]}, "stop_reason": "tool_calls"}]}

    response = mistral.decode_response(msgspec.json.encode(body))

    assert response.tool_calls[0].arguments_error == "the model's arguments are not a JSON object"
    written = msgspec.json.decode(mistral.encode_response(response, model="m", response_id="1"))
    assert written["choices"][0]["message"]["tool_calls"] == [bad]


def test_usage_of_the_body() -> None:
    response = ai21_chat.decode_response(
        msgspec.json.encode({"choices": [{"message": {}, "finish_reason": "stop"}], "usage": USAGE})
    )

    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (3, 4)


def test_headers_tell_what_the_body_does_not() -> None:
    """A guarded Nova answer counts only its input: the headers know the rest."""
    body = b'{"output":{"message":{"role":"assistant","content":[]}},"usage":{"inputTokens":30}}'
    headers = (
        ("X-Amzn-Bedrock-Input-Token-Count", "29"),
        ("X-Amzn-Bedrock-Output-Token-Count", "51"),
        ("X-Amzn-Bedrock-Invocation-Latency", "soon"),
    )

    response = nova.decode_response(body, headers)

    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (30, 51)
    assert response.usage.total_tokens == 81
    assert response.latency_ms is None


def test_citations_of_documents() -> None:
    """A citation names its document, and the span of the answer stays with it."""
    body = {
        "text": "Cats purr.",
        "citations": [{"start": 0, "end": 4, "text": "Cats", "document_ids": ["doc_1", "doc_2"]}],
        "finish_reason": "COMPLETE",
    }

    response = cohere_chat.decode_response(msgspec.json.encode(body))

    assert isinstance(response.content[0], CitedText)
    assert response.text == "Cats purr."
    assert [each.source for each in response.citations] == ["doc_1"]
    assert msgspec.json.decode(cohere_chat.encode_response(response)) == body


def test_foreign_citation_names_its_source() -> None:
    """An answer of another API is cited here by its source, at least."""
    cited = CitedText(content=(Text(text="x"),), citations=(Citation(source="a"),))
    response = Response(content=(cited,), stop=Stop(kind="stop"))

    written = msgspec.json.decode(cohere_chat.encode_response(response))

    assert written["citations"] == [{"document_ids": ["a"]}]


def test_calls_of_command_r() -> None:
    """Its calls have no ids: they are numbered, and the answer counts as one that calls."""
    body = {
        "text": "",
        "generation_id": "g",
        "tool_calls": [{"name": "f", "parameters": {"x": 1}}, {"name": "f", "parameters": {}}],
        "finish_reason": "COMPLETE",
    }

    response = cohere_chat.decode_response(msgspec.json.encode(body))

    assert response.finish_reason == "tool_calls"
    assert [call.id for call in response.tool_calls] == ["g_0", "g_1"]
    assert msgspec.json.decode(cohere_chat.encode_response(response)) == body


def test_nova_blocks() -> None:
    """Reasoning and calls are read, and what we have no word for is kept whole."""
    content = [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
        {"text": "Hi"},
        {"toolUse": {"toolUseId": "1", "name": "f", "input": {"x": 1}}},
        {"dream": {"colour": "blue"}},
    ]
    body = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "tool_use",
    }

    response = nova.decode_response(msgspec.json.encode(body))

    assert response.content == (
        Reasoning(text="hm", signature="s"),
        Text(text="Hi"),
        ToolUse(id="1", name="f", arguments=msgspec.Raw(b'{"x":1}')),
        Foreign(api="nova", raw=msgspec.Raw(b'{"dream":{"colour":"blue"}}')),
    )
    assert msgspec.json.decode(nova.encode_response(response)) == body


@pytest.mark.parametrize("api", sorted(FORMS))
def test_stops_of_another_api_are_translated(api: str) -> None:
    """An engine that stops in Claude's words is told in the form's own."""
    codec = FORMS[api]
    response = Response(content=(Text(text="x"),), stop=Stop(kind="length", raw="foreign_word"))

    again = codec.decode_response(codec.encode_response(response, model="m", response_id="1"))

    assert again.stop.kind == "length"
    assert again.stop.raw != "foreign_word"


@pytest.mark.parametrize("api", sorted(FORMS))
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"x":"\xff"}'])
def test_malformed(api: str, body: bytes) -> None:
    """A broken answer is the service's fault, and is said to be."""
    with pytest.raises(WireError):
        FORMS[api].decode_response(body)


@pytest.mark.parametrize(
    ("codec", "body", "message"),
    [
        (titan, b'{"results":[]}', "the answer has no results"),
        (mistral, b'{"choices":[]}', "the answer has no choices"),
        (llama, b'{"generation":1}', "generation: Expected `str"),
        (nova, b'{"output":{"message":{"content":[{"text":1}]}}}', r"content\[0\].text: Expected"),
    ],
)
def test_place_of_a_problem(codec: Any, body: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        codec.decode_response(body)
