"""Every family of image models, by the name that the catalogue gives it.

Place in the house: the codec of images.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.codecs.images import amazon, stability
from outcrop.codecs.images.interface import ImageCodec

IMAGES: Final[Mapping[str, ImageCodec]] = MappingProxyType(
    {"amazon": amazon, "stability": stability}
)
"""Key: `models.families.ImageFamily.codec`."""
