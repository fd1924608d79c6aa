"""Asks a model only for what it makes.

Place in the house: flow. Pure. What a model makes is data of `models.families`; a model that nobody
knows is asked for anything.

Source: behaviour specification, ERR-31, EMB-10, OPS-01.
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
        "video": ("a video", "use async_invokes.start"),
        "speech": ("a speech", "it takes a stream in both directions, which outcrop does not open"),
    }
)


_ELSEWHERE: Final = frozenset({"video", "speech"})


def require_one_answer(model: str) -> None:
    """Refuse what does not answer one request with one reply, before anything is sent.

    Raises:
        UnsupportedError: It is known to answer into a bucket, or in a stream of both directions.
    """
    if purpose_of(model) in _ELSEWHERE:
        require_purpose(model, "text")


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
