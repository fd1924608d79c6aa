"""The visible repairs: makes a request one that its model accepts, and says what it changed.

Place in the house: flow. Canonical values in, canonical values and `Adjustment` out; no wire. Each
repair is one function of the table below, run in order. The same conversation always gives the
same result, byte for byte, because caches and signed reasoning depend on it; and what was prepared
once is left as it is.

Parameters come first, then the wire is asked what it has no word for, then the conversation is
repaired. So there is one list of everything that was changed, its paths are the caller's own, and
one place refuses in strict mode.

Source: behaviour specification, MSG-01 to -07, TOOL-02, -04 to -09, -11, THINK-01 to -08,
CONV-04, CONV-05, DOC-02, DOC-03, FALL-08, FALL-12, CONF-17,
STRUCT-01 to -05.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from outcrop.codecs.converse.unsupported import PARAMETER
from outcrop.errors import UnsupportedError
from outcrop.flow.declarations import complete_tools, honour_no_choice, rebuild_tools
from outcrop.flow.documents import introduce_documents, name_documents
from outcrop.flow.origin import adapt_reasoning
from outcrop.flow.parameters import express
from outcrop.flow.results import (
    fill_results,
    pair_results,
    seat_words,
    separate_ids,
    wrap_arguments,
)
from outcrop.flow.structured import shape_answer
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
from outcrop.flow.wires import CONVERSE, Wire
from outcrop.models.quirks import Quirks, quirks_of
from outcrop.types.content import (
    Document,
    Foreign,
    Reasoning,
    RedactedReasoning,
    ToolResult,
    ToolUse,
)
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment
from outcrop.types.tools import Tool

Repair: TypeAlias = Callable[[Request, Quirks, list[Adjustment]], Request]


class _Step(msgspec.Struct, frozen=True):
    """A repair, and what must be there for it to have anything to do."""

    repair: Repair
    among: frozenset[type] = frozenset()
    """Classes of blocks and tools; any one of them calls for it. Empty: it is always asked."""
    only_converse: bool = False
    """Whether the rule it keeps is Converse's own."""


_TOOL_BLOCKS: Final = frozenset({ToolUse, ToolResult})
_MAY_BE_FOREIGN: Final = frozenset({Foreign, ToolResult})
# A tool's result may hold documents too.
_DOCUMENTS: Final = frozenset({Document, ToolResult})
_REASONING: Final = frozenset({Reasoning, RedactedReasoning})

_CONVERSATION: Final = (
    _Step(adapt_reasoning, _REASONING),
    _Step(drop_unsigned_reasoning, frozenset({Reasoning})),
    _Step(drop_blank_text),
    _Step(merge_neighbours),
    _Step(place_system_turns),
    _Step(refuse_nothing),
    _Step(open_with_user),
    _Step(text_before_calls, _TOOL_BLOCKS),
    _Step(pair_results, _TOOL_BLOCKS),
    _Step(separate_ids, _TOOL_BLOCKS),
    _Step(wrap_arguments, _TOOL_BLOCKS),
    _Step(fill_results, _TOOL_BLOCKS),
    _Step(name_documents, _DOCUMENTS, only_converse=True),
    _Step(introduce_documents, frozenset({Document}), only_converse=True),
    _Step(seat_words, _TOOL_BLOCKS),
    _Step(trim_prefill),
    _Step(complete_tools, frozenset({Tool})),
    _Step(rebuild_tools, _TOOL_BLOCKS),
)
_ELSEWHERE: Final = tuple(step for step in _CONVERSATION if not step.only_converse)


def prepare(
    request: Request, wire: Wire = CONVERSE, *, strict: bool
) -> tuple[Request, tuple[Adjustment, ...]]:
    """Return the request as it can be sent, and everything that was changed to get there.

    Args:
        request: The conversation as asked; its model is the id on the wire.
        wire: How it will be sent.
        strict: Refuse what would have to be left out (CONF-17 ``error``).

    Raises:
        UnsupportedError: `strict`, and something would have to be left out.
        BadRequestError: Nothing is left to send, or an option holds an unknown word.
    """
    quirks = quirks_of(request.model)
    changes: list[Adjustment] = []
    request = shape_answer(request, quirks, changes, wire.api)
    request = express(request, quirks, changes, wire.api)
    if not wire.says_no_tools:
        request = honour_no_choice(request, quirks, changes)
    unsayable = wire.unsupported(request)
    if strict:
        _refuse(request.model, (*(each for each in changes if each.rule == PARAMETER), *unsayable))
    changes.extend(unsayable)
    kinds = _kinds(request)
    if not _MAY_BE_FOREIGN.isdisjoint(kinds) or any(each.extra for each in request.messages):
        request = leave_out_foreign(request, wire.api)
    for step in _CONVERSATION if wire.api == CONVERSE.api else _ELSEWHERE:
        if not step.among or not step.among.isdisjoint(kinds):
            request = step.repair(request, quirks, changes)
    return request, tuple(changes)


def _kinds(request: Request) -> set[type]:
    """Return what kinds of blocks and tools there are: most requests hold text alone."""
    kinds: set[type] = {
        block.__class__ for message in request.messages for block in message.content
    }
    kinds.update([block.__class__ for block in request.system])
    kinds.update([tool.__class__ for tool in request.tools])
    return kinds


def _refuse(model: str, lost: Sequence[Adjustment]) -> None:
    if lost:
        details = "; ".join(change.detail for change in lost)
        raise UnsupportedError(
            f"The request asks for what {model} cannot be told here: {details}",
            hint="leave it out, or set OUTCROP_UNSUPPORTED_PARAMS=warn",
        )
