"""Claude, the models that are current: 4.5 and later.

Place in the house: models, rows.
"""

from typing import Final

from outcrop.models.card import (
    CacheRule,
    LongContext,
    ModelCard,
    Prices,
    Pricing,
    Reasoning,
    Sampling,
)

_EVERYWHERE: Final = ("system", "messages", "tools")
_CACHE_512: Final = CacheRule(min_tokens=512, ttls=("5m", "1h"), fields=_EVERYWHERE)
_CACHE_1024: Final = CacheRule(min_tokens=1024, ttls=("5m", "1h"), fields=_EVERYWHERE)
_CACHE_4096: Final = CacheRule(min_tokens=4096, ttls=("5m", "1h"), fields=_EVERYWHERE)

_OVER_GLOBAL: Final = (
    ("global", 0),
    ("", 10),
    ("us", 10),
    ("eu", 10),
    ("jp", 10),
    ("au", 10),
    ("apac", 10),
)

_HAIKU_4_5: Final = Prices(
    input=1_000_000,
    output=5_000_000,
    cache_read=100_000,
    cache_write=1_250_000,
    cache_write_1h=2_000_000,
)
_HAIKU_5_5: Final = Prices(
    input=100_000,
    output=500_000,
    cache_read=10_000,
    cache_write=125_000,
    cache_write_1h=200_000,
)
_HAIKU_5_5_LONG: Final = Prices(
    input=500_000,
    output=2_500_000,
    cache_read=50_000,
    cache_write=625_000,
    cache_write_1h=1_000_000,
)
_SONNET_4_5: Final = Prices(
    input=3_000_000,
    output=15_000_000,
    cache_read=300_000,
    cache_write=3_750_000,
    cache_write_1h=6_000_000,
)
_SONNET_4_5_LONG: Final = Prices(
    input=6_000_000,
    output=22_500_000,
    cache_read=600_000,
    cache_write=7_500_000,
    cache_write_1h=12_000_000,
)
_SONNET_5: Final = Prices(
    input=2_000_000,
    output=10_000_000,
    cache_read=200_000,
    cache_write=2_500_000,
    cache_write_1h=4_000_000,
)
# Its cache reads were repriced at Anthropic in October 2026; what Bedrock asks is not known.
_SONNET_5_5: Final = Prices(
    input=2_000_000, output=10_000_000, cache_write=2_500_000, cache_write_1h=4_000_000
)
_OPUS_4_5: Final = Prices(
    input=5_000_000,
    output=25_000_000,
    cache_read=500_000,
    cache_write=6_250_000,
    cache_write_1h=10_000_000,
)
_OPUS_5_5: Final = Prices(
    input=4_000_000,
    output=20_000_000,
    cache_read=200_000,
    cache_write=5_000_000,
    cache_write_1h=8_000_000,
)
_FABLE_5: Final = Prices(
    input=10_000_000,
    output=50_000_000,
    cache_read=1_000_000,
    cache_write=12_500_000,
    cache_write_1h=20_000_000,
)
_FABLE_5_1: Final = Prices(
    input=10_000_000,
    output=50_000_000,
    cache_read=250_000,
    cache_write=12_500_000,
    cache_write_1h=20_000_000,
)


def _priced(prices: Prices, long_context: LongContext | None = None) -> Pricing:
    return Pricing(
        prices=prices,
        surcharges=_OVER_GLOBAL,
        long_context=long_context,
        evidence=("price-claude", "price-geo"),
    )


def _claude(
    name: str,
    *,
    model: str,
    profiles: tuple[str, ...],
    reasoning: Reasoning,
    sampling: Sampling | None,
    cache: CacheRule | None,
    pricing: Pricing,
    evidence: tuple[str, ...],
    window: int = 1_000_000,
    output: int = 128_000,
    burndown: int | None = None,
    mantle: bool = False,
    also: tuple[str, ...] = (),
) -> ModelCard:
    bare = model.removeprefix("anthropic.")
    return ModelCard(
        id=model,
        name=name,
        provider="Anthropic",
        inputs=("TEXT", "IMAGE"),
        streaming=True,
        inference=("INFERENCE_PROFILE",),
        profiles=profiles,
        endpoints=("runtime", "mantle") if mantle else ("runtime",),
        mantle_path="/anthropic/v1" if mantle else "",
        context_window=window,
        max_output=output,
        system=True,
        tools=True,
        streams_tools=True,
        reasoning=reasoning,
        sampling=sampling,
        cache=cache,
        pricing=pricing,
        burndown=burndown,
        aliases=(bare, *also),
        evidence=(*evidence, "claude-platform", "spec"),
    )


ROWS: Final = (
    _claude(
        "Claude Haiku 4.5",
        model="anthropic.claude-haiku-4-5-20251001-v1:0",
        profiles=("global", "us", "eu", "jp", "au", "apac"),
        reasoning="budget",
        sampling="either",
        cache=_CACHE_4096,
        pricing=_priced(_HAIKU_4_5),
        window=200_000,
        output=64_000,
        burndown=5,
        mantle=True,
        also=("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        evidence=("list", "cards", "probes", "burndown"),
    ),
    _claude(
        "Claude Haiku 5.5",
        model="anthropic.claude-haiku-5-5",
        profiles=("global", "us", "eu", "jp", "au"),
        reasoning="default_on",
        sampling="none",
        cache=None,
        pricing=_priced(_HAIKU_5_5, LongContext(above_tokens=100_000, prices=_HAIKU_5_5_LONG)),
        evidence=("cards", "probes"),
    ),
    _claude(
        "Claude Sonnet 4.5",
        model="anthropic.claude-sonnet-4-5-20250929-v1:0",
        profiles=("global", "us", "eu", "jp", "au"),
        reasoning="budget",
        sampling="either",
        cache=_CACHE_1024,
        pricing=_priced(_SONNET_4_5, LongContext(above_tokens=200_000, prices=_SONNET_4_5_LONG)),
        window=200_000,
        output=64_000,
        burndown=5,
        also=("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        evidence=("list", "cards", "probes", "burndown"),
    ),
    _claude(
        "Claude Sonnet 4.6",
        model="anthropic.claude-sonnet-4-6",
        profiles=("global", "us", "eu", "jp", "au"),
        reasoning="both",
        sampling=None,
        cache=_CACHE_1024,
        pricing=_priced(_SONNET_4_5),
        output=64_000,
        evidence=("recorded", "cards", "probes"),
    ),
    _claude(
        "Claude Sonnet 5",
        model="anthropic.claude-sonnet-5",
        profiles=("global", "us", "eu", "jp", "au"),
        reasoning="default_on",
        sampling="none",
        cache=_CACHE_1024,
        pricing=_priced(_SONNET_5),
        mantle=True,
        evidence=("recorded", "cards", "probes"),
    ),
    _claude(
        "Claude Sonnet 5.5",
        model="anthropic.claude-sonnet-5-5",
        profiles=("global", "us"),
        reasoning="between_tools",
        sampling="none",
        cache=_CACHE_512,
        pricing=_priced(_SONNET_5_5),
        evidence=("cards", "probes"),
    ),
    _claude(
        "Claude Opus 4.5",
        model="anthropic.claude-opus-4-5-20251101-v1:0",
        profiles=("global", "us", "eu"),
        reasoning="budget",
        sampling="either",
        cache=_CACHE_4096,
        pricing=_priced(_OPUS_4_5),
        window=200_000,
        output=64_000,
        burndown=5,
        also=("claude-opus-4-5-20251101", "claude-opus-4-5"),
        evidence=("list", "cards", "probes", "burndown"),
    ),
    _claude(
        "Claude Opus 4.6",
        model="anthropic.claude-opus-4-6-v1",
        profiles=("global", "us", "eu", "jp", "au", "apac"),
        reasoning="both",
        sampling=None,
        cache=_CACHE_4096,
        pricing=_priced(_OPUS_4_5),
        also=("claude-opus-4-6",),
        evidence=("cards", "probes"),
    ),
    _claude(
        "Claude Opus 4.7",
        model="anthropic.claude-opus-4-7",
        profiles=("global", "us", "eu", "jp", "au"),
        reasoning="adaptive",
        sampling="none",
        cache=_CACHE_4096,
        pricing=_priced(_OPUS_4_5),
        mantle=True,
        evidence=("cards", "probes"),
    ),
    _claude(
        "Claude Opus 4.8",
        model="anthropic.claude-opus-4-8",
        profiles=("global", "us", "eu", "jp", "au"),
        reasoning="adaptive",
        sampling="none",
        cache=_CACHE_1024,
        pricing=_priced(_OPUS_4_5),
        burndown=15,
        mantle=True,
        evidence=("recorded", "cards", "probes", "burndown"),
    ),
    _claude(
        "Claude Opus 5",
        model="anthropic.claude-opus-5",
        profiles=("global", "us", "eu", "jp"),
        reasoning="default_on",
        sampling="none",
        cache=_CACHE_512,
        pricing=_priced(_OPUS_4_5),
        mantle=True,
        evidence=("cards", "probes"),
    ),
    _claude(
        "Claude Opus 5.5",
        model="anthropic.claude-opus-5-5",
        profiles=("global", "us", "eu", "au"),
        reasoning="always_on",
        sampling="none",
        cache=_CACHE_512,
        pricing=_priced(_OPUS_5_5),
        mantle=True,
        evidence=("cards", "probes"),
    ),
    _claude(
        "Claude Fable 5",
        model="anthropic.claude-fable-5",
        profiles=("global", "us", "eu"),
        reasoning="always_on",
        sampling="none",
        cache=_CACHE_512,
        pricing=_priced(_FABLE_5),
        evidence=("cards",),
    ),
    _claude(
        "Claude Fable 5.1",
        model="anthropic.claude-fable-5-1",
        profiles=("global", "us", "au"),
        reasoning="always_on",
        sampling="none",
        cache=_CACHE_512,
        pricing=_priced(_FABLE_5_1),
        evidence=("cards",),
    ),
    # For invited customers; Bedrock publishes no price.
    ModelCard(
        id="anthropic.claude-mythos-5",
        name="Claude Mythos 5",
        provider="Anthropic",
        inputs=("TEXT", "IMAGE"),
        streaming=True,
        inference=("INFERENCE_PROFILE",),
        endpoints=("mantle",),
        mantle_path="/anthropic/v1",
        reasoning="always_on",
        sampling="none",
        cache=_CACHE_512,
        aliases=("claude-mythos-5",),
        evidence=("spec",),
    ),
)
