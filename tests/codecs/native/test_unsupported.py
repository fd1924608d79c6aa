"""What a native form cannot say is listed before anything is sent."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.native import (
    ai21_chat,
    cohere_chat,
    llama,
    mistral,
    mistral_prompt,
    nova,
    pegasus,
    titan,
)
from outcrop.types.content import (
    CachePoint,
    Citation,
    CitedText,
    Document,
    Foreign,
    GuardText,
    Image,
    Inline,
    Plain,
    Reasoning,
    Text,
    ToolResult,
    ToolUse,
    Url,
    Video,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, Request, Sampling, TextFormat
from outcrop.types.tools import AnyChoice, NamedChoice, NoChoice, SystemTool, Tool
from tests.codecs.native.forms import FORMS
from tests.codecs.native.values import said

SCHEMA = msgspec.Raw(b'{"type":"object","properties":{}}')
TOOL = Tool(name="a", input_schema=SCHEMA)
PICTURE = Image(format="png", source=Inline(b"x"))
ADDRESS = Image(format="png", source=Url("https://example.org/a.png"))
CALL = ToolUse(id="1", name="a", arguments=msgspec.Raw(b"{}"))


def ask(*blocks: Any, **fields: Any) -> Request:
    return Request(model="m", messages=(Message(role="user", content=blocks),), **fields)


@pytest.mark.parametrize(
    ("codec", "request_", "rules"),
    [
        (llama, ask(sampling=Sampling(top_k=1, stop_sequences=("x",))), "stop_sequences top_k"),
        (llama, ask(tools=(TOOL,), tool_choice=AnyChoice()), "tools tool_choice"),
        (titan, ask(sampling=Sampling(seed=1, logprobs=True)), "seed logprobs"),
        (mistral, ask(tools=(TOOL,), tool_choice=NamedChoice(name="a")), "tool_choice"),
        (mistral, ask(tools=(SystemTool(name="a"), CachePoint(), TOOL)), "tools[0] tools[1]"),
        (ai21_chat, ask(effort="high"), "effort"),
        (cohere_chat, ask(tools=(TOOL,), tool_choice=NoChoice()), "tool_choice"),
        (nova, ask(tools=(TOOL,), tool_choice=NoChoice()), "tool_choice"),
        (nova, ask(text_format=TextFormat(schema="{}")), "text_format"),
        (pegasus, ask(text_format=TextFormat(type="json_object")), "text_format"),
    ],
)
def test_parameters(codec: Any, request_: Request, rules: str) -> None:
    """A parameter that is left out is named, so that nobody wonders why it did nothing."""
    found = codec.unsupported(request_)

    assert [each.rule for each in found] == ["unsupported_parameter"] * len(rules.split())
    assert [each.detail.split(" was left out")[0] for each in found] == rules.split()


@pytest.mark.parametrize(
    ("codec", "blocks", "places"),
    [
        (llama, (PICTURE, CALL, Text(text="x")), "0 1"),
        (titan, (Reasoning(text="x"), CachePoint()), "0 1"),
        (mistral, (PICTURE, ADDRESS, CALL, Document(name="a", source=Plain("x"))), "3"),
        (ai21_chat, (PICTURE, Text(text="x")), "0"),
        (cohere_chat, (Document(name="a", source=Plain("x")), PICTURE), "1"),
        (cohere_chat, (Document(name="a", source=Inline(b"x")),), "0"),
        (nova, (PICTURE, ADDRESS, CachePoint(), Reasoning(text="x")), "1"),
        (pegasus, (Video(format="", source=Inline(b"x")), PICTURE), "1"),
        (pegasus, (Video(format="", source=Url("https://example.org/a.mp4")),), "0"),
        (nova, (Foreign(api="converse", raw=msgspec.Raw(b"{}")),), "0"),
        (nova, (Foreign(api="nova", raw=msgspec.Raw(b"{}")),), ""),
    ],
)
def test_blocks(codec: Any, blocks: tuple[Any, ...], places: str) -> None:
    """A picture that the model never sees is told, and where it stood."""
    found = codec.unsupported(ask(*blocks))

    assert [each.rule for each in found] == ["foreign_block"] * len(places.split())
    assert [each.detail.split(" was")[0] for each in found] == [
        f"messages[0].content[{place}]" for place in places.split()
    ]


def test_parts_of_results() -> None:
    """A tool may answer with a picture; a wire of texts cannot hand it on."""
    result = ToolResult(id="1", content=(Text(text="x"), PICTURE))

    found = mistral.unsupported(ask(result))

    assert [each.detail.split(" was")[0] for each in found] == ["messages[0].content[0].content[1]"]
    assert nova.unsupported(ask(result)) == ()


def test_members_of_another_api() -> None:
    """What only another codec understands is named, and what is ours is not."""
    theirs = Extra("converse", {"new": msgspec.Raw(b"1")})
    request = ask(Text(text="x", extra=theirs), extra=theirs)

    details = [each.detail for each in titan.unsupported(request)]

    assert details == [
        "new of the request was left out: only converse understands it",
        "new of messages[0].content[0] was left out: only converse understands it",
    ]


def test_what_stands_beside_a_text() -> None:
    """Sources and guard marks do not survive as text, and that is told too."""
    cited = CitedText(content=(Text(text="x"),), citations=(Citation(source="a"),))

    details = [each.detail for each in llama.unsupported(ask(GuardText(text="x"), cited))]

    assert details == [
        "the guardrail's mark of messages[0].content[0] was left out: llama says the text alone",
        "citations of messages[0].content[1] was left out: llama says the text alone",
    ]


def test_moved_turns() -> None:
    """A system prompt that has no place of its own is said to stand elsewhere."""
    late = Message(role="system", content=(Text(text="x"),))
    request = Request(model="m", system=(Text(text="s"),), messages=(said("user", "Hello"), late))

    assert [each.rule for each in mistral_prompt.unsupported(request)] == ["system_moved"] * 2
    assert [each.rule for each in titan.unsupported(request)] == ["system_moved"]
    assert llama.unsupported(request) == ()


def test_nested_schema_is_told() -> None:
    """Command R knows a flat table of parameters: what it cannot say of a schema is missing."""
    nested = Tool(
        name="a",
        input_schema=msgspec.Raw(
            b'{"type":"object","properties":{"x":{"type":"array","items":{"type":"string"}}}}'
        ),
    )

    found = cohere_chat.unsupported(ask(tools=(nested, TOOL)))

    assert [(each.rule, each.detail.split(" was")[0]) for each in found] == [
        ("tool_schema", "the schema of tool a")
    ]


@pytest.mark.parametrize("api", sorted(FORMS))
def test_what_travels_in_headers_is_in_no_body(api: str) -> None:
    """A guardrail that does not watch must not seem to: whoever sends the headers knows better."""
    request = ask(
        guardrail=Guardrail(identifier="a", version="1", stream_mode="async"),
        latency="optimized",
        service_tier="flex",
        request_metadata={"a": "b"},
    )

    found = [each.detail.split(" was")[0] for each in FORMS[api].unsupported(request)]

    assert found == ["guardrail", "latency", "service_tier", "request_metadata"]


def test_block_of_the_system_prompt() -> None:
    """What stands before the conversation is looked at too."""
    request = msgspec.structs.replace(ask(Text(text="x")), system=(CachePoint(),))

    found = llama.unsupported(request)

    assert [each.detail.split(" was")[0] for each in found] == ["system[0]"]
