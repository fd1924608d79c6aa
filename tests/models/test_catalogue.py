"""The catalogue: every claim has its evidence, every name finds its card."""

import pytest

from outcrop.models.card import Lifecycle, ModelCard
from outcrop.models.catalogue import cards, chat_default, lookup, nearest
from outcrop.models.evidence import EVIDENCE
from outcrop.models.geography import geography
from outcrop.models.ids import parse_model_id
from tests.recordings import Interaction, cases

CARDS = [pytest.param(card, id=card.id) for card in cards()]
IDS = tuple(card.id for card in cards())


@pytest.mark.parametrize("card", CARDS)
def test_every_claim_has_evidence(card: ModelCard) -> None:
    """A fact that nobody can trace is a guess."""
    priced = card.pricing.evidence if card.pricing else ("no price",)

    assert card.evidence
    assert priced
    assert set(card.evidence) <= EVIDENCE.keys()
    assert card.pricing is None or set(card.pricing.evidence) <= EVIDENCE.keys()


def test_all_evidence_is_used() -> None:
    """A source that proves nothing is in the way."""
    named = {key for card in cards() for key in card.evidence}
    priced = {key for card in cards() if card.pricing for key in card.pricing.evidence}

    assert named | priced == EVIDENCE.keys()


@pytest.mark.parametrize("card", CARDS)
def test_a_card_is_consistent(card: ModelCard) -> None:
    """Rows are written by people."""
    read = parse_model_id(card.id)

    assert (read.base, read.geo, read.first_party) == (card.id, "", False)
    assert lookup(card.id) is card
    assert not (card.tools is False and card.streams_tools)
    assert not card.profiles or "INFERENCE_PROFILE" in card.inference
    assert (
        card.max_output is None
        or card.context_window is None
        or (0 < card.max_output <= card.context_window)
    )
    assert card.endpoints
    assert ("mantle" in card.endpoints) == bool(card.mantle_path)
    assert {prefix for prefix in card.profiles if geography(prefix) is None} == set()


@pytest.mark.parametrize("card", [pytest.param(c, id=c.id) for c in cards() if c.pricing])
def test_a_price_is_plausible(card: ModelCard) -> None:
    """Millionths for a million tokens: a slipped digit would be a thousand times wrong."""
    assert card.pricing is not None
    prices = card.pricing.prices
    surcharges = dict(card.pricing.surcharges)

    assert 10_000 <= prices.input <= prices.output <= 100_000_000
    assert prices.cache_read is None or 0 < prices.cache_read < prices.input
    assert prices.cache_write is None or prices.input <= prices.cache_write <= 2 * prices.input
    assert prices.cache_write_1h in {None, 2 * prices.input}
    assert surcharges
    assert set(surcharges.values()) <= {0, 10}


def test_ids_are_unique() -> None:
    """Two rows for one model would contradict each other."""
    aliases = [alias for card in cards() for alias in card.aliases]

    assert len(set(IDS)) == len(IDS)
    assert len(set(aliases)) == len(aliases)


@pytest.mark.parametrize(
    ("name", "card"),
    [
        (
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "anthropic.claude-haiku-4-5-20251001-v1:0",
        ),
        ("bedrock/claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
            "amazon.nova-pro-v1:0",
        ),
        ("amazon.nova-lite-v1:0:24k", "amazon.nova-lite-v1:0"),
        ("anthropic.claude-instant-v1:2:100k", "anthropic.claude-instant-v1"),
        ("anthropic.claude-v2:1:18k", "anthropic.claude-v2:1"),
        ("openai.gpt-oss-120b", "openai.gpt-oss-120b-1:0"),
        ("cohere.embed-english-v3:0:512", "cohere.embed-english-v3"),
    ],
)
def test_lookup(name: str, card: str) -> None:
    """All names of a model lead to its one card."""
    found = lookup(name)

    assert found is not None
    assert found.id == card


@pytest.mark.parametrize(
    "name",
    [
        "",
        "no such model",
        "us.does-not-exist-model-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/1arbu5hu2sjr",
    ],
)
def test_lookup_finds_nothing(name: str) -> None:
    """Advice is never an error."""
    assert lookup(name) is None


# Ids of the recordings that name no model: refused by AWS, or the caller's own.
_NAMELESS = {"arn:aws:sagemaker:us-east-1:123456789012:endpoint/endpoint-quick-start-idr7y"}


@pytest.mark.parametrize(
    "recorded", cases(where=lambda each: bool(each.model_id) and each.family != "unknown")
)
def test_every_recorded_model_has_a_card(recorded: Interaction) -> None:
    """The models that people use are the ones to know."""
    if recorded.model_id in _NAMELESS:
        return

    assert lookup(recorded.model_id or "") is not None


@pytest.mark.parametrize("recorded", cases("list_foundation_models"))
def test_cards_agree_with_the_recorded_list(recorded: Interaction) -> None:
    """What a row takes from ListFoundationModels stands in it as AWS wrote it."""
    listed = {each["modelId"]: each for each in recorded.response_body["modelSummaries"]}
    claims = [card for card in cards() if "list" in card.evidence]

    wrong = [card.id for card in claims if not _agrees(card, listed[card.id])]

    assert wrong == []
    assert len(claims) > 80


def _agrees(card: ModelCard, row: dict[str, object]) -> bool:
    theirs = (
        row["modelName"],
        row["providerName"],
        row["inputModalities"],
        row["outputModalities"],
        row["responseStreamingSupported"],
    )
    ours = (card.name, card.provider, list(card.inputs), list(card.outputs), card.streaming)
    # The recorded list is a year old; profiles were added to on-demand models since.
    types = row["inferenceTypesSupported"]
    return ours == theirs and isinstance(types, list) and set(types) <= set(card.inference)


@pytest.mark.parametrize("recorded", cases("list_inference_profiles"))
def test_cards_know_the_recorded_profiles(recorded: Interaction) -> None:
    """Every profile that AWS listed is known to its model's card."""
    listed = [
        each["inferenceProfileId"] for each in recorded.response_body["inferenceProfileSummaries"]
    ]

    unknown = [each for each in listed if not _knows(each)]

    assert unknown == []


def _knows(profile: str) -> bool:
    card = lookup(profile)
    return card is not None and parse_model_id(profile).geo in card.profiles


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("us.anthropic.claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("anthropic.claude-sonet-4-6", "anthropic.claude-sonnet-4-6"),
        ("gpt-oss-120b", "openai.gpt-oss-120b-1:0"),
        ("eu.amazon.nova-lite", "amazon.nova-lite-v1:0"),
        ("llama4-maverick", "meta.llama4-maverick-17b-instruct-v1:0"),
    ],
)
def test_nearest(asked: str, first: str) -> None:
    """A slip, a version left out, a vendor left out: the model that was meant comes first."""
    assert nearest(asked, IDS)[0] == first


def test_nearest_prefers_the_geography_asked() -> None:
    """Of a live list with profiles the same geography is the nearest."""
    known = ("eu.amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0")

    assert nearest("us.amazon.nova-lite-v1", known)[0] == "us.amazon.nova-lite-v1:0"


@pytest.mark.parametrize("asked", ["", "xyzzy", "us.does-not-exist-model-v1:0"])
def test_nearest_suggests_nothing_far(asked: str) -> None:
    """A suggestion that has nothing in common with the question is noise."""
    assert nearest(asked, IDS) == ()


@pytest.mark.parametrize(
    ("region", "prefix"),
    [
        ("us-east-1", "global."),
        ("sa-east-1", "global."),
        ("us-gov-west-1", "us-gov."),
        ("cn-north-1", ""),
    ],
)
def test_chat_default_by_region(region: str, prefix: str) -> None:
    """Regions that global profiles do not reach stay at home."""
    model = chat_default(region, "2026-11-20")

    assert model == f"{prefix}anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize(
    ("lifecycle", "end_of_life", "retired"),
    [
        ("ACTIVE", "", False),
        ("LEGACY", "", False),
        ("LEGACY", "2026-11-21", False),
        ("LEGACY", "2026-11-20", True),
        ("RETIRED", "", True),
    ],
)
def test_retired(lifecycle: Lifecycle, end_of_life: str, *, retired: bool) -> None:
    """CONF-10: a default that AWS refuses would break every first call."""
    card = ModelCard(
        id="maker.model",
        name="Model",
        provider="Maker",
        lifecycle=lifecycle,
        end_of_life=end_of_life,
        evidence=(),
    )

    assert card.is_retired("2026-11-20") is retired


def test_owned_by_and_needs_profile() -> None:
    """What model lists and friendly errors read off a card."""
    pixtral = lookup("mistral.pixtral-large-2502-v1:0")
    nova = lookup("amazon.nova-pro-v1:0")

    assert pixtral is not None
    assert nova is not None
    assert (pixtral.owned_by, pixtral.needs_profile) == ("mistral ai", True)
    assert (nova.owned_by, nova.needs_profile) == ("amazon", False)


@pytest.mark.parametrize(
    "model",
    [
        "google.gemma-4-31b",
        "xai.grok-4.3",
        "openai.gpt-5.4",
        "openai.gpt-5.5",
        "anthropic.claude-mythos-5",
    ],
)
def test_models_that_only_mantle_serves(model: str) -> None:
    """ROUTE-05: which endpoint serves a model is data."""
    card = lookup(model)

    assert card is not None
    assert card.endpoints == ("mantle",)
