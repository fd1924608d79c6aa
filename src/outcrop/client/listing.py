"""What a client lists, and what it could not.

Place in the house: client.

Source: behaviour specification, LIST-01, LIST-02, LIST-04.
"""

from collections.abc import Sequence
from typing import TypeAlias, TypeVar

import msgspec

from outcrop.errors import OutcropError
from outcrop.flow.listing import FoundationModel, InferenceProfile, ModelInfo, merge

T = TypeVar("T")
Tried: TypeAlias = Sequence[T] | OutcropError


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The models that can be called, sorted by id."""

    models: tuple[ModelInfo, ...]
    problems: tuple[str, ...] = ()
    """Why a part of the list is missing."""


def collect_listing(
    models: Tried[FoundationModel],
    system: Tried[InferenceProfile],
    application: Tried[InferenceProfile],
) -> Listing:
    """Make one list of what three calls brought; each may have failed.

    Raises:
        OutcropError: All of them failed; the first one's error.
    """
    parts = (models, system, application)
    failed = [part for part in parts if isinstance(part, OutcropError)]
    if len(failed) == len(parts):
        raise failed[0]
    profiles = (*_rows(system), *_rows(application))
    return Listing(
        models=merge(_rows(models), profiles),
        problems=tuple(dict.fromkeys(str(error) for error in failed)),
    )


def _rows(part: Tried[T]) -> Sequence[T]:
    return () if isinstance(part, OutcropError) else part
