"""Money: exact, and silent about what is not known."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.models.cost import UNKNOWN, Cost, cost_of, quota_tokens
from outcrop.types.usage import CacheWrite, Usage

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
MILLION = Usage(input_tokens=1_000_000, output_tokens=1_000_000)


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        (f"global.{HAIKU}", "6"),
        (f"us.{HAIKU}", "6.6"),
        (f"eu.{HAIKU}", "6.6"),
        ("claude-haiku-4-5", "6.6"),
        ("us.amazon.nova-lite-v1:0", "0.30"),
        ("global.amazon.nova-2-lite-v1:0", "2.80"),
        ("us.amazon.nova-2-lite-v1:0", "3.08"),
        ("us.meta.llama3-3-70b-instruct-v1:0", "1.44"),
    ],
)
def test_a_million_each(model: str, usd: str) -> None:
    """Global profiles cost the list price, geographic ones of newer models a tenth more."""
    assert cost_of(model, MILLION).usd == Decimal(usd)


def test_every_class_has_its_price() -> None:
    """Cached input is cheaper to read and dearer to write, an hour's life dearer still."""
    usage = Usage(
        input_tokens=1_000,
        output_tokens=100,
        cache_read_tokens=10_000,
        cache_write_tokens=5_000,
        cache_writes=(CacheWrite(ttl="5m", tokens=3_000), CacheWrite(ttl="1h", tokens=2_000)),
    )

    cost = cost_of(f"global.{HAIKU}", usage)

    assert cost == Cost(
        usd=Decimal("0.01025"),
        source="catalogue",
        input=Decimal("0.001"),
        output=Decimal("0.0005"),
        cache_read=Decimal("0.001"),
        cache_write=Decimal("0.00375"),
        cache_write_1h=Decimal("0.004"),
        evidence=("price-claude", "price-geo"),
    )


def test_one_token_is_not_rounded() -> None:
    """The ledger adds up millions of calls: what each loses, all lose."""
    cost = cost_of(f"us.{HAIKU}", Usage(cache_read_tokens=1))

    assert cost.usd == Decimal("0.00000011")


def test_twin_counters_count() -> None:
    """AWS spells the cache counters in two ways; either is enough."""
    usage = Usage(cache_read_count=1_000_000, cache_write_count=1_000_000)

    assert cost_of(f"global.{HAIKU}", usage).usd == Decimal("1.35")


@pytest.mark.parametrize(
    "model",
    [
        "maker.model-1",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/1arbu5hu2sjr",
        "sa.anthropic.claude-haiku-4-5-20251001-v1:0",
        "apac.amazon.nova-lite-v1:0",
        "amazon.titan-text-express-v1",
        "",
    ],
)
def test_unknown_is_not_free(model: str) -> None:
    """A price that is not known is None, never 0."""
    assert cost_of(model, MILLION) == UNKNOWN
    assert UNKNOWN.usd is None
    assert UNKNOWN.source == "unknown"


def test_one_unknown_part_makes_the_sum_unknown() -> None:
    """A sum that leaves something out looks like a sum."""
    usage = Usage(input_tokens=1_000, output_tokens=100, cache_write_tokens=500)

    cost = cost_of("amazon.nova-lite-v1:0", usage)

    assert (cost.usd, cost.source, cost.cache_write) == (None, "unknown", None)
    assert cost.input == Decimal("0.00006")


@pytest.mark.parametrize(
    ("read", "usd"),
    [(0, "0.6"), (1, "1.2000006")],
    ids=["up-to-200k", "above"],
)
def test_long_context(read: int, usd: str) -> None:
    """Above the limit all tokens cost more, cached ones count towards it."""
    usage = Usage(input_tokens=200_000, cache_read_tokens=read)

    cost = cost_of("global.anthropic.claude-sonnet-4-5-20250929-v1:0", usage)

    assert cost.usd == Decimal(usd)


counts = st.integers(0, 10**9)


@given(counts, counts, counts, counts)
def test_the_sum_is_the_parts(fresh: int, output: int, read: int, written: int) -> None:
    """No cent comes or goes between the parts and their sum."""
    usage = Usage(
        input_tokens=fresh,
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_writes=(CacheWrite(ttl="1h", tokens=written // 3),),
    )

    cost = cost_of(f"us.{HAIKU}", usage)

    parts = (cost.input, cost.output, cost.cache_read, cost.cache_write, cost.cache_write_1h)
    assert cost.usd == sum(part for part in parts if part is not None)


@given(counts, counts)
def test_cost_is_linear(fresh: int, output: int) -> None:
    """Two calls cost what they cost one by one."""
    once = cost_of(f"us.{HAIKU}", Usage(input_tokens=fresh, output_tokens=output)).usd
    twice = cost_of(f"us.{HAIKU}", Usage(input_tokens=2 * fresh, output_tokens=2 * output)).usd

    assert once is not None
    assert twice == 2 * once


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        (f"us.{HAIKU}", 150 + 5 * 10),
        ("us.anthropic.claude-opus-4-8", 150 + 15 * 10),
        ("us.amazon.nova-pro-v1:0", 160),
        ("us.anthropic.claude-opus-5", None),
        ("maker.model-1", None),
    ],
)
def test_quota_tokens(model: str, tokens: int | None) -> None:
    """Output burns quota faster than input with newer Claude; cache reads burn none."""
    usage = Usage(
        input_tokens=100, output_tokens=10, cache_read_tokens=1_000, cache_write_tokens=50
    )

    assert quota_tokens(model, usage) == tokens
