"""What the Responses API is told and answers, as wire types that lose nothing.

Place in the house: OpenAI Responses codec. Shapes only; what they mean stands in the modules that
read them. A `msgspec.Raw` that is unset or null was not given (`given`).

Source: OpenAI API reference, "Create a model response", "The response object", "Streaming
events", as typed by the openai SDK 3.51; recordings of bedrock-mantle.
"""

from typing import ClassVar, Final, TypeAlias

import msgspec

from outcrop.protocols.wire_type import Wire

OptionalRaw: TypeAlias = msgspec.Raw | msgspec.UnsetType

_NULL: Final = msgspec.Raw(b"null")


def given(value: OptionalRaw) -> msgspec.Raw | None:
    """Return a document that may be missing; null counts as missing."""
    return None if value is msgspec.UNSET or value == _NULL else value


class Part(Wire):
    """One part of a message or of a tool's answer; `type` says which member counts."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    filename: str | None = None
    annotations: tuple[msgspec.Raw, ...] | None = None
    logprobs: tuple[msgspec.Raw, ...] | None = None
    prompt_cache_breakpoint: OptionalRaw = msgspec.UNSET


class Item(Wire):
    """One item of the input or the output; without a type it is a message."""

    type: str | None = None
    role: str | None = None
    content: OptionalRaw = msgspec.UNSET
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: OptionalRaw = msgspec.UNSET
    summary: tuple[Part, ...] | None = None
    encrypted_content: str | None = None
    id: OptionalRaw = msgspec.UNSET
    status: OptionalRaw = msgspec.UNSET
    phase: OptionalRaw = msgspec.UNSET


class Annotation(Wire):
    """Where a piece of the text was taken from."""

    type: str
    url: str | None = None
    title: str | None = None


class InputDetails(Wire):
    """Which of the input was cached."""

    flat: ClassVar[bool] = True

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class OutputDetails(Wire):
    """Which of the output was thought."""

    flat: ClassVar[bool] = True

    reasoning_tokens: int | None = None


class Usage(Wire):
    """Token counts: ``input_tokens`` is all input, cached or not."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None


class Incomplete(Wire):
    """Why an answer is not whole."""

    flat: ClassVar[bool] = True

    reason: str | None = None


class Response(Wire):
    """The response object. What it echoes of the request passes through unread."""

    id: str | None = None
    object: str | None = None
    created_at: int | float | None = None
    model: str | None = None
    status: str | None = None
    output: tuple[msgspec.Raw, ...] | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    incomplete_details: Incomplete | None = None
    error: OptionalRaw = msgspec.UNSET
    background: OptionalRaw = msgspec.UNSET
    billing: OptionalRaw = msgspec.UNSET
    completed_at: OptionalRaw = msgspec.UNSET
    frequency_penalty: OptionalRaw = msgspec.UNSET
    instructions: OptionalRaw = msgspec.UNSET
    max_output_tokens: OptionalRaw = msgspec.UNSET
    max_tool_calls: OptionalRaw = msgspec.UNSET
    metadata: OptionalRaw = msgspec.UNSET
    moderation: OptionalRaw = msgspec.UNSET
    parallel_tool_calls: OptionalRaw = msgspec.UNSET
    presence_penalty: OptionalRaw = msgspec.UNSET
    previous_response_id: OptionalRaw = msgspec.UNSET
    prompt_cache_key: OptionalRaw = msgspec.UNSET
    prompt_cache_retention: OptionalRaw = msgspec.UNSET
    reasoning: OptionalRaw = msgspec.UNSET
    safety_identifier: OptionalRaw = msgspec.UNSET
    store: OptionalRaw = msgspec.UNSET
    temperature: OptionalRaw = msgspec.UNSET
    text: OptionalRaw = msgspec.UNSET
    tool_choice: OptionalRaw = msgspec.UNSET
    tools: OptionalRaw = msgspec.UNSET
    top_logprobs: OptionalRaw = msgspec.UNSET
    top_p: OptionalRaw = msgspec.UNSET
    truncation: OptionalRaw = msgspec.UNSET
    user: OptionalRaw = msgspec.UNSET


ECHOED: Final = tuple(
    each.name
    for each in msgspec.structs.fields(Response)
    if each.type == OptionalRaw and each.name != "error"
)
"""Members of an answer that repeat the request, or say what no other API has a word for."""


class Event(Wire):
    """An event of a stream; `type` says which members count. ``obfuscation`` is padding."""

    type: str
    sequence_number: int | None = None
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    item_id: str | None = None
    delta: OptionalRaw = msgspec.UNSET
    item: OptionalRaw = msgspec.UNSET
    part: OptionalRaw = msgspec.UNSET
    annotation: OptionalRaw = msgspec.UNSET
    annotation_index: int | None = None
    response: OptionalRaw = msgspec.UNSET
    text: OptionalRaw = msgspec.UNSET
    refusal: OptionalRaw = msgspec.UNSET
    arguments: OptionalRaw = msgspec.UNSET
    name: OptionalRaw = msgspec.UNSET
    logprobs: OptionalRaw = msgspec.UNSET
    code: OptionalRaw = msgspec.UNSET
    message: OptionalRaw = msgspec.UNSET
    param: OptionalRaw = msgspec.UNSET
    obfuscation: str | None = None


class Tool(Wire):
    """An entry of ``tools``; functions are ours, everything else the service's own."""

    type: str = "function"
    name: str | None = None
    description: str | None = None
    parameters: OptionalRaw = msgspec.UNSET
    strict: bool | None = None


class ToolChoice(Wire):
    """A choice of tool that is more than a word."""

    type: str
    name: str | None = None
    mode: str | None = None
    tools: tuple[Tool, ...] | None = None


class Format(Wire):
    """What form the answer shall have."""

    type: str = "text"
    name: str | None = None
    description: str | None = None
    schema: OptionalRaw = msgspec.UNSET
    strict: bool | None = None


class Text(Wire):
    """How the text of the answer shall be."""

    flat: ClassVar[bool] = True

    format: Format | None = None


class Reasoning(Wire):
    """How hard the model shall think, and whether it shall tell."""

    flat: ClassVar[bool] = True

    effort: str | None = None
    summary: str | None = None


class Request(Wire):
    """The body of ``POST /v1/responses``."""

    model: str | None = None
    input: OptionalRaw = msgspec.UNSET
    instructions: str | None = None
    stream: bool | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_logprobs: int | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: OptionalRaw = msgspec.UNSET
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    text: Text | None = None
    service_tier: str | None = None
    metadata: dict[str, str] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    include: OptionalRaw = msgspec.UNSET
    truncation: str | None = None
    background: bool | None = None
    conversation: OptionalRaw = msgspec.UNSET
    prompt: OptionalRaw = msgspec.UNSET
