"""Pictures as bytes, as every family takes and gives them.

Place in the house: the codec of images.
"""

from outcrop.errors import UnsupportedError
from outcrop.types.content import Image, Inline
from outcrop.types.images import MadeImage
from outcrop.types.pictures import format_of


def bytes_of(image: Image | None) -> bytes | None:
    """Return the bytes of a picture, None where there is none.

    Raises:
        UnsupportedError: It stands elsewhere.
    """
    if image is None:
        return None
    if not isinstance(image.source, Inline):
        raise UnsupportedError("image models take pictures as bytes only", hint="read it first")
    return image.source.data


def image_of(data: bytes | None) -> Image | None:
    """Return a picture whose format only its bytes tell."""
    return None if data is None else Image(format=format_of(data), source=Inline(data))


def made(data: bytes, seed: int | None = None, reason: str | None = None) -> MadeImage:
    """Return one picture of an answer."""
    return MadeImage(data=data, format=format_of(data), seed=seed, finish_reason=reason)
