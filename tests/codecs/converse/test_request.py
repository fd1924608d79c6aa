"""Requests: what is sent, what is left out, and what a malformed body is told."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.converse import decode_request, encode_request
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.types.content import (
    Foreign,
    ForeignSource,
    GuardText,
    Image,
    Inline,
    Text,
    ToolResult,
    Url,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.tools import AutoChoice, NamedChoice, NoChoice, Tool

ASK = Message(role="user", content=(Text(text="hi"),))
WEATHER = Tool(name="weather", input_schema=msgspec.Raw(b'{"type":"object"}'))


def ask(**members: Any) -> Request:
    return Request(model="a-model", messages=(ASK,), **members)


def written(request: Request) -> Any:
    return msgspec.json.decode(encode_request(request))


def test_the_least_request_holds_its_messages_only() -> None:
    """Empty objects are refused by some models, so nothing is sent empty (CONV-03)."""
    assert encode_request(ask()) == (b'{"messages":[{"content":[{"text":"hi"}],"role":"user"}]}')


def test_schemas_pass_byte_for_byte() -> None:
    """The order of a schema's members matters to models and to caches."""
    schema = b'{"z": 1,  "a":[1.0, 1e2]}'
    tool = Tool(name="f", input_schema=msgspec.Raw(schema))

    body = encode_request(ask(tools=(tool,)))

    assert b'"inputSchema":{"json":' + schema + b"}" in body


def test_empty_objects_come_back() -> None:
    """``{}`` says something inside a choice, in arguments and in a schema."""
    body = {
        "messages": [
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "t", "name": "f", "input": {}}}],
            }
        ],
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {"properties": {}}}}}],
            "toolChoice": {"auto": {}},
        },
    }

    request = decode_request(msgspec.json.encode(body), "a-model")

    assert request.tool_choice == AutoChoice()
    assert written(request) == body


def test_what_has_no_word_is_left_out() -> None:
    """A parameter of another dialect never reaches AWS, which would refuse the whole request."""
    other = Foreign(api="anthropic", raw=msgspec.Raw(b'{"type":"new"}'))
    request = Request(
        model="a-model",
        messages=(Message(role="user", content=(Text(text="hi"), other)),),
        system=(other,),
        sampling=Sampling(seed=1, top_k=2, logprobs=True),
        tools=(WEATHER, other),
        tool_choice=NoChoice(),
        parallel_tool_calls=False,
        reasoning=ReasoningOptions(effort="high"),
        text_format=TextFormat(type="json_object"),
        extra=Extra("openai_chat", {"user": msgspec.Raw(b'"me"')}),
    )

    assert written(request) == {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "toolConfig": {
            "tools": [
                {"toolSpec": {"name": "weather", "inputSchema": {"json": {"type": "object"}}}}
            ]
        },
    }


def test_a_choice_without_tools_is_left_out() -> None:
    """Converse wants at least one tool wherever it sees a choice."""
    assert "toolConfig" not in written(ask(tool_choice=NamedChoice(name="weather")))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(Url("https://example.com/a.png?secret=1"), id="address"),
        pytest.param(
            ForeignSource(api="anthropic", raw=msgspec.Raw(b'{"file_id":"secret"}')), id="foreign"
        ),
    ],
)
def test_media_that_cannot_be_said_is_refused(source: Any) -> None:
    """A picture left out in silence would change the question; its address may be secret."""
    image = Image(format="png", source=source)
    request = Request(model="a-model", messages=(Message(role="user", content=(image,)),))

    with pytest.raises(UnsupportedError) as refusal:
        encode_request(request)

    assert "secret" not in str(refusal.value)


def test_half_a_surrogate_pair_is_refused() -> None:
    """Texts cut within a character happen; the caller is told instead of shown a traceback."""
    request = Request(
        model="a-model", messages=(Message(role="user", content=(Text(text="\ud83d"),)),)
    )

    with pytest.raises(BadRequestError, match="surrogate pair"):
        encode_request(request)


def test_half_a_surrogate_pair_beside_surplus_is_refused() -> None:
    request = Request(
        model="a-model",
        messages=(Message(role="user", content=(Text(text="\ud83d"),)),),
        extra=Extra("converse", {"new": msgspec.Raw(b"1")}),
    )

    with pytest.raises(BadRequestError, match="surrogate pair"):
        encode_request(request)


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        pytest.param(b"", "", "truncated", id="empty"),
        pytest.param(b"{", "", "truncated", id="cut"),
        pytest.param(b'{"messages":[]', "", "truncated", id="cut-late"),
        pytest.param(b"[]", "", "Expected `object`", id="no-object"),
        pytest.param(b"{} {}", "", "trailing", id="two-documents"),
        pytest.param(b'{"messages":{}}', "messages", "Expected `array`", id="messages"),
        pytest.param(b'{"messages":[1]}', "messages[0]", "Expected `object`", id="message"),
        pytest.param(
            b'{"messages":[{"content":[]}]}', "messages[0]", "lacks the member role", id="role"
        ),
        pytest.param(
            b'{"new":1,"messages":[{"role":"user","content":[{"text":1}]}]}',
            "messages[0].content[0].text",
            "Expected `str`",
            id="text-beside-new",
        ),
        pytest.param(
            b'{"messages":[{"role":"user","content":[{"image":{"format":"png"}}]}]}',
            "messages[0].content[0].image",
            "lacks the member source",
            id="image",
        ),
        pytest.param(
            b'{"messages":[{"role":"user","content":[{"image":{"format":"png","source":'
            b'{"bytes":"%"}}}]}]}',
            "messages[0].content[0].image.source.bytes",
            "base64",
            id="base64",
        ),
        pytest.param(
            b'{"inferenceConfig":{"stopSequences":["a",1]}}',
            "inferenceConfig.stopSequences[1]",
            "Expected `str`",
            id="stop-sequence",
        ),
        pytest.param(
            b'{"requestMetadata":{"a":1}}', "requestMetadata[...]", "Expected `str`", id="metadata"
        ),
        pytest.param(
            b'{"promptVariables":{"a":1}}',
            "promptVariables[...]",
            "Expected `object`",
            id="variable",
        ),
        pytest.param(
            b'{"toolConfig":{"tools":[{"toolSpec":{"inputSchema":{"json":{}}}}]}}',
            "toolConfig.tools[0].toolSpec",
            "lacks the member name",
            id="tool",
        ),
        pytest.param(b'{"\xff":1}', "", "not UTF-8", id="bytes"),
        pytest.param(
            b'{"additionalModelRequestFields":{"a":"\xff"}}', "", "not UTF-8", id="raw-bytes"
        ),
        pytest.param(b'{"serviceTier":"flex"}', "serviceTier", "Expected `object`", id="tier"),
        pytest.param(
            b'{"additionalModelRequestFields":' + b"[" * 100_000, "", "too deep", id="deep"
        ),
        pytest.param(
            b'{"messages":' + b'{"a":' * 100_000 + b"}" * 100_001, "", "too deep", id="deep-known"
        ),
    ],
)
def test_malformed_bodies_are_refused_with_their_path(body: bytes, path: str, reason: str) -> None:
    """Whoever debugs against the emulator reads where the mistake is, not only that one is."""
    with pytest.raises(BadRequestError, match=reason) as refusal:
        decode_request(body, "a-model")

    assert refusal.value.param == path
    assert path in str(refusal.value)


def test_the_refusal_tells_nothing_of_the_content() -> None:
    """Prompts never stand in an error, which may be logged."""
    body = b'{"messages":[{"role":"user","content":[{"text":["my secret"]}]}]}'

    with pytest.raises(BadRequestError) as refusal:
        decode_request(body, "a-model")

    assert "secret" not in str(refusal.value)


def test_a_huge_body_is_read() -> None:
    """25 MB is what Bedrock takes."""
    text = "x" * 25_000_000
    body = msgspec.json.encode({"messages": [{"role": "user", "content": [{"text": text}]}]})

    request = decode_request(body, "a-model")

    assert request.messages[0].content == (Text(text=text),)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"toolConfig": {"tools": []}}, id="no-tools"),
        pytest.param({"toolConfig": {"tools": [], "toolChoice": {"any": {}}}}, id="choice-alone"),
        pytest.param({"performanceConfig": {"speed": 9}}, id="flat-without-core"),
        pytest.param({"serviceTier": {"type": "flex", "level": 1}}, id="flat-with-surplus"),
        pytest.param({"promptVariables": {"a": {"image": {}}, "b": {"text": ""}}}, id="variable"),
        pytest.param({"outputConfig": {"effort": "low", "style": "dry"}}, id="output"),
        pytest.param(
            {"outputConfig": {"textFormat": {"type": "xml", "structure": {"dtd": {}}}}}, id="format"
        ),
        pytest.param({"modelId": "a-model"}, id="model-id"),
    ],
)
def test_odd_members_come_back(body: Any) -> None:
    """What no canonical field can hold is kept by the object around it."""
    request = decode_request(msgspec.json.encode(body), "a-model")

    assert written(request) == body


def test_surplus_of_a_flat_object_joins_what_was_changed() -> None:
    """A request that was decoded, changed and encoded keeps both."""
    body = b'{"serviceTier":{"type":"flex","level":1}}'
    request = msgspec.structs.replace(decode_request(body, "a-model"), service_tier="priority")

    assert written(request) == {"serviceTier": {"type": "priority", "level": 1}}


def test_null_counts_as_absent() -> None:
    """Some clients write every member they know, as null where they mean nothing."""
    body = (
        b'{"messages":[{"role":"user","content":[{"text":"hi","image":null,"new":null}]}],'
        b'"system":null,"inferenceConfig":{"maxTokens":null},"toolConfig":null,'
        b'"additionalModelRequestFields":null,"guardrailConfig":null}'
    )

    assert decode_request(body, "a-model") == ask()


def test_tool_results_and_guarded_text_are_read_in_place() -> None:
    body = (
        b'{"messages":[{"role":"user","content":['
        b'{"toolResult":{"toolUseId":"t","content":[{"text":"ok"}],"status":"error"}},'
        b'{"guardContent":{"text":{"text":"q","qualifiers":["query"]}}}]}]}'
    )

    request = decode_request(body, "a-model")

    assert request.messages[0].content == (
        ToolResult(id="t", content=(Text(text="ok"),), status="error"),
        GuardText(text="q", qualifiers=("query",)),
    )


def test_pictures_are_bytes() -> None:
    body = (
        b'{"messages":[{"role":"user","content":['
        b'{"image":{"format":"png","source":{"bytes":"iVBORw=="}}}]}]}'
    )

    request = decode_request(body, "a-model")

    assert request.messages[0].content == (Image(format="png", source=Inline(b"\x89PNG")),)
