"""How a model is told to think: canonical options to the members that each kind of model takes.

Place in the house: flow. Part of `flow.parameters`. One function a kind of `models.card.Reasoning`;
which model is of which kind, and what it takes, is data. What cannot be told stays in the request,
and its codec lists it.

Source: behaviour specification, THINK-01 to THINK-07, THINK-09.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from outcrop.errors import BadRequestError
from outcrop.flow.fields import Fields, put
from outcrop.models.card import Reasoning as Kind
from outcrop.models.catalogue import lookup
from outcrop.models.quirks import Quirks
from outcrop.types.content import Reasoning, RedactedReasoning, ToolResult
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request
from outcrop.types.responses import Adjustment

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
TYPES: Final = ("enabled", "disabled", "adaptive")
SUMMARIZED: Final = "summarized"
OMITTED: Final = "omitted"

MIN_BUDGET: Final = 1024
"""Fewest tokens Claude takes as a budget."""

RULE: Final = "reasoning"
"""Rule of the adjustments made here."""

_BUDGETS: Final[Mapping[str, int]] = MappingProxyType(
    {"minimal": 1024, "low": 1024, "medium": 2048, "high": 4096, "xhigh": 8192, "max": 16384}
)
# The least budget that asks for more than Nova's next lower effort does.
_NOVA_LIMITS: Final = ((2048, "low"), (8192, "medium"))
_CLAUDE_LIMITS: Final = tuple((_BUDGETS[name], name) for name in ("low", "medium", "high", "xhigh"))
_STRONGEST_WITHOUT: Final = "high"
_USUAL: Final = "medium"


class Thinking(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided: what is sent, and what cannot stand beside it."""

    fields: Fields = {}
    """For ``additionalModelRequestFields``."""
    on: bool = False
    """Whether the caller asked Claude to think: sampling and forced tools are then refused."""
    budget: int = 0
    """Tokens that come on top of those of the text."""
    whole: bool = False
    """Whether no setting of the answer's making is accepted beside it, its length included."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller asked for, in one form."""

    on: bool | None
    """None: nothing but how to show it."""
    adaptive: bool
    budget: int | None
    effort: str | None
    """Never ``"none"``."""
    display: str | None


class Teller:
    """Tells one model, and notes what it had to change."""

    def __init__(self, request: Request, options: ReasoningOptions, quirks: Quirks) -> None:
        """Bring `options` to one form.

        Raises:
            BadRequestError: A word is unknown.
        """
        card = lookup(request.model)
        self.quirks = quirks
        self.kind = card.reasoning if card else quirks.unlisted_reasoning
        self.is_unknown = card is None and self.kind is None
        self.max_output = card.max_output if card else None
        self.messages = request.messages
        self.options = options
        self.wish = _wish_of(options)
        self.changes: list[Adjustment] = []

    def note(self, detail: str) -> None:
        """Note one change."""
        self.changes.append(Adjustment(rule=RULE, detail=detail))

    def ignore_display(self) -> None:
        """Note that this model takes no orders about how its reasoning is shown."""
        if self.wish.display:
            self.note("display was left out: this model takes no such order")

    def effort(self, wanted: str, limit: str = EFFORTS[-1]) -> str:
        """Return the effort this model takes that comes nearest to `wanted`, from below."""
        taken = [name for name in self.quirks.efforts or EFFORTS[1:] if name != EFFORTS[0]]
        rank = min(EFFORTS.index(wanted), EFFORTS.index(limit))
        weaker = [name for name in taken if EFFORTS.index(name) <= rank]
        chosen = weaker[-1] if weaker else taken[0]
        if chosen != wanted:
            self.note(f"effort {wanted} became {chosen}")
        return chosen

    def wanted_effort(self, limits: tuple[tuple[int, str], ...], strongest: str) -> str | None:
        """Return the effort asked for, or the one that a budget stands for."""
        if self.wish.effort or self.wish.budget is None:
            return self.wish.effort
        budget = self.wish.budget
        effort = next((name for most, name in limits if budget <= most), strongest)
        self.note(f"a budget of {budget} tokens became effort {effort}")
        return effort


def think(teller: Teller) -> Thinking | None:
    """Return how the model is told, or None if it cannot be told."""
    tell = _as_given if teller.is_unknown else _KINDS.get(teller.kind)
    return None if tell is None else tell(teller)


def _wish_of(options: ReasoningOptions) -> Wish:
    _check(options.type, TYPES, "type")
    _check(options.effort, EFFORTS, "effort")
    _check(options.display, (SUMMARIZED, OMITTED), "display")
    asked = options.type or options.effort or options.budget_tokens is not None
    off = options.type == "disabled" or (options.type is None and options.effort == EFFORTS[0])
    return Wish(
        on=not off if asked else None,
        adaptive=options.type == "adaptive",
        budget=options.budget_tokens,
        effort=None if options.effort == EFFORTS[0] else options.effort,
        display=options.display,
    )


def _check(word: str | None, known: tuple[str, ...], name: str) -> None:
    if word is not None and word not in known:
        raise BadRequestError(
            f"unsupported reasoning {name}: {word}", hint=f"give one of {', '.join(known)}"
        )


def _budget(teller: Teller) -> Thinking:
    wish = teller.wish
    if not wish.on:
        return Thinking()
    teller.ignore_display()
    wanted = wish.budget
    if wanted is None:
        wanted = _BUDGETS[wish.effort or _USUAL]
        said = f"effort {wish.effort}" if wish.effort else "no effort"
        teller.note(f"{said} became a budget of {wanted} tokens")
    elif wish.effort:
        teller.note("effort was left out beside a budget")
    return _with_budget(teller, wanted)


def _with_budget(teller: Teller, wanted: int) -> Thinking:
    if is_reasoning_lost(teller.messages):
        teller.note("it does not think in this call: the reasoning before its tool call is missing")
        return Thinking()
    budget = max(wanted, MIN_BUDGET)
    if teller.max_output is not None:
        budget = min(budget, teller.max_output - 1)
    if budget != wanted:
        teller.note(f"a budget of {wanted} tokens became {budget}")
    thinking = {"type": "enabled", "budget_tokens": budget}
    return Thinking(fields={"thinking": thinking}, on=True, budget=budget)


def _both(teller: Teller) -> Thinking:
    wish = teller.wish
    if wish.budget is None or wish.adaptive or not wish.on:
        return _adaptive(teller)
    told = _with_budget(teller, wish.budget)
    if wish.effort:
        put(told.fields, ("output_config", "effort"), teller.effort(wish.effort))
    return told


def _adaptive(teller: Teller) -> Thinking:
    wish = teller.wish
    fields: Fields = {}
    if wish.on:
        fields["thinking"] = {"type": "adaptive", "display": wish.display or SUMMARIZED}
    elif wish.on is None and wish.display:
        teller.note("display was left out: nobody asked this model to think")
    _put_effort(teller, fields)
    return Thinking(fields=fields, on=bool(wish.on))


def _put_effort(teller: Teller, fields: Fields, limit: str = EFFORTS[-1]) -> None:
    if effort := teller.wanted_effort(_CLAUDE_LIMITS, "max"):
        put(fields, ("output_config", "effort"), teller.effort(effort, limit))


def _default_on(teller: Teller) -> Thinking:
    return _on_unless(teller, "disabled")


def _between_tools(teller: Teller) -> Thinking:
    return _on_unless(teller, "between_tools")


def _on_unless(teller: Teller, off: str) -> Thinking:
    if teller.wish.on is not False:
        return _always(teller)
    # Only an effort of high or less goes with little or no thinking.
    fields: Fields = {"thinking": {"type": off}}
    _put_effort(teller, fields, _STRONGEST_WITHOUT)
    return Thinking(fields=fields)


def _always_on(teller: Teller) -> Thinking:
    if teller.wish.on is not False:
        return _always(teller)
    teller.note("this model cannot be kept from thinking: effort low instead")
    return Thinking(fields={"output_config": {"effort": "low"}})


def _always(teller: Teller) -> Thinking:
    """Tell a model that thinks anyway."""
    wish = teller.wish
    if wish.on is None and wish.display is None:
        return Thinking()
    fields: Fields = {"thinking": {"type": "adaptive", "display": wish.display or SUMMARIZED}}
    _put_effort(teller, fields)
    return Thinking(fields=fields, on=bool(wish.on))


def _nova(teller: Teller) -> Thinking:
    wish = teller.wish
    teller.ignore_display()
    if wish.on is None:
        return Thinking()
    if not wish.on:
        return Thinking(fields={"reasoningConfig": {"type": "disabled"}})
    effort = teller.effort(teller.wanted_effort(_NOVA_LIMITS, "high") or _USUAL)
    config = {"type": "enabled", "maxReasoningEffort": effort}
    return Thinking(fields={"reasoningConfig": config}, whole=effort == "high")


def _effort(teller: Teller) -> Thinking | None:
    wish, quirks = teller.wish, teller.quirks
    if not quirks.effort_field:
        return None
    fields: Fields = {}
    if not quirks.summary_field:
        teller.ignore_display()
    elif wish.display == SUMMARIZED or (wish.on and wish.display is None):
        put(fields, quirks.summary_field, "auto")
    if wish.on:
        effort = teller.wanted_effort(_NOVA_LIMITS, "high") or _USUAL
        put(fields, quirks.effort_field, teller.effort(effort))
    elif wish.on is False:
        put(fields, quirks.effort_field, _least(teller))
    return Thinking(fields=fields)


def _least(teller: Teller) -> str:
    least = teller.quirks.efforts[0] if teller.quirks.efforts else EFFORTS[0]
    if least != EFFORTS[0]:
        teller.note(f"this model cannot be kept from thinking: effort {least} instead")
    return least


def _qwen(teller: Teller) -> Thinking | None:
    # It thinks when told how hard, and not otherwise.
    return _effort(teller) if teller.wish.on else Thinking()


def _as_given(teller: Teller) -> Thinking:
    """Tell a model of which nothing at all is known, in Bedrock's own words."""
    teller.ignore_display()
    given = {
        "type": teller.options.type,
        "budgetTokens": teller.options.budget_tokens,
        "maxReasoningEffort": teller.options.effort,
    }
    named = {name: value for name, value in given.items() if value is not None}
    return Thinking(fields={"reasoningConfig": named} if named else {})


_Tell: TypeAlias = Callable[[Teller], Thinking | None]

_KINDS: Final[Mapping[Kind | None, _Tell]] = MappingProxyType(
    {
        "budget": _budget,
        "both": _both,
        "adaptive": _adaptive,
        "default_on": _default_on,
        "between_tools": _between_tools,
        "always_on": _always_on,
        "nova": _nova,
        "effort": _effort,
        "qwen": _qwen,
    }
)


def is_reasoning_lost(messages: Sequence[Message]) -> bool:
    """Tell whether a tool's result is sent back without the reasoning that led to its call.

    A model that thinks on a budget refuses that (THINK-09): the turn that called, which goes back
    to the last words of the user, must begin with what it thought.
    """
    turn: Message | None = None
    for role, run in groupby(reversed(messages), attrgetter("role")):
        if role == "assistant":
            *_, turn = run
        elif role == "user" and not any(map(_has_result, run)):
            break
    if turn is None or messages[-1].role == "assistant":
        return False
    return not _begins_with_reasoning(turn)


def _has_result(message: Message) -> bool:
    return any(isinstance(block, ToolResult) for block in message.content)


def _begins_with_reasoning(turn: Message) -> bool:
    first = turn.content[0] if turn.content else None
    return isinstance(first, RedactedReasoning) or (
        isinstance(first, Reasoning) and bool(first.signature)
    )
