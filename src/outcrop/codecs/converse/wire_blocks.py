"""The JSON shapes of what messages hold: content blocks and all below them.

Place in the house: the Converse codec. Names only, no behaviour; `blocks`, `media` and `citations`
translate them. The requests, answers and events around them stand in `wire`, and so does what
holds for all shapes.

Source: bedrock-runtime service model 2023-09-30 as in botocore 1.44.5, shape ContentBlock and all
below; recordings of Converse and ConverseStream.
"""

from typing import ClassVar, cast

import msgspec

from outcrop.codecs.converse.wire_type import Wire

# msgspec reads "Raw or null" as null alone, so a raw member of a union says absence by its default.
_NO_RAW = cast("msgspec.Raw", None)


class S3Location(Wire):
    """A file in a bucket."""

    uri: str
    bucket_owner: str | None = None


class MediaSource(Wire):
    """Where a picture, film or sound comes from."""

    union: ClassVar[bool] = True

    data: bytes | None = msgspec.field(default=None, name="bytes")
    s3_location: S3Location | None = None


class DocumentPiece(Wire):
    """A part of a document given in parts."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    text: str


class DocumentSource(Wire):
    """Where a document comes from."""

    union: ClassVar[bool] = True

    data: bytes | None = msgspec.field(default=None, name="bytes")
    s3_location: S3Location | None = None
    text: str | None = None
    content: tuple[DocumentPiece, ...] | None = None


class ErrorBlock(Wire):
    """Why a picture or sound is missing."""

    flat: ClassVar[bool] = True

    message: str


class CitationsConfig(Wire):
    """Whether to cite."""

    flat: ClassVar[bool] = True

    enabled: bool


class ImageBlock(Wire):
    """A picture."""

    format: str
    source: MediaSource
    error: ErrorBlock | None = None


class DocumentBlock(Wire, kw_only=True):
    """A file."""

    format: str | None = None
    name: str
    source: DocumentSource
    context: str | None = None
    citations: CitationsConfig | None = None


class VideoBlock(Wire):
    """A film."""

    format: str
    source: MediaSource


class AudioBlock(Wire):
    """A sound."""

    format: str
    source: MediaSource
    error: ErrorBlock | None = None


class ToolUseBlock(Wire):
    """A call of a tool."""

    input: msgspec.Raw
    name: str
    tool_use_id: str
    type: str | None = None


class SearchResultText(Wire):
    """A part of a passage found."""

    text: str


class SearchResultBlock(Wire):
    """A passage found."""

    source: str
    title: str
    content: tuple[SearchResultText, ...]
    citations: CitationsConfig | None = None


class ToolResultContent(Wire):
    """A part of a tool's answer."""

    union: ClassVar[bool] = True

    text: str | None = None
    json: msgspec.Raw = _NO_RAW
    image: ImageBlock | None = None
    document: DocumentBlock | None = None
    video: VideoBlock | None = None
    search_result: SearchResultBlock | None = None


class ToolResultBlock(Wire, kw_only=True):
    """A tool's answer."""

    content: tuple[ToolResultContent, ...]
    status: str | None = None
    tool_use_id: str
    type: str | None = None


class ToolResultDelta(Wire):
    """A part of a server tool's answer."""

    union: ClassVar[bool] = True

    text: str | None = None
    json: msgspec.Raw = _NO_RAW


class GuardText(Wire):
    """Text to be assessed."""

    text: str
    qualifiers: tuple[str, ...] | None = None


class GuardImage(Wire):
    """A picture to be assessed."""

    format: str
    source: MediaSource


class GuardContent(Wire):
    """What a guardrail shall assess."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    text: GuardText | None = None
    image: GuardImage | None = None


class CachePoint(Wire):
    """The end of what may be cached."""

    type: str
    ttl: str | None = None


class ReasoningText(Wire, kw_only=True):
    """Thoughts."""

    signature: str | None = None
    text: str


class ReasoningContent(Wire):
    """Thoughts, readable or not."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    reasoning_text: ReasoningText | None = None
    redacted_content: bytes | None = None


class WebLocation(Wire):
    """A page cited."""

    domain: str | None = None
    url: str | None = None


class CharLocation(Wire):
    """Characters cited."""

    document_index: int | None = None
    end: int | None = None
    start: int | None = None


class PageLocation(Wire):
    """Pages cited."""

    document_index: int | None = None
    end: int | None = None
    start: int | None = None


class ChunkLocation(Wire):
    """Pieces cited."""

    document_index: int | None = None
    end: int | None = None
    start: int | None = None


class SearchResultLocation(Wire):
    """Parts of a search result cited."""

    end: int | None = None
    search_result_index: int | None = None
    start: int | None = None


class CitationLocation(Wire):
    """What was cited."""

    union: ClassVar[bool] = True

    web: WebLocation | None = None
    document_char: CharLocation | None = None
    document_page: PageLocation | None = None
    document_chunk: ChunkLocation | None = None
    search_result_location: SearchResultLocation | None = None


class CitationText(Wire):
    """A part of what was said, or of what was cited."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    text: str


class CitationTextDelta(Wire):
    """A part of what was cited. No tagged union here, unlike `CitationText`."""

    flat: ClassVar[bool] = True

    text: str


class Citation(Wire):
    """Where something was taken from."""

    location: CitationLocation | None = None
    source: str | None = None
    source_content: tuple[CitationText, ...] | None = None
    title: str | None = None


class CitationDelta(Wire):
    """Where something was taken from."""

    location: CitationLocation | None = None
    source: str | None = None
    source_content: tuple[CitationTextDelta, ...] | None = None
    title: str | None = None


class CitationsContent(Wire):
    """Something said, and where it was taken from."""

    citations: tuple[Citation, ...] | None = None
    content: tuple[CitationText, ...] | None = None


class ToolReference(Wire):
    """A tool's name."""

    type: str | None = None
    name: str | None = None
    server_name: str | None = None


class ToolAddition(Wire):
    """A tool joins."""

    tool: ToolReference


class ToolRemoval(Wire):
    """A tool leaves."""

    tool: ToolReference


class ContentBlock(Wire):
    """Anything a message can hold."""

    union: ClassVar[bool] = True

    text: str | None = None
    tool_use: ToolUseBlock | None = None
    tool_result: ToolResultBlock | None = None
    image: ImageBlock | None = None
    document: DocumentBlock | None = None
    video: VideoBlock | None = None
    audio: AudioBlock | None = None
    guard_content: GuardContent | None = None
    cache_point: CachePoint | None = None
    reasoning_content: ReasoningContent | None = None
    citations_content: CitationsContent | None = None
    search_result: SearchResultBlock | None = None
    tool_addition: ToolAddition | None = None
    tool_removal: ToolRemoval | None = None


class SystemBlock(Wire):
    """Anything the system prompt can hold."""

    union: ClassVar[bool] = True

    text: str | None = None
    guard_content: GuardContent | None = None
    cache_point: CachePoint | None = None


class Message(Wire):
    """One turn."""

    content: tuple[ContentBlock, ...]
    role: str
