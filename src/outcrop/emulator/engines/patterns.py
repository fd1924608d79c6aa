r"""Makes a text that a regular expression finds itself in.

Place in the house: emulator, engines. Pure; used by `samples`.

    >>> match_for(r"^[A-Z]{3}-\d+$", shortest=6)
    'AAA-00'

Covers what schemas use: literals, sets, categories, repeats, groups and branches. The result is
checked against the expression, so what is not covered (look-around, back references) raises.

Source: the parse tree of the standard library's own `re`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, TypeAlias

# The parser has no public name since `sre_parse` is deprecated; its tree has not changed in years,
# and what it gives is checked.
_parse: Final[Callable[[str], Iterable[Any]]] = import_module("re._parser").parse

_MOST_REPEATS: Final = 64
_ALPHABET: Final = "a0A-_ ./:,@#b1B"


class UnsatisfiableError(Exception):
    """No value was found. It may exist all the same."""


def match_for(pattern: str, shortest: int = 0, longest: int | None = None) -> str:
    """Return a text that `pattern` is found in, of a length within bounds.

    Raises:
        UnsatisfiableError: None was found.
    """
    try:
        tree = _parse(pattern)
        expression = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UnsatisfiableError(f"{pattern!r} is no expression Python knows") from error
    for extra in range(_MOST_REPEATS):
        text = _sequence(tree, extra)
        fits = len(text) >= shortest and (longest is None or len(text) <= longest)
        if fits and expression.search(text):
            return text
    raise UnsatisfiableError(f"no text was found for {pattern!r}")


def _sequence(nodes: Iterable[Any], extra: int) -> str:
    return "".join(_node(str(name), value, extra) for name, value in nodes)


def _node(name: str, value: Any, extra: int) -> str:
    write = _WRITERS.get(name)
    return write(value, extra) if write is not None else ""


def _set(items: list[Any], _extra: int) -> str:
    if str(items[0][0]) == "NEGATE":
        return next((each for each in _ALPHABET if not _holds(items[1:], each)), "")
    name, value = items[0]
    return _IN_SET[str(name)](value)


def _holds(items: Iterable[Any], character: str) -> bool:
    return any(_matches(str(name), value, character) for name, value in items)


def _matches(name: str, value: Any, character: str) -> bool:
    if name == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    if name == "CATEGORY":
        return re.match(_CATEGORIES[str(value)][1], character) is not None
    return bool(value == ord(character))


def _not_literal(value: int, _extra: int) -> str:
    return next(each for each in _ALPHABET if ord(each) != value)


def _repeat(value: Any, extra: int) -> str:
    least, most, nodes = value
    return _sequence(nodes, extra) * min(int(most), int(least) + extra)


def _group(value: Any, extra: int) -> str:
    return _sequence(value[-1], extra)


def _branch(value: Any, extra: int) -> str:
    choices = value[1]
    return _sequence(choices[extra % len(choices)], extra)


def _category(value: object) -> str:
    return _CATEGORIES[str(value)][0]


# An example of each category, and the class it stands for.
_CATEGORIES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "CATEGORY_DIGIT": ("0", r"\d"),
        "CATEGORY_NOT_DIGIT": ("a", r"\D"),
        "CATEGORY_WORD": ("a", r"\w"),
        "CATEGORY_NOT_WORD": ("-", r"\W"),
        "CATEGORY_SPACE": (" ", r"\s"),
        "CATEGORY_NOT_SPACE": ("a", r"\S"),
    }
)
_IN_SET: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType(
    {"LITERAL": chr, "RANGE": lambda bounds: chr(bounds[0]), "CATEGORY": _category}
)
_Writer: TypeAlias = Callable[[Any, int], str]
# Anchors and look-around write nothing.
_WRITERS: Final[Mapping[str, _Writer]] = MappingProxyType(
    {
        "LITERAL": lambda value, _: chr(value),
        "NOT_LITERAL": _not_literal,
        "ANY": lambda _value, _extra: "a",
        "IN": _set,
        "CATEGORY": lambda value, _: _category(value),
        "MAX_REPEAT": _repeat,
        "MIN_REPEAT": _repeat,
        "POSSESSIVE_REPEAT": _repeat,
        "SUBPATTERN": _group,
        "ATOMIC_GROUP": _sequence,
        "BRANCH": _branch,
    }
)
