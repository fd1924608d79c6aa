"""Where models deviate from what the Converse reference says, one row a deviation.

Place in the house: models. Data and one lookup: what a model refuses, and where it takes what
Converse has no member for. How a model is told to think stands on its card.

    quirks_of("us.anthropic.claude-haiku-4-5-20251001-v1:0").top_k  # ("top_k",)

Advice, not law, like the cards: of a model that no row knows, the reference is believed.

Source: behaviour specification, CONV-04, FALL-12, MSG-01, MSG-07, THINK-04 to -08, TOOL-09,
TOOL-11, STRUCT-01; each row names what it was seen in.
"""

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

import msgspec

from outcrop.errors import BadRequestError
from outcrop.models.card import Reasoning
from outcrop.models.ids import parse_model_id


class Quirks(msgspec.Struct, frozen=True, kw_only=True):
    """Deviations of one model. The defaults describe a model that nobody told us of."""

    tool_status: bool = False
    """Whether a failed tool's result may say so in its ``status``, and not in its text."""
    signed_reasoning: bool = False
    """Whether reasoning in the history is refused where it carries no signature."""
    bare_prefill: bool = False
    """Whether an assistant turn at the end may not end in white space."""
    results_alone: bool = False
    """Whether the user's words are refused in a turn that holds tool results."""
    late_system: bool = False
    """Whether a system message may stand inside the conversation."""
    forced_choice: bool = True
    """Whether the choice of a tool may be forced."""
    json_schema: bool = False
    """Whether it is known to take a schema of the answer as such (STRUCT-01)."""
    uncited_json: bool = False
    """Whether it refuses to cite documents in an answer of a given schema (STRUCT-05)."""
    single_call: bool = False
    """Whether ``tool_choice.disable_parallel_tool_use`` limits it to one call a turn."""
    top_k: tuple[str, ...] = ()
    """Path of top_k inside ``additionalModelRequestFields``; empty where it has no place."""
    efforts: tuple[str, ...] = ()
    """Efforts it takes, the weakest first; empty where nobody told."""
    effort_field: tuple[str, ...] = ()
    """Path of the effort inside ``additionalModelRequestFields``, where it has one of its own."""
    summary_field: tuple[str, ...] | None = None
    """Path at which ``"auto"`` asks it to show its reasoning; empty or None: it need not be asked.
    """
    unlisted_reasoning: Reasoning | None = None
    """How a model of this kind is told to think when it has no card yet."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of models has in common."""

    models: tuple[str, ...]
    """Bare ids as shell patterns."""
    quirks: Quirks
    why: str
    seen: str
    """Where, and when."""


_CLAUDE_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")

ROWS: Final = (
    Row(
        models=("anthropic.claude-*",),
        quirks=Quirks(
            tool_status=True,
            signed_reasoning=True,
            bare_prefill=True,
            top_k=("top_k",),
            efforts=_CLAUDE_EFFORTS,
            unlisted_reasoning="adaptive",
            uncited_json=True,
        ),
        why="status only means something to Claude and Nova; an unsigned thinking block is a 400; "
        "a final assistant turn may not end in white space; later models think adaptively; "
        "citations beside a schema are a 400",
        seen="behaviour specification TOOL-09, THINK-08, MSG-07, CONV-04, THINK-06, STRUCT-05; "
        "vercel/ai#7034",
    ),
    Row(
        models=("anthropic.claude-*-4-6*",),
        quirks=Quirks(efforts=("low", "medium", "high", "max")),
        why="effort xhigh came with the model after it",
        seen="reference.langchain.com, ANTHROPIC_EFFORTS_NO_MAX, 2026-11: max from 4.6, xhigh from "
        "4.7 on",
    ),
    Row(
        models=(
            "anthropic.claude-*-4-[5-8]*",
            "anthropic.claude-opus-5*",
            "anthropic.claude-sonnet-5*",
            "anthropic.claude-haiku-5*",
            "anthropic.claude-fable-*",
            "anthropic.claude-mythos-*",
        ),
        quirks=Quirks(single_call=True),
        why="older ones answer 400, extraneous key",
        seen="BerriAI/litellm#34347 and #36536 (real calls, 2026-07), vercel/ai#15112",
    ),
    Row(
        models=(
            "anthropic.claude-opus-4-8*",
            "anthropic.claude-opus-5*",
            "anthropic.claude-sonnet-5*",
            "anthropic.claude-haiku-5*",
            "anthropic.claude-fable-*",
            "anthropic.claude-mythos-*",
        ),
        quirks=Quirks(late_system=True),
        why="earlier ones answer: role 'system' is not supported on this model",
        seen="behaviour specification MSG-01; simonw/llm-anthropic#73, 2026-05",
    ),
    Row(
        models=(
            "anthropic.claude-opus-5-5*",
            "anthropic.claude-sonnet-5-5*",
            "anthropic.claude-fable-5-1*",
        ),
        quirks=Quirks(forced_choice=False, json_schema=True),
        why="forced tool use returns an error, so that schemas have no other way",
        seen="behaviour specification THINK-04; platform.claude.com, Claude Sonnet 5.5, 2026-11",
    ),
    Row(
        models=("anthropic.claude-*-4-5*", "anthropic.claude-*-4-6*"),
        quirks=Quirks(json_schema=True),
        why="structured output came with these; for later ones nobody has said so",
        seen="Amazon Bedrock User Guide, Structured outputs of Claude, 2026-11; recordings "
        "pydantic-ai 5f72c8e503 (Sonnet 4.5), f639ad2bbf (Sonnet 4.6)",
    ),
    Row(
        models=(
            "google.gemma-3-*",
            "minimax.minimax-*",
            "mistral.mistral-large-3-*",
            "nvidia.nemotron-*",
            "qwen.qwen3-*",
            "zai.glm-*",
        ),
        quirks=Quirks(json_schema=True),
        why="open models have structured output",
        seen="recordings pydantic-ai 192dde258e, 5904b07e5c, 03cbab41a4, 48643e207a, c92a3bf9d7, "
        "7c3f3a4377, one of each",
    ),
    Row(
        models=("deepseek.v3*", "moonshot*.kimi-*", "openai.gpt-oss-*"),
        quirks=Quirks(json_schema=True),
        why="open models have structured output",
        seen="behaviour specification STRUCT-01; langchain-ai/langchain-aws#883, quoting AWS",
    ),
    Row(
        models=("amazon.nova-*",),
        quirks=Quirks(tool_status=True, top_k=("inferenceConfig", "topK")),
        why="status only means something to Claude and Nova; top_k stands beside Nova's own "
        "sampling members",
        seen="behaviour specification TOOL-09, CONV-04; recording openllmetry c85956bf4b",
    ),
    Row(
        models=("amazon.nova-2-*",),
        quirks=Quirks(efforts=("low", "medium", "high")),
        why="maxReasoningEffort knows three words",
        seen="Amazon Nova 2 User Guide, Extended thinking; behaviour specification THINK-07",
    ),
    Row(
        models=("meta.llama*", "mistral.*"),
        quirks=Quirks(results_alone=True),
        why="400, Conversation blocks and tool result blocks cannot be provided in the same turn",
        seen="behaviour specification FALL-12; strands-agents/harness-sdk#1223 (Llama 4, 2025-11)",
    ),
    Row(
        models=("mistral.*",),
        quirks=Quirks(top_k=("top_k",)),
        why="top_k stands under its own name",
        seen="behaviour specification CONV-04",
    ),
    Row(
        models=("cohere.*",),
        quirks=Quirks(top_k=("k",)),
        why="Cohere calls it k",
        seen="behaviour specification CONV-04",
    ),
    Row(
        models=("openai.*",),
        quirks=Quirks(
            efforts=("none", "low", "medium", "high", "xhigh", "max"),
            effort_field=("reasoning", "effort"),
            summary_field=("reasoning", "summary"),
        ),
        why="400 Unknown parameter: 'reasoning_effort'; with a summary the reasoning comes back "
        "as text",
        seen="real calls to GPT-5.6: kortix-ai/suna#6893, vercel/ai#19403 (2026-08), "
        "anomalyco/opencode#48195 (2026-09); minimal is refused",
    ),
    Row(
        models=("openai.gpt-oss-*",),
        quirks=Quirks(
            efforts=("low", "medium", "high"),
            effort_field=("reasoning_effort",),
            summary_field=(),
        ),
        why="an open model of the Chat Completions API, which always thinks",
        seen="recordings openai.gpt-oss-120b-1:0 with reasoning_effort medium and high; efforts: "
        "anomalyco/models.dev#2077",
    ),
    Row(
        models=("openai.gpt-6-astra*",),
        quirks=Quirks(efforts=_CLAUDE_EFFORTS),
        why="none is refused",
        seen="anomalyco/opencode#48195, 2026-09",
    ),
    Row(
        models=("qwen.*",),
        quirks=Quirks(efforts=("low", "medium", "high"), effort_field=("reasoning_config",)),
        why="the effort is the whole member",
        seen="recordings qwen.qwen3-32b-v1:0 with reasoning_config high; behaviour specification "
        "THINK-07",
    ),
)
"""All of them; where two speak of the same thing, the later wins."""


@lru_cache(maxsize=512)
def quirks_of(model: str) -> Quirks:
    """Return the deviations of a model, whichever of its names is given."""
    base = _base(model)
    found: dict[str, Any] = {}
    for row in ROWS:
        if any(fnmatchcase(base, pattern) for pattern in row.models):
            found |= _deviations(row.quirks)
    return Quirks(**found)


def _base(model: str) -> str:
    try:
        return parse_model_id(model).base
    except BadRequestError:
        return ""


_USUAL: Final = Quirks()


def _deviations(quirks: Quirks) -> dict[str, Any]:
    return {
        name: value
        for name in Quirks.__struct_fields__
        if (value := getattr(quirks, name)) != getattr(_USUAL, name)
    }
