"""How a request shall be answered: thinking, the form of the answer, tier and labels.

Place in the house: the Anthropic codec. Used by `request` and `unsupported`.

Source: behaviour specification, THINK-02, THINK-03, ANTH-02, CONV-07; recordings.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.codecs.anthropic import wire
from outcrop.codecs.anthropic.surplus import decode_extra, encode_extra
from outcrop.types.requests import Guardrail, ReasoningOptions, Request, TextFormat

DEFAULT_MAX_TOKENS: Final = 4096
"""Tokens of an answer where the caller names no limit: this API requires one."""

USER_ID: Final = "user_id"
"""The one label that this API has a place for."""

_OFF: Final = "none"
_DISABLED: Final = "disabled"
_BUDGETED: Final = "enabled"
_ADAPTIVE: Final = "adaptive"


def decode_thinking(
    thinking: wire.Thinking | None,
) -> ReasoningOptions | None:
    """Read how the model shall think."""
    if thinking is None:
        return None
    return ReasoningOptions(
        type=thinking.type, budget_tokens=thinking.budget_tokens, display=thinking.display
    )


def encode_thinking(options: ReasoningOptions | None) -> wire.Thinking | None:
    """Write how the model shall think; an effort alone means thinking, as everywhere."""
    if options is None:
        return None
    kind = options.type or _kind_of(options)
    if kind is None:
        return None
    return wire.Thinking(type=kind, budget_tokens=options.budget_tokens, display=options.display)


def _kind_of(options: ReasoningOptions) -> str | None:
    if options.budget_tokens is not None:
        return _BUDGETED
    if options.effort is None:
        return _ADAPTIVE if options.display is not None else None
    return _DISABLED if options.effort == _OFF else _ADAPTIVE


def encode_output(request: Request) -> wire.OutputConfig | None:
    """Write the form of the answer and the effort spent on it."""
    effort = request.effort
    if effort is None and request.reasoning is not None and request.reasoning.effort != _OFF:
        effort = request.reasoning.effort
    form = _encode_format(request.text_format)
    if form is None and effort is None:
        return None
    return wire.OutputConfig(effort=effort, format=form)


def is_sayable_format(text_format: TextFormat) -> bool:
    """Tell whether this wire has a word for the form: it knows forms with a schema only."""
    return text_format.type == "json_schema"


def _encode_format(text_format: TextFormat | None) -> wire.JsonFormat | None:
    if text_format is None or not is_sayable_format(text_format):
        return None
    return wire.JsonFormat(
        schema=msgspec.Raw(text_format.schema.encode()), surplus=encode_extra(text_format.extra)
    )


def decode_format(output: wire.OutputConfig | None) -> TextFormat | None:
    """Read the form of the answer."""
    form = None if output is None else output.format
    if form is None:
        return None
    return TextFormat(schema=bytes(form.schema).decode(), extra=decode_extra(form.surplus))


def budget_of(request: Request) -> int:
    """Return how many tokens may be thought, which come on top of those of the answer."""
    options, fields = request.reasoning, request.additional_model_request_fields
    if options is not None and options.budget_tokens is not None:
        return options.budget_tokens
    if fields is None:
        return 0
    try:
        return _FIELDS.decode(fields).thinking.budget_tokens
    except (msgspec.DecodeError, UnicodeDecodeError):
        # What a caller wrote there is the service's to refuse.
        return 0


class _Budget(msgspec.Struct, frozen=True):
    budget_tokens: int = 0


class _Fields(msgspec.Struct):
    thinking: _Budget = _Budget()


_FIELDS: Final = msgspec.json.Decoder(_Fields)


def encode_labels(labels: dict[str, str] | None) -> wire.Metadata | None:
    """Write who asks; other labels travel in a header, where the API takes them at all."""
    user = None if labels is None else labels.get(USER_ID)
    return None if user is None else wire.Metadata(user_id=user)


def decode_labels(metadata: wire.Metadata | None) -> dict[str, str] | None:
    """Read who asks."""
    if metadata is None or metadata.user_id is None:
        return None
    return {USER_ID: metadata.user_id}


_TIERS: Final[Mapping[str | None, str | None]] = MappingProxyType(
    {"auto": None, "standard_only": "default"}
)


def decode_tier(tier: str | None) -> str | None:
    """Read which tier; ``auto`` is what nobody needs to say."""
    return _TIERS.get(tier, tier)


def encode_tier(tier: str | None) -> str | None:
    """Write which tier."""
    return "standard_only" if tier == "default" else tier


_MODES: Final[Mapping[str, str]] = MappingProxyType(
    {"SYNCHRONOUS": "sync", "ASYNCHRONOUS": "async"}
)
_MODE_WORDS: Final = MappingProxyType({ours: theirs for theirs, ours in _MODES.items()})


def decode_guardrail(config: wire.GuardrailConfig | None) -> Guardrail | None:
    """Read how the guardrail reads a stream; which one it is stands in the headers."""
    mode = None if config is None else config.stream_processing_mode
    return None if mode is None else Guardrail(stream_mode=_MODES.get(mode, mode))


def encode_guardrail(guardrail: Guardrail | None) -> wire.GuardrailConfig | None:
    """Write how the guardrail reads a stream."""
    mode = None if guardrail is None else guardrail.stream_mode
    if mode is None:
        return None
    return wire.GuardrailConfig(stream_processing_mode=_MODE_WORDS.get(mode, mode))
