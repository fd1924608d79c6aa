"""The ``outcrop`` member of an answer: how it came about, and what Chat has no word for.

Place in the house: OpenAI Chat codec. In a stream it comes in two pieces: what is known when the
model stops, and what the service says after that.

Source: behaviour specification, OAI-15.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from outcrop.codecs.openai_chat.answer import Entry
from outcrop.types.content import Block, ToolUse
from outcrop.types.events import Metadata
from outcrop.types.responses import Adjustment, Call, Response, Stop

# The tiers that OpenAI's clients know; another one is told in `outcrop`.
_OPENAI_TIERS: Final = frozenset({"auto", "default", "flex", "scale", "priority"})
_EMPTY_OBJECT: Final = b"{}"


def early_facts(
    stop: Stop,
    call: Call,
    *,
    fields: msgspec.Raw | None,
    adjustments: Sequence[Adjustment],
    warnings: Sequence[str],
) -> Entry:
    """Say what is known when the model stops.

    Args:
        stop: Why it stopped.
        call: How the call was made.
        fields: What was asked of the model's own answer.
        adjustments: What was left out of this answer, beside what `call` says.
        warnings: What the client should know of the answer.
    """
    facts: Entry = {
        "resolved_model": call.resolved_model,
        "region": call.region,
        "stop_reason": stop.raw,
        "request_id": call.request_id,
        "adjustments": (*call.adjustments, *adjustments),
        "warnings": warnings,
    }
    if stop.sequence is not None:
        facts["stop_sequence"] = stop.sequence
    if call.served_by:
        facts["served_by"] = call.served_by
    if fields is not None:
        facts["additional_response_fields"] = fields
    return facts


def late_facts(told: Metadata | Response) -> Entry:
    """Say what the service tells of an answer when it is done."""
    tools = told.usage.server_tool_usage if told.usage is not None else None
    facts: Entry = {
        "latency_ms": told.latency_ms,
        "latency": told.latency,
        "service_tier": told.service_tier if openai_tier(told.service_tier) is None else None,
        "server_tool_usage": tools if tools is not None and bytes(tools) != _EMPTY_OBJECT else None,
        "trace": told.trace,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def openai_tier(tier: str | None) -> str | None:
    """Return the tier, where OpenAI has it too."""
    return tier if tier in _OPENAI_TIERS else None


def warnings_of(blocks: Iterable[Block]) -> list[str]:
    """Say which calls the client cannot run as they stand (TOOL-07)."""
    return [
        f"tool call {block.id} of {block.name}: {block.arguments_error}"
        for block in blocks
        if isinstance(block, ToolUse) and block.arguments_error is not None
    ]
