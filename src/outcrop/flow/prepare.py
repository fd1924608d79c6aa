"""The visible repairs: makes a request one that its model accepts, and says what it changed.

Place in the house: flow. Canonical values in, canonical values and `Adjustment` out; no wire. Each
repair is one function of the two tables below, run in order. The same conversation always gives the
same result, byte for byte, because caches and signed reasoning depend on it; and what was prepared
once is left as it is.

Parameters come first, then the wire is asked what it has no word for, then the conversation is
repaired. So there is one list of everything that was changed, its paths are the caller's own, and
one place refuses in strict mode.

Source: behaviour specification, MSG-01 to -07, TOOL-02, -04 to -09, -11, THINK-01 to -08,
CONV-04, CONV-05, FALL-08, CONF-17.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from outcrop.codecs import converse
from outcrop.codecs.converse.unsupported import PARAMETER
from outcrop.errors import UnsupportedError
from outcrop.flow.declarations import complete_tools, honour_no_choice, rebuild_tools
from outcrop.flow.parameters import express
from outcrop.flow.results import fill_results, pair_results, separate_ids, wrap_arguments
from outcrop.flow.turns import (
    drop_blank_text,
    drop_unsigned_reasoning,
    leave_out_foreign,
    merge_neighbours,
    open_with_user,
    place_system_turns,
    refuse_nothing,
    text_before_calls,
    trim_prefill,
)
from outcrop.models.quirks import Quirks, quirks_of
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment

Repair: TypeAlias = Callable[[Request, Quirks, list[Adjustment]], Request]

_PARAMETERS: Final[tuple[Repair, ...]] = (express, honour_no_choice)

_CONVERSATION: Final[tuple[Repair, ...]] = (
    leave_out_foreign,
    drop_unsigned_reasoning,
    drop_blank_text,
    merge_neighbours,
    place_system_turns,
    # Neighbours again: those that a system message stood between.
    merge_neighbours,
    refuse_nothing,
    open_with_user,
    text_before_calls,
    pair_results,
    separate_ids,
    wrap_arguments,
    fill_results,
    trim_prefill,
    complete_tools,
    rebuild_tools,
)


def prepare(request: Request, *, strict: bool) -> tuple[Request, tuple[Adjustment, ...]]:
    """Return the request as it can be sent, and everything that was changed to get there.

    Args:
        request: The conversation as asked; its model is the id on the wire.
        strict: Refuse what would have to be left out (CONF-17 ``error``).

    Raises:
        UnsupportedError: `strict`, and something would have to be left out.
        BadRequestError: Nothing is left to send, or an option holds an unknown word.
    """
    quirks = quirks_of(request.model)
    changes: list[Adjustment] = []
    for repair in _PARAMETERS:
        request = repair(request, quirks, changes)
    unsayable = converse.unsupported(request)
    if strict:
        _refuse(request.model, (*(each for each in changes if each.rule == PARAMETER), *unsayable))
    changes.extend(unsayable)
    for repair in _CONVERSATION:
        request = repair(request, quirks, changes)
    return request, tuple(changes)


def _refuse(model: str, lost: Sequence[Adjustment]) -> None:
    if lost:
        details = "; ".join(change.detail for change in lost)
        raise UnsupportedError(
            f"The request asks for what {model} cannot be told here: {details}",
            hint="leave it out, or set OUTCROP_UNSUPPORTED_PARAMS=warn",
        )
