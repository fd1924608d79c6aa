"""What a call costs, and how much of a quota it uses.

Place in the house: models. Pure arithmetic over the catalogue, exact: prices are whole numbers of
millionths of a dollar for a million tokens, so a token's price times a count is a whole number of
10^-12 dollars, and a geography's surcharge adds two more places. Nothing is rounded.

Where one price that the call needs is unknown, the sum is unknown: None, never 0, never a part.

Source: behaviour specification, USAGE-04, USAGE-05.
"""

from decimal import Decimal
from typing import Final, Literal

import msgspec

from outcrop.models.card import ModelCard, Prices, Pricing
from outcrop.models.catalogue import lookup
from outcrop.models.ids import parse_model_id
from outcrop.types.usage import Usage

_PLACES: Final = -14
"""Prices in 10^-12 dollars a token, times a percentage."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """US dollars for one call. None where a price is not known."""

    usd: Decimal | None = None
    """The sum; None as soon as one of the parts is."""
    source: Literal["catalogue", "unknown"] = "unknown"
    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    """To the cache of usual life."""
    cache_write_1h: Decimal | None = None
    evidence: tuple[str, ...] = ()
    """Keys of `models.evidence.EVIDENCE`: how the prices are known."""


UNKNOWN: Final = Cost()


def cost_of(model: str, usage: Usage) -> Cost:
    """Return what AWS charges for a call on demand, as far as the catalogue knows.

    Args:
        model: The id that answered: a profile costs other than the bare id, and an
            application profile does not say what it costs.
        usage: Token counts of the call, as AWS gave them.
    """
    card, surcharge = _terms(model)
    if card is None or card.pricing is None or surcharge is None:
        return UNKNOWN
    prices = _prices_for(card.pricing, usage)
    percent = 100 + surcharge
    written_1h = usage.cache_write_1h_tokens
    cost = Cost(
        input=_amount(usage.input_tokens, prices.input, percent),
        output=_amount(usage.output_tokens, prices.output, percent),
        cache_read=_amount(_read(usage), prices.cache_read, percent),
        cache_write=_amount(_written(usage) - written_1h, prices.cache_write, percent),
        cache_write_1h=_amount(written_1h, prices.cache_write_1h, percent),
        evidence=card.pricing.evidence,
    )
    return _with_sum(cost)


def quota_tokens(model: str, usage: Usage) -> int | None:
    """Return how much of a tokens-per-minute quota a call used; None where unknown.

    Cache reads are free. While a call runs, AWS counts all of its maxTokens as output.
    """
    card = lookup(model)
    if card is None or card.burndown is None:
        return None
    return usage.input_tokens + _written(usage) + usage.output_tokens * card.burndown


def _terms(model: str) -> tuple[ModelCard | None, int | None]:
    """Return the card, and what the id's geography adds to its prices, percent."""
    card = lookup(model)
    if card is None or card.pricing is None:
        return card, None
    return card, dict(card.pricing.surcharges).get(parse_model_id(model).geo)


def _prices_for(pricing: Pricing, usage: Usage) -> Prices:
    long_context = pricing.long_context
    total = usage.input_tokens + _read(usage) + _written(usage)
    if long_context is None or total <= long_context.above_tokens:
        return pricing.prices
    return long_context.prices


def _with_sum(cost: Cost) -> Cost:
    parts = (cost.input, cost.output, cost.cache_read, cost.cache_write, cost.cache_write_1h)
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return cost
    return msgspec.structs.replace(cost, usd=sum(known, Decimal(0)), source="catalogue")


def _amount(tokens: int, price: int | None, percent: int) -> Decimal | None:
    if not tokens:
        return Decimal(0)
    return None if price is None else Decimal(tokens * price * percent).scaleb(_PLACES)


def _read(usage: Usage) -> int:
    return usage.cache_read_tokens or usage.cache_read_count or 0


def _written(usage: Usage) -> int:
    """Return all cache writes. Their details may say more than their sum, never less."""
    counted = usage.cache_write_tokens or usage.cache_write_count or 0
    return max(counted, sum(write.tokens for write in usage.cache_writes))
