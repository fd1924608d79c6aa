"""Repair of a conversation that another model began: what only that model understands goes.

Place in the house: flow. Part of `flow.prepare`. Which model said something is known where the
message tells, as `Response.message` does; what nobody tells is taken for the model's own. Ids of
calls and blocks of other APIs are repaired whoever wrote them: `flow.results`, `flow.turns`.

Source: behaviour specification, MSG-06.
"""

from operator import is_

import msgspec

from outcrop.errors import BadRequestError
from outcrop.models.catalogue import lookup
from outcrop.models.ids import parse_model_id
from outcrop.models.quirks import Quirks
from outcrop.types.content import Block, Reasoning, RedactedReasoning
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment


def adapt_reasoning(request: Request, quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Take away signatures and sealed reasoning that another model made.

    The words stay where this model reads unsigned reasoning; a signature is good for one model.
    """
    own = _base(request.model)
    card = lookup(request.model)
    keeps_words = card is not None and card.reasoning is not None and not quirks.signed_reasoning
    messages = tuple(
        _adapted(message, keeps_words=keeps_words) if _is_others(message, own) else message
        for message in request.messages
    )
    if all(map(is_, messages, request.messages)):
        return request
    others = sorted({each.model for each in request.messages if _is_others(each, own)})
    detail = f"reasoning of {', '.join(others)} was taken out of the history: {request.model} asked"
    changes.append(Adjustment(rule="foreign_reasoning", detail=detail))
    return msgspec.structs.replace(request, messages=messages)


def _is_others(message: Message, own: str) -> bool:
    return bool(message.model and own) and _base(message.model) not in {own, ""}


def _base(model: str) -> str:
    """Return the model itself, whichever region or profile it is called by; empty if untold."""
    card = lookup(model)
    if card is not None:
        return card.id
    try:
        return parse_model_id(model).base
    except BadRequestError:
        return ""


def _adapted(message: Message, *, keeps_words: bool) -> Message:
    content = tuple(
        block
        for each in message.content
        if (block := _own_words(each, keeps_words=keeps_words)) is not None
    )
    if len(content) == len(message.content) and all(map(is_, content, message.content)):
        return message
    return msgspec.structs.replace(message, content=content)


def _own_words(block: Block, *, keeps_words: bool) -> Block | None:
    if isinstance(block, RedactedReasoning):
        return None
    if not isinstance(block, Reasoning):
        return block
    if not keeps_words or not block.text:
        return None
    return block if block.signature is None else Reasoning(text=block.text)
