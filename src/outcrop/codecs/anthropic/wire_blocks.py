"""The JSON shapes of what messages hold: content blocks and all below them.

Place in the house: the Anthropic codec. Names only, no behaviour; `blocks`, `media` and
`citations` translate them. The requests, answers and events around them stand in `wire`.

Shapes named ``Inner...`` stand inside other blocks, where a cache control is no point of the
conversation and stays what it is: a member of theirs.

Source: Anthropic API reference, "Create a Message", as in the types of the ``anthropic`` package
2.10.0; recordings of InvokeModel.
"""

from typing import ClassVar, TypeAlias

import msgspec

from outcrop.protocols.wire_type import Wire


class CacheControl(Wire):
    """Everything up to here may be cached."""

    type: str
    ttl: str | None = None


class Block(Wire):
    """What nearly every block of a message may carry."""

    cache_control: CacheControl | None = None


class Base64Source(Wire, tag_field="type", tag="base64"):
    """A file in the document."""

    media_type: str
    data: bytes


class UrlSource(Wire, tag_field="type", tag="url"):
    """A file at an address."""

    url: str


class TextSource(Wire, tag_field="type", tag="text"):
    """A text."""

    media_type: str
    data: str


class InnerText(Wire, tag_field="type", tag="text"):
    """A part of a tool's answer, of a passage or of a document."""

    text: str


class ContentSource(Wire, tag_field="type", tag="content"):
    """A text in pieces."""

    content: str | tuple[InnerText, ...]


class CitationsConfig(Wire):
    """Whether to cite."""

    flat: ClassVar[bool] = True

    enabled: bool


class InnerImage(Wire, tag_field="type", tag="image"):
    """A picture."""

    source: Base64Source | UrlSource


class InnerDocument(Wire, tag_field="type", tag="document"):
    """A file."""

    source: Base64Source | UrlSource | TextSource | ContentSource
    title: str | None = None
    context: str | None = None
    citations: CitationsConfig | None = None


class InnerSearchResult(Wire, tag_field="type", tag="search_result"):
    """A passage found."""

    source: str
    title: str
    content: tuple[InnerText, ...]
    citations: CitationsConfig | None = None


class ImageBlock(InnerImage, tag="image"):
    """A picture in a message."""

    cache_control: CacheControl | None = None


class DocumentBlock(InnerDocument, tag="document"):
    """A file in a message."""

    cache_control: CacheControl | None = None


class SearchResultBlock(InnerSearchResult, tag="search_result"):
    """A passage found, in a message."""

    cache_control: CacheControl | None = None


class CharLocation(Wire, tag_field="type", tag="char_location"):
    """Characters cited."""

    cited_text: str | None = None
    document_index: int | None = None
    document_title: str | None = None
    start_char_index: int | None = None
    end_char_index: int | None = None


class PageLocation(Wire, tag_field="type", tag="page_location"):
    """Pages cited."""

    cited_text: str | None = None
    document_index: int | None = None
    document_title: str | None = None
    start_page_number: int | None = None
    end_page_number: int | None = None


class PieceLocation(Wire, tag_field="type", tag="content_block_location"):
    """Pieces cited."""

    cited_text: str | None = None
    document_index: int | None = None
    document_title: str | None = None
    start_block_index: int | None = None
    end_block_index: int | None = None


class SearchResultLocation(Wire, tag_field="type", tag="search_result_location"):
    """Parts of a search result cited."""

    cited_text: str | None = None
    search_result_index: int | None = None
    source: str | None = None
    title: str | None = None
    start_block_index: int | None = None
    end_block_index: int | None = None


class WebLocation(Wire, tag_field="type", tag="web_search_result_location"):
    """A page cited."""

    cited_text: str | None = None
    url: str | None = None
    title: str | None = None


Citation: TypeAlias = (
    CharLocation | PageLocation | PieceLocation | SearchResultLocation | WebLocation
)


class TextBlock(Block, tag_field="type", tag="text", kw_only=True):
    """Something said."""

    text: str
    citations: tuple[Citation, ...] | None = None


class SystemText(Block, tag_field="type", tag="text", kw_only=True):
    """A part of the system prompt."""

    text: str


class ThinkingBlock(Wire, tag_field="type", tag="thinking"):
    """Something thought."""

    thinking: str
    signature: str | None = None


class RedactedThinkingBlock(Wire, tag_field="type", tag="redacted_thinking"):
    """Something thought that only the provider can read."""

    data: str


class ToolUseBlock(Block, tag_field="type", tag="tool_use", kw_only=True):
    """A call of a tool."""

    id: str
    name: str
    input: msgspec.Raw


class ServerToolUseBlock(ToolUseBlock, tag="server_tool_use"):
    """A call of a tool that the service runs."""


ResultPart: TypeAlias = InnerText | InnerImage | InnerDocument | InnerSearchResult


class ToolResultBlock(Block, tag_field="type", tag="tool_result", kw_only=True):
    """A tool's answer."""

    tool_use_id: str
    content: str | tuple[ResultPart, ...] | None = None
    is_error: bool | None = None


class ServerResult(Block, kw_only=True):
    """The answer of a tool that the service ran."""

    tool_use_id: str
    content: msgspec.Raw


class WebSearchResult(ServerResult, tag_field="type", tag="web_search_tool_result"):
    """What a search of the web found."""


class WebFetchResult(ServerResult, tag_field="type", tag="web_fetch_tool_result"):
    """What was fetched from the web."""


class CodeResult(ServerResult, tag_field="type", tag="code_execution_tool_result"):
    """What a program said."""


class BashResult(ServerResult, tag_field="type", tag="bash_code_execution_tool_result"):
    """What a shell said."""


class EditorResult(ServerResult, tag_field="type", tag="text_editor_code_execution_tool_result"):
    """What an editor did."""


class ToolSearchResult(ServerResult, tag_field="type", tag="tool_search_tool_result"):
    """Which tools were found."""


class ToolReference(Wire):
    """A tool's name."""

    type: str | None = None
    name: str | None = None
    server_name: str | None = None


class ToolAddition(Block, tag_field="type", tag="tool_addition", kw_only=True):
    """A tool joins."""

    tool: ToolReference


class ToolRemoval(Block, tag_field="type", tag="tool_removal", kw_only=True):
    """A tool leaves."""

    tool: ToolReference


ContentBlock: TypeAlias = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | SearchResultBlock
    | ThinkingBlock
    | RedactedThinkingBlock
    | ToolUseBlock
    | ServerToolUseBlock
    | ToolResultBlock
    | WebSearchResult
    | WebFetchResult
    | CodeResult
    | BashResult
    | EditorResult
    | ToolSearchResult
    | ToolAddition
    | ToolRemoval
)
"""Anything a message can hold."""


class Message(Wire):
    """One turn."""

    role: str
    content: str | tuple[ContentBlock, ...]
