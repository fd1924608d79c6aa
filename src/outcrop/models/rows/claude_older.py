"""Claude, the models before 4.5. Most are retired or soon will be.

Place in the house: models, rows.
"""

from typing import Final

from outcrop.models.card import CacheRule, LongContext, ModelCard, Prices, Pricing

_FIELDS: Final = ("system", "messages", "tools")
_CACHE_1024: Final = CacheRule(min_tokens=1024, ttls=("5m",), fields=_FIELDS)
_CACHE_2048: Final = CacheRule(min_tokens=2048, ttls=("5m",), fields=_FIELDS)
_SEEN: Final = (("", 0), ("us", 0), ("eu", 0), ("apac", 0), ("global", 0))
_SIGHT: Final = ("TEXT", "IMAGE")
_PROFILE: Final = ("INFERENCE_PROFILE",)

_SONNET: Final = Prices(
    input=3_000_000, output=15_000_000, cache_read=300_000, cache_write=3_750_000
)
_SONNET_LONG: Final = Prices(
    input=6_000_000, output=22_500_000, cache_read=600_000, cache_write=7_500_000
)
_OPUS: Final = Prices(
    input=15_000_000, output=75_000_000, cache_read=1_500_000, cache_write=18_750_000
)


def _priced(prices: Prices, long_context: LongContext | None = None) -> Pricing:
    return Pricing(
        prices=prices, surcharges=_SEEN, long_context=long_context, evidence=("price-claude",)
    )


def _priced_by_aws(asked: int, answered: int) -> Pricing:
    return Pricing(
        prices=Prices(input=asked, output=answered), surcharges=_SEEN, evidence=("price-page",)
    )


ROWS: Final = (
    ModelCard(
        id="anthropic.claude-opus-4-1-20250805-v1:0",
        name="Claude Opus 4.1",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=_PROFILE,
        profiles=("us",),
        context_window=200_000,
        max_output=32_000,
        system=True,
        tools=True,
        streams_tools=True,
        reasoning="budget",
        sampling="either",
        cache=_CACHE_1024,
        pricing=_priced(_OPUS),
        burndown=5,
        aliases=("claude-opus-4-1-20250805", "claude-opus-4-1"),
        evidence=("list", "claude-platform", "probes", "spec", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-opus-4-20250514-v1:0",
        name="Claude Opus 4",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=_PROFILE,
        profiles=("us",),
        lifecycle="LEGACY",
        context_window=200_000,
        system=True,
        tools=True,
        streams_tools=True,
        reasoning="budget",
        cache=_CACHE_1024,
        pricing=_priced(_OPUS),
        burndown=5,
        aliases=("claude-opus-4-20250514", "claude-opus-4-0"),
        evidence=("list", "profiles", "claude-platform", "spec", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-sonnet-4-20250514-v1:0",
        name="Claude Sonnet 4",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=_PROFILE,
        profiles=("global", "us", "eu", "apac"),
        context_window=200_000,
        max_output=65_536,
        system=True,
        tools=True,
        streams_tools=True,
        reasoning="budget",
        cache=_CACHE_1024,
        pricing=_priced(_SONNET, LongContext(above_tokens=200_000, prices=_SONNET_LONG)),
        burndown=5,
        aliases=("claude-sonnet-4-20250514", "claude-sonnet-4-0"),
        evidence=("list", "profiles", "recorded", "cards", "spec", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-3-7-sonnet-20250219-v1:0",
        name="Claude 3.7 Sonnet",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=_PROFILE,
        profiles=("us", "eu", "apac"),
        lifecycle="LEGACY",
        context_window=200_000,
        system=True,
        tools=True,
        streams_tools=True,
        reasoning="budget",
        cache=_CACHE_1024,
        pricing=_priced(_SONNET),
        burndown=5,
        aliases=("claude-3-7-sonnet-20250219", "claude-3-7-sonnet-latest"),
        evidence=("list", "profiles", "recorded", "claude-platform", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-3-5-haiku-20241022-v1:0",
        name="Claude 3.5 Haiku",
        provider="Anthropic",
        streaming=True,
        inference=_PROFILE,
        profiles=("us",),
        lifecycle="RETIRED",
        end_of_life="2026-06-19",
        context_window=200_000,
        max_output=8_192,
        system=True,
        tools=True,
        streams_tools=True,
        cache=_CACHE_2048,
        pricing=_priced(
            Prices(input=800_000, output=4_000_000, cache_read=80_000, cache_write=1_000_000)
        ),
        burndown=1,
        aliases=("claude-3-5-haiku-20241022", "claude-3-5-haiku-latest"),
        evidence=("list", "profiles", "recorded", "cards", "spec", "burndown"),
    ),
    # Two prices are told of the 3.5 Sonnets: 3 and 15 USD, and twice that since they are legacy.
    ModelCard(
        id="anthropic.claude-3-5-sonnet-20241022-v2:0",
        name="Claude 3.5 Sonnet v2",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=_PROFILE,
        profiles=("us",),
        lifecycle="LEGACY",
        system=True,
        tools=True,
        streams_tools=True,
        cache=_CACHE_1024,
        burndown=1,
        aliases=("claude-3-5-sonnet-20241022",),
        evidence=("list", "profiles", "converse-features", "spec", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-3-5-sonnet-20240620-v1:0",
        name="Claude 3.5 Sonnet",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=("ON_DEMAND", "INFERENCE_PROFILE"),
        profiles=("us",),
        lifecycle="LEGACY",
        system=True,
        tools=True,
        streams_tools=True,
        burndown=1,
        aliases=("claude-3-5-sonnet-20240620",),
        evidence=("list", "profiles", "converse-features", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-3-opus-20240229-v1:0",
        name="Claude 3 Opus",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=_PROFILE,
        profiles=("us",),
        lifecycle="LEGACY",
        context_window=200_000,
        system=True,
        tools=True,
        streams_tools=True,
        pricing=_priced_by_aws(15_000_000, 75_000_000),
        burndown=1,
        aliases=("claude-3-opus-20240229",),
        evidence=("list", "ids", "converse-features", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-3-haiku-20240307-v1:0",
        name="Claude 3 Haiku",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=("ON_DEMAND", "INFERENCE_PROFILE"),
        profiles=("us", "eu", "apac"),
        lifecycle="RETIRED",
        context_window=200_000,
        max_output=4_096,
        system=True,
        tools=True,
        streams_tools=True,
        pricing=_priced_by_aws(250_000, 1_250_000),
        burndown=1,
        aliases=("claude-3-haiku-20240307",),
        evidence=("list", "ids", "profiles", "recorded", "cards", "probes"),
    ),
    ModelCard(
        id="anthropic.claude-3-sonnet-20240229-v1:0",
        name="Claude 3 Sonnet",
        provider="Anthropic",
        inputs=_SIGHT,
        streaming=True,
        inference=("ON_DEMAND", "INFERENCE_PROFILE"),
        profiles=("us",),
        lifecycle="RETIRED",
        context_window=200_000,
        system=True,
        tools=True,
        streams_tools=True,
        pricing=_priced_by_aws(3_000_000, 15_000_000),
        burndown=1,
        aliases=("claude-3-sonnet-20240229",),
        evidence=("list", "ids", "recorded", "probes", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-v2:1",
        name="Claude",
        provider="Anthropic",
        streaming=True,
        lifecycle="LEGACY",
        context_window=200_000,
        system=True,
        tools=False,
        streams_tools=False,
        pricing=_priced_by_aws(8_000_000, 24_000_000),
        burndown=1,
        evidence=("ids", "recorded", "converse-features", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-v2",
        name="Claude",
        provider="Anthropic",
        streaming=True,
        lifecycle="LEGACY",
        context_window=100_000,
        system=True,
        tools=False,
        streams_tools=False,
        pricing=_priced_by_aws(8_000_000, 24_000_000),
        burndown=1,
        evidence=("ids", "recorded", "converse-features", "burndown"),
    ),
    ModelCard(
        id="anthropic.claude-instant-v1",
        name="Claude Instant",
        provider="Anthropic",
        streaming=True,
        lifecycle="LEGACY",
        context_window=100_000,
        tools=False,
        streams_tools=False,
        pricing=_priced_by_aws(800_000, 2_400_000),
        burndown=1,
        evidence=("ids", "recorded", "converse-features", "burndown"),
    ),
)
