"""Inputs taken apart and put together, as several families need it.

Place in the house: the codec of embeddings.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Final

from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.types.content import Audio, Image, Inline, Text, Video
from outcrop.types.embeddings import EmbeddingInput, EmbeddingRequest
from outcrop.types.pictures import format_of

_DATA_URI: Final = re.compile(r"data:image/(?P<format>[a-z0-9.+-]+);base64,(?P<data>.*)", re.DOTALL)


def text_input(text: str) -> EmbeddingInput:
    """Return the input that is one text."""
    return EmbeddingInput((Text(text=text),))


def only_input(request: EmbeddingRequest) -> EmbeddingInput:
    """Return the one input of a request to a model that takes one.

    Raises:
        BadRequestError: There are others.
    """
    if len(request.inputs) != 1:
        raise BadRequestError(f"this model takes one input a request, not {len(request.inputs)}")
    return request.inputs[0]


def text_of(item: EmbeddingInput) -> str | None:
    """Return the text of an input, None where it has none.

    Raises:
        UnsupportedError: It has several.
    """
    texts = [part.text for part in item.parts if isinstance(part, Text)]
    if len(texts) > 1:
        raise UnsupportedError("this model takes one text in an input, not several")
    return texts[0] if texts else None


def image_of(item: EmbeddingInput) -> Image | None:
    """Return the picture of an input, None where it has none.

    Raises:
        UnsupportedError: It has several, or sound or film.
    """
    refuse_sound(item)
    images = [part for part in item.parts if isinstance(part, Image)]
    if len(images) > 1:
        raise UnsupportedError("this model takes one picture in an input, not several")
    return images[0] if images else None


def refuse_sound(item: EmbeddingInput) -> None:
    """Refuse inputs that hear or move.

    Raises:
        UnsupportedError: One part is sound or film.
    """
    if any(isinstance(part, Audio | Video) for part in item.parts):
        raise UnsupportedError(
            "this model embeds sound and film by asynchronous invocation only",
            hint="start it with StartAsyncInvoke",
        )


def image_bytes(image: Image) -> bytes:
    """Return the bytes of a picture that must travel with the request.

    Raises:
        UnsupportedError: It stands elsewhere.
    """
    if not isinstance(image.source, Inline):
        raise UnsupportedError("this model takes pictures as bytes only", hint="read it first")
    return image.source.data


def image_from_bytes(data: bytes) -> Image:
    """Return a picture whose format only its bytes tell."""
    return Image(format=format_of(data), source=Inline(data))


def encode_data_uri(image: Image) -> str:
    """Write a picture as a data URI.

    Raises:
        UnsupportedError: Its bytes stand elsewhere.
    """
    return f"data:image/{image.format};base64,{b64encode(image_bytes(image)).decode()}"


def decode_data_uri(uri: str) -> Image:
    """Read a picture from a data URI.

    Raises:
        BadRequestError: It is none.
    """
    match = _DATA_URI.fullmatch(uri)
    try:
        if match:
            data = b64decode(match["data"], validate=True)
            return Image(format=match["format"], source=Inline(data))
    except Base64Error:
        pass
    raise BadRequestError("an image is not a data URI such as data:image/png;base64,...")


class Words:
    """Canonical words and one family's own, both ways. Words of neither go through as they are."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Take pairs of a canonical word and the family's."""
        self._theirs = dict(words)
        self._ours = {theirs: ours for ours, theirs in words.items()}

    def encode(self, word: str | None) -> str | None:
        """Return the family's word."""
        return None if word is None else self._theirs.get(word, word)

    def decode(self, word: str | None) -> str | None:
        """Return the canonical word."""
        return None if word is None else self._ours.get(word, word)
