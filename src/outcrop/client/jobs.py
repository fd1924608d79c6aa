"""What both kinds of jobs have in common: how they are run, and how lists are filtered.

Place in the house: client.
"""

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from outcrop.client.ask import refuse_unknown
from outcrop.flow.effects import Flow, T


class Run(Protocol):
    """A blocking client's driver."""

    def __call__(self, flow: Flow[T], /) -> T:
        """Run a flow to its result."""


class RunAsync(Protocol):
    """An awaiting client's driver."""

    def __call__(self, flow: Flow[T], /) -> Awaitable[T]:
        """Run a flow to its result."""


def query_of(filters: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what a list is filtered by, in AWS's words.

    Args:
        filters: What the caller said.
        names: What a caller may say, and what AWS calls it; ``limit`` and ``ascending`` go without
            saying.

    Raises:
        BadRequestError: A filter is unknown.
    """
    known = frozenset({*names, "ascending", "limit"})
    refuse_unknown(filters.keys() - known, known, "filters")
    said = {aws: filters.get(name) for name, aws in names.items()}
    ascending = filters.get("ascending")
    order = None if ascending is None else "Ascending" if ascending else "Descending"
    return said | {"sortOrder": order}
