"""How TwelveLabs' Marengo models answer, and how they take pictures.

Place in the house: the codec of embeddings. Both versions do so.

Source: behaviour specification, EMB-08; Amazon Bedrock User Guide, TwelveLabs Marengo Embed.
"""

from typing import Final

from outcrop.errors import BadRequestError, UnsupportedError, WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.content import S3, Image, Inline
from outcrop.types.embeddings import Embedding, Embeddings
from outcrop.types.pictures import format_of

API: Final = "marengo"


class S3Location(Wire, rename="camel"):
    """Where a picture stands that AWS reads itself."""

    uri: str
    bucket_owner: str | None = None


class MediaSource(Wire, rename="camel"):
    """A picture: its bytes, or where it stands."""

    base64_string: bytes | None = None
    s3_location: S3Location | None = None


class MarengoEmbedding(Wire, rename="camel"):
    """One vector."""

    embedding: tuple[float, ...]


class MarengoResponse(Wire, rename="camel"):
    """The body of an answer."""

    data: tuple[MarengoEmbedding, ...]


def encode_media(image: Image) -> MediaSource:
    """Write a picture.

    Raises:
        UnsupportedError: It stands where AWS does not look.
    """
    match image.source:
        case Inline(data):
            return MediaSource(base64_string=data)
        case S3(uri=uri, bucket_owner=owner):
            return MediaSource(s3_location=S3Location(uri=uri, bucket_owner=owner or None))
        case _:
            raise UnsupportedError("this model takes pictures as bytes or from s3://")


def decode_media(source: MediaSource | None) -> Image:
    """Read a picture.

    Raises:
        BadRequestError: There is none.
    """
    if source is not None and source.base64_string is not None:
        data = source.base64_string
        return Image(format=format_of(data), source=Inline(data))
    if source is None or source.s3_location is None:
        raise BadRequestError("mediaSource must hold base64String or s3Location")
    place = source.s3_location
    return Image(format="", source=S3(uri=place.uri, bucket_owner=place.bucket_owner or ""))


def encode_response(answer: Embeddings) -> bytes:
    """Write the body of an answer."""
    data = (
        MarengoEmbedding(embedding=each.floats, surplus=surplus_of(each.extra, API))
        for each in answer.items
    )
    return encode(MarengoResponse(data=tuple(data), surplus=surplus_of(answer.extra, API)))


def decode_response(body: bytes) -> Embeddings:
    """Read the body of an answer.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _response(body: MarengoResponse, _context: None) -> Embeddings:
    items = (
        Embedding(floats=each.embedding, extra=extra_of(each.surplus, API)) for each in body.data
    )
    return Embeddings(items=tuple(items), extra=extra_of(body.surplus, API))


_RESPONSES: Final = Reader(MarengoResponse, _response, WireError)
