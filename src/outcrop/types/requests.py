"""The question: a conversation and how it shall be answered.

Place in the house: types. Immutable; make another with `msgspec.structs.replace`.

Options that one dialect has and another lacks stand here under one name; a codec that has no word
for one leaves it out, and `flow.prepare` says so before anything is sent.
"""

import msgspec

from outcrop.types.content import SystemBlock
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.tools import ToolChoice, ToolEntry


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How the next token is chosen, and when to stop. None leaves it to the model."""

    max_tokens: int | None = None
    temperature: float | None = None
    """0 to 1 on Bedrock."""
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: msgspec.Raw | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    extra: Extra | None = None


class ReasoningOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How long the model may think."""

    type: str | None = None
    """``"enabled"``, ``"disabled"`` or ``"adaptive"``."""
    budget_tokens: int | None = None
    effort: str | None = None
    """``"none"``, ``"minimal"``, ``"low"``, ``"medium"``, ``"high"``, ``"xhigh"``, ``"max"``."""
    display: str | None = None
    """``"summarized"`` or ``"omitted"``."""


class Guardrail(msgspec.Struct, frozen=True, kw_only=True):
    """Which guardrail watches over the exchange."""

    identifier: str | None = None
    version: str | None = None
    trace: str | None = None
    """``"enabled"``, ``"disabled"`` or ``"enabled_full"``."""
    stream_mode: str | None = None
    """``"sync"`` or ``"async"``; streams only."""
    extra: Extra | None = None


class TextFormat(msgspec.Struct, frozen=True, kw_only=True):
    """The answer shall be JSON of this schema."""

    type: str = "json_schema"
    """``"json_schema"``, or ``"json_object"`` for any JSON object."""
    schema: str = ""
    """The JSON schema as text, as AWS takes it; empty with ``"json_object"``."""
    name: str | None = None
    description: str | None = None
    strict: bool | None = None
    extra: Extra | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is asked of a model in one call."""

    model: str
    """Model id, profile id or ARN."""
    messages: tuple[Message, ...] = ()
    system: tuple[SystemBlock, ...] = ()
    sampling: Sampling = Sampling()
    tools: tuple[ToolEntry, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    reasoning: ReasoningOptions | None = None
    text_format: TextFormat | None = None
    effort: str | None = None
    """Converse's ``outputConfig.effort``."""
    guardrail: Guardrail | None = None
    additional_model_request_fields: msgspec.Raw | None = None
    """A JSON object with what only this model understands."""
    additional_model_response_field_paths: tuple[str, ...] = ()
    """JSON pointers, at most ten, into the model's own answer."""
    prompt_variables: dict[str, str] | None = None
    request_metadata: dict[str, str] | None = None
    """At most 16 labels for AWS's invocation log."""
    latency: str | None = None
    """``"standard"`` or ``"optimized"``."""
    service_tier: str | None = None
    """``"priority"``, ``"default"``, ``"flex"`` or ``"reserved"``."""
    extra: Extra | None = None
