"""Which native body a model takes."""

import pytest

from outcrop.models.catalogue import cards, native_form
from outcrop.models.native import ROWS


@pytest.mark.parametrize(
    ("model", "form"),
    [
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic"),
        ("anthropic.claude-v2:1", "claude_text"),
        ("anthropic.claude-instant-v1", "claude_text"),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-tg1-large", "titan"),
        ("amazon.titan-embed-text-v2:0", ""),
        ("us.amazon.nova-lite-v1:0", "nova"),
        ("amazon.nova-lite-v1:0:24k", "nova"),
        ("amazon.nova-canvas-v1:0", ""),
        ("amazon.nova-2-multimodal-embeddings-v1:0", ""),
        ("meta.llama3-70b-instruct-v1:0", "llama"),
        ("us.meta.llama4-scout-17b-instruct-v1:0", "llama_4"),
        ("cohere.command-r-plus-v1:0", "cohere_chat"),
        ("cohere.command-light-text-v14", "cohere_generate"),
        ("cohere.embed-v4:0", ""),
        ("mistral.mixtral-8x7b-instruct-v0:1", "mistral_prompt"),
        ("us.mistral.pixtral-large-2502-v1:0", "mistral"),
        ("ai21.jamba-1-5-mini-v1:0", "ai21_chat"),
        ("ai21.j2-mid-v1", "ai21_j2"),
        ("us.twelvelabs.pegasus-1-2-v1:0", "pegasus"),
        ("openai.gpt-oss-120b-1:0", "openai_chat"),
        ("qwen.qwen3-32b-v1:0", ""),
        ("anthropic.claude-of-tomorrow-v1:0", "anthropic"),
        ("meta.llama9-1t-instruct-v1:0", "llama"),
        ("arn:aws:bedrock:us-east-1:123456789012:imported-model/abc", ""),
        ("", ""),
    ],
)
def test_form(model: str, form: str) -> None:
    """An id's family decides, and for a model of tomorrow its vendor."""
    found = native_form(model)

    assert found == form


def test_every_row_is_the_form_of_a_model() -> None:
    """A row that no card meets would be a guess about models that do not exist."""
    forms = {native_form(card.id) for card in cards()}

    assert {row.form for row in ROWS} <= forms


def test_every_row_tells_its_source() -> None:
    assert all(row.source for row in ROWS)
