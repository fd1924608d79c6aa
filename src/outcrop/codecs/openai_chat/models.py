"""Models as OpenAI lists them.

Place in the house: OpenAI Chat codec.

Source: OpenAI API reference, "The model object"; behaviour specification, LIST-05, GATE-02.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

_encode: Final = msgspec.json.Encoder().encode


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One model that can be called. What is UNSET is left out."""

    id: str
    object: str = "model"
    created: int
    """Seconds since 1970; the same at every listing."""
    owned_by: str
    """The vendor, lower case."""
    display_name: str | UnsetType = UNSET
    modes: tuple[str, ...] | UnsetType = UNSET
    """``"chat"``, ``"embedding"`` ..."""
    capabilities: tuple[str, ...] | UnsetType = UNSET
    """``"tools"``, ``"streaming"``, ``"image_input"`` ..."""
    lifecycle: str | UnsetType = UNSET
    """``"active"`` or ``"legacy"``."""
    shutdown_date: str | UnsetType | None = UNSET
    """The day it ends, ``YYYY-MM-DD``; None when none is announced."""
    source: str | UnsetType = UNSET
    """Where the entry is from: ``"api"``, ``"configured"``, ``"catalog"``."""


class _ModelList(msgspec.Struct, frozen=True, kw_only=True):
    object: str = "list"
    data: tuple[ModelEntry, ...]


def encode_models(entries: Iterable[ModelEntry]) -> bytes:
    """Write the body of ``GET /v1/models``."""
    return _encode(_ModelList(data=tuple(entries)))


def encode_model(entry: ModelEntry) -> bytes:
    """Write the body of ``GET /v1/models/{id}``."""
    return _encode(entry)
