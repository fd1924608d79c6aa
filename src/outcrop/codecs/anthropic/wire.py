"""The JSON shapes of requests, answers and events.

Place in the house: the Anthropic codec. Names only, no behaviour. What messages hold stands in
`wire_blocks`. Members that come from AWS carry its prefix, ``amazon-bedrock-``.

Source: Anthropic API reference, "Create a Message" and "Streaming Messages", as in the types of
the ``anthropic`` package 2.10.0; recordings of InvokeModel and InvokeModelWithResponseStream.
"""

from typing import ClassVar, TypeAlias

import msgspec

from outcrop.codecs.anthropic import wire_blocks as blocks
from outcrop.protocols.wire_type import Wire

OptionalText: TypeAlias = str | msgspec.UnsetType | None
"""A text that is written as null where there is none, as clients expect it."""


class PlainTool(Wire):
    """A function. Written without its type, which older models do not know."""

    name: str
    input_schema: msgspec.Raw
    description: str | None = None
    strict: bool | None = None
    cache_control: blocks.CacheControl | None = None


class Tool(PlainTool, tag_field="type", tag="custom"):
    """A function; the only kind of tool that may come without a type."""


class AutoChoice(Wire, tag_field="type", tag="auto"):
    """The model decides."""

    disable_parallel_tool_use: bool | None = None


class AnyChoice(Wire, tag_field="type", tag="any"):
    """Some tool must be called."""

    disable_parallel_tool_use: bool | None = None


class NamedChoice(Wire, tag_field="type", tag="tool"):
    """This tool must be called."""

    name: str
    disable_parallel_tool_use: bool | None = None


class NoChoice(Wire, tag_field="type", tag="none"):
    """No tool may be called."""


ToolChoice: TypeAlias = AutoChoice | AnyChoice | NamedChoice | NoChoice


class Thinking(Wire):
    """How the model shall think."""

    flat: ClassVar[bool] = True

    type: str
    budget_tokens: int | None = None
    display: str | None = None


class JsonFormat(Wire, tag_field="type", tag="json_schema"):
    """The answer shall be JSON of this schema."""

    schema: msgspec.Raw


class OutputConfig(Wire):
    """How the model shall answer."""

    flat: ClassVar[bool] = True

    effort: str | None = None
    format: JsonFormat | None = None


class Metadata(Wire):
    """Who asks."""

    flat: ClassVar[bool] = True

    user_id: str | None = None


class GuardrailConfig(Wire):
    """How the guardrail reads a stream; which one it is stands in the headers."""

    flat: ClassVar[bool] = True

    stream_processing_mode: str | None = msgspec.field(default=None, name="streamProcessingMode")


class MessagesRequest(Wire, kw_only=True):
    """What is asked."""

    anthropic_version: str | None = None
    model: str | None = None
    max_tokens: int | None = None
    messages: tuple[blocks.Message, ...]
    system: str | tuple[blocks.SystemText, ...] | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: tuple[str, ...] | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: ToolChoice | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    metadata: Metadata | None = None
    service_tier: str | None = None
    cache_control: blocks.CacheControl | None = None
    guardrail: GuardrailConfig | None = msgspec.field(
        default=None, name="amazon-bedrock-guardrailConfig"
    )


class CacheCreation(Wire):
    """Tokens written to the cache, by time to live."""

    flat: ClassVar[bool] = True

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class OutputDetails(Wire):
    """What the output consists of."""

    flat: ClassVar[bool] = True

    thinking_tokens: int


class Usage(Wire):
    """Token counts. In a stream the first event has some, the last all."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    output_tokens_details: OutputDetails | None = None
    server_tool_use: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    service_tier: str | None = None


class MessagesResponse(Wire, kw_only=True):
    """What is answered."""

    id: str | None = None
    type: str | None = None
    role: str | None = None
    model: str | None = None
    content: tuple[blocks.ContentBlock, ...]
    stop_reason: str | None = None
    stop_sequence: OptionalText = msgspec.UNSET
    usage: Usage | None = None
    guardrail_action: str | None = msgspec.field(
        default=None, name="amazon-bedrock-guardrailAction"
    )
    trace: msgspec.Raw | msgspec.UnsetType = msgspec.field(
        default=msgspec.UNSET, name="amazon-bedrock-trace"
    )


class MessageStarted(Wire):
    """The answer, before anything was said."""

    id: str | None = None
    type: str | None = None
    role: str = "assistant"
    model: str | None = None
    content: tuple[msgspec.Raw, ...] = ()
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: Usage | None = None


class MessageStart(Wire, tag_field="type", tag="message_start"):
    """The answer begins."""

    message: MessageStarted


class TextStart(Wire, tag_field="type", tag="text"):
    """A text begins."""

    flat: ClassVar[bool] = True

    text: str | None = None
    citations: tuple[blocks.Citation, ...] | None = None


class ThinkingStart(Wire, tag_field="type", tag="thinking"):
    """Reasoning begins."""

    flat: ClassVar[bool] = True

    thinking: str | None = None
    signature: str | None = None


class RedactedStart(Wire, tag_field="type", tag="redacted_thinking"):
    """Reasoning that only the provider can read; it comes whole."""

    flat: ClassVar[bool] = True

    data: str


BlockStart: TypeAlias = (
    TextStart
    | ThinkingStart
    | RedactedStart
    | blocks.ToolUseBlock
    | blocks.ServerToolUseBlock
    | blocks.WebSearchResult
    | blocks.WebFetchResult
    | blocks.CodeResult
    | blocks.BashResult
    | blocks.EditorResult
    | blocks.ToolSearchResult
)


class ContentBlockStart(Wire, tag_field="type", tag="content_block_start"):
    """A block begins."""

    index: int
    content_block: BlockStart


class TextDelta(Wire, tag_field="type", tag="text_delta"):
    """More of a text."""

    flat: ClassVar[bool] = True

    text: str


class InputDelta(Wire, tag_field="type", tag="input_json_delta"):
    """More of a call's arguments."""

    flat: ClassVar[bool] = True

    partial_json: str


class ThinkingDelta(Wire, tag_field="type", tag="thinking_delta"):
    """More of what is thought."""

    flat: ClassVar[bool] = True

    thinking: str


class SignatureDelta(Wire, tag_field="type", tag="signature_delta"):
    """The proof of what was thought."""

    flat: ClassVar[bool] = True

    signature: str


class CitationsDelta(Wire, tag_field="type", tag="citations_delta"):
    """A source."""

    flat: ClassVar[bool] = True

    citation: blocks.Citation


BlockDelta: TypeAlias = TextDelta | InputDelta | ThinkingDelta | SignatureDelta | CitationsDelta


class ContentBlockDelta(Wire, tag_field="type", tag="content_block_delta"):
    """More of a block."""

    index: int
    delta: BlockDelta


class ContentBlockStop(Wire, tag_field="type", tag="content_block_stop"):
    """A block is complete."""

    index: int


class StopDelta(Wire):
    """Why the model stopped."""

    stop_reason: str | None = None
    stop_sequence: OptionalText = msgspec.UNSET


class MessageDelta(Wire, tag_field="type", tag="message_delta"):
    """The answer is complete."""

    delta: StopDelta
    usage: Usage | None = None


class InvocationMetrics(Wire, rename="camel"):
    """What AWS counted and measured."""

    input_token_count: int | None = None
    output_token_count: int | None = None
    cache_read_input_token_count: int | None = None
    cache_write_input_token_count: int | None = None
    invocation_latency: int | None = None


class MessageStop(Wire, tag_field="type", tag="message_stop"):
    """Nothing follows."""

    metrics: InvocationMetrics | None = msgspec.field(
        default=None, name="amazon-bedrock-invocationMetrics"
    )
    trace: msgspec.Raw | msgspec.UnsetType = msgspec.field(
        default=msgspec.UNSET, name="amazon-bedrock-trace"
    )


class Ping(Wire, tag_field="type", tag="ping"):
    """The connection lives."""


class ErrorDetail(Wire):
    """What went wrong."""

    type: str
    message: str = ""


class ErrorEvent(Wire, tag_field="type", tag="error"):
    """The answer broke off."""

    error: ErrorDetail
    request_id: str | None = None


StreamEvent: TypeAlias = (
    MessageStart
    | ContentBlockStart
    | ContentBlockDelta
    | ContentBlockStop
    | MessageDelta
    | MessageStop
    | Ping
    | ErrorEvent
)
