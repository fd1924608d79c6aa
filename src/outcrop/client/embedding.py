"""From what a caller wants embedded to the calls that do it.

Place in the house: client. Both clients embed by these.

Source: behaviour specification, LIB-01, EMB-01, CONF-18.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, TypedDict

from outcrop.client.ask import refuse_unknown
from outcrop.client.plan import Plan
from outcrop.errors import BadRequestError
from outcrop.flow.effects import Flow
from outcrop.flow.embedding import Work, plan_embeddings
from outcrop.models.families import DEFAULT_EMBEDDING_MODEL
from outcrop.types.content import Audio, Image, Text, Video
from outcrop.types.embeddings import EmbeddingInput, EmbeddingPart, EmbeddingRequest
from outcrop.types.json import Extra

Embeddable: TypeAlias = str | EmbeddingPart | Sequence[str | EmbeddingPart]
"""What becomes one vector: a text, a picture, or several parts together."""

Inputs: TypeAlias = str | EmbeddingPart | Sequence[Embeddable]
"""One input, or many: each member of a sequence becomes a vector."""


class EmbedOptions(TypedDict, total=False):
    """How to embed. What is left out is the model's own default."""

    model: str
    """Model id, profile id or ARN."""
    dimensions: int
    """Length of the vectors; what a model offers stands in the error of a wrong one."""
    purpose: str
    """``"document"`` (default), ``"query"``, ``"classification"``, ``"clustering"``."""
    truncate: str
    """What is cut off a text that is too long: ``"end"`` (default), ``"start"``, or ``"none"``."""
    normalize: bool
    encodings: Sequence[str]
    """``"float"``, ``"int8"``, ``"uint8"``, ``"binary"``, ``"ubinary"``."""
    max_tokens: int
    """How much of each input is read."""
    fields: Mapping[str, Any]
    """Members of the model's own body that have no option here."""


_KNOWN: Final = frozenset(EmbedOptions.__annotations__)


def plan_embed(plan: Plan, inputs: Inputs, options: EmbedOptions) -> Flow[Work]:
    """Return the calls that turn inputs into vectors.

    Raises:
        BadRequestError: An option or an input has the wrong form, or the model cannot do it so.
        OutcropError: What stands behind an application profile is unknown.
    """
    request = build_embedding_request(plan, inputs, options)
    target = plan.embedding_target(request.model)
    return (yield from plan_embeddings(request, target, plan.control_target(), plan.session))


def build_embedding_request(plan: Plan, inputs: Inputs, options: EmbedOptions) -> EmbeddingRequest:
    """Return the canonical request for what a caller wrote.

    Raises:
        BadRequestError: An option or an input has the wrong form.
    """
    given: dict[str, Any] = {name: said for name, said in options.items() if said is not None}
    refuse_unknown(given.keys() - _KNOWN, _KNOWN, "options")
    defaults = plan.settings.embeddings
    chosen = defaults.model.value if defaults.model else DEFAULT_EMBEDDING_MODEL
    length = defaults.dimensions.value if defaults.dimensions else None
    return EmbeddingRequest(
        model=given.get("model", chosen),
        inputs=_inputs(inputs),
        dimensions=given.get("dimensions", length),
        purpose=given.get("purpose"),
        truncate=given.get("truncate"),
        normalize=given.get("normalize"),
        encodings=tuple(given.get("encodings", ())),
        max_tokens=given.get("max_tokens"),
        extra=Extra.of_fields(given.get("fields")),
    )


def _inputs(inputs: object) -> tuple[EmbeddingInput, ...]:
    if isinstance(inputs, str | Text | Image | Audio | Video):
        return (_input("inputs", inputs),)
    given = _listed("inputs", inputs)
    return tuple(_input(f"inputs[{position}]", each) for position, each in enumerate(given))


def _input(where: str, given: object) -> EmbeddingInput:
    if isinstance(given, str | Text | Image | Audio | Video):
        return EmbeddingInput((_part(where, given),))
    parts = tuple(_part(where, each) for each in _listed(where, given))
    if not parts:
        raise BadRequestError(f"{where} is empty")
    return EmbeddingInput(parts)


def _listed(where: str, given: object) -> Sequence[object]:
    if isinstance(given, Sequence) and not isinstance(given, bytes):
        return given
    raise _misplaced(where, given)


def _part(where: str, given: object) -> EmbeddingPart:
    if isinstance(given, str):
        return Text(text=given)
    if isinstance(given, Text | Image | Audio | Video):
        return given
    raise _misplaced(where, given)


def _misplaced(where: str, given: object) -> BadRequestError:
    # Numbers are the tokens of some tokenizer, and no model on Bedrock takes tokens.
    return BadRequestError(
        f"{where} is neither text nor a picture, sound or film, but {type(given).__name__}",
        hint="give str, or Image, Audio and Video of outcrop.types.content",
    )
