"""The parts of a message, as a Chat Completions service takes them.

Place in the house: OpenAI Chat codec, the client's half.

Source: OpenAI API reference, "Create chat completion"; behaviour specification, IMG-01, DOC-01,
MSG-05.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.openai_chat.answer import Entry
from outcrop.codecs.openai_chat.extras import lay_over
from outcrop.codecs.openai_chat.parts import API
from outcrop.errors import UnsupportedError
from outcrop.protocols.media import data_url, document_url
from outcrop.types.content import (
    Audio,
    CitedText,
    Document,
    Foreign,
    GuardImage,
    GuardText,
    Image,
    Inline,
    JsonValue,
    Pieces,
    Plain,
    Text,
    Url,
)

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def encode_part(block: Any) -> Entry | None:
    """Write a block as a part of a message; None where Chat has no form for it.

    Raises:
        UnsupportedError: A file stands where this API cannot fetch it.
    """
    encode = _ENCODERS.get(type(block))
    part = None if encode is None else encode(block)
    return None if part is None else lay_over(part, getattr(block, "extra", None))


def is_sayable(block: Any) -> bool:
    """Tell whether Chat has a form for the block."""
    return type(block) in _ENCODERS and not (isinstance(block, Foreign) and block.api != API)


def _encode_text(block: Text | CitedText | GuardText) -> Entry:
    return {"type": "text", "text": block.text}


def _encode_json(block: JsonValue) -> Entry:
    return {"type": "text", "text": bytes(block.value).decode()}


def _encode_image(block: Image | GuardImage) -> Entry:
    source = block.source
    if isinstance(source, Url):
        return {"type": "image_url", "image_url": {"url": source.url}}
    url = data_url(f"image/{block.format}", _bytes_of(source, "a picture"))
    return {"type": "image_url", "image_url": {"url": url}}


def _encode_audio(block: Audio) -> Entry:
    data = b64encode(_bytes_of(block.source, "a sound")).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": block.format}}


def _encode_document(block: Document) -> Entry:
    name = block.name
    if block.format and "." not in name:
        name = f"{name}.{block.format}"
    url = document_url(block.format, _document_bytes(block))
    return {"type": "file", "file": {"filename": name, "file_data": url}}


def _document_bytes(block: Document) -> bytes:
    source = block.source
    if isinstance(source, Plain):
        return source.text.encode()
    if isinstance(source, Pieces):
        return "\n\n".join(source.texts).encode()
    return _bytes_of(source, "a document")


def _bytes_of(source: Any, what: str) -> bytes:
    if isinstance(source, Inline):
        return source.data
    raise UnsupportedError(
        f"Chat Completions cannot fetch {what} from {type(source).__name__}",
        hint="send its bytes",
    )


def _encode_foreign(block: Foreign) -> Entry | None:
    return _members.decode(block.raw) if block.api == API else None


_ENCODERS: Final[Mapping[type, Callable[[Any], Entry | None]]] = MappingProxyType(
    {
        Text: _encode_text,
        CitedText: _encode_text,
        GuardText: _encode_text,
        JsonValue: _encode_json,
        Image: _encode_image,
        GuardImage: _encode_image,
        Audio: _encode_audio,
        Document: _encode_document,
        Foreign: _encode_foreign,
    }
)
