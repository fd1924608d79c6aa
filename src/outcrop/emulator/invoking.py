"""InvokeModel: which family answers a model's native body.

Place in the house: emulator. A table; each family stands in a module of its own and is added here.

Source: behaviour specification, EMU-01, EMB-01, RANK-02, IMGGEN-01.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from outcrop.emulator import wordings
from outcrop.emulator.answers import Answer
from outcrop.emulator.drawing import answer_images
from outcrop.emulator.embedding import answer_embedding
from outcrop.emulator.ranking import answer_invoked_rerank
from outcrop.emulator.rules import reach_model
from outcrop.models.families import embedding_family, image_family, rerank_family

__all__ = ["Answer", "answer_invoke"]

Answerer: TypeAlias = Callable[[str, bytes, str], Answer]
"""Takes the model's id, the body, and the id of the request."""

_FAMILIES: Final[tuple[tuple[Callable[[str], object], Answerer], ...]] = (
    (embedding_family, answer_embedding),
    (rerank_family, answer_invoked_rerank),
    (image_family, answer_images),
)
"""What tells whether a model belongs to a family (None where not), and who answers for it."""


def answer_invoke(model: str, body: bytes, request_id: str) -> Answer:
    """Answer InvokeModel of a model that does not converse.

    Raises:
        Refusal: Bedrock would refuse it, or no family here knows the model.
    """
    reach_model(model)
    answerer = next((answer for knows, answer in _FAMILIES if knows(model) is not None), None)
    if answerer is None:
        raise wordings.NO_NATIVE_BODY.refusal(model=model)
    return answerer(model, body, request_id)
