"""When two documents of Converse say the same, and values made anew from nothing but their fields.

Place in the house: tests only.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from outcrop.types.content import Foreign, ForeignSource
from outcrop.types.events import ForeignDelta, ForeignEvent, ForeignStarted
from outcrop.types.json import Extra

FOREIGN = (Foreign, ForeignSource, ForeignDelta, ForeignEvent, ForeignStarted)
EMPTY: tuple[Any, ...] = (None, {}, [], "")

Value = TypeVar("Value")


def said(document: Any) -> dict[str, Any]:
    """Return what a request, an answer or an event says.

    Without the padding; what is absent, null or empty says the same at the top and in
    ``inferenceConfig``, and nowhere else.
    """
    top = {name: value for name, value in document.items() if name != "p" and value not in EMPTY}
    config = top.pop("inferenceConfig", {})
    kept = {name: value for name, value in config.items() if value not in EMPTY}
    return top | ({"inferenceConfig": kept} if kept else {})


def rebuilt(value: Value) -> Value:
    """Make a value anew from its fields, so that nothing that was read survives beside them."""
    made: Any = value
    if isinstance(value, msgspec.Raw):
        made = msgspec.Raw(bytes(value))
    elif isinstance(value, msgspec.Struct):
        fields = {name: rebuilt(getattr(value, name)) for name in value.__struct_fields__}
        made = type(value)(**fields)
    elif isinstance(value, tuple):
        made = tuple(rebuilt(each) for each in value)
    elif isinstance(value, dict):
        made = {name: rebuilt(each) for name, each in value.items()}
    return made  # type: ignore[no-any-return]


def unknown(*values: Any) -> Counter[str]:
    """Count what the canonical model had no word for: foreign values, and members of extras."""
    counts: Counter[str] = Counter()
    for each in _all_in(values):
        if isinstance(each, FOREIGN):
            counts["Foreign"] += 1
        if isinstance(each, Extra):
            counts.update(f"Extra {name}" for name in each.members)
    return counts


def _all_in(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, tuple):
        for each in value:
            yield from _all_in(each)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _all_in(getattr(value, name))
