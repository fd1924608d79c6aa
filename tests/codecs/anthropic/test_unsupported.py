"""What the encoder leaves out or refuses is listed before, and nothing else is."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.anthropic import API, unsupported
from outcrop.types import content as c
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.tools import AnyChoice, NoChoice, SystemTool, Tool

RAW = msgspec.Raw(b"{}")


def asked(*blocks: Any, **options: Any) -> Request:
    message = Message(role="user", content=(c.Text(text="a secret"), *blocks))
    return Request(model="a-model", messages=(message,), **options)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        pytest.param({"sampling": Sampling(top_k=1, temperature=0.5)}, [], id="sampling"),
        pytest.param(
            {"sampling": Sampling(seed=1, logprobs=True, presence_penalty=0.1)},
            ["seed", "presence_penalty", "logprobs"],
            id="no-sampling",
        ),
        pytest.param(
            {"tool_choice": AnyChoice()}, ["tool_choice without tools"], id="choice-of-nothing"
        ),
        pytest.param({"tool_choice": NoChoice()}, [], id="nothing-of-nothing"),
        pytest.param(
            {"tools": (Tool(name="a", input_schema=RAW),), "tool_choice": AnyChoice()},
            [],
            id="choice",
        ),
        pytest.param(
            {"text_format": TextFormat(type="json_object")}, ["text_format json_object"], id="json"
        ),
        pytest.param(
            {"text_format": TextFormat(schema="{}", name="n", strict=True)}, [], id="schema"
        ),
        pytest.param(
            {"text_format": TextFormat(schema="{}", description="d", strict=False)},
            ["text_format.description", "text_format.strict false"],
            id="loose-schema",
        ),
        pytest.param({"prompt_variables": {"a": "b"}}, ["prompt_variables"], id="variables"),
        pytest.param(
            {"additional_model_response_field_paths": ("/a",)},
            ["additional_model_response_field_paths"],
            id="paths",
        ),
        pytest.param(
            {"request_metadata": {"user_id": "u", "team": "t"}},
            ["request_metadata.team"],
            id="labels",
        ),
        pytest.param(
            {
                "latency": "optimized",
                "service_tier": "flex",
                "guardrail": Guardrail(identifier="g"),
            },
            ["guardrail", "latency", "service_tier"],
            id="headers",
        ),
        pytest.param({"guardrail": Guardrail(stream_mode="sync")}, [], id="stream-mode"),
        pytest.param({"reasoning": ReasoningOptions(effort="low")}, [], id="reasoning"),
        pytest.param({"parallel_tool_calls": False}, [], id="parallel"),
    ],
)
def test_parameters(options: dict[str, Any], names: list[str]) -> None:
    found = unsupported(asked(**options))

    assert [each.detail.split(" was left out")[0] for each in found] == names
    assert {each.rule for each in found} <= {"unsupported_parameter"}


@pytest.mark.parametrize(
    ("block", "rule", "path"),
    [
        pytest.param(
            c.Video(format="mp4", source=c.S3(uri="s3://b/k")),
            "foreign_block",
            "content[1] was left out",
            id="film",
        ),
        pytest.param(
            c.Audio(format="mp3", source=c.Inline(b"")), "foreign_block", "content[1]", id="sound"
        ),
        pytest.param(
            c.Foreign(api="converse", raw=RAW), "foreign_block", "content[1]", id="foreign"
        ),
        pytest.param(
            c.Text(text="t", extra=Extra("converse", {"x": RAW})),
            "foreign_member",
            "content[1]",
            id="member",
        ),
        pytest.param(
            c.Image(format="png", source=c.S3(uri="s3://b/k")),
            "unsupported_source",
            "content[1].source",
            id="bucket",
        ),
        pytest.param(
            c.Image(format="png", source=c.ForeignSource(api="converse", raw=RAW)),
            "unsupported_source",
            "content[1].source",
            id="source",
        ),
        pytest.param(
            c.Document(name="n", format="docx", source=c.Inline(b"PK")),
            "unsupported_source",
            "content[1]",
            id="format",
        ),
        pytest.param(
            c.CitedText(citations=(c.Citation(title="t"),)),
            "foreign_member",
            "content[1].citations[0]",
            id="citation",
        ),
        pytest.param(
            c.ToolResult(id="t", content=(), type="another_result"),
            "foreign_block",
            "content[1]",
            id="result",
        ),
        pytest.param(
            c.RedactedReasoning(data=b"\xff"), "foreign_block", "content[1]", id="sealed-elsewhere"
        ),
        pytest.param(c.GuardText(text="g"), "foreign_member", "content[1]", id="guarded"),
    ],
)
def test_blocks(block: Any, rule: str, path: str) -> None:
    (found,) = unsupported(asked(block))

    assert found.rule == rule
    assert f"messages[0].{path}" in found.detail
    assert "secret" not in found.detail


@pytest.mark.parametrize(
    "block",
    [
        c.Foreign(api=API, raw=RAW),
        c.Text(text="t", extra=Extra(API, {"x": RAW})),
        c.Document(name="n", format="md", source=c.Inline(b"#")),
        c.Image(format="png", source=c.Url("https://example.org/a.png")),
        c.ToolResult(id="t", content=(c.JsonValue(value=RAW),)),
        c.RedactedReasoning(data=b"c2VhbGVk"),
        c.CachePoint(),
    ],
)
def test_what_can_be_said_is_not_listed(block: Any) -> None:
    assert unsupported(asked(block)) == ()


def test_a_tool_of_another_service_is_listed() -> None:
    (found,) = unsupported(asked(tools=(SystemTool(name="grounding"),)))

    assert found.detail == "tools[0] was left out: Claude takes no SystemTool"


def test_a_tool_that_bedrock_does_not_run_is_listed() -> None:
    search = msgspec.Raw(b'{"type":"web_search_20250305","name":"web_search"}')
    editor = msgspec.Raw(b'{"type":"text_editor_20250728","name":"editor"}')
    tools = (c.Foreign(api=API, raw=editor), c.Foreign(api=API, raw=search))

    (found,) = unsupported(asked(tools=tools))

    assert found.rule == "server_tool"
    assert found.detail == "tools[1] became a function: Bedrock runs no web_search itself"


def test_cache_points_that_nothing_can_carry_are_listed() -> None:
    """One that stands first marks what another list holds, and Claude has no place for it."""
    thought = c.Reasoning(text="t", signature="s")
    first = Message(role="assistant", content=(thought, c.CachePoint(), c.Text(text="t")))
    request = asked(system=(c.CachePoint(), c.Text(text="s")), tools=(c.CachePoint(),))

    found = unsupported(msgspec.structs.replace(request, messages=(*request.messages, first)))

    assert [each.detail.split(" was")[0] for each in found] == [
        "tools[0]",
        "system[0]",
        "messages[1].content[1]",
    ]
    assert {each.rule for each in found} == {"cache_point"}
