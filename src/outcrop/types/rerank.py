"""Documents, and how well each answers a query.

Place in the house: types. Values only.

Source: behaviour specification, RANK-01, RANK-02; recordings of InvokeModel; shape RerankRequest of
the bedrock-agent-runtime service model.
"""

from typing import TypeAlias

import msgspec

from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment, Call
from outcrop.types.usage import Usage

RankedText: TypeAlias = str | msgspec.Raw
"""A document: text, or a JSON object."""


class RerankRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to put in order, and by what."""

    model: str
    query: str
    documents: tuple[RankedText, ...]
    top_n: int | None = None
    """How many are returned; None: all."""
    extra: Extra | None = None


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """One document's place in the order."""

    index: int
    """Position of the document in the request."""
    score: float
    """How well it answers, by the model's own measure; more is better."""
    extra: Extra | None = None


class Reranking(msgspec.Struct, frozen=True, kw_only=True):
    """The documents that answer best, the best first."""

    results: tuple[Ranked, ...]
    input_tokens: int | None = None
    """None where the service did not say."""
    extra: Extra | None = None
    call: Call = Call()

    @property
    def usage(self) -> Usage | None:
        """What was counted; None where the service did not say."""
        tokens = self.input_tokens
        return None if tokens is None else Usage(input_tokens=tokens, total_tokens=tokens)

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Every change outcrop made on the way."""
        return self.call.adjustments
