"""CONF-18: what embeds where a call does not say."""

import pytest

from outcrop.errors import ConfigError
from outcrop.settings.embeddings import EmbeddingDefaults, choose_embeddings
from outcrop.settings.resolve import resolve
from outcrop.settings.values import Value, Variables


def test_nothing_set() -> None:
    """The model and its length are then outcrop's and the model's own business."""
    assert choose_embeddings(Variables({})) == EmbeddingDefaults()


def test_set() -> None:
    """Each value with its origin; a `.env` counts too."""
    environ = {"OUTCROP_EMBED_MODEL": "m", "OUTCROP_EMBED_PROVIDER": "Bedrock"}

    chosen = resolve(environ=environ, dotenv="OUTCROP_EMBED_DIMENSIONS=256").embeddings

    assert chosen == EmbeddingDefaults(
        model=Value("m", "OUTCROP_EMBED_MODEL"),
        dimensions=Value(256, "OUTCROP_EMBED_DIMENSIONS in .env"),
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("OUTCROP_EMBED_PROVIDER", "openai", "OUTCROP_EMBED_PROVIDER is 'openai', not one of"),
        ("OUTCROP_EMBED_DIMENSIONS", "many", "OUTCROP_EMBED_DIMENSIONS is 'many', not a whole"),
        ("OUTCROP_EMBED_DIMENSIONS", "0", "OUTCROP_EMBED_DIMENSIONS is '0', not a whole"),
    ],
)
def test_unreadable(name: str, text: str, words: str) -> None:
    """What cannot be read stops the start and names itself."""
    with pytest.raises(ConfigError) as caught:
        choose_embeddings(Variables({name: text}))

    assert words in caught.value.message
