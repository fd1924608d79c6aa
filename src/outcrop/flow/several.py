"""Calls that do not depend on each other, and what their results make together.

Place in the house: flow. No I/O and no order: a blocking client runs them one after another, an
asynchronous one several at once.
"""

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from outcrop.flow.effects import Flow

Part = TypeVar("Part")
Whole = TypeVar("Whole")

AT_ONCE: Final = 8
"""How many calls of one operation run at the same time, at most (EMB-09)."""


class Several(msgspec.Struct, Generic[Part, Whole], frozen=True):
    """What is to be done, and how the results are put together."""

    flows: tuple[Flow[Part], ...]
    """Each is run once."""
    join: Callable[[Sequence[Part]], Whole]
    """Takes the results in the order of `flows`."""
