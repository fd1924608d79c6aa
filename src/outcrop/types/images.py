"""Pictures to be made or changed, and the pictures.

Place in the house: types. Values only; every family of image models translates to and from them.

Source: behaviour specification, IMGGEN-01, IMGGEN-02; Amazon Nova User Guide, "Image generation
access and usage".
"""

from typing import Final

import msgspec

from outcrop.types.content import Image, Inline
from outcrop.types.embeddings import unique
from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment, Call, StopKind

TASKS: Final = (
    "generate",
    "variation",
    "inpaint",
    "outpaint",
    "color_guided",
    "remove_background",
    "try_on",
)
"""What can be asked for, where the model is not made for one thing alone."""


class ImageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which pictures to make. None and empty leave it to the model."""

    model: str
    task: str = "generate"
    """One of `TASKS`."""
    prompt: str | None = None
    negative_prompt: str | None = None
    """What shall not be seen."""
    images: tuple[Image, ...] = ()
    """What to start from."""
    mask: Image | None = None
    """What of it to change."""
    mask_prompt: str | None = None
    """The same in words."""
    width: int | None = None
    """Pixels."""
    height: int | None = None
    """Pixels."""
    aspect_ratio: str | None = None
    """``"16:9"``."""
    count: int | None = None
    """How many."""
    quality: str | None = None
    """``"standard"`` or ``"premium"``."""
    cfg_scale: float | None = None
    """How closely to keep to the prompt."""
    seed: int | None = None
    style: str | None = None
    strength: float | None = None
    """How much of the given picture stays, from 0 to 1, by the model's own measure."""
    colors: tuple[str, ...] = ()
    """``"#FF9800"``."""
    format: str | None = None
    """``"png"``, ``"jpeg"`` or ``"webp"``."""
    extra: Extra | None = None


class MadeImage(msgspec.Struct, frozen=True, kw_only=True):
    """One picture."""

    data: bytes = b""
    """Empty where a filter kept it back."""
    format: str = ""
    """``"png"``, ``"jpeg"``, ``"webp"``; empty where its bytes do not tell."""
    seed: int | None = None
    finish_reason: str | None = None
    """The service's own word, where it gave one: what a filter objected to."""

    @property
    def block(self) -> Image:
        """The picture as a block, for a conversation."""
        return Image(format=self.format, source=Inline(self.data))


class MadeImages(msgspec.Struct, frozen=True, kw_only=True):
    """The pictures of one call."""

    items: tuple[MadeImage, ...] = ()
    error: str | None = None
    """What the service said instead of, or beside, the pictures."""
    extra: Extra | None = None
    """Of the one answer it was read from; nothing where several were joined."""
    calls: tuple[Call, ...] = ()
    """One for each request that was sent, in order."""

    @property
    def finish_reason(self) -> StopKind:
        """``"content_filter"`` where a filter kept one back, else ``"stop"``."""
        filtered = self.error or any(item.finish_reason for item in self.items)
        return "content_filter" if filtered else "stop"

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Every change outcrop made on the way, each once."""
        return unique(change for call in self.calls for change in call.adjustments)
