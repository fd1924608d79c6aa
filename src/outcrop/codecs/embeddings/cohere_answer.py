"""How Cohere's embedding models answer: a list of vectors, or a map of such lists by form.

Place in the house: the codec of embeddings. Both versions answer so.

Source: behaviour specification, EMB-05, EMB-06; recordings of InvokeModel.
"""

from typing import Final, TypeAlias

import msgspec

from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Surplus, Wire
from outcrop.types.embeddings import Embedding, Embeddings, Numbers
from outcrop.types.json import Extra

API: Final = "cohere"

Vectors: TypeAlias = tuple[tuple[float, ...], ...]
Forms: TypeAlias = dict[str, tuple[Numbers, ...]]


class CohereResponse(Wire):
    """The body of an answer."""

    embeddings: Vectors | Forms
    # Kept as they stand; named, so that answers of today are read in one go.
    id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    response_type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    texts: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    images: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def encode_response(answer: Embeddings) -> bytes:
    """Write the body of an answer."""
    by_form = any(item.forms for item in answer.items)
    return encode(
        CohereResponse(
            embeddings=_forms(answer) if by_form else tuple(each.floats for each in answer.items),
            surplus=surplus_of(answer.extra, API),
        )
    )


def decode_response(body: bytes) -> Embeddings:
    """Read the body of an answer.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _forms(answer: Embeddings) -> Forms:
    names = answer.items[0].forms
    return {name: tuple(item.forms[name] for item in answer.items) for name in names}


def _response(body: CohereResponse, _context: None) -> Embeddings:
    found = body.embeddings
    items = _by_form(found) if isinstance(found, dict) else _plain(found)
    return Embeddings(items=items, extra=_extra(body))


_KEPT: Final = ("id", "response_type", "texts", "images")


def _extra(body: CohereResponse) -> Extra | None:
    given = ((name, getattr(body, name)) for name in _KEPT)
    named = {name: value for name, value in given if value is not msgspec.UNSET}
    more = dict(body.surplus.members) if body.surplus else {}
    return extra_of(Surplus(named | more), API) if named or more else None


def _plain(vectors: Vectors) -> tuple[Embedding, ...]:
    return tuple(Embedding(index=index, floats=each) for index, each in enumerate(vectors))


def _by_form(forms: Forms) -> tuple[Embedding, ...]:
    counts = {len(vectors) for vectors in forms.values()}
    if len(counts) != 1:
        raise WireError("the answer holds not as many embeddings in each form")
    return tuple(
        Embedding(index=index, forms={name: vectors[index] for name, vectors in forms.items()})
        for index in range(counts.pop())
    )


_RESPONSES: Final = Reader(CohereResponse, _response, WireError)
