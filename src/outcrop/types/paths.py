"""Where in a canonical value something stands.

Place in the house: types. For codecs that must say which part of a request they have no word for,
by its path: ``messages[2].content[0]``.

    for block, path in find(request, {Video}):
        ...

What stands inside `Foreign` and `Extra` is raw, and not looked into.
"""

from collections.abc import Container, Iterator
from functools import cache
from typing import Any, Final, get_args

import msgspec

from outcrop.types.content import Foreign, ForeignSource
from outcrop.types.json import Extra

_LEAVES: Final = (Extra, Foreign, ForeignSource)


def holds(value: Any, kinds: Container[type]) -> bool:
    """Tell whether a value of one of these classes stands in `value`, or is it."""
    # No recursion and no generators: every request passes here, nearly always in vain.
    unseen = [value]
    while unseen:
        each = unseen.pop()
        kind = each.__class__
        if kind in kinds:
            return True
        if kind is tuple:
            unseen += each
            continue
        for name in _branches(kind):
            inner = getattr(each, name)
            if inner:
                unseen.append(inner)
    return False


def find(value: Any, kinds: Container[type], path: str = "") -> Iterator[tuple[Any, str]]:
    """Yield the values of these classes that stand in `value`, each with its path."""
    if value.__class__ in kinds:
        yield value, path
    for name in _branches(value.__class__):
        inner = getattr(value, name)
        below = f"{path}.{name}" if path else name
        if inner.__class__ is tuple:
            for number, each in enumerate(inner):
                yield from find(each, kinds, f"{below}[{number}]")
        elif inner is not None:
            yield from find(inner, kinds, below)


@cache
def _branches(kind: type) -> tuple[str, ...]:
    """Return the fields of a value that may hold further values."""
    if kind in _LEAVES or not issubclass(kind, msgspec.Struct):
        return ()
    return tuple(each.name for each in msgspec.structs.fields(kind) if _holds_values(each.type))


def _holds_values(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return True
    return any(map(_holds_values, get_args(hint)))
