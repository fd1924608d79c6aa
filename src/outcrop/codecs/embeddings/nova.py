"""Amazon Nova's multimodal embeddings: text, picture, sound or film, one a request.

Place in the house: the codec of embeddings.

Source: behaviour specification, EMB-07; Amazon Nova User Guide, embeddings schema; recordings of
InvokeModel.
"""

from typing import Final, TypeAlias

import msgspec

from outcrop.codecs.embeddings.parts import Words, only_input
from outcrop.errors import BadRequestError, UnsupportedError, WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.surplus import extra_of, surplus_of
from outcrop.protocols.wire_type import Wire
from outcrop.types.content import S3, Audio, Image, Inline, Text, Video
from outcrop.types.embeddings import Embedding, EmbeddingInput, EmbeddingRequest, Embeddings
from outcrop.types.json import Extra

API: Final = "nova"

_PURPOSES: Final = Words(
    {
        "document": "GENERIC_INDEX",
        "query": "GENERIC_RETRIEVAL",
        "classification": "CLASSIFICATION",
        "clustering": "CLUSTERING",
    }
)
_CUTS: Final = Words({"none": "NONE", "start": "START", "end": "END"})
_TASK: Final = "SINGLE_EMBEDDING"
# What one vector of a film shall be of must be said; the other choice makes two vectors.
_FILM: Final = Extra(API, {"embeddingMode": msgspec.Raw(b'"AUDIO_VIDEO_COMBINED"')})

Media: TypeAlias = Image | Audio | Video


class S3Location(Wire, rename="camel"):
    """Where media stand that AWS reads itself."""

    uri: str
    bucket_owner: str | None = None


class Source(Wire, rename="camel"):
    """Media: their bytes, or where they stand."""

    data: bytes | None = msgspec.field(default=None, name="bytes")
    s3_location: S3Location | None = None


class MediaPart(Wire, rename="camel"):
    """A picture, a sound or a film."""

    format: str
    source: Source


class TextPart(Wire, rename="camel"):
    """A text, and what is cut off it where it is too long."""

    flat = True
    value: str | None = None
    truncation_mode: str | None = None


class SingleEmbeddingParams(Wire, rename="camel"):
    """What to embed, and how."""

    flat = True
    embedding_purpose: str | None = None
    embedding_dimension: int | None = None
    text: TextPart | None = None
    image: MediaPart | None = None
    audio: MediaPart | None = None
    video: MediaPart | None = None


class NovaRequest(Wire, rename="camel"):
    """The body of a request."""

    task_type: str
    single_embedding_params: SingleEmbeddingParams


class NovaEmbedding(Wire, rename="camel"):
    """One vector."""

    embedding: tuple[float, ...]
    embedding_type: str = ""


class NovaResponse(Wire, rename="camel"):
    """The body of an answer."""

    embeddings: tuple[NovaEmbedding, ...]


def encode_request(request: EmbeddingRequest) -> bytes:
    """Write the body of a request.

    Raises:
        BadRequestError: It has not exactly one input of one part.
    """
    part = _only_part(only_input(request))
    text = _encode_text(part, request.truncate) if isinstance(part, Text) else None
    return encode(
        NovaRequest(
            task_type=_TASK,
            single_embedding_params=SingleEmbeddingParams(
                embedding_purpose=_PURPOSES.encode(request.purpose),
                embedding_dimension=request.dimensions,
                text=text,
                image=_encode_media(part) if isinstance(part, Image) else None,
                audio=_encode_media(part) if isinstance(part, Audio) else None,
                video=_encode_media(part) if isinstance(part, Video) else None,
            ),
            surplus=surplus_of(request.extra, API),
        )
    )


def decode_request(body: bytes, model: str) -> EmbeddingRequest:
    """Read the body of a request.

    Raises:
        BadRequestError: It is malformed.
    """
    return _REQUESTS.read(body, model)


def encode_response(answer: Embeddings) -> bytes:
    """Write the body of an answer."""
    items = (
        NovaEmbedding(
            embedding_type=each.kind, embedding=each.floats, surplus=surplus_of(each.extra, API)
        )
        for each in answer.items
    )
    return encode(NovaResponse(embeddings=tuple(items), surplus=surplus_of(answer.extra, API)))


def decode_response(body: bytes) -> Embeddings:
    """Read the body of an answer.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(body, None)


def _only_part(item: EmbeddingInput) -> Text | Media:
    if len(item.parts) != 1:
        raise UnsupportedError("this model takes one part in an input, not several")
    return item.parts[0]


def _encode_text(part: Text, truncate: str | None) -> TextPart:
    return TextPart(value=part.text, truncation_mode=_CUTS.encode(truncate))


def _encode_media(part: Media) -> MediaPart:
    extra = part.extra or (_FILM if isinstance(part, Video) else None)
    return MediaPart(
        format=part.format, source=_encode_source(part), surplus=surplus_of(extra, API)
    )


def _encode_source(part: Media) -> Source:
    match part.source:
        case Inline(data):
            return Source(data=data)
        case S3(uri=uri, bucket_owner=owner):
            return Source(s3_location=S3Location(uri=uri, bucket_owner=owner or None))
        case _:
            raise UnsupportedError("this model takes media as bytes or from s3://")


def _request(body: NovaRequest, model: str) -> EmbeddingRequest:
    given = body.single_embedding_params
    text = given.text or TextPart()
    return EmbeddingRequest(
        model=model,
        inputs=(EmbeddingInput((_decode_part(given),)),),
        dimensions=given.embedding_dimension,
        purpose=_PURPOSES.decode(given.embedding_purpose),
        truncate=_CUTS.decode(text.truncation_mode),
        extra=extra_of(body.surplus, API),
    )


def _decode_part(given: SingleEmbeddingParams) -> Text | Media:
    if given.text and given.text.value is not None:
        return Text(text=given.text.value)
    for kind, part in ((Image, given.image), (Audio, given.audio), (Video, given.video)):
        if part is not None:
            return kind(
                format=part.format,
                source=_decode_source(part.source),
                extra=extra_of(part.surplus, API),
            )
    raise BadRequestError("singleEmbeddingParams holds none of text, image, audio, video")


def _decode_source(source: Source) -> Inline | S3:
    if source.data is not None:
        return Inline(source.data)
    if source.s3_location is None:
        raise BadRequestError("source holds neither bytes nor s3Location")
    place = source.s3_location
    return S3(uri=place.uri, bucket_owner=place.bucket_owner or "")


def _response(body: NovaResponse, _context: None) -> Embeddings:
    items = (
        Embedding(
            floats=each.embedding, kind=each.embedding_type, extra=extra_of(each.surplus, API)
        )
        for each in body.embeddings
    )
    return Embeddings(items=tuple(items), extra=extra_of(body.surplus, API))


_REQUESTS: Final = Reader(NovaRequest, _request, BadRequestError)
_RESPONSES: Final = Reader(NovaResponse, _response, WireError)
