"""Every family of rerank models, by the name that the catalogue gives it.

Place in the house: the codec of reranking.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.codecs.rerank import cohere
from outcrop.codecs.rerank.interface import RerankCodec

RERANKERS: Final[Mapping[str, RerankCodec]] = MappingProxyType({"cohere": cohere})
"""Key: `models.families.RerankFamily.codec`."""
