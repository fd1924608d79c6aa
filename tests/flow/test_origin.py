"""A conversation that another model began."""

from typing import Any

import msgspec
import pytest

from outcrop.flow.prepare import prepare
from outcrop.types.content import (
    Block,
    Foreign,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Call, Response, Stop
from tests.flow.conversations import CLAUDE, LLAMA, NOVA, PROFILE

OPUS = "global.anthropic.claude-opus-4-5-20251101-v1:0"
DEEPSEEK = "deepseek.r1-v1:0"
HI = Message(role="user", content=(Text(text="Hi"),))
THOUGHT = Reasoning(text="hm", signature="sig")
PLAIN = Reasoning(text="hm")
SEALED = RedactedReasoning(data=b"x")
SAID = Text(text="Hello")


def asked(model: str, said_by: str, *blocks: Block) -> tuple[tuple[Block, ...], list[str]]:
    """Return what is sent of a turn that `said_by` said, and which rules were applied."""
    turn = Message(role="assistant", content=blocks, model=said_by)
    ready, changes = prepare(Request(model=model, messages=(HI, turn, HI)), strict=False)
    return ready.messages[1].content, [change.rule for change in changes]


@pytest.mark.parametrize(
    ("model", "said_by", "before", "after"),
    [
        # A signature is good for the model that made it and no other.
        (CLAUDE, OPUS, (THOUGHT, SEALED, SAID), (SAID,)),
        (NOVA, CLAUDE, (THOUGHT, SEALED, SAID), (PLAIN, SAID)),
        (DEEPSEEK, CLAUDE, (THOUGHT, SAID), (PLAIN, SAID)),
        (CLAUDE, DEEPSEEK, (PLAIN, SAID), (SAID,)),
        # One that does not think reads no reasoning, signed or not.
        (LLAMA, DEEPSEEK, (PLAIN, SAID), (SAID,)),
        (LLAMA, CLAUDE, (Reasoning(text="", signature="s"), SAID), (SAID,)),
        ("vendor.new-v1:0", CLAUDE, (THOUGHT, SAID), (SAID,)),
    ],
)
def test_reasoning_of_another(model: str, said_by: str, before: Any, after: Any) -> None:
    assert asked(model, said_by, *before) == (after, ["foreign_reasoning"])


@pytest.mark.parametrize(
    ("model", "said_by"),
    [
        (CLAUDE, CLAUDE),
        (CLAUDE, "anthropic.claude-haiku-4-5-20251001-v1:0"),
        (CLAUDE, "global.anthropic.claude-haiku-4-5-20251001-v1:0"),
        (CLAUDE, ""),
        # An ARN of one's own profile does not say which model is behind it.
        (CLAUDE, PROFILE),
        (PROFILE, CLAUDE),
    ],
)
def test_own_reasoning_stays(model: str, said_by: str) -> None:
    """Another region's profile is the same model; who is unknown may be."""
    assert asked(model, said_by, THOUGHT, SEALED, SAID) == ((THOUGHT, SEALED, SAID), [])


def test_nothing_left_of_a_turn() -> None:
    """A turn of nothing but reasoning goes as a whole, and its neighbours join."""
    turn = Message(role="assistant", content=(THOUGHT,), model=OPUS)

    ready, changes = prepare(Request(model=CLAUDE, messages=(HI, turn, HI)), strict=False)

    assert [message.role for message in ready.messages] == ["user"]
    assert [change.rule for change in changes] == [
        "foreign_reasoning",
        "blank_text",
        "merged_turns",
    ]


def test_all_that_is_foreign() -> None:
    """Sealed thoughts, another API's block, an id that Bedrock refuses: all of it at once."""
    call = ToolUse(id="call/1", name="f", arguments=msgspec.Raw(b"{}"))
    alien = Foreign(api="openai_responses", raw=msgspec.Raw(b"{}"))
    turn = Message(role="assistant", content=(THOUGHT, alien, SAID, call), model="openai.gpt-oss")
    result = Message(role="user", content=(ToolResult(id="call/1", content=(SAID,)),))

    ready, changes = prepare(Request(model=CLAUDE, messages=(HI, turn, result)), strict=False)

    _, said, told = ready.messages
    assert [type(block) for block in said.content] == [Text, ToolUse]
    assert said.content[1].id == told.content[0].id == "call_1-1"  # type: ignore[union-attr]
    assert {change.rule for change in changes} == {
        *("foreign_block", "foreign_reasoning", "tool_id_rewritten", "tools_rebuilt")
    }
    assert changes[1] == Adjustment(
        rule="foreign_reasoning",
        detail=f"reasoning of openai.gpt-oss was taken out of the history: {CLAUDE} asked",
    )


def test_answer_tells_who_said_it() -> None:
    extra = Extra("converse", {"new": msgspec.Raw(b"1")})
    answer = Response(
        content=(THOUGHT, SAID),
        stop=Stop(kind="stop"),
        message_extra=extra,
        call=Call(resolved_model=CLAUDE),
    )

    assert answer.message == Message(
        role="assistant", content=(THOUGHT, SAID), extra=extra, model=CLAUDE
    )
