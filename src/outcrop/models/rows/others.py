"""AI21 Labs, Cohere, Writer and xAI.

Place in the house: models, rows.
"""

from typing import Final

from outcrop.models.card import ModelCard, Prices, Pricing

_US: Final = (("", 0), ("us", 0))


def _priced(asked: int, answered: int) -> Pricing:
    return Pricing(
        prices=Prices(input=asked, output=answered),
        surcharges=_US,
        evidence=("price-page",),
    )


def _priced_alone(asked: int, answered: int) -> Pricing:
    return Pricing(
        prices=Prices(input=asked, output=answered),
        surcharges=_US,
        evidence=("price-page-alone",),
    )


ROWS: Final = (
    ModelCard(
        id="ai21.j2-mid-v1",
        name="Jurassic-2 Mid",
        provider="AI21 Labs",
        lifecycle="RETIRED",
        tools=False,
        burndown=1,
        evidence=("recorded", "converse-features", "burndown"),
    ),
    ModelCard(
        id="ai21.jamba-1-5-large-v1:0",
        name="Jamba 1.5 Large",
        provider="AI21 Labs",
        streaming=True,
        system=True,
        tools=True,
        streams_tools=True,
        pricing=_priced_alone(2_000_000, 8_000_000),
        burndown=1,
        evidence=("list", "converse-features", "burndown"),
    ),
    ModelCard(
        id="ai21.jamba-1-5-mini-v1:0",
        name="Jamba 1.5 Mini",
        provider="AI21 Labs",
        streaming=True,
        system=True,
        tools=True,
        streams_tools=True,
        pricing=_priced_alone(200_000, 400_000),
        burndown=1,
        evidence=("list", "converse-features", "burndown"),
    ),
    ModelCard(
        id="cohere.command-light-text-v14",
        name="Command Light",
        provider="Cohere",
        lifecycle="RETIRED",
        tools=False,
        burndown=1,
        evidence=("recorded", "converse-features", "burndown"),
    ),
    ModelCard(
        id="cohere.command-r-plus-v1:0",
        name="Command R+",
        provider="Cohere",
        streaming=True,
        system=True,
        tools=True,
        streams_tools=True,
        pricing=_priced_alone(3_000_000, 15_000_000),
        burndown=1,
        evidence=("list", "converse-features", "burndown"),
    ),
    ModelCard(
        id="cohere.command-r-v1:0",
        name="Command R",
        provider="Cohere",
        streaming=True,
        system=True,
        tools=True,
        streams_tools=True,
        pricing=_priced_alone(500_000, 1_500_000),
        burndown=1,
        evidence=("list", "converse-features", "burndown"),
    ),
    ModelCard(
        id="cohere.command-text-v14",
        name="Command",
        provider="Cohere",
        lifecycle="RETIRED",
        tools=False,
        burndown=1,
        evidence=("recorded", "converse-features", "burndown"),
    ),
    ModelCard(
        id="cohere.embed-english-v3",
        name="Embed English",
        provider="Cohere",
        outputs=("EMBEDDING",),
        streaming=False,
        evidence=("list", "recorded"),
    ),
    ModelCard(
        id="cohere.embed-multilingual-v3",
        name="Embed Multilingual",
        provider="Cohere",
        outputs=("EMBEDDING",),
        streaming=False,
        evidence=("list", "recorded"),
    ),
    ModelCard(
        id="cohere.embed-v4:0",
        name="Embed v4",
        provider="Cohere",
        inputs=("TEXT", "IMAGE"),
        outputs=("EMBEDDING",),
        streaming=False,
        inference=("ON_DEMAND", "INFERENCE_PROFILE"),
        profiles=("us",),
        evidence=("list", "recorded"),
    ),
    ModelCard(
        id="cohere.rerank-v3-5:0",
        name="Rerank 3.5",
        provider="Cohere",
        streaming=False,
        evidence=("list", "recorded"),
    ),
    ModelCard(
        id="writer.palmyra-x4-v1:0",
        name="Palmyra X4",
        provider="Writer",
        streaming=True,
        inference=("INFERENCE_PROFILE",),
        profiles=("us",),
        max_output=8_192,
        system=True,
        tools=True,
        pricing=_priced(2_500_000, 10_000_000),
        burndown=1,
        evidence=("list", "recorded", "burndown"),
    ),
    ModelCard(
        id="writer.palmyra-x5-v1:0",
        name="Palmyra X5",
        provider="Writer",
        streaming=True,
        inference=("INFERENCE_PROFILE",),
        profiles=("us",),
        max_output=8_192,
        system=True,
        pricing=_priced(600_000, 6_000_000),
        burndown=1,
        evidence=("list", "burndown"),
    ),
    ModelCard(
        id="xai.grok-4.3",
        name="Grok 4.3",
        provider="xAI",
        endpoints=("mantle",),
        mantle_path="/openai/v1",
        evidence=("spec",),
    ),
    ModelCard(
        id="xai.grok-4.6",
        name="Grok 4.6",
        provider="xAI",
        inputs=("TEXT", "IMAGE"),
        streaming=True,
        tools=True,
        streams_tools=True,
        evidence=("probes",),
    ),
    ModelCard(
        id="xai.grok-4.7",
        name="Grok 4.7",
        provider="xAI",
        inputs=("TEXT", "IMAGE"),
        streaming=True,
        tools=True,
        streams_tools=True,
        evidence=("probes",),
    ),
)
