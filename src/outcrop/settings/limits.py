"""How long, how often, how much: timeouts, retries and defaults of sampling.

Place in the house: settings. Pure.

Source: behaviour specification, CONF-14, CONF-15, CONF-16, CONF-17, RETRY-01.
"""

from typing import Final, Literal

import msgspec

from outcrop.errors import BadRequestError, ConfigError
from outcrop.http import Timeouts
from outcrop.settings.values import (
    DEFAULT,
    Value,
    Variables,
    first_set,
    number_between,
    read_as,
)

MAX_TOKENS_LIMIT: Final = 2_147_483_647
"""Largest maxTokens that the wire takes."""

DEFAULT_RETRIES: Final = 3
CONTROL_S: Final = 30.0
"""How long the control plane may take, seconds."""
EMBEDDING_S: Final = 60.0
"""How long an embedding may take, seconds."""

_LONGEST_S: Final = 7 * 24 * 3600.0
_MOST_RETRIES: Final = 100
# Whose models have a maximum of their own in the environment.
_VENDOR_MAX_TOKENS: Final = (
    ("anthropic", "ANTHROPIC_MAX_TOKENS"),
    ("openai", "OPENAI_MAX_TOKENS"),
)


class SamplingDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a call gets that does not say. None leaves it to the model."""

    max_tokens: Value[int] | None = None
    vendor_max_tokens: tuple[tuple[str, Value[int]], ...] = ()
    """For models of one vendor, where `max_tokens` is None."""
    temperature: Value[float] | None = None
    top_p: Value[float] | None = None

    def max_tokens_for(self, vendor: str, asked: int | None = None) -> Value[int] | None:
        """Return the maximum for a call to a model of `vendor`, and where it was set.

        Args:
            vendor: First label of the model's bare id.
            asked: What the call says; None, 0 and less say nothing.

        Raises:
            BadRequestError: `asked` is more than the wire takes.
        """
        if asked is not None and asked > MAX_TOKENS_LIMIT:
            raise BadRequestError(f"max_tokens is {asked}; the most is {MAX_TOKENS_LIMIT}")
        by_call = Value(asked, "max_tokens=") if asked and asked > 0 else None
        return first_set(by_call, self.max_tokens, dict(self.vendor_max_tokens).get(vendor))


def choose_sampling(
    variables: Variables,
    *,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
) -> SamplingDefaults:
    """Choose the defaults of sampling: argument, then environment, then the model's own.

    Raises:
        ConfigError: A value cannot be read, or is out of its range.
    """
    vendors = ((vendor, _token_count(variables, name)) for vendor, name in _VENDOR_MAX_TOKENS)
    return SamplingDefaults(
        max_tokens=first_set(
            _passed_count(max_tokens), _token_count(variables, "BEDROCK_MAX_TOKENS")
        ),
        vendor_max_tokens=tuple((vendor, count) for vendor, count in vendors if count),
        temperature=_fraction(variables, "temperature", temperature, "BEDROCK_TEMPERATURE"),
        top_p=_fraction(variables, "top_p", top_p, "BEDROCK_TOP_P"),
    )


def choose_timeouts(variables: Variables, timeout: float | Timeouts | None) -> Value[Timeouts]:
    """Choose how long each stage of a call may take.

    One number is the longest wait for the first byte and between two chunks, and no connection
    is waited for longer than that.

    Raises:
        ConfigError: The number cannot be read, or is not more than 0.
    """
    if isinstance(timeout, Timeouts):
        return Value(timeout, "timeout=")
    seconds = _seconds(variables, timeout)
    if seconds is None:
        return Value(Timeouts(), DEFAULT)
    limit = seconds.value
    connect = min(Timeouts().connect_s, limit)
    return Value(Timeouts(connect_s=connect, first_byte_s=limit, idle_s=limit), seconds.origin)


def control_timeouts(timeouts: Timeouts) -> Timeouts:
    """Return the timeouts of the control plane: at most `CONTROL_S` for each stage."""
    return Timeouts(
        connect_s=min(timeouts.connect_s, CONTROL_S),
        first_byte_s=min(timeouts.first_byte_s, CONTROL_S),
        idle_s=min(timeouts.idle_s, CONTROL_S),
    )


def embedding_timeouts(timeouts: Value[Timeouts]) -> Timeouts:
    """Return the timeouts of embeddings: `EMBEDDING_S` where nobody chose any."""
    if timeouts.origin != DEFAULT:
        return timeouts.value
    return Timeouts(
        connect_s=timeouts.value.connect_s, first_byte_s=EMBEDDING_S, idle_s=EMBEDDING_S
    )


def choose_retries(variables: Variables, max_retries: int | None) -> Value[int]:
    """Choose how often a failed call is sent again.

    Raises:
        ConfigError: It is no whole number from 0 to 100.
    """
    text = variables.get("OUTCROP_MAX_RETRIES")
    if max_retries is not None:
        text = Value(str(max_retries), "max_retries=")
    if text is None:
        return Value(DEFAULT_RETRIES, DEFAULT)
    return read_as(text, _retries, f"a whole number from 0 to {_MOST_RETRIES}")


def choose_strictness(variables: Variables, unsupported_params: str | None) -> Value[str]:
    """Choose what becomes of parameters that cannot be sent: ``"warn"`` or ``"error"``.

    Raises:
        ConfigError: It is neither.
    """
    text = variables.get("OUTCROP_UNSUPPORTED_PARAMS")
    if unsupported_params is not None:
        text = Value(unsupported_params.strip(), "unsupported_params=")
    if text is None:
        return Value("warn", DEFAULT)
    return read_as(text, _strictness, "warn or error")


def _seconds(variables: Variables, timeout: float | None) -> Value[float] | None:
    text = variables.get("OUTCROP_TIMEOUT")
    if timeout is not None:
        text = Value(str(timeout), "timeout=")
    return read_as(text, _positive_seconds, "a number of seconds above 0") if text else None


def _positive_seconds(text: str) -> float:
    seconds = number_between(0, _LONGEST_S)(text)
    if not seconds:
        raise ValueError(text)
    return seconds


def _passed_count(max_tokens: int | None) -> Value[int] | None:
    if max_tokens is None or max_tokens <= 0:
        return None
    if max_tokens > MAX_TOKENS_LIMIT:
        raise ConfigError(f"max_tokens= is {max_tokens}; the most is {MAX_TOKENS_LIMIT}")
    return Value(max_tokens, "max_tokens=")


def _token_count(variables: Variables, name: str) -> Value[int] | None:
    text = variables.get(name)
    if text is None:
        return None
    count = read_as(text, _count, f"a whole number of tokens up to {MAX_TOKENS_LIMIT}")
    return count if count.value > 0 else None


def _count(text: str) -> int:
    number = int(text)
    if number > MAX_TOKENS_LIMIT:
        raise ValueError(text)
    return number


def _fraction(
    variables: Variables, argument_name: str, passed: float | None, name: str
) -> Value[float] | None:
    text = variables.get(name)
    if passed is not None:
        text = Value(str(passed), f"{argument_name}=")
    return read_as(text, number_between(0, 1), "a number from 0 to 1") if text else None


def _retries(text: str) -> int:
    number = int(text)
    if not 0 <= number <= _MOST_RETRIES:
        raise ValueError(text)
    return number


def _strictness(text: str) -> Literal["warn", "error"]:
    lower = text.lower()
    if lower == "warn":
        return "warn"
    if lower == "error":
        return "error"
    raise ValueError(text)
