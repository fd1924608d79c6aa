"""How the answer shall be made: sampling, reasoning, form, tier.

Place in the house: OpenAI Chat codec.

Source: behaviour specification, OAI-02 to -04, OAI-06, OAI-07, OAI-10 to -12, CONF-14, CONV-03,
STRUCT-01, STRUCT-04, THINK-05.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.codecs.openai_chat import wire
from outcrop.protocols.refusal import refused
from outcrop.types.requests import ReasoningOptions, Sampling, TextFormat
from outcrop.types.responses import Adjustment

MAX_TOKENS: Final = 2_147_483_647
EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

_THINKING_TYPES: Final = ("enabled", "disabled", "adaptive")

# What OpenAI calls a tier, and what Bedrock does; None leaves it out.
_TIERS: Final[Mapping[str, str | None]] = MappingProxyType(
    {
        "auto": None,
        "default": "default",
        "flex": "flex",
        "priority": "priority",
        "reserved": "reserved",
        "fast": "priority",
        "scale": None,
    }
)
_RENAMED_TIERS: Final[Mapping[str, Adjustment]] = MappingProxyType(
    {
        "fast": Adjustment(rule="service_tier", detail="service_tier fast became priority"),
        "scale": Adjustment(
            rule="service_tier", detail="service_tier scale was ignored: Bedrock has no such tier"
        ),
    }
)
_TEMPERATURE_CLAMPED: Final = Adjustment(
    rule="temperature_clamped", detail="temperature above 1 became 1, the highest Bedrock takes"
)
_STOP_DROPPED: Final = Adjustment(rule="empty_stop", detail="empty stop sequences were left out")


def decode_sampling(request: wire.Request, changes: list[Adjustment]) -> Sampling:
    """Read how tokens are chosen and when to stop.

    Raises:
        BadRequestError: A number is out of its range.
    """
    return Sampling(
        max_tokens=_max_tokens(request),
        temperature=_temperature(request.temperature, changes),
        top_p=_top_p(request.top_p),
        stop_sequences=_stop_sequences(request.stop, changes),
        top_k=request.top_k,
        seed=request.seed,
        presence_penalty=request.presence_penalty,
        frequency_penalty=request.frequency_penalty,
        logit_bias=request.logit_bias if wire.given(request.logit_bias) else None,
        logprobs=request.logprobs,
        top_logprobs=request.top_logprobs,
    )


def _max_tokens(request: wire.Request) -> int | None:
    for name in ("max_tokens", "max_completion_tokens"):
        limit: int | None = getattr(request, name)
        if limit is None or limit <= 0:
            continue
        if limit > MAX_TOKENS:
            raise refused(f"{name} must be at most {MAX_TOKENS}", name)
        return limit
    return None


def _temperature(value: float | None, changes: list[Adjustment]) -> float | None:
    if value is None or 0 <= value <= 1:
        return value
    if value < 0:
        raise refused("temperature must be at least 0", "temperature")
    changes.append(_TEMPERATURE_CLAMPED)
    return 1.0


def _top_p(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise refused("top_p must be between 0 and 1", "top_p")
    return value


def _stop_sequences(
    stop: str | tuple[str, ...] | None, changes: list[Adjustment]
) -> tuple[str, ...]:
    if stop is None:
        return ()
    given = (stop,) if isinstance(stop, str) else stop
    kept = tuple(sequence for sequence in given if sequence)
    if len(kept) < len(given):
        changes.append(_STOP_DROPPED)
    return kept


def decode_reasoning(request: wire.Request) -> ReasoningOptions | None:
    """Read how long the model may think, from the three ways there are to say it.

    Where two of them speak of the same thing, ``thinking`` beats ``reasoning``, and that
    ``reasoning_effort``.

    Raises:
        BadRequestError: An effort or a kind of thinking is unknown.
    """
    if request.reasoning_effort is None and request.reasoning is None and request.thinking is None:
        return None
    thinking, reasoning = request.thinking or _NO_THINKING, request.reasoning or _NO_REASONING
    effort = reasoning.effort or request.reasoning_effort
    if effort is not None and effort not in EFFORTS:
        path = "reasoning.effort" if reasoning.effort else "reasoning_effort"
        raise refused(f"unsupported {path}: {effort}; give one of {', '.join(EFFORTS)}", path)
    if thinking.type is not None and thinking.type not in _THINKING_TYPES:
        raise refused(f"unsupported thinking.type: {thinking.type}", "thinking.type")
    options = ReasoningOptions(
        type=thinking.type or _enabled(reasoning.enabled),
        budget_tokens=thinking.budget_tokens or reasoning.max_tokens,
        effort=effort,
        display=thinking.display or _display(reasoning),
    )
    return options if options != _NO_OPTIONS else None


_NO_THINKING: Final = wire.Thinking()
_NO_REASONING: Final = wire.Reasoning()
_NO_OPTIONS: Final = ReasoningOptions()


def _enabled(enabled: bool | None) -> str | None:  # noqa: FBT001 - JSON's own true, false, null
    return None if enabled is None else ("enabled" if enabled else "disabled")


def _display(reasoning: wire.Reasoning) -> str | None:
    if reasoning.exclude:
        return "omitted"
    return "summarized" if reasoning.summary else None


def decode_text_format(response_format: wire.ResponseFormat | None) -> TextFormat | None:
    """Read the form that the answer shall have.

    Raises:
        BadRequestError: The form is unknown, or its schema is no object.
    """
    if response_format is None or response_format.type == "text":
        return None
    if response_format.type == "json_object":
        return TextFormat(type="json_object")
    if response_format.type != "json_schema":
        path = "response_format.type"
        raise refused(f"unsupported response_format type: {response_format.type}", path)
    return _decode_schema(response_format.json_schema or wire.JsonSchema())


def _decode_schema(given: wire.JsonSchema) -> TextFormat:
    path = "response_format.json_schema.schema"
    if not wire.given(given.schema):
        raise refused(f"{path} is required", path)
    if memoryview(given.schema)[0] != ord("{"):
        raise refused(f"{path} must be an object", path)
    return TextFormat(
        schema=bytes(given.schema).decode(),
        name=given.name,
        description=given.description,
        strict=given.strict,
    )


def decode_service_tier(tier: str | None, changes: list[Adjustment]) -> str | None:
    """Read which tier shall serve.

    Raises:
        BadRequestError: The tier is unknown.
    """
    if tier is None:
        return None
    if tier not in _TIERS:
        raise refused(f"unsupported service_tier: {tier}", "service_tier")
    if tier in _RENAMED_TIERS:
        changes.append(_RENAMED_TIERS[tier])
    return _TIERS[tier]
