"""What a message can hold: the content blocks of the canonical conversation.

Place in the house: types. Values only; every codec translates to and from them. `match` on the
class; end with `assert_never`, so that a new block breaks the type check in every codec until each
has answered.

Complete for the Converse API of today's botocore; what comes tomorrow travels as `Foreign`, and
unknown members of known blocks as `extra`.

Source: bedrock-runtime service model 2023-09-30, shape ContentBlock and all below it.
"""

from typing import TypeAlias

import msgspec

from outcrop.types.json import Extra


class Inline(msgspec.Struct, frozen=True):
    """Media whose bytes travel with the request."""

    data: bytes


class S3(msgspec.Struct, frozen=True, kw_only=True):
    """Media that AWS reads from a bucket."""

    uri: str
    """``s3://bucket/key``."""
    bucket_owner: str = ""
    """Account id of the bucket's owner, where it is not the caller's."""
    extra: Extra | None = None


class Url(msgspec.Struct, frozen=True):
    """Media at a web address. It is fetched before the request is encoded."""

    url: str


class Plain(msgspec.Struct, frozen=True):
    """A document given as text."""

    text: str


class Pieces(msgspec.Struct, frozen=True):
    """A document given as pieces of text, each citable by its number."""

    texts: tuple[str, ...]


class ForeignSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source of media that this model has no word for yet."""

    api: str
    raw: msgspec.Raw


MediaSource: TypeAlias = Inline | S3 | Url | ForeignSource
DocumentSource: TypeAlias = Inline | S3 | Url | Plain | Pieces | ForeignSource


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Something said."""

    text: str
    extra: Extra | None = None


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, given or made."""

    format: str
    """``png``, ``jpeg``, ``gif`` or ``webp``."""
    source: MediaSource
    error: str | None = None
    """Why a picture could not be made or kept, in the service's words."""
    extra: Extra | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file to read."""

    name: str
    source: DocumentSource
    format: str = ""
    """``pdf``, ``csv``, ``doc``, ``docx``, ``xls``, ``xlsx``, ``html``, ``txt``, ``md``."""
    context: str | None = None
    """What the model should know about the file."""
    citations: bool | None = None
    """Whether the answer should cite it; None when nothing was said."""
    extra: Extra | None = None


class Video(msgspec.Struct, frozen=True, kw_only=True):
    """A film."""

    format: str
    source: MediaSource
    extra: Extra | None = None


class Audio(msgspec.Struct, frozen=True, kw_only=True):
    """A sound."""

    format: str
    source: MediaSource
    error: str | None = None
    extra: Extra | None = None


class ToolUse(msgspec.Struct, frozen=True, kw_only=True):
    """The model asks for a tool to be run."""

    id: str
    name: str
    arguments: msgspec.Raw
    """One JSON value, an object unless `arguments_error` is set or the model was at fault."""
    type: str | None = None
    """As the wire gave it; only ``"server_tool_use"`` means that the service runs the tool."""
    arguments_error: str | None = None
    """Why what the model wrote is no JSON object; `arguments` is then the text as a string."""
    extra: Extra | None = None

    @property
    def by_server(self) -> bool:
        """Whether the service ran the tool itself; such a call is never the caller's to run."""
        return self.type == SERVER_TOOL_USE


SERVER_TOOL_USE = "server_tool_use"


class JsonValue(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's answer as JSON."""

    value: msgspec.Raw
    extra: Extra | None = None


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """A passage found, which the answer may cite."""

    source: str
    title: str
    content: tuple[Text, ...]
    citations: bool | None = None
    extra: Extra | None = None


class Foreign(msgspec.Struct, frozen=True, kw_only=True):
    """A block of one API that this model has no word for yet.

    The codec that read it writes it back verbatim; every other codec leaves it out and says so. So
    new API features pass through us before we understand them, and are never dropped in silence.
    """

    api: str
    """The codec that read it, e.g. ``"converse"``."""
    raw: msgspec.Raw
    """The whole block as it stood on the wire."""


ToolResultContent: TypeAlias = Text | JsonValue | Image | Document | Video | SearchResult | Foreign


class ToolResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to the `ToolUse` with the same `id`."""

    id: str
    content: tuple[ToolResultContent, ...]
    status: str | None = None
    """``"success"``, ``"error"``, or None when nothing was said."""
    type: str | None = None
    """As the wire gave it, e.g. ``"nova_code_interpreter_result"``: set on server tools only."""
    extra: Extra | None = None


class GuardText(msgspec.Struct, frozen=True, kw_only=True):
    """Text that a guardrail shall assess."""

    text: str
    qualifiers: tuple[str, ...] | None = None
    """``grounding_source``, ``query``, ``guard_content``."""
    extra: Extra | None = None


class GuardImage(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that a guardrail shall assess."""

    format: str
    """``png`` or ``jpeg``."""
    source: MediaSource
    extra: Extra | None = None


class CachePoint(msgspec.Struct, frozen=True, kw_only=True):
    """Everything before this point may be cached."""

    type: str = "default"
    ttl: str | None = None
    """``"5m"`` or ``"1h"``; None for the model's own default."""
    extra: Extra | None = None


class Reasoning(msgspec.Struct, frozen=True, kw_only=True):
    """What the model thought before it answered. Send back unchanged or not at all."""

    text: str
    """Empty when the provider withheld it."""
    signature: str | None = None
    """Opaque proof, valid for the model that issued it and no other."""
    extra: Extra | None = None


class RedactedReasoning(msgspec.Struct, frozen=True, kw_only=True):
    """Encrypted reasoning, readable only by the provider. Send back unchanged."""

    data: bytes
    extra: Extra | None = None


class WebLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A cited web page."""

    url: str | None = None
    domain: str | None = None
    extra: Extra | None = None


class DocumentLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A cited range of a document of the request."""

    unit: str
    """What is counted: ``"char"``, ``"page"`` or ``"chunk"``."""
    document_index: int | None = None
    start: int | None = None
    end: int | None = None
    extra: Extra | None = None


class SearchResultLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A cited range of a search result of the request."""

    search_result_index: int | None = None
    start: int | None = None
    end: int | None = None
    extra: Extra | None = None


CitationLocation: TypeAlias = WebLocation | DocumentLocation | SearchResultLocation | Foreign


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """Where something said was taken from."""

    title: str | None = None
    source: str | None = None
    source_content: tuple[Text, ...] | None = None
    """The words cited."""
    location: CitationLocation | None = None
    extra: Extra | None = None


class CitedText(msgspec.Struct, frozen=True, kw_only=True):
    """Something said, and where it was taken from."""

    content: tuple[Text, ...] | None = None
    citations: tuple[Citation, ...] | None = None
    extra: Extra | None = None

    @property
    def text(self) -> str:
        """What was said, without the sources."""
        return "".join(part.text for part in self.content or ())


class ToolReference(msgspec.Struct, frozen=True, kw_only=True):
    """Names a tool that is added to or taken from a running conversation."""

    type: str | None = None
    name: str | None = None
    server_name: str | None = None
    extra: Extra | None = None


class ToolAddition(msgspec.Struct, frozen=True, kw_only=True):
    """From here on the model may use this tool."""

    tool: ToolReference
    extra: Extra | None = None


class ToolRemoval(msgspec.Struct, frozen=True, kw_only=True):
    """From here on the model may no longer use this tool."""

    tool: ToolReference
    extra: Extra | None = None


GuardContent: TypeAlias = GuardText | GuardImage

Block: TypeAlias = (
    Text
    | Image
    | Document
    | Video
    | Audio
    | ToolUse
    | ToolResult
    | GuardText
    | GuardImage
    | CachePoint
    | Reasoning
    | RedactedReasoning
    | CitedText
    | SearchResult
    | ToolAddition
    | ToolRemoval
    | Foreign
)
"""Anything a message can hold."""

SystemBlock: TypeAlias = Text | GuardText | GuardImage | CachePoint | Foreign
"""Anything the system prompt can hold."""
