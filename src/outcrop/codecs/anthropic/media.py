"""Pictures and documents, and where they come from.

Place in the house: the Anthropic codec. Used by `blocks`.

This wire takes a document as PDF or as text; whatever else is a text by its format is written as
text. A source it has no word for (a bucket, another API's file) cannot be left out without
changing the question, so the encoder refuses; `unsupported` lists it before.

Source: behaviour specification, ANTH-02, IMG-01, DOC-01.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from outcrop.codecs.anthropic import wire_blocks as wire
from outcrop.codecs.anthropic.surplus import API, decode_extra, encode_extra, raw_of
from outcrop.errors import UnsupportedError
from outcrop.protocols.wire_type import Surplus, Wire
from outcrop.types.content import (
    S3,
    Document,
    DocumentSource,
    ForeignSource,
    Image,
    Inline,
    Pieces,
    Plain,
    Url,
)

PLAIN: Final = "txt"
"""The format of a document that is text."""

_TEXT_TYPE: Final = "text/plain"
_TEXTUAL: Final = frozenset({"", PLAIN, "md", "csv", "html"})
_PDF: Final = "pdf"
_PDF_TYPE: Final = "application/pdf"
_IMAGE_PREFIX: Final = "image/"


def decode_image(block: wire.InnerImage) -> Image:
    """Read a picture."""
    source = block.source
    is_inline = type(source) is wire.Base64Source and source.surplus is None
    media_type = source.media_type if type(source) is wire.Base64Source else ""
    return Image(
        format=media_type.removeprefix(_IMAGE_PREFIX) if is_inline else "",
        source=_decode_source(source),
        extra=decode_extra(block.surplus),
    )


def encode_image(kind: type[wire.InnerImage], block: Image) -> wire.InnerImage:
    """Write a picture; `kind` says where it stands.

    Raises:
        UnsupportedError: It stands in a bucket, or where only another API finds it.
    """
    media_type = block.format if "/" in block.format else f"{_IMAGE_PREFIX}{block.format}"
    source = _encode_source(block.source, media_type)
    return kind(source=source, surplus=encode_extra(block.extra))


def decode_document(block: wire.InnerDocument) -> Document:
    """Read a document."""
    return Document(
        name=block.title or "",
        source=_decode_source(block.source),
        format=_format_of(block.source),
        context=block.context,
        citations=decode_citing(block.citations),
        extra=decode_extra(block.surplus),
    )


def encode_document(kind: type[wire.InnerDocument], block: Document) -> wire.InnerDocument:
    """Write a document; `kind` says where it stands.

    Raises:
        UnsupportedError: It is neither PDF nor text, or stands in a bucket, or where only another
            API finds it.
    """
    return kind(
        source=_encode_document_source(block),
        title=block.name or None,
        context=block.context,
        citations=encode_citing(block.citations),
        surplus=encode_extra(block.extra),
    )


def decode_citing(citations: wire.CitationsConfig | None) -> bool | None:
    """Return whether to cite."""
    return None if citations is None else citations.enabled


def encode_citing(citations: bool | None) -> wire.CitationsConfig | None:  # noqa: FBT001
    """Say whether to cite."""
    return None if citations is None else wire.CitationsConfig(enabled=citations)


def unsayable_format(block: Document) -> str:
    """Return the format in which this wire cannot take the document; empty where it can."""
    sayable = _is_textual(block) or block.format == _PDF or "/" in block.format
    return "" if sayable or not isinstance(block.source, Inline) else block.format


def _is_textual(block: Document) -> bool:
    return block.format in _TEXTUAL and _text_of(block.source) is not None


def _text_of(source: DocumentSource) -> str | None:
    if isinstance(source, Plain):
        return source.text
    try:
        return source.data.decode() if isinstance(source, Inline) else None
    except UnicodeDecodeError:
        return None


def _decode_source(source: Wire | Surplus) -> Any:
    # What stands beside the data has no place in the canonical sources, so all is kept as it is.
    if isinstance(source, Surplus) or source.surplus is not None:
        return ForeignSource(api=API, raw=raw_of(source))
    return _SOURCE_DECODERS[type(source)](source)


def _decode_pieces(source: wire.ContentSource) -> Pieces | ForeignSource:
    content = source.content
    if isinstance(content, str):
        return Pieces((content,))
    if all(type(each) is wire.InnerText and each.surplus is None for each in content):
        return Pieces(tuple(each.text for each in content))
    return ForeignSource(api=API, raw=raw_of(source))


def _decode_text(source: wire.TextSource) -> Plain | ForeignSource:
    if source.media_type == _TEXT_TYPE:
        return Plain(source.data)
    return ForeignSource(api=API, raw=raw_of(source))


_SOURCE_DECODERS: Final[Mapping[type, Callable[[Any], DocumentSource]]] = MappingProxyType(
    {
        wire.Base64Source: lambda source: Inline(source.data),
        wire.UrlSource: lambda source: Url(source.url),
        wire.TextSource: _decode_text,
        wire.ContentSource: _decode_pieces,
    }
)


def _format_of(source: Wire | Surplus) -> str:
    if isinstance(source, wire.Base64Source) and source.surplus is None:
        return _PDF if source.media_type == _PDF_TYPE else source.media_type
    is_text = isinstance(source, wire.TextSource) and source.surplus is None
    return PLAIN if is_text else ""


def _encode_document_source(block: Document) -> Any:
    source = block.source
    if isinstance(source, Pieces):
        pieces = tuple(wire.InnerText(text=text) for text in source.texts)
        return wire.ContentSource(content=pieces)
    if isinstance(source, Plain) or _is_textual(block):
        return wire.TextSource(media_type=_TEXT_TYPE, data=_text_of(source) or "")
    if unsayable_format(block):
        raise UnsupportedError(
            f"Claude's own API takes documents as PDF or text, not as {block.format}",
            hint="convert it first, or use the Converse API",
        )
    return _encode_source(source, _PDF_TYPE if block.format == _PDF else block.format)


def _encode_source(source: DocumentSource, media_type: str) -> Any:
    match source:
        case Inline():
            return wire.Base64Source(media_type=media_type, data=source.data)
        case Url():
            return wire.UrlSource(url=source.url)
        case ForeignSource(api=api, raw=raw) if api == API:
            return Surplus({}, raw)
        case S3():
            raise UnsupportedError(
                "Claude's own API does not read from S3",
                hint="pass the bytes, or use the Converse API",
            )
    raise UnsupportedError(f"Claude's own API cannot read media from this {type(source).__name__}")
