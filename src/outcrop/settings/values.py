"""Values that remember where they were set, and how texts become values.

Place in the house: settings. Pure. One order for every setting: argument, environment, ``.env``,
default; a later source slots in as one more candidate of `first_set`.

    variables = Variables(environ, dotenv)
    chosen = first_set(argument("region", region), variables.get("BEDROCK_REGION"))
    chosen.value, chosen.origin  # ("eu-west-1", "BEDROCK_REGION")

Texts are trimmed, and empty means unset. What cannot be read stops the start and names itself.

Source: behaviour specification, CONF-01, CONF-04.
"""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final, Generic, TypeVar

import msgspec

from outcrop.errors import ConfigError

T = TypeVar("T")

DEFAULT: Final = "default"
"""Origin of what nobody set."""


class Value(msgspec.Struct, Generic[T], frozen=True):
    """A setting, and where it was set."""

    value: T
    origin: str
    """``"region="`` for an argument, ``"AWS_REGION"``, ``"AWS_REGION in .env"``, ``"default"``."""


class Variables(msgspec.Struct, frozen=True):
    """The environment, and below it what a ``.env`` file says. Holds secrets: shows nothing."""

    environ: Mapping[str, str]
    dotenv: Mapping[str, str] = {}

    def get(self, name: str) -> Value[str] | None:
        """Return a variable; None where it is unset or empty."""
        if text := self.environ.get(name, "").strip():
            return Value(text, name)
        if text := self.dotenv.get(name, "").strip():
            return Value(text, f"{name} in .env")
        return None

    def __repr__(self) -> str:
        """Return how much is in it, and nothing of it."""
        return f"Variables({len(self.environ)} in the environment, {len(self.dotenv)} in .env)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return how much is in it; msgspec's own would return all of it."""
        return [("environ", len(self.environ)), ("dotenv", len(self.dotenv))]


def argument(name: str, value: str | None) -> Value[str] | None:
    """Return what a caller passed as `name`; None where that is nothing or empty."""
    text = (value or "").strip()
    return Value(text, f"{name}=") if text else None


def first_set(*candidates: Value[T] | None) -> Value[T] | None:
    """Return the first candidate that is set."""
    return next((each for each in candidates if each is not None), None)


def read_as(text: Value[str], reader: Callable[[str], T], wanted: str) -> Value[T]:
    """Read a text.

    Args:
        text: What was set. It appears in the message: never a secret.
        reader: Raises `ValueError` for what it cannot read.
        wanted: What it should be, for the message: ``"a number of seconds"``.

    Raises:
        ConfigError: `reader` cannot read it.
    """
    try:
        return Value(reader(text.value), text.origin)
    except ValueError:
        raise ConfigError(f"{text.origin} is {text.value!r}, not {wanted}") from None


def read_boolean(text: Value[str]) -> Value[bool]:
    """Read ``1/true/yes/on`` or ``0/false/no/off``, in any case.

    Raises:
        ConfigError: It is neither.
    """
    return read_as(text, _boolean, "1/true/yes/on or 0/false/no/off")


def boolean_of(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return a variable that is a switch, or `default` where it is unset.

    Raises:
        ConfigError: It is set, and no switch.
    """
    text = Variables(environ).get(name)
    return read_boolean(text).value if text else default


def number_between(low: float, high: float) -> Callable[[str], float]:
    """Return a reader of numbers from `low` to `high`, both included.

    What it returns raises `ValueError` for anything else.
    """

    def read(text: str) -> float:
        number = float(text)
        if not (isfinite(number) and low <= number <= high):
            raise ValueError(text)
        return number

    return read


_BOOLEANS: Final[Mapping[str, bool]] = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise ValueError(text) from None
