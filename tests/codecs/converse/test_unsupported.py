"""What Converse has no word for is told before anything is sent."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.converse import unsupported
from outcrop.types.content import (
    Citation,
    CitedText,
    Document,
    DocumentLocation,
    Foreign,
    ForeignSource,
    Image,
    Text,
    ToolResult,
    ToolUse,
    Url,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.responses import Adjustment
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool

OTHER = Foreign(api="anthropic", raw=msgspec.Raw(b'{"secret":1}'))
EXTRA = Extra("anthropic", {"b": msgspec.Raw(b'"secret"'), "a": msgspec.Raw(b"1")})
SOURCE = ForeignSource(api="anthropic", raw=msgspec.Raw(b'{"secret":1}'))


def with_block(block: Any) -> Request:
    messages = (
        Message(role="user", content=(Text(text="secret"),)),
        Message(role="assistant", content=(Text(text="secret"), block)),
    )
    return Request(model="a-model", messages=messages)


@pytest.mark.parametrize(
    ("members", "names"),
    [
        ({}, []),
        ({"sampling": Sampling(max_tokens=1, temperature=0.5, top_p=1, stop_sequences=("a",))}, []),
        (
            {"sampling": Sampling(seed=0, top_k=0, logprobs=False, top_logprobs=0)},
            ["top_k", "seed", "logprobs", "top_logprobs"],
        ),
        (
            {
                "sampling": Sampling(
                    presence_penalty=0.0, frequency_penalty=0.0, logit_bias=msgspec.Raw(b"{}")
                )
            },
            ["presence_penalty", "frequency_penalty", "logit_bias"],
        ),
        ({"parallel_tool_calls": True}, ["parallel_tool_calls"]),
        ({"reasoning": ReasoningOptions(effort="low")}, ["reasoning"]),
        ({"tool_choice": NoChoice()}, ["tool_choice none"]),
        ({"tool_choice": AutoChoice()}, []),
        ({"tool_choice": AnyChoice()}, ["tool_choice without tools"]),
        (
            {
                "tool_choice": AnyChoice(),
                "tools": (Tool(name="f", input_schema=msgspec.Raw(b"{}")),),
            },
            [],
        ),
        ({"text_format": TextFormat(schema="{}")}, []),
        ({"text_format": TextFormat(schema="{}", strict=True)}, ["text_format.strict"]),
        ({"text_format": TextFormat(type="json_object")}, ["text_format json_object"]),
    ],
)
def test_parameters(members: Any, names: list[str]) -> None:
    found = unsupported(Request(model="a-model", **members))

    assert found == tuple(
        Adjustment(
            rule="unsupported_parameter",
            detail=f"{name} was left out: Converse has no such parameter",
        )
        for name in names
    )


def test_a_choice_holds_for_tools_declared_anew() -> None:
    """Tools that only the history names are declared anew before sending (TOOL-05)."""
    call = ToolUse(id="t", name="f", arguments=msgspec.Raw(b"{}"))
    request = msgspec.structs.replace(with_block(call), tool_choice=NamedChoice(name="f"))

    assert unsupported(request) == ()


@pytest.mark.parametrize(
    ("request_", "rule", "detail"),
    [
        pytest.param(
            with_block(OTHER),
            "foreign_block",
            "messages[1].content[1] was left out: only anthropic understands it",
            id="block",
        ),
        pytest.param(
            with_block(ToolResult(id="t", content=(Text(text="a"), OTHER))),
            "foreign_block",
            "messages[1].content[1].content[1] was left out: only anthropic understands it",
            id="result",
        ),
        pytest.param(
            with_block(CitedText(citations=(Citation(location=OTHER),))),
            "foreign_block",
            "messages[1].content[1].citations[0].location was left out: "
            "only anthropic understands it",
            id="location",
        ),
        pytest.param(
            with_block(CitedText(citations=(Citation(location=DocumentLocation(unit="line")),))),
            "foreign_member",
            "messages[1].content[1].citations[0].location was left out: Converse counts no line",
            id="range",
        ),
        pytest.param(
            with_block(Text(text="a", extra=EXTRA)),
            "foreign_member",
            "a, b of messages[1].content[1] was left out: only anthropic understands it",
            id="extra",
        ),
        pytest.param(
            Request(model="a-model", extra=EXTRA),
            "foreign_member",
            "a, b of the request was left out: only anthropic understands it",
            id="request",
        ),
        pytest.param(
            with_block(Document(name="d", source=SOURCE)),
            "unsupported_source",
            "messages[1].content[1].source cannot be sent: only anthropic understands it",
            id="source",
        ),
        pytest.param(
            with_block(Image(format="png", source=Url("https://example.com/secret"))),
            "unsupported_source",
            "messages[1].content[1].source cannot be sent: Converse does not fetch web addresses",
            id="address",
        ),
        pytest.param(
            Request(model="a-model", tools=(OTHER,)),
            "foreign_block",
            "tools[0] was left out: only anthropic understands it",
            id="tool",
        ),
        pytest.param(
            Request(model="a-model", tool_choice=OTHER),
            "foreign_block",
            "tool_choice was left out: only anthropic understands it",
            id="choice",
        ),
        pytest.param(
            with_block(Foreign(api="converse-stream", raw=msgspec.Raw(b"{}"))),
            "foreign_block",
            "messages[1].content[1] was left out: only converse-stream understands it",
            id="folded",
        ),
    ],
)
def test_conversation(request_: Request, rule: str, detail: str) -> None:
    """The path is told, never what stands there."""
    assert unsupported(request_) == (Adjustment(rule=rule, detail=detail),)


def test_what_this_codec_read_is_supported() -> None:
    ours = Foreign(api="converse", raw=msgspec.Raw(b"{}"))
    extra = Extra("converse", {"a": msgspec.Raw(b"1")})

    assert unsupported(with_block(ours)) == ()
    assert unsupported(with_block(Text(text="a", extra=extra))) == ()
