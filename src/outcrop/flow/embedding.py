"""Turning inputs into vectors: which requests that takes, and what becomes of their answers.

Place in the house: flow. No I/O. The inputs are split into batches as the model takes them, in
order; each batch is a flow of its own.

Source: behaviour specification, EMB-01 to EMB-10.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import groupby
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.embeddings.table import EMBEDDINGS
from outcrop.errors import (
    AuthenticationError,
    BadRequestError,
    OutcropError,
    UnsupportedError,
    WireError,
)
from outcrop.flow.effects import Flow
from outcrop.flow.invocation import Invoked, exchange, invoke_road, model_behind, understand
from outcrop.flow.parting import left_out
from outcrop.flow.purpose import require_purpose, unknown_family
from outcrop.flow.session import Session
from outcrop.flow.several import Several
from outcrop.flow.target import Target
from outcrop.models.families import EmbeddingFamily, embedding_family
from outcrop.types.embeddings import Embedding, EmbeddingInput, EmbeddingRequest, Embeddings
from outcrop.types.responses import Adjustment

PAUSE_S: Final = 120.0
"""How long nothing is sent after credentials were refused, seconds (EMB-10)."""

_REFUSED: Final = "embeddings refused"

Work: TypeAlias = Several[Embeddings, Embeddings]


class _Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One request, and where its inputs stand among all."""

    request: EmbeddingRequest
    start: int
    of_several: bool
    codec: str
    adjustments: tuple[Adjustment, ...]

    @property
    def where(self) -> str:
        """Which inputs these are, for messages."""
        last = self.start + len(self.request.inputs) - 1
        return f"inputs[{self.start}]" if last == self.start else f"inputs[{self.start}..{last}]"


def plan_embeddings(
    request: EmbeddingRequest, target: Target, control: Target, session: Session
) -> Flow[Work]:
    """Return the calls that turn all inputs into vectors. Nothing is embedded yet.

    Args:
        request: What to embed, and how.
        target: Where the model is called.
        control: Where application profiles are looked up.
        session: The client's memory.

    Raises:
        BadRequestError: The model cannot do it so; the message lists what it can.
        OutcropError: What stands behind an application profile is unknown.
    """
    name = yield from model_behind(target, control, session)
    require_purpose(name, "embedding")
    family = embedding_family(name)
    if family is None:
        raise unknown_family(request.model, "embedding")
    settled, changes = _settle(request, family, strict=target.strict_parameters)
    batches = _batches(settled, family, changes)
    return Several(tuple(_embed(batch, target, session) for batch in batches), _join)


_MEMBERS: Final = (
    ("purpose", "purposes"),
    ("truncate", "truncates"),
    ("normalize", "normalizes"),
    ("encodings", "encodings"),
    ("max_tokens", "max_tokens"),
)
"""Member of a request, and of a family: what says whether the family has a word for it."""


def _settle(
    request: EmbeddingRequest, family: EmbeddingFamily, *, strict: bool
) -> tuple[EmbeddingRequest, tuple[Adjustment, ...]]:
    """Return the request as this family takes it, and what was left out for that.

    Raises:
        BadRequestError: A length or form of vector is asked for that the family lacks.
        UnsupportedError: Something would be left out, and must not be.
    """
    _check_dimensions(request, family)
    _check_encodings(request, family)
    surplus = [mine for mine, theirs in _MEMBERS if not getattr(family, theirs)]
    dropped = [name for name in surplus if getattr(request, name) not in {None, (), ("float",)}]
    changes = left_out(dropped, request.model, strict=strict)
    empty: dict[str, Any] = {name: () if name == "encodings" else None for name in surplus}
    defaults: dict[str, Any] = {
        "purpose": request.purpose or "document" if family.purposes else None,
        "truncate": request.truncate or "end" if family.truncates else None,
        "dimensions": request.dimensions if len(family.dimensions) > 1 else None,
    }
    extra = request.extra.meant_for(family.codec) if request.extra else None
    return msgspec.structs.replace(request, extra=extra, **(empty | defaults)), changes


def _check_dimensions(request: EmbeddingRequest, family: EmbeddingFamily) -> None:
    if request.dimensions is not None and request.dimensions not in family.dimensions:
        raise BadRequestError(
            f"{request.model} has no vectors of {request.dimensions} dimensions",
            hint=f"allowed are: {', '.join(map(str, family.dimensions))}",
        )


def _check_encodings(request: EmbeddingRequest, family: EmbeddingFamily) -> None:
    unknown = [each for each in request.encodings if each not in family.encodings]
    if family.encodings and unknown:
        raise BadRequestError(
            f"{request.model} has no vectors as {', '.join(unknown)}",
            hint=f"allowed are: {', '.join(family.encodings)}",
        )


def _batches(
    request: EmbeddingRequest, family: EmbeddingFamily, changes: tuple[Adjustment, ...]
) -> tuple[_Batch, ...]:
    return tuple(
        _Batch(
            request=_of_kind(request, family, inputs),
            start=start,
            of_several=len(request.inputs) > 1,
            codec=family.codec,
            adjustments=changes,
        )
        for start, inputs in _runs(request, family)
    )


def _runs(
    request: EmbeddingRequest, family: EmbeddingFamily
) -> Iterator[tuple[int, tuple[EmbeddingInput, ...]]]:
    """Yield inputs of one kind that stand side by side, as many as fit, and where they start.

    Raises:
        UnsupportedError: The model takes no inputs of a kind.
    """
    for kind, run in groupby(enumerate(request.inputs), key=lambda each: each[1].kind):
        size = family.batch_of(kind)
        numbered = list(run)
        if not size:
            taken = ", ".join(name for name, _ in family.batches)
            raise UnsupportedError(
                f"inputs[{numbered[0][0]}] is {kind}, which {request.model} does not embed",
                hint=f"it embeds: {taken}",
            )
        for first in range(0, len(numbered), size):
            part = numbered[first : first + size]
            yield part[0][0], tuple(item for _, item in part)


def _of_kind(
    request: EmbeddingRequest, family: EmbeddingFamily, inputs: tuple[EmbeddingInput, ...]
) -> EmbeddingRequest:
    purpose = request.purpose
    if family.image_purpose and inputs[0].kind == "image":
        purpose = family.image_purpose
    truncate = request.truncate if inputs[0].kind in {"text", "mixed"} else None
    return msgspec.structs.replace(request, inputs=inputs, purpose=purpose, truncate=truncate)


def _embed(batch: _Batch, target: Target, session: Session) -> Flow[Embeddings]:
    """Send one batch.

    Raises:
        OutcropError: It failed; `param` and the message say which inputs were in it.
    """
    try:
        _refuse_while_paused(session)
        return (yield from _answer(batch, target, session))
    except OutcropError as error:
        if isinstance(error, AuthenticationError) and session.kept(_REFUSED) is None:
            session.keep(_REFUSED, copy(error), PAUSE_S)
        error.param = error.param or batch.where
        if batch.of_several:
            error.message = f"{batch.where}: {error.message}"
        raise


def _refuse_while_paused(session: Session) -> None:
    refused = session.kept(_REFUSED)
    if isinstance(refused, OutcropError):
        raise copy(refused)


def _answer(batch: _Batch, target: Target, session: Session) -> Flow[Embeddings]:
    codec = EMBEDDINGS[batch.codec]
    road = invoke_road(target)
    body = codec.encode_request(batch.request)
    invoked = yield from exchange(road, body, target, session, batch.adjustments)
    answer = understand(
        invoked, lambda data: _placed(codec.decode_response(data), batch), road, target
    )
    return _counted(answer, invoked)


def _placed(answer: Embeddings, batch: _Batch) -> Embeddings:
    """Say of each vector which input it is of. An input alone may have several.

    Raises:
        WireError: There are not as many vectors as inputs.
    """
    count = len(batch.request.inputs)
    if count > 1 and len(answer.items) != count:
        raise WireError(f"{len(answer.items)} vectors came for {count} inputs")
    if not answer.items:
        raise WireError("the answer holds no vectors")
    own = range(batch.start, batch.start + count)
    places = own if count > 1 else (batch.start for _ in answer.items)
    return msgspec.structs.replace(answer, items=tuple(map(_at, answer.items, places)))


def _at(item: Embedding, index: int) -> Embedding:
    return msgspec.structs.replace(item, index=index)


def _counted(answer: Embeddings, invoked: Invoked) -> Embeddings:
    tokens = invoked.input_tokens if answer.input_tokens is None else answer.input_tokens
    return msgspec.structs.replace(answer, input_tokens=tokens, calls=(invoked.call,))


def _join(answers: Sequence[Embeddings]) -> Embeddings:
    if len(answers) == 1:
        return answers[0]
    known = [each.input_tokens for each in answers if each.input_tokens is not None]
    return Embeddings(
        items=tuple(item for answer in answers for item in answer.items),
        input_tokens=sum(known) if known else None,
        calls=tuple(call for answer in answers for call in answer.calls),
    )
