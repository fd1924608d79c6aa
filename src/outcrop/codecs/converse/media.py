"""Pictures, documents, films and sounds, and where they come from.

Place in the house: the Converse codec. Used by `blocks` and `stream`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from outcrop.codecs.converse import wire_blocks as wire
from outcrop.codecs.converse.surplus import API, decode_extra, encode_extra, encode_foreign
from outcrop.errors import UnsupportedError
from outcrop.protocols.lossless import member
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import (
    S3,
    Audio,
    Document,
    DocumentSource,
    ForeignSource,
    Image,
    Inline,
    MediaSource,
    Pieces,
    Plain,
    Url,
    Video,
)


def decode_source(source: wire.MediaSource | wire.DocumentSource) -> Any:
    """Return where media comes from, as `MediaSource` or `DocumentSource`."""
    found = member(source)
    return _SOURCE_DECODERS[type(found)](found)


def _decode_s3(location: wire.S3Location) -> S3:
    return S3(
        uri=location.uri,
        bucket_owner=location.bucket_owner or "",
        extra=decode_extra(location.surplus),
    )


def _decode_pieces(pieces: tuple[wire.DocumentPiece, ...]) -> Pieces:
    return Pieces(tuple(piece.text for piece in pieces))


def _decode_foreign_source(surplus: Surplus) -> ForeignSource:
    assert surplus.whole is not None, "a union is read as one member or as a whole"
    return ForeignSource(api=API, raw=surplus.whole.copy())


_SOURCE_DECODERS: Final[Mapping[type, Callable[[Any], DocumentSource]]] = MappingProxyType(
    {
        bytes: Inline,
        wire.S3Location: _decode_s3,
        str: Plain,
        tuple: _decode_pieces,
        Surplus: _decode_foreign_source,
    }
)


def is_sayable(source: DocumentSource) -> bool:
    """Tell whether this wire has a word for the source, fetched or not."""
    return not isinstance(source, ForeignSource) or source.api == API


def encode_media_source(source: MediaSource) -> wire.MediaSource:
    """Say where a picture, film or sound comes from.

    Raises:
        UnsupportedError: It stands at a web address, or only another API knows where.
    """
    match source:
        case Inline():
            return wire.MediaSource(data=source.data)
        case S3():
            return wire.MediaSource(s3_location=_encode_s3(source))
        case ForeignSource():
            return wire.MediaSource(surplus=_encode_foreign_source(source))
        case Url():
            raise _unfetched()


def encode_document_source(source: DocumentSource) -> wire.DocumentSource:
    """Say where a document comes from.

    Raises:
        UnsupportedError: It stands at a web address, or only another API knows where.
    """
    match source:
        case Inline():
            return wire.DocumentSource(data=source.data)
        case Plain():
            return wire.DocumentSource(text=source.text)
        case Pieces():
            pieces = tuple(wire.DocumentPiece(text=text) for text in source.texts)
            return wire.DocumentSource(content=pieces)
        case S3():
            return wire.DocumentSource(s3_location=_encode_s3(source))
        case ForeignSource():
            return wire.DocumentSource(surplus=_encode_foreign_source(source))
        case Url():
            raise _unfetched()


def _encode_s3(source: S3) -> wire.S3Location:
    return wire.S3Location(
        uri=source.uri,
        bucket_owner=source.bucket_owner or None,
        surplus=encode_extra(source.extra),
    )


def _encode_foreign_source(source: ForeignSource) -> Surplus:
    surplus = encode_foreign(source.api, source.raw)
    if surplus is None:
        raise UnsupportedError(f"Converse cannot read media from a source that {source.api} knows")
    return surplus


def _unfetched() -> UnsupportedError:
    # The address is not told: it may carry a signature.
    return UnsupportedError(
        "Converse takes media as bytes or from S3, not from a web address",
        hint="fetch it first and pass its bytes",
    )


def decode_image(block: wire.ImageBlock) -> Image:
    """Read a picture."""
    return Image(
        format=block.format,
        source=decode_source(block.source),
        error=decode_error(block.error),
        extra=decode_extra(block.surplus),
    )


def encode_image(block: Image) -> wire.ImageBlock:
    """Write a picture."""
    return wire.ImageBlock(
        format=block.format,
        source=encode_media_source(block.source),
        error=encode_error(block.error),
        surplus=encode_extra(block.extra),
    )


def decode_document(block: wire.DocumentBlock) -> Document:
    """Read a document."""
    return Document(
        name=block.name,
        source=decode_source(block.source),
        format=block.format or "",
        context=block.context,
        citations=decode_citing(block.citations),
        extra=decode_extra(block.surplus),
    )


def encode_document(block: Document) -> wire.DocumentBlock:
    """Write a document."""
    return wire.DocumentBlock(
        name=block.name,
        source=encode_document_source(block.source),
        format=block.format or None,
        context=block.context,
        citations=encode_citing(block.citations),
        surplus=encode_extra(block.extra),
    )


def decode_video(block: wire.VideoBlock) -> Video:
    """Read a film."""
    return Video(
        format=block.format,
        source=decode_source(block.source),
        extra=decode_extra(block.surplus),
    )


def encode_video(block: Video) -> wire.VideoBlock:
    """Write a film."""
    return wire.VideoBlock(
        format=block.format,
        source=encode_media_source(block.source),
        surplus=encode_extra(block.extra),
    )


def decode_audio(block: wire.AudioBlock) -> Audio:
    """Read a sound."""
    return Audio(
        format=block.format,
        source=decode_source(block.source),
        error=decode_error(block.error),
        extra=decode_extra(block.surplus),
    )


def encode_audio(block: Audio) -> wire.AudioBlock:
    """Write a sound."""
    return wire.AudioBlock(
        format=block.format,
        source=encode_media_source(block.source),
        error=encode_error(block.error),
        surplus=encode_extra(block.extra),
    )


def decode_error(error: wire.ErrorBlock | None) -> str | None:
    """Return why media is missing."""
    return None if error is None else error.message


def encode_error(error: str | None) -> wire.ErrorBlock | None:
    """Say why media is missing."""
    return None if error is None else wire.ErrorBlock(message=error)


def decode_citing(citations: wire.CitationsConfig | None) -> bool | None:
    """Return whether to cite."""
    return None if citations is None else citations.enabled


def encode_citing(citations: bool | None) -> wire.CitationsConfig | None:  # noqa: FBT001
    """Say whether to cite."""
    return None if citations is None else wire.CitationsConfig(enabled=citations)
