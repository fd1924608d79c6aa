"""The JSON shapes of Converse and ConverseStream: requests, answers, events.

Place in the house: the Converse codec. Names only, no behaviour; `request`, `response` and
`stream` translate them. What messages hold stands in `wire_blocks`.

A field has no default where the canonical model cannot hold the object without it. Enumerations
are plain strings: a value that is new to us passes. Documents (schemas, tool arguments, traces)
stay raw. The fields of what AWS answers stand in the order in which AWS writes them.

Named beyond the service model, because AWS sends them: the padding ``p`` of every event,
``serverToolUsage`` and the ``...TokenCount`` twins.

Source: bedrock-runtime service model 2023-09-30 as in botocore 1.44.5, shapes ConverseRequest,
ConverseStreamRequest, ConverseResponse, ConverseStreamOutput and all below; recordings.
"""

from typing import Annotated, Any, ClassVar, TypeAlias

import msgspec

from outcrop.codecs.converse.wire_blocks import (
    CachePoint,
    CitationDelta,
    ErrorBlock,
    MediaSource,
    Message,
    SystemBlock,
    ToolResultDelta,
)
from outcrop.codecs.converse.wire_type import Wire
from outcrop.protocols.wire_type import FILLED

OptionalRaw: TypeAlias = msgspec.Raw | msgspec.UnsetType


class InferenceConfig(Wire):
    """How to sample."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] | None = None


class ToolInputSchema(Wire):
    """What a tool takes."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    json: msgspec.Raw


class ToolSpec(Wire, kw_only=True):
    """A tool of the caller's."""

    name: str
    description: str | None = None
    input_schema: ToolInputSchema
    strict: bool | None = None


class SystemTool(Wire):
    """A tool of the service's."""

    name: str


class Tool(Wire):
    """Anything the list of tools can hold."""

    union: ClassVar[bool] = True

    tool_spec: ToolSpec | None = None
    system_tool: SystemTool | None = None
    cache_point: CachePoint | None = None


class AutoChoice(Wire):
    """The model decides."""


class AnyChoice(Wire):
    """Some tool must be called."""


class NamedChoice(Wire):
    """This tool must be called."""

    name: str


class ToolChoice(Wire):
    """Whether a tool must be called."""

    union: ClassVar[bool] = True

    auto: AutoChoice | None = None
    any: AnyChoice | None = None
    tool: NamedChoice | None = None


class ToolConfig(Wire):
    """The tools, and whether one must be called."""

    flat: ClassVar[bool] = True

    tools: Annotated[tuple[Tool, ...], FILLED]
    tool_choice: ToolChoice | None = None


class GuardrailConfig(Wire):
    """Which guardrail watches; the mode is for streams only."""

    guardrail_identifier: str | None = None
    guardrail_version: str | None = None
    trace: str | None = None
    stream_processing_mode: str | None = None


class PromptVariable(Wire):
    """What a prompt's variable stands for."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    text: str


class PerformanceConfig(Wire):
    """How fast."""

    flat: ClassVar[bool] = True

    latency: str


class ServiceTier(Wire):
    """Which tier."""

    flat: ClassVar[bool] = True

    type: str


class JsonSchema(Wire):
    """A schema the answer shall match."""

    flat: ClassVar[bool] = True

    schema: str
    name: str | None = None
    description: str | None = None


class OutputStructure(Wire):
    """How the answer shall be built."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    json_schema: JsonSchema


class TextFormat(Wire):
    """The form of the answer."""

    type: str
    structure: OutputStructure


class OutputConfig(Wire):
    """The form of the answer, and the effort put into it."""

    flat: ClassVar[bool] = True

    text_format: TextFormat | None = None
    effort: str | None = None


class ConverseRequest(Wire):
    """The body of a request; the model's id stands in the path."""

    messages: tuple[Message, ...] | None = None
    system: tuple[SystemBlock, ...] | None = None
    inference_config: InferenceConfig | None = None
    tool_config: ToolConfig | None = None
    guardrail_config: GuardrailConfig | None = None
    additional_model_request_fields: OptionalRaw = msgspec.UNSET
    prompt_variables: dict[str, PromptVariable] | None = None
    additional_model_response_field_paths: tuple[str, ...] | None = None
    request_metadata: dict[str, str] | None = None
    performance_config: PerformanceConfig | None = None
    service_tier: ServiceTier | None = None
    output_config: OutputConfig | None = None


class CacheDetail(Wire):
    """Tokens written to the cache for one time to live."""

    input_tokens: int
    ttl: str


class TokenUsage(Wire):
    """Token counts."""

    cache_details: Annotated[tuple[CacheDetail, ...], FILLED] | None = None
    cache_read_input_token_count: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_token_count: int | None = None
    cache_write_input_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    server_tool_usage: OptionalRaw = msgspec.UNSET
    total_tokens: int | None = None


class Metrics(Wire):
    """How long it took."""

    latency_ms: int | None = None


class Output(Wire):
    """What the model answered."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    message: Message


class ConverseResponse(Wire):
    """The body of an answer."""

    additional_model_response_fields: OptionalRaw = msgspec.UNSET
    metrics: Metrics | None = None
    output: Output | None = None
    performance_config: PerformanceConfig | None = None
    service_tier: ServiceTier | None = None
    stop_reason: str | None = None
    trace: OptionalRaw = msgspec.UNSET
    usage: TokenUsage | None = None


class MessageStart(Wire, kw_only=True):
    """Event: the answer begins."""

    p: Any = None
    role: str


class ToolUseStart(Wire):
    """A call begins."""

    name: str
    tool_use_id: str
    type: str | None = None


class ToolResultStart(Wire, kw_only=True):
    """A server tool's answer begins."""

    status: str | None = None
    tool_use_id: str
    type: str | None = None


class ImageStart(Wire):
    """A picture begins."""

    format: str


class BlockStart(Wire):
    """What begins."""

    union: ClassVar[bool] = True

    tool_use: ToolUseStart | None = None
    tool_result: ToolResultStart | None = None
    image: ImageStart | None = None


class ContentBlockStart(Wire, kw_only=True):
    """Event: a block begins."""

    content_block_index: int
    p: Any = None
    start: BlockStart


class ToolUseDelta(Wire):
    """A fragment of a call's arguments."""

    input: str


class ReasoningDelta(Wire):
    """A fragment of thoughts."""

    union: ClassVar[bool] = True
    flat: ClassVar[bool] = True

    text: str | None = None
    redacted_content: bytes | None = None
    signature: str | None = None


class ImageDelta(Wire):
    """A picture, or why there is none."""

    error: ErrorBlock | None = None
    source: MediaSource | None = None


class BlockDelta(Wire):
    """What comes."""

    union: ClassVar[bool] = True

    text: str | None = None
    tool_use: ToolUseDelta | None = None
    reasoning_content: ReasoningDelta | None = None
    tool_result: tuple[ToolResultDelta, ...] | None = None
    citation: CitationDelta | None = None
    image: ImageDelta | None = None


class ContentBlockDelta(Wire):
    """Event: more of a block."""

    content_block_index: int
    delta: BlockDelta
    p: Any = None


class ContentBlockStop(Wire):
    """Event: a block is complete."""

    content_block_index: int
    p: Any = None


class MessageStop(Wire):
    """Event: the answer is complete."""

    additional_model_response_fields: OptionalRaw = msgspec.UNSET
    p: Any = None
    stop_reason: str | None = None


class Metadata(Wire):
    """Event: what the answer used."""

    metrics: Metrics | None = None
    p: Any = None
    performance_config: PerformanceConfig | None = None
    service_tier: ServiceTier | None = None
    trace: OptionalRaw = msgspec.UNSET
    usage: TokenUsage | None = None


class StreamException(Wire):
    """The service reports an error in the middle of a stream."""

    message: str | None = None
    original_message: str | None = None
    original_status_code: int | None = None
    p: Any = None
