"""Nothing that the Responses API has no word for is left out in silence."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from outcrop.codecs.openai_responses import API, unsupported
from outcrop.types import content as c
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, ReasoningOptions, Request, Sampling
from outcrop.types.tools import AnyChoice, SystemTool
from tests.codecs.openai_responses.values import requests

RAW = msgspec.Raw(b"{}")


def told(*blocks: Any, role: str = "user", **members: Any) -> list[tuple[str, str]]:
    turns = (Message(role=role, content=blocks),) if blocks else ()
    found = unsupported(Request(model="m", messages=turns, **members))
    return [(each.rule, each.detail) for each in found]


@given(requests)
def test_sayable(request: Request) -> None:
    """Of what it can say, nothing is reported."""
    assert unsupported(request) == ()


@pytest.mark.parametrize(
    ("members", "name"),
    [
        pytest.param({"sampling": Sampling(top_k=1)}, "top_k", id="top-k"),
        pytest.param({"guardrail": Guardrail(identifier="g")}, "guardrail", id="guardrail"),
        pytest.param({"prompt_variables": {"a": "b"}}, "prompt_variables", id="variables"),
        pytest.param({"latency": "optimized"}, "latency", id="latency"),
        pytest.param(
            {"additional_model_response_field_paths": ("/a",)},
            "additional_model_response_field_paths",
            id="paths",
        ),
        pytest.param(
            {"reasoning": ReasoningOptions(budget_tokens=9, effort="low")},
            "reasoning.budget_tokens",
            id="budget",
        ),
        pytest.param(
            {"reasoning": ReasoningOptions(type="enabled")}, "reasoning.type", id="thinking"
        ),
        pytest.param({"sampling": Sampling(seed=1)}, "seed", id="seed"),
        pytest.param({"sampling": Sampling(stop_sequences=("a",))}, "stop_sequences", id="stop"),
        pytest.param({"tool_choice": AnyChoice()}, "tool_choice without tools", id="choice"),
    ],
)
def test_parameters(members: dict[str, Any], name: str) -> None:
    """A setting without a name here is named."""
    expected = (
        "unsupported_parameter",
        f"{name} was left out: the Responses API has no such parameter",
    )

    assert told(**members) == [expected]


@pytest.mark.parametrize(
    ("block", "rule", "words"),
    [
        pytest.param(
            c.Video(format="mp4", source=c.Inline(b"")), "unsupported_block", "a film", id="video"
        ),
        pytest.param(
            c.SearchResult(source="s", title="t", content=()),
            "unsupported_block",
            "a search result",
            id="search-result",
        ),
        pytest.param(c.GuardText(text="a"), "unsupported_block", "guardrail", id="guard"),
        pytest.param(
            c.Image(format="png", source=c.S3(uri="s3://b/k")),
            "unsupported_source",
            "cannot be sent",
            id="picture-in-a-bucket",
        ),
        pytest.param(
            c.Audio(format="wav", source=c.Inline(b"")), "unsupported_block", "a sound", id="sound"
        ),
        pytest.param(
            c.RedactedReasoning(data=b"1"), "unsupported_block", "sealed", id="sealed-elsewhere"
        ),
        pytest.param(
            c.Document(name="a", source=c.Inline(b""), context="x"),
            "unsupported_block",
            "context",
            id="context",
        ),
        pytest.param(
            c.Document(name="a", source=c.Inline(b""), citations=True),
            "unsupported_block",
            "cited",
            id="citations-wanted",
        ),
        pytest.param(
            c.CitedText(citations=(c.Citation(title="a"),)),
            "unsupported_block",
            "lost citations",
            id="citations",
        ),
        pytest.param(
            c.ToolUse(id="t", name="f", arguments=RAW, type=c.SERVER_TOOL_USE),
            "unsupported_block",
            "the service ran",
            id="server-tool",
        ),
        pytest.param(
            c.ToolResult(id="t", content=(), status="error"),
            "unsupported_block",
            "failed",
            id="failed-tool",
        ),
        pytest.param(
            c.Foreign(api="converse", raw=RAW), "foreign_block", "only converse", id="foreign"
        ),
        pytest.param(
            c.Text(text="a", extra=Extra("converse", {"x": RAW})),
            "foreign_member",
            "(x) was left out: only converse",
            id="foreign-member",
        ),
    ],
)
def test_content(block: c.Block, rule: str, words: str) -> None:
    """A block is named by its place, never by what it says."""
    [(found, detail)] = told(block)

    assert found == rule
    assert detail.startswith("messages[0].content[0]")
    assert words in detail


def test_earlier_pictures() -> None:
    """No pictures are taken back from the model."""
    picture = c.Image(format="png", source=c.Inline(b""))

    [(rule, detail)] = told(picture, role="assistant")

    assert (rule, detail.split()[0]) == ("unsupported_block", "messages[0]")


def test_system_tool() -> None:
    """A tool of another service cannot be asked for."""
    [(rule, detail)] = told(tools=(SystemTool(name="nova_grounding"),))

    assert (rule, detail.split()[0]) == ("unsupported_block", "tools[0]")


def test_own_members() -> None:
    """What this API wrote is written back, and is no news."""
    assert told(extra=Extra(API, {"prompt_cache_key": RAW})) == []
