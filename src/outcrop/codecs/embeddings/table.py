"""Every family of embedding models, by the name that the catalogue gives it.

Place in the house: the codec of embeddings.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.codecs.embeddings import (
    cohere_v3,
    cohere_v4,
    marengo_v2,
    marengo_v3,
    nova,
    titan_image,
    titan_text,
)
from outcrop.codecs.embeddings.interface import EmbeddingCodec

EMBEDDINGS: Final[Mapping[str, EmbeddingCodec]] = MappingProxyType(
    {
        "titan_text": titan_text,
        "titan_image": titan_image,
        "cohere_v3": cohere_v3,
        "cohere_v4": cohere_v4,
        "nova": nova,
        "marengo_v2": marengo_v2,
        "marengo_v3": marengo_v3,
    }
)
"""Key: `models.families.EmbeddingFamily.codec`."""
