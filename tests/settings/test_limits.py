"""Timeouts, retries, defaults of sampling."""

import pytest

from outcrop.errors import BadRequestError, ConfigError
from outcrop.http import Timeouts
from outcrop.settings.limits import (
    SamplingDefaults,
    choose_retries,
    choose_sampling,
    choose_strictness,
    choose_timeouts,
    control_timeouts,
)
from outcrop.settings.values import Value, Variables

NOTHING = Variables({})


@pytest.mark.parametrize(
    ("environ", "vendor", "asked", "expected"),
    [
        ({"BEDROCK_MAX_TOKENS": "100"}, "anthropic", 7, Value(7, "max_tokens=")),
        (
            {"BEDROCK_MAX_TOKENS": "100", "ANTHROPIC_MAX_TOKENS": "200"},
            "anthropic",
            None,
            Value(100, "BEDROCK_MAX_TOKENS"),
        ),
        ({"ANTHROPIC_MAX_TOKENS": "200"}, "anthropic", None, Value(200, "ANTHROPIC_MAX_TOKENS")),
        ({"ANTHROPIC_MAX_TOKENS": "200"}, "meta", None, None),
        ({"OPENAI_MAX_TOKENS": "300"}, "openai", None, Value(300, "OPENAI_MAX_TOKENS")),
        ({"OPENAI_MAX_TOKENS": "300"}, "anthropic", None, None),
        ({"BEDROCK_MAX_TOKENS": "100"}, "meta", 0, Value(100, "BEDROCK_MAX_TOKENS")),
        ({"BEDROCK_MAX_TOKENS": "100"}, "meta", -1, Value(100, "BEDROCK_MAX_TOKENS")),
        ({"BEDROCK_MAX_TOKENS": "0", "ANTHROPIC_MAX_TOKENS": "-5"}, "anthropic", None, None),
        ({}, "anthropic", None, None),
    ],
)
def test_max_tokens(
    environ: dict[str, str], vendor: str, asked: int | None, expected: Value[int] | None
) -> None:
    """CONF-14: call, then environment, then the vendor's own; 0 and less are unset."""
    defaults = choose_sampling(Variables(environ))

    assert defaults.max_tokens_for(vendor, asked) == expected


def test_client_option_beats_the_environment() -> None:
    """CONF-01: an argument of the client comes before any variable."""
    environ = Variables(
        {"BEDROCK_MAX_TOKENS": "100", "BEDROCK_TEMPERATURE": "0.1", "BEDROCK_TOP_P": "0.2"}
    )

    chosen = choose_sampling(environ, max_tokens=5, temperature=0.5, top_p=0.6)

    assert chosen == SamplingDefaults(
        max_tokens=Value(5, "max_tokens="),
        temperature=Value(0.5, "temperature="),
        top_p=Value(0.6, "top_p="),
    )


def test_sampling_from_the_environment() -> None:
    """CONF-15."""
    chosen = choose_sampling(Variables({"BEDROCK_TEMPERATURE": "0", "BEDROCK_TOP_P": "0.9"}))

    assert chosen.temperature == Value(0.0, "BEDROCK_TEMPERATURE")
    assert chosen.top_p == Value(0.9, "BEDROCK_TOP_P")


def test_too_many_tokens_asked() -> None:
    """CONF-14: more than the wire takes is refused before sending."""
    assert SamplingDefaults().max_tokens_for("meta", 2_147_483_647) == Value(
        2_147_483_647, "max_tokens="
    )
    with pytest.raises(BadRequestError, match="2147483648"):
        SamplingDefaults().max_tokens_for("meta", 2_147_483_648)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BEDROCK_MAX_TOKENS", "many"),
        ("BEDROCK_MAX_TOKENS", "2147483648"),
        ("ANTHROPIC_MAX_TOKENS", "1e3"),
        ("BEDROCK_TEMPERATURE", "hot"),
        ("BEDROCK_TEMPERATURE", "1.5"),
        ("BEDROCK_TOP_P", "-0.1"),
    ],
)
def test_unreadable_variables_stop_the_start(name: str, text: str) -> None:
    """CONF-04: the message names variable and value."""
    with pytest.raises(ConfigError, match=f"{name} is '{text}'"):
        choose_sampling(Variables({name: text}))


def test_impossible_client_options() -> None:
    """An argument is checked like a variable."""
    with pytest.raises(ConfigError, match="max_tokens= is 2147483648"):
        choose_sampling(NOTHING, max_tokens=2_147_483_648)
    with pytest.raises(ConfigError, match="temperature= is '2'"):
        choose_sampling(NOTHING, temperature=2)


@pytest.mark.parametrize(
    ("environ", "timeout", "expected"),
    [
        ({}, None, Value(Timeouts(connect_s=10, first_byte_s=600, idle_s=300), "default")),
        (
            {"OUTCROP_TIMEOUT": "1200"},
            None,
            Value(Timeouts(connect_s=10, first_byte_s=1200, idle_s=1200), "OUTCROP_TIMEOUT"),
        ),
        (
            {"OUTCROP_TIMEOUT": "1200"},
            2.5,
            Value(Timeouts(connect_s=2.5, first_byte_s=2.5, idle_s=2.5), "timeout="),
        ),
        ({}, Timeouts(idle_s=7), Value(Timeouts(idle_s=7), "timeout=")),
    ],
)
def test_timeouts(
    environ: dict[str, str], timeout: float | Timeouts | None, expected: Value[Timeouts]
) -> None:
    """CONF-16: one number for every wait, or each on its own."""
    assert choose_timeouts(Variables(environ), timeout) == expected


@pytest.mark.parametrize("text", ["soon", "0", "-1", "inf", "nan"])
def test_bad_timeout(text: str) -> None:
    """No wait at all, and waiting for ever, are slips."""
    with pytest.raises(ConfigError, match=f"OUTCROP_TIMEOUT is '{text}'"):
        choose_timeouts(Variables({"OUTCROP_TIMEOUT": text}), None)


@pytest.mark.parametrize(
    ("timeouts", "expected"),
    [
        (Timeouts(), Timeouts(connect_s=10, first_byte_s=30, idle_s=30)),
        (
            Timeouts(connect_s=1, first_byte_s=2, idle_s=3),
            Timeouts(connect_s=1, first_byte_s=2, idle_s=3),
        ),
    ],
)
def test_control_plane_is_quicker(timeouts: Timeouts, expected: Timeouts) -> None:
    """CONF-16: a list of models takes no ten minutes."""
    assert control_timeouts(timeouts) == expected


@pytest.mark.parametrize(
    ("environ", "passed", "expected"),
    [
        ({}, None, Value(3, "default")),
        ({"OUTCROP_MAX_RETRIES": "7"}, None, Value(7, "OUTCROP_MAX_RETRIES")),
        ({"OUTCROP_MAX_RETRIES": "7"}, 0, Value(0, "max_retries=")),
    ],
)
def test_retries(environ: dict[str, str], passed: int | None, expected: Value[int]) -> None:
    """RETRY-01: three, or what was asked; 0 is an answer."""
    assert choose_retries(Variables(environ), passed) == expected


@pytest.mark.parametrize("text", ["-1", "101", "many", "1.5"])
def test_bad_retries(text: str) -> None:
    """CONF-04."""
    with pytest.raises(ConfigError, match=f"OUTCROP_MAX_RETRIES is '{text}'"):
        choose_retries(Variables({"OUTCROP_MAX_RETRIES": text}), None)


@pytest.mark.parametrize(
    ("environ", "passed", "expected"),
    [
        ({}, None, Value("warn", "default")),
        (
            {"OUTCROP_UNSUPPORTED_PARAMS": "ERROR"},
            None,
            Value("error", "OUTCROP_UNSUPPORTED_PARAMS"),
        ),
        ({"OUTCROP_UNSUPPORTED_PARAMS": "error"}, "warn", Value("warn", "unsupported_params=")),
    ],
)
def test_strictness(environ: dict[str, str], passed: str | None, expected: Value[str]) -> None:
    """CONF-17."""
    assert choose_strictness(Variables(environ), passed) == expected


def test_bad_strictness() -> None:
    """CONF-04."""
    with pytest.raises(ConfigError, match="OUTCROP_UNSUPPORTED_PARAMS is 'ignore', not warn or"):
        choose_strictness(Variables({"OUTCROP_UNSUPPORTED_PARAMS": "ignore"}), None)
