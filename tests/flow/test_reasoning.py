"""How each kind of model is told to think, row by row of the specification's tables."""

import json
from typing import Any

import msgspec
import pytest

from outcrop.codecs import openai_chat
from outcrop.errors import BadRequestError
from outcrop.flow.prepare import prepare
from outcrop.flow.reasoning import is_reasoning_lost
from outcrop.models.catalogue import cards
from outcrop.types.content import Block, Reasoning, RedactedReasoning, Text, ToolResult, ToolUse
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, Sampling
from outcrop.types.tools import AutoChoice, NamedChoice, Tool

BUDGET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
BOTH = "us.anthropic.claude-sonnet-4-6"
ADAPTIVE = "us.anthropic.claude-opus-4-8"
DEFAULT_ON = "us.anthropic.claude-sonnet-5"
BETWEEN_TOOLS = "us.anthropic.claude-sonnet-5-5"
ALWAYS_ON = "us.anthropic.claude-opus-5-5"
NEW_CLAUDE = "us.anthropic.claude-sonnet-9"
NOVA = "us.amazon.nova-2-lite-v1:0"
GPT = "global.openai.gpt-5.6-sol"
GPT_OSS = "openai.gpt-oss-120b-1:0"
QWEN = "qwen.qwen3-32b-v1:0"
LLAMA = "meta.llama3-1-8b-instruct-v1:0"
UNKNOWN = "vendor.new-model-v1:0"

PLAIN = Sampling()
HI = Message(role="user", content=(Text(text="Hi"),))
SHOWN = {"type": "adaptive", "display": "summarized"}


def tell(
    model: str,
    *,
    messages: tuple[Message, ...] = (HI,),
    sampling: Sampling = PLAIN,
    **said: Any,
) -> tuple[dict[str, Any], Sampling, list[str]]:
    """Return the fields that are sent, the sampling that is left, and what is said about it."""
    asked = Request(
        model=model, messages=messages, sampling=sampling, reasoning=ReasoningOptions(**said)
    )
    ready, changes = prepare(asked, strict=False)
    fields = ready.additional_model_request_fields
    told = [change.detail for change in changes]
    return json.loads(bytes(fields)) if fields is not None else {}, ready.sampling, told


def shown(effort: str) -> dict[str, Any]:
    return {"thinking": SHOWN, "output_config": {"effort": effort}}


def nova(effort: str, **more: Any) -> dict[str, Any]:
    return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": effort} | more}


def enabled(budget: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


@pytest.mark.parametrize(
    ("model", "said", "fields"),
    [
        # THINK-02: a budget, on the models that have one.
        (BUDGET, {"type": "enabled", "budget_tokens": 4000}, enabled(4000)),
        (BUDGET, {"budget_tokens": 4000}, enabled(4000)),
        (BUDGET, {"type": "adaptive", "budget_tokens": 4000}, enabled(4000)),
        (BUDGET, {"budget_tokens": 100}, enabled(1024)),
        (BUDGET, {"type": "disabled"}, {}),
        (BUDGET, {"effort": "none"}, {}),
        # THINK-05: efforts as budgets.
        (BUDGET, {"effort": "minimal"}, enabled(1024)),
        (BUDGET, {"effort": "low"}, enabled(1024)),
        (BUDGET, {"effort": "medium"}, enabled(2048)),
        (BUDGET, {"effort": "high"}, enabled(4096)),
        (BUDGET, {"effort": "xhigh"}, enabled(8192)),
        (BUDGET, {"effort": "max"}, enabled(16384)),
        (BUDGET, {"type": "enabled"}, enabled(2048)),
        (BUDGET, {"effort": "high", "budget_tokens": 2000}, enabled(2000)),
        # The kind with both prefers adaptive thinking, and takes a budget that is asked for.
        (BOTH, {"type": "enabled"}, {"thinking": SHOWN}),
        (BOTH, {"effort": "low"}, shown("low")),
        (BOTH, {"type": "enabled", "budget_tokens": 4000}, enabled(4000)),
        (
            BOTH,
            {"budget_tokens": 4000, "effort": "max"},
            enabled(4000) | {"output_config": {"effort": "max"}},
        ),
        (BOTH, {"type": "adaptive", "budget_tokens": 4000}, shown("high")),
        # xhigh came with the model after it.
        (BOTH, {"effort": "xhigh"}, shown("high")),
        (BOTH, {"type": "disabled"}, {}),
        # Off by omission.
        (ADAPTIVE, {"type": "adaptive"}, {"thinking": SHOWN}),
        (
            ADAPTIVE,
            {"type": "enabled", "display": "omitted"},
            {"thinking": {"type": "adaptive", "display": "omitted"}},
        ),
        (ADAPTIVE, {"effort": "minimal"}, shown("low")),
        (ADAPTIVE, {"effort": "xhigh"}, shown("xhigh")),
        (ADAPTIVE, {"type": "disabled"}, {}),
        (ADAPTIVE, {"effort": "none"}, {}),
        (ADAPTIVE, {"type": "disabled", "effort": "high"}, {"output_config": {"effort": "high"}}),
        (ADAPTIVE, {"display": "omitted"}, {}),
        # Budgets become efforts.
        (ADAPTIVE, {"budget_tokens": 1024}, shown("low")),
        (ADAPTIVE, {"budget_tokens": 2000}, shown("medium")),
        (ADAPTIVE, {"budget_tokens": 4096}, shown("high")),
        (ADAPTIVE, {"budget_tokens": 8000}, shown("xhigh")),
        (ADAPTIVE, {"budget_tokens": 9000}, shown("max")),
        # On unless disabled, and disabled with an effort of high or less.
        (DEFAULT_ON, {"type": "disabled"}, {"thinking": {"type": "disabled"}}),
        (DEFAULT_ON, {"effort": "none"}, {"thinking": {"type": "disabled"}}),
        (
            DEFAULT_ON,
            {"type": "disabled", "effort": "max"},
            {"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}},
        ),
        (DEFAULT_ON, {"effort": "max"}, shown("max")),
        (
            DEFAULT_ON,
            {"display": "omitted"},
            {"thinking": {"type": "adaptive", "display": "omitted"}},
        ),
        (DEFAULT_ON, {}, {}),
        (BETWEEN_TOOLS, {"effort": "none"}, {"thinking": {"type": "between_tools"}}),
        (
            BETWEEN_TOOLS,
            {"type": "disabled", "effort": "xhigh"},
            {"thinking": {"type": "between_tools"}, "output_config": {"effort": "high"}},
        ),
        (BETWEEN_TOOLS, {"type": "enabled"}, {"thinking": SHOWN}),
        # Always on.
        (ALWAYS_ON, {"effort": "none"}, {"output_config": {"effort": "low"}}),
        (ALWAYS_ON, {"type": "disabled"}, {"output_config": {"effort": "low"}}),
        (ALWAYS_ON, {"effort": "medium"}, shown("medium")),
        # A Claude that came after this was written.
        (NEW_CLAUDE, {"effort": "high"}, shown("high")),
        # THINK-07.
        (NOVA, {"effort": "low"}, nova("low")),
        (NOVA, {"effort": "minimal"}, nova("low")),
        (NOVA, {"effort": "max"}, nova("high")),
        (NOVA, {"type": "enabled"}, nova("medium")),
        (NOVA, {"budget_tokens": 2048}, nova("low")),
        (NOVA, {"budget_tokens": 2049}, nova("medium")),
        (NOVA, {"budget_tokens": 8193}, nova("high")),
        (NOVA, {"effort": "none"}, {"reasoningConfig": {"type": "disabled"}}),
        (NOVA, {}, {}),
        (GPT_OSS, {"effort": "medium"}, {"reasoning_effort": "medium"}),
        (GPT_OSS, {"effort": "minimal"}, {"reasoning_effort": "low"}),
        (GPT_OSS, {"effort": "xhigh"}, {"reasoning_effort": "high"}),
        (GPT_OSS, {"effort": "none"}, {"reasoning_effort": "low"}),
        (GPT_OSS, {"type": "enabled"}, {"reasoning_effort": "medium"}),
        (GPT_OSS, {"budget_tokens": 10_000}, {"reasoning_effort": "high"}),
        (GPT, {"effort": "xhigh"}, {"reasoning": {"effort": "xhigh", "summary": "auto"}}),
        (GPT, {"effort": "minimal"}, {"reasoning": {"effort": "low", "summary": "auto"}}),
        (GPT, {"effort": "none"}, {"reasoning": {"effort": "none"}}),
        (GPT, {"effort": "high", "display": "omitted"}, {"reasoning": {"effort": "high"}}),
        (GPT, {"display": "summarized"}, {"reasoning": {"summary": "auto"}}),
        (GPT, {"display": "omitted"}, {}),
        ("us.openai.gpt-6-astra", {"effort": "none"}, {"reasoning": {"effort": "low"}}),
        (QWEN, {"effort": "high"}, {"reasoning_config": "high"}),
        (QWEN, {"effort": "max"}, {"reasoning_config": "high"}),
        (QWEN, {"effort": "none"}, {}),
        (
            UNKNOWN,
            {"type": "enabled", "budget_tokens": 500, "effort": "max"},
            nova("max", budgetTokens=500),
        ),
        (UNKNOWN, {}, {}),
    ],
)
def test_told(model: str, said: dict[str, Any], fields: dict[str, Any]) -> None:
    assert tell(model, **said)[0] == fields


@pytest.mark.parametrize(
    ("model", "said", "told"),
    [
        (BUDGET, {"budget_tokens": 4000}, []),
        (BUDGET, {"budget_tokens": 100}, ["a budget of 100 tokens became 1024"]),
        (BUDGET, {"budget_tokens": 90_000}, ["a budget of 90000 tokens became 63999"]),
        (BUDGET, {"effort": "high"}, ["effort high became a budget of 4096 tokens"]),
        (BUDGET, {"type": "enabled"}, ["no effort became a budget of 2048 tokens"]),
        (
            BUDGET,
            {"budget_tokens": 2000, "effort": "low"},
            ["effort was left out beside a budget"],
        ),
        (
            BUDGET,
            {"budget_tokens": 2000, "display": "omitted"},
            ["display was left out: this model takes no such order"],
        ),
        (BOTH, {"effort": "xhigh"}, ["effort xhigh became high"]),
        (ADAPTIVE, {"effort": "xhigh"}, []),
        (ADAPTIVE, {"budget_tokens": 2000}, ["a budget of 2000 tokens became effort medium"]),
        (
            ADAPTIVE,
            {"display": "omitted"},
            ["display was left out: nobody asked this model to think"],
        ),
        (DEFAULT_ON, {"type": "disabled", "effort": "max"}, ["effort max became high"]),
        (DEFAULT_ON, {"effort": "none"}, []),
        (
            ALWAYS_ON,
            {"type": "disabled"},
            ["this model cannot be kept from thinking: effort low instead"],
        ),
        (NOVA, {"effort": "xhigh"}, ["effort xhigh became high"]),
        (
            GPT_OSS,
            {"effort": "none"},
            ["this model cannot be kept from thinking: effort low instead"],
        ),
        (GPT, {"effort": "none"}, []),
        (
            LLAMA,
            {"effort": "high"},
            ["reasoning was left out: Converse has no such parameter"],
        ),
        (
            "us.deepseek.r1-v1:0",
            {"effort": "high"},
            ["reasoning was left out: Converse has no such parameter"],
        ),
    ],
)
def test_changes_are_told(model: str, said: dict[str, Any], told: list[str]) -> None:
    """Whatever was not done as asked is listed, and nothing else."""
    assert tell(model, **said)[2] == told


@pytest.mark.parametrize(
    ("model", "said", "asked", "left"),
    [
        # THINK-03: the text keeps its room; where nothing was said, the model's maximum stays.
        (BUDGET, {"budget_tokens": 2000}, Sampling(max_tokens=500), Sampling(max_tokens=2500)),
        (BUDGET, {"budget_tokens": 60_000}, Sampling(max_tokens=9000), Sampling(max_tokens=64_000)),
        (BUDGET, {"budget_tokens": 2000}, Sampling(), Sampling()),
        (BUDGET, {"type": "disabled"}, Sampling(max_tokens=500), Sampling(max_tokens=500)),
        (ADAPTIVE, {"effort": "high"}, Sampling(max_tokens=500), Sampling(max_tokens=500)),
        # THINK-04: thinking takes no other temperature than 1.
        (
            BUDGET,
            {"budget_tokens": 2000},
            Sampling(temperature=0.5, top_p=0.9, top_k=5),
            Sampling(),
        ),
        (BUDGET, {"budget_tokens": 2000}, Sampling(temperature=1.0), Sampling(temperature=1.0)),
        (BUDGET, {"type": "disabled"}, Sampling(temperature=0.5), Sampling(temperature=0.5)),
        (BOTH, {"effort": "low"}, Sampling(temperature=0.5, top_p=0.9), Sampling()),
        # THINK-07: Nova at high takes none of them, its length neither.
        (
            NOVA,
            {"effort": "high"},
            Sampling(max_tokens=9, temperature=0.5, top_p=0.9, top_k=5),
            Sampling(),
        ),
        (
            NOVA,
            {"effort": "medium"},
            Sampling(max_tokens=9, temperature=0.5, top_p=0.9),
            Sampling(max_tokens=9, temperature=0.5, top_p=0.9),
        ),
        (
            GPT_OSS,
            {"effort": "low"},
            Sampling(max_tokens=9, temperature=0.5, top_p=0.9),
            Sampling(max_tokens=9),
        ),
        (QWEN, {"effort": "low"}, Sampling(temperature=0.5), Sampling(temperature=0.5)),
    ],
)
def test_what_stands_beside(
    model: str, said: dict[str, Any], asked: Sampling, left: Sampling
) -> None:
    _, sampling, told = tell(model, sampling=asked, **said)

    assert sampling == left
    for name in ("temperature", "top_p", "max_tokens"):
        changed = getattr(asked, name) != getattr(left, name)
        assert any(detail.startswith(name) for detail in told) is changed


def test_budget_is_less_than_the_answer() -> None:
    """THINK-03: the budget counts in max_tokens, and must be the smaller of the two."""
    fields, sampling, _ = tell(BUDGET, sampling=Sampling(max_tokens=1), budget_tokens=999_999)

    assert fields["thinking"]["budget_tokens"] == 63_999
    assert sampling.max_tokens == 64_000


@pytest.mark.parametrize("model", [BUDGET, BOTH, ADAPTIVE, DEFAULT_ON, ALWAYS_ON])
def test_no_forced_tool_while_it_thinks(model: str) -> None:
    """THINK-04: Claude refuses both together, so the choice becomes auto, visibly."""
    asked = Request(
        model=model,
        messages=(HI,),
        tools=(Tool(name="f", input_schema=msgspec.Raw(b'{"type":"object"}')),),
        tool_choice=NamedChoice(name="f"),
        reasoning=ReasoningOptions(effort="low"),
    )

    ready, changes = prepare(asked, strict=False)

    assert ready.tool_choice == AutoChoice()
    assert any(change.detail.startswith("tool_choice became auto") for change in changes)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"effort": "ultra"}, "unsupported reasoning effort: ultra"),
        ({"type": "on"}, "unsupported reasoning type: on"),
        ({"display": "all"}, "unsupported reasoning display: all"),
    ],
)
def test_unknown_words(said: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        tell(BUDGET, **said)


@pytest.mark.parametrize("card", [card for card in cards() if card.reasoning], ids=lambda c: c.id)
@pytest.mark.parametrize("effort", ["none", "low", "max"])
def test_every_model_that_thinks_is_told_something(card: Any, effort: str) -> None:
    """*Trap: nothing sent unless effort is set*: an effort arrives, or is listed as left out."""
    fields, _, told = tell(card.id, effort=effort)

    by_omission = effort == "none" and card.reasoning in {"budget", "both", "adaptive", "qwen"}
    assert bool(fields) or bool(told) or by_omission


CALL = ToolUse(id="t1", name="f", arguments=msgspec.Raw(b"{}"))
RESULT = Message(role="user", content=(ToolResult(id="t1", content=(Text(text="1"),)),))
SAID = Text(text="So")
SEALED = RedactedReasoning(data=b"x")
THOUGHT = Reasoning(text="hm", signature="signed")


def model_said(*blocks: Block) -> Message:
    return Message(role="assistant", content=blocks)


@pytest.mark.parametrize(
    ("messages", "lost"),
    [
        pytest.param((), False, id="empty"),
        pytest.param((HI,), False, id="question"),
        pytest.param((HI, model_said(CALL), RESULT), True, id="lost"),
        pytest.param((HI, model_said(THOUGHT, CALL), RESULT), False, id="kept"),
        pytest.param((HI, model_said(SEALED, CALL), RESULT), False, id="sealed"),
        pytest.param((HI, model_said(Reasoning(text="hm"), CALL), RESULT), True, id="unsigned"),
        pytest.param((HI, model_said(CALL), RESULT, model_said(SAID), HI), False, id="old"),
        pytest.param(
            (HI, model_said(THOUGHT, CALL), RESULT, model_said(CALL), RESULT), False, id="step-two"
        ),
        pytest.param(
            (HI, model_said(CALL), RESULT, model_said(THOUGHT, CALL), RESULT), True, id="step-one"
        ),
        pytest.param((HI, model_said(CALL), RESULT, HI), True, id="result-and-words"),
        pytest.param((HI, model_said(SAID)), False, id="prefill"),
    ],
)
def test_lost_reasoning(messages: tuple[Message, ...], *, lost: bool) -> None:
    """THINK-09: a dialect that cannot carry reasoning brings the tool's result back without it."""
    assert is_reasoning_lost(messages) is lost


def test_lost_reasoning_turns_thinking_off() -> None:
    """Pain 18: rather an answer without thinking than a certain 400."""
    messages = (HI, model_said(CALL), RESULT)
    said = "it does not think in this call: the reasoning before its tool call is missing"

    budget = tell(BUDGET, messages=messages, sampling=Sampling(temperature=0.5), budget_tokens=2000)
    adaptive = tell(ADAPTIVE, messages=messages, effort="high")

    assert budget[:2] == ({}, Sampling(temperature=0.5))
    assert budget[2][0] == said
    assert adaptive[0] == shown("high")


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (BUDGET, enabled(4096)),
        (ADAPTIVE, shown("high")),
        (NOVA, nova("high")),
        (GPT_OSS, {"reasoning_effort": "high"}),
        (QWEN, {"reasoning_config": "high"}),
    ],
)
def test_effort_of_another_dialect(model: str, fields: dict[str, Any]) -> None:
    """OAI-07: what a Chat client calls reasoning_effort arrives in each model's own words."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": "Hi"}],
        "reasoning_effort": "high",
    }

    asked = openai_chat.decode_request(json.dumps(body).encode(), ())
    ready, changes = prepare(asked.request, strict=False)

    assert json.loads(bytes(ready.additional_model_request_fields or b"")) == fields
    assert all(change.rule == "reasoning" for change in changes)
