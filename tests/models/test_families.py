"""Families: every model that does not converse has one, and one alone."""

import pytest

from outcrop.codecs.embeddings.table import EMBEDDINGS
from outcrop.codecs.images.table import IMAGES
from outcrop.codecs.rerank.table import RERANKERS
from outcrop.models.catalogue import cards
from outcrop.models.families import (
    DEFAULT_EMBEDDING_MODEL,
    EMBEDDING_FAMILIES,
    IMAGE_FAMILIES,
    RERANK_FAMILIES,
    embedding_family,
    image_family,
    purpose_of,
    rerank_family,
)


def test_every_embedding_model_has_a_family() -> None:
    """A card without a body would be listed and could not be called."""
    made = [card.id for card in cards() if "EMBEDDING" in card.outputs]

    assert [model for model in made if embedding_family(model) is None] == []
    assert len(made) > 9


def test_every_image_model_has_a_family() -> None:
    """As above."""
    made = [card.id for card in cards() if card.outputs == ("IMAGE",)]

    assert [model for model in made if image_family(model) is None] == []
    assert len(made) > 15


@pytest.mark.parametrize(
    ("model", "codec", "dimensions"),
    [
        ("amazon.titan-embed-text-v1", "titan_text", 1536),
        ("amazon.titan-embed-text-v1:2:8k", "titan_text", 1536),
        (DEFAULT_EMBEDDING_MODEL, "titan_text", 1024),
        ("amazon.titan-embed-image-v1:0", "titan_image", 1024),
        ("cohere.embed-english-v3:0:512", "cohere_v3", 1024),
        ("eu.cohere.embed-v4:0", "cohere_v4", 1536),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-multimodal-embeddings-v1:0",
            "nova",
            3072,
        ),
        ("us.twelvelabs.marengo-embed-2-7-v1:0", "marengo_v2", 1024),
        ("twelvelabs.marengo-embed-3-0-v1:0", "marengo_v3", 512),
    ],
)
def test_embedding_family(model: str, codec: str, dimensions: int) -> None:
    """By bare id, profile, ARN and provisioned variant (EMB-02 to EMB-08)."""
    family = embedding_family(model)

    assert family is not None
    assert (family.codec, family.default_dimensions) == (codec, dimensions)


def test_rows() -> None:
    """Every row has a codec, every codec a row, and a default is one of what is offered."""
    assert {row.codec for row in EMBEDDING_FAMILIES} == EMBEDDINGS.keys()
    assert {row.codec for row in RERANK_FAMILIES} == RERANKERS.keys()
    assert {row.codec for row in IMAGE_FAMILIES} == IMAGES.keys()
    for row in EMBEDDING_FAMILIES:
        assert row.default_dimensions in row.dimensions
        assert row.source
        assert all(size >= 1 for _, size in row.batches)


@pytest.mark.parametrize(
    ("model", "purpose"),
    [
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "text"),
        ("amazon.titan-embed-text-v2:0", "embedding"),
        ("us.cohere.embed-v4:0", "embedding"),
        ("cohere.rerank-v3-5:0", "rerank"),
        ("amazon.rerank-v1:0", "rerank"),
        ("us.stability.stable-outpaint-v1:0", "image"),
        ("amazon.nova-reel-v1:1", "video"),
        ("cohere.embed-of-tomorrow-v3", "embedding"),
        ("acme.model-v1", None),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456", None),
        ("not a model", None),
    ],
)
def test_purpose(model: str, purpose: str | None) -> None:
    """What a model makes; of the unknown nothing is claimed."""
    assert purpose_of(model) == purpose


def test_rerank_models_are_no_text_models() -> None:
    """AWS lists them as making text; they rank."""
    assert rerank_family("us.amazon.nova-lite-v1:0") is None
    assert rerank_family("cohere.rerank-v3-5:0") is not None
