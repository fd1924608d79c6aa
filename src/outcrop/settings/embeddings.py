"""Which model embeds where a call names none, and how long its vectors are.

Place in the house: settings. Pure.

Source: behaviour specification, CONF-18.
"""

from typing import Final

import msgspec

from outcrop.settings.values import Value, Variables, read_as

PROVIDERS: Final = ("bedrock",)
"""Who can embed."""


class EmbeddingDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What an embedding call gets that does not say. None leaves it to outcrop or the model."""

    model: Value[str] | None = None
    dimensions: Value[int] | None = None


def choose_embeddings(variables: Variables) -> EmbeddingDefaults:
    """Choose the defaults of embeddings.

    Raises:
        ConfigError: A variable cannot be read, or names another provider than Bedrock.
    """
    provider = variables.get("OUTCROP_EMBED_PROVIDER")
    if provider:
        read_as(provider, _provider, f"one of {', '.join(PROVIDERS)}")
    dimensions = variables.get("OUTCROP_EMBED_DIMENSIONS")
    return EmbeddingDefaults(
        model=variables.get("OUTCROP_EMBED_MODEL"),
        dimensions=read_as(dimensions, _positive, "a whole number above 0") if dimensions else None,
    )


def _provider(text: str) -> str:
    if text.lower() not in PROVIDERS:
        raise ValueError(text)
    return text.lower()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
