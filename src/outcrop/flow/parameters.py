"""Parameters in the form that a model takes: what it needs elsewhere, and what it refuses.

Place in the house: flow. Canonical request in, canonical request out, before anything is encoded;
part of `flow.prepare`. Touches no message. Which model takes what is data of `models`.

Source: behaviour specification, CONV-04, CONV-05, FALL-08, THINK-01 to THINK-07, TOOL-04, TOOL-11.
"""

from typing import Any, Final

import msgspec

from outcrop.codecs.converse.unsupported import PARAMETER
from outcrop.flow.declarations import may_call
from outcrop.flow.fields import Fields, merge, put
from outcrop.flow.reasoning import RULE, Teller, Thinking, think
from outcrop.models.card import ModelCard
from outcrop.models.catalogue import lookup
from outcrop.models.quirks import Quirks
from outcrop.types.requests import Request, Sampling
from outcrop.types.responses import Adjustment
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice

_NO_THINKING: Final = Thinking()


def express(request: Request, quirks: Quirks, changes: list[Adjustment], api: str) -> Request:
    """Return `request` with its parameters where this model looks for them.

    What is left standing, the wire must have a word for, or its codec lists it.

    Raises:
        BadRequestError: An option holds an unknown word.
    """
    if not _says_anything(request):
        return request
    card = lookup(request.model)
    fields: Fields = {}
    request, thinking = _tell_reasoning(request, quirks, changes)
    fields |= thinking.fields
    request = _free_choice(request, thinking, quirks, changes)
    request = _limit_calls(request, quirks, fields, api)
    sampling = _allowed(request.sampling, thinking, card, changes)
    sampling = _with_room(sampling, thinking, card, changes)
    sampling = _place_top_k(sampling, quirks, fields)
    return msgspec.structs.replace(
        request,
        sampling=sampling,
        additional_model_request_fields=merge(fields, request.additional_model_request_fields),
    )


def _says_anything(request: Request) -> bool:
    sampling = request.sampling
    return (
        request.reasoning is not None
        or request.parallel_tool_calls is not None
        or request.tool_choice is not None
        or sampling.temperature is not None
        or sampling.top_p is not None
        or sampling.top_k is not None
    )


def _tell_reasoning(
    request: Request, quirks: Quirks, changes: list[Adjustment]
) -> tuple[Request, Thinking]:
    if request.reasoning is None:
        return request, _NO_THINKING
    teller = Teller(request, request.reasoning, quirks)
    thinking = think(teller)
    if thinking is None:
        return request, _NO_THINKING
    changes.extend(teller.changes)
    return msgspec.structs.replace(request, reasoning=None), thinking


def _free_choice(
    request: Request, thinking: Thinking, quirks: Quirks, changes: list[Adjustment]
) -> Request:
    forced = isinstance(request.tool_choice, AnyChoice | NamedChoice)
    if not forced or (quirks.forced_choice and not thinking.on):
        return request
    why = "while it thinks " if quirks.forced_choice else ""
    changes.append(
        Adjustment(rule=PARAMETER, detail=f"tool_choice became auto: {why}this model is not forced")
    )
    return msgspec.structs.replace(request, tool_choice=AutoChoice())


def _limit_calls(request: Request, quirks: Quirks, fields: Fields, api: str) -> Request:
    wanted = request.parallel_tool_calls
    if wanted is None:
        return request
    pointless = wanted or isinstance(request.tool_choice, NoChoice) or not may_call(request, api)
    if not pointless and not quirks.single_call:
        return request
    if not pointless:
        # Beside a choice of Converse's own, a second type would contradict it.
        kind = {"type": "auto"} if request.tool_choice is None else {}
        fields["tool_choice"] = {**kind, "disable_parallel_tool_use": True}
    return msgspec.structs.replace(request, parallel_tool_calls=None)


def _allowed(
    sampling: Sampling, thinking: Thinking, card: ModelCard | None, changes: list[Adjustment]
) -> Sampling:
    takes = card.sampling if card else None
    if takes == "none":
        return _without(sampling, _CHOICE_OF_TOKENS, "this model takes none", changes)
    if thinking.whole:
        why = "not beside reasoning at effort high"
        return _without(sampling, ("max_tokens", *_CHOICE_OF_TOKENS), why, changes)
    if thinking.on:
        names = _CHOICE_OF_TOKENS[int(sampling.temperature == _ONLY_TEMPERATURE) :]
        return _without(sampling, names, "not beside thinking", changes)
    if takes == "either" and sampling.temperature is not None:
        return _without(sampling, ("top_p",), "not beside temperature", changes)
    return sampling


_CHOICE_OF_TOKENS: Final[tuple[str, ...]] = ("temperature", "top_p", "top_k")
_ONLY_TEMPERATURE: Final = 1


def _without(
    sampling: Sampling, names: tuple[str, ...], why: str, changes: list[Adjustment]
) -> Sampling:
    given = [name for name in names if getattr(sampling, name) is not None]
    changes.extend(
        Adjustment(rule=PARAMETER, detail=f"{name} was left out: {why}") for name in given
    )
    nothing: dict[str, Any] = dict.fromkeys(given)
    return msgspec.structs.replace(sampling, **nothing) if given else sampling


def _with_room(
    sampling: Sampling, thinking: Thinking, card: ModelCard | None, changes: list[Adjustment]
) -> Sampling:
    if not thinking.budget or sampling.max_tokens is None:
        return sampling
    room = sampling.max_tokens + thinking.budget
    if card and card.max_output is not None:
        room = min(room, card.max_output)
    changes.append(
        Adjustment(
            rule=RULE,
            detail=f"max_tokens {sampling.max_tokens} became {room}: the budget counts in it",
        )
    )
    return msgspec.structs.replace(sampling, max_tokens=room)


def _place_top_k(sampling: Sampling, quirks: Quirks, fields: Fields) -> Sampling:
    if sampling.top_k is None or not quirks.top_k:
        return sampling
    put(fields, quirks.top_k, sampling.top_k)
    return msgspec.structs.replace(sampling, top_k=None)
