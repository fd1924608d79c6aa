"""Parameters where each model looks for them, row by row."""

import json
from typing import Any

import msgspec
import pytest

from outcrop.flow.prepare import prepare
from outcrop.models.catalogue import cards
from outcrop.types.content import Text, ToolResult, ToolUse
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool
from tests.flow.conversations import CLAUDE, LLAMA, NOVA, PROFILE

HI = Message(role="user", content=(Text(text="Hi"),))
F = Tool(name="f", description="f", input_schema=msgspec.Raw(b'{"type":"object"}'))


def express(model: str, **said: Any) -> tuple[Request, dict[str, Any], list[str]]:
    """Return what is sent, the model's own fields of it, and what is said about it."""
    ready, changes = prepare(Request(model=model, messages=(HI,), **said), strict=False)
    fields = ready.additional_model_request_fields
    told = [change.detail for change in changes]
    return ready, json.loads(bytes(fields)) if fields is not None else {}, told


@pytest.mark.parametrize(
    ("model", "fields", "told"),
    [
        (CLAUDE, {"top_k": 40}, []),
        ("mistral.mistral-large-2402-v1:0", {"top_k": 40}, []),
        (NOVA, {"inferenceConfig": {"topK": 40}}, []),
        ("us.amazon.nova-micro-v1:0", {"inferenceConfig": {"topK": 40}}, []),
        ("cohere.command-r-plus-v1:0", {"k": 40}, []),
        (LLAMA, {}, ["top_k was left out: Converse has no such parameter"]),
        (PROFILE, {}, ["top_k was left out: Converse has no such parameter"]),
    ],
)
def test_top_k(model: str, fields: dict[str, Any], told: list[str]) -> None:
    """CONV-04: each vendor has a place of its own for it, and none is inferenceConfig."""
    ready, sent, said = express(model, sampling=Sampling(top_k=40))

    assert (sent, said) == (fields, told)
    assert (ready.sampling.top_k is None) is bool(fields)


def test_callers_fields_win() -> None:
    """CONV-05: what the caller wrote for this very model beats what we derive."""
    own = msgspec.Raw(b'{"inferenceConfig":{"topK":9,"other":1},"x":[1.0]}')

    ready, sent, _ = express(NOVA, sampling=Sampling(top_k=40), additional_model_request_fields=own)

    assert sent == {"inferenceConfig": {"topK": 9, "other": 1}, "x": [1.0]}
    assert b"[1.0]" in bytes(ready.additional_model_request_fields or b"")


@pytest.mark.parametrize(
    ("model", "left", "told"),
    [
        (
            "us.anthropic.claude-opus-4-7",
            Sampling(max_tokens=9),
            [
                "temperature was left out: this model takes none",
                "top_p was left out: this model takes none",
                "top_k was left out: this model takes none",
            ],
        ),
        (
            "openai.gpt-oss-20b-1:0",
            Sampling(max_tokens=9),
            [
                "temperature was left out: this model takes none",
                "top_p was left out: this model takes none",
                "top_k was left out: this model takes none",
            ],
        ),
        (
            CLAUDE,
            Sampling(max_tokens=9, temperature=0.5),
            ["top_p was left out: not beside temperature"],
        ),
        ("us.amazon.nova-micro-v1:0", Sampling(max_tokens=9, temperature=0.5, top_p=0.9), []),
    ],
)
def test_sampling_that_is_refused(model: str, left: Sampling, told: list[str]) -> None:
    """FALL-08 beforehand: what the model is known to refuse is dropped, and named."""
    asked = Sampling(max_tokens=9, temperature=0.5, top_p=0.9, top_k=4)

    ready, _, said = express(model, sampling=asked)

    assert (ready.sampling, said) == (left, told)


@pytest.mark.parametrize(
    "asked", [Sampling(top_p=0.9), Sampling(temperature=0.5), Sampling(max_tokens=9), Sampling()]
)
def test_one_of_two_is_fine(asked: Sampling) -> None:
    ready, fields, told = express(CLAUDE, sampling=asked)

    assert (ready.sampling, fields, told) == (asked, {}, [])


@pytest.mark.parametrize(
    "card", [card for card in cards() if card.sampling == "none"], ids=lambda card: card.id
)
def test_models_without_sampling(card: Any) -> None:
    """A default temperature of a client must not make a 400 of every call."""
    ready, _, told = express(card.id, sampling=Sampling(temperature=0.0))

    assert ready.sampling == Sampling()
    assert told == ["temperature was left out: this model takes none"]


@pytest.mark.parametrize(
    ("model", "choice", "sent"),
    [
        ("us.anthropic.claude-opus-5-5", AnyChoice(), AutoChoice()),
        ("us.anthropic.claude-sonnet-5-5", NamedChoice(name="f"), AutoChoice()),
        ("us.anthropic.claude-fable-5-1", NamedChoice(name="f"), AutoChoice()),
        ("us.anthropic.claude-fable-5", NamedChoice(name="f"), NamedChoice(name="f")),
        ("us.anthropic.claude-opus-5-5", AutoChoice(), AutoChoice()),
        (CLAUDE, AnyChoice(), AnyChoice()),
    ],
)
def test_models_that_are_not_forced(model: str, choice: Any, sent: Any) -> None:
    """THINK-04: on these a forced tool is always an error."""
    ready, _, told = express(model, tools=(F,), tool_choice=choice)

    assert ready.tool_choice == sent
    changed = "tool_choice became auto: this model is not forced"
    assert told == ([] if choice == sent else [changed])


@pytest.mark.parametrize(
    ("model", "choice", "fields", "told"),
    [
        (
            CLAUDE,
            None,
            {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
            [],
        ),
        (CLAUDE, AnyChoice(), {"tool_choice": {"disable_parallel_tool_use": True}}, []),
        (
            "anthropic.claude-3-haiku-20240307-v1:0",
            None,
            {},
            ["parallel_tool_calls was left out: Converse has no such parameter"],
        ),
        (LLAMA, None, {}, ["parallel_tool_calls was left out: Converse has no such parameter"]),
    ],
)
def test_one_call_a_turn(model: str, choice: Any, fields: dict[str, Any], told: list[str]) -> None:
    """TOOL-11: Claude is told; beside a choice of Converse's own without a second type."""
    _, sent, said = express(model, tools=(F,), tool_choice=choice, parallel_tool_calls=False)

    assert (sent, said) == (fields, told)


@pytest.mark.parametrize(
    "said",
    [
        {"parallel_tool_calls": True, "tools": (F,)},
        {"parallel_tool_calls": False},
        {"parallel_tool_calls": True},
    ],
)
def test_nothing_to_limit(said: dict[str, Any]) -> None:
    """Several calls are what models do unasked, and without tools there are none."""
    ready, fields, told = express(LLAMA, **said)

    assert (ready.parallel_tool_calls, fields, told) == (None, {}, [])


def test_one_call_of_tools_that_are_rebuilt() -> None:
    call = ToolUse(id="a", name="f", arguments=msgspec.Raw(b"{}"))
    used = (
        HI,
        Message(role="assistant", content=(call,)),
        Message(role="user", content=(ToolResult(id="a", content=(Text(text="1"),)),)),
    )
    asked = Request(model=CLAUDE, messages=used, parallel_tool_calls=False)

    ready, _ = prepare(asked, strict=False)

    assert json.loads(bytes(ready.additional_model_request_fields or b"")) == {
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}
    }


def test_no_calls_need_no_limit() -> None:
    ready, fields, _ = express(
        CLAUDE, tools=(F,), tool_choice=NoChoice(), parallel_tool_calls=False
    )

    assert (ready.tools, ready.parallel_tool_calls, fields) == ((), None, {})
