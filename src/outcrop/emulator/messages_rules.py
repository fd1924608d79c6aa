"""What Bedrock refuses of an Anthropic Messages body although its members are right.

Place in the house: emulator. Pure. The words are in `wordings`, each with its source.

Source: recordings and public threads as named in `wordings`.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from outcrop.emulator import wordings
from outcrop.emulator.refusals import Refusal
from outcrop.models.card import ModelCard
from outcrop.types.content import (
    Block,
    CachePoint,
    Document,
    Image,
    ToolResult,
    ToolUse,
    Url,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request

_VERSION: Final = re.compile(r"-v\d+(:\d+)?$")


def claude_name(model: str) -> str:
    """Return what Claude calls itself: the name it has at Anthropic (rec 0c687cb6bf)."""
    return _VERSION.sub("", model.rpartition("anthropic.")[2])


def check_messages(request: Request, card: ModelCard | None) -> Iterator[Refusal]:
    """Yield what is wrong, in the order in which it is said."""
    if not request.messages:
        yield wordings.NO_MESSAGES.refusal()
    asked = request.sampling.max_tokens
    if card is not None and card.max_output is not None and (asked or 0) > card.max_output:
        name = claude_name(card.id)
        yield wordings.CLAUDE_TOKENS.refusal(asked=asked, limit=card.max_output, name=name)
    for place, message in enumerate(request.messages):
        yield from _addresses(place, message)
    yield from _unanswered(request)


def _addresses(place: int, message: Message) -> Iterator[Refusal]:
    for part, block in enumerate(_told(message)):
        kind = _MEDIA.get(type(block))
        if kind is not None and isinstance(getattr(block, "source", None), Url):
            where = f"messages.{place}.content.{part}.{kind}.source.base64.data"
            yield wordings.NO_ADDRESSES.refusal(where=where)


_MEDIA: Final = {Image: "image", Document: "document"}


def _told(message: Message) -> Iterator[Block]:
    """Yield the blocks that stand in the body: there a cache point is part of the one before it."""
    return (block for block in message.content if not isinstance(block, CachePoint))


def _unanswered(request: Request) -> Iterator[Refusal]:
    for place, (message, following) in enumerate(pairwise(request.messages)):
        here = _answered(message) | _answered(following)
        missing = [call for call in _calls(message) if call not in here]
        if missing:
            yield wordings.UNANSWERED.refusal(message=place, ids=", ".join(missing))


def _calls(message: Message) -> Iterator[str]:
    calls = (block for block in message.content if isinstance(block, ToolUse))
    return (call.id for call in calls if not call.by_server)


def _answered(message: Message) -> set[str]:
    return {block.id for block in message.content if isinstance(block, ToolResult)}
