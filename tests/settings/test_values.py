"""Settings remember where they came from; what cannot be read stops the start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import ConfigError
from outcrop.settings.values import (
    Value,
    Variables,
    argument,
    boolean_of,
    first_set,
    number_between,
    read_as,
    read_boolean,
)


@pytest.mark.parametrize("text", ["1", "true", "YES", "On"])
def test_true(text: str) -> None:
    """CONF-04: four ways to say yes, in any case."""
    assert read_boolean(Value(text, "X")) == Value(value=True, origin="X")


@pytest.mark.parametrize("text", ["0", "false", "NO", "Off"])
def test_false(text: str) -> None:
    """And four to say no."""
    assert read_boolean(Value(text, "X")) == Value(value=False, origin="X")


@pytest.mark.parametrize("text", ["2", "ja", "truee", "y"])
def test_neither(text: str) -> None:
    """A switch that is silently ignored is found on the bill."""
    with pytest.raises(ConfigError, match=f"OUTCROP_X is '{text}', not 1/true/yes/on"):
        read_boolean(Value(text, "OUTCROP_X"))


@pytest.mark.parametrize(
    ("environ", "expected"), [({}, True), ({"X": " "}, True), ({"X": "off"}, False)]
)
def test_boolean_of(environ: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    """Unset and empty are the default."""
    assert boolean_of(environ, "X", default=True) is expected


def test_environment_wins_over_dotenv() -> None:
    """CONF-03: a .env file fills gaps."""
    variables = Variables({"A": " real "}, {"A": "file", "B": "file"})

    assert variables.get("A") == Value("real", "A")
    assert variables.get("B") == Value("file", "B in .env")
    assert variables.get("C") is None


@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
def test_empty_is_unset(empty: str) -> None:
    """`AWS_REGION= outcrop ...` unsets a variable in every shell."""
    variables = Variables({"A": empty}, {"A": "file"})

    assert variables.get("A") == Value("file", "A in .env")
    assert argument("a", empty) is None


def test_argument_names_itself() -> None:
    """Messages tell a caller which of their arguments is meant."""
    assert argument("region", " eu-west-1 ") == Value("eu-west-1", "region=")
    assert argument("region", None) is None


def test_variables_show_nothing() -> None:
    """The environment is full of other people's secrets."""
    variables = Variables({"AWS_SECRET_ACCESS_KEY": "topsecret"}, {"TOKEN": "topsecret"})

    assert "topsecret" not in repr(variables)
    assert "topsecret" not in repr(variables.__rich_repr__())


@given(st.lists(st.none() | st.integers()))
def test_first_set(values: list[int | None]) -> None:
    """The order of the candidates is the order of precedence; 0 is a value."""
    candidates = [None if value is None else Value(value, "x") for value in values]

    chosen = first_set(*candidates)

    known = [value for value in values if value is not None]
    assert chosen == (Value(known[0], "x") if known else None)


@pytest.mark.parametrize("text", ["-0.1", "1.1", "nan", "inf", "one", ""])
def test_number_out_of_range(text: str) -> None:
    """NaN is neither above nor below anything, and still no number."""
    with pytest.raises(ConfigError, match=r"X is .*, not a share"):
        read_as(Value(text, "X"), number_between(0, 1), "a share")


@pytest.mark.parametrize(("text", "number"), [("0", 0.0), ("1", 1.0), ("0.25", 0.25)])
def test_number_in_range(text: str, number: float) -> None:
    """Both ends belong to the range."""
    assert read_as(Value(text, "X"), number_between(0, 1), "a share") == Value(number, "X")
