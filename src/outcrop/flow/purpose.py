"""Asks a model only for what it makes.

Place in the house: flow. Pure. What a model makes is data of `models.families`; a model that nobody
knows is asked for anything.

Source: behaviour specification, ERR-31, EMB-10.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.models.catalogue import cards
from outcrop.models.families import Purpose, purpose_of

_NAMES: Final[Mapping[Purpose, tuple[str, str]]] = MappingProxyType(
    {
        "text": ("a text", "use chat"),
        "embedding": ("an embedding", "use embed"),
        "rerank": ("a rerank", "use rerank"),
        "image": ("an image", "use generate_image"),
        "video": ("a video", "start it with StartAsyncInvoke"),
        "speech": ("a speech", "open it with InvokeModelWithBidirectionalStream"),
    }
)


def require_purpose(model: str, wanted: Purpose) -> None:
    """Refuse what a model is not made for, before anything is sent.

    Raises:
        UnsupportedError: It is known to make something else.
    """
    purpose = purpose_of(model)
    if purpose is None or purpose == wanted:
        return
    kind, remedy = _NAMES[purpose]
    raise UnsupportedError(f"{model} is {kind} model; {remedy}")


def unknown_family(model: str, wanted: Purpose) -> BadRequestError:
    """Return the error for a model whose body nobody knows."""
    known = [card.id for card in cards() if purpose_of(card.id) == wanted]
    return BadRequestError(
        f"{model} belongs to no family of {wanted} models that is known",
        hint=f"known are: {', '.join(known)}",
    )
