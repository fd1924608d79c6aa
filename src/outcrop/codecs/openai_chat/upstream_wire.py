"""What a Chat Completions service answers, as wire types that lose nothing.

Place in the house: OpenAI Chat codec, the client's half. One type serves whole answers and the
chunks of a stream: they differ in ``message`` and ``delta`` alone.

Source: OpenAI API reference, "The chat completion object", "The chat completion chunk object";
recordings of bedrock-mantle; behaviour specification, ROUTE-07, THINK-08.
"""

from typing import ClassVar, Final, TypeAlias

import msgspec

from outcrop.protocols.wire_type import Wire

OptionalRaw: TypeAlias = msgspec.Raw | msgspec.UnsetType

_NULL: Final = msgspec.Raw(b"null")


def given(value: OptionalRaw) -> msgspec.Raw | None:
    """Return a document that may be missing; null counts as missing."""
    return None if value is msgspec.UNSET or value == _NULL else value


class PromptDetails(Wire):
    """Which of the input was cached."""

    flat: ClassVar[bool] = True

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class CompletionDetails(Wire):
    """Which of the output was thought."""

    flat: ClassVar[bool] = True

    reasoning_tokens: int | None = None


class Usage(Wire):
    """Token counts: ``prompt_tokens`` is all input, cached or not."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None


class Metrics(Wire, rename="camel"):
    """What Bedrock adds to the last chunk of a native stream."""

    input_token_count: int | None = None
    output_token_count: int | None = None
    cache_read_input_token_count: int | None = None
    cache_write_input_token_count: int | None = None
    invocation_latency: int | None = None


class Function(Wire):
    """What shall be called."""

    flat: ClassVar[bool] = True

    name: str | None = None
    arguments: str | None = None


class ToolCall(Wire):
    """A call, or a fragment of one."""

    index: int | None = None
    id: str | None = None
    type: str | None = None
    function: Function | None = None


class ReasoningDetail(Wire):
    """A thought, or a fragment of one, as OpenRouter and outcrop's gateway write it."""

    type: str = "reasoning.text"
    text: str | None = None
    summary: str | None = None
    signature: str | None = None
    data: str | None = None
    index: int | None = None


class Message(Wire):
    """What the model said, whole or in part."""

    role: str | None = None
    content: str | tuple[msgspec.Raw, ...] | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    reasoning_details: tuple[ReasoningDetail, ...] | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    annotations: tuple[msgspec.Raw, ...] | None = None


class Choice(Wire):
    """One of the answers."""

    index: int | None = None
    message: Message | None = None
    delta: Message | None = None
    finish_reason: str | None = None
    logprobs: OptionalRaw = msgspec.UNSET


class Completion(Wire):
    """An answer, or a chunk of one. ``obfuscation`` and ``p`` are padding."""

    id: str | None = None
    object: str | None = None
    created: int | float | None = None
    model: str | None = None
    choices: tuple[Choice, ...] | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    obfuscation: str | None = None
    p: str | None = None
    error: OptionalRaw = msgspec.UNSET
    metrics: Metrics | None = msgspec.field(default=None, name="amazon-bedrock-invocationMetrics")


class UrlCitation(Wire):
    """A web page that the text draws on."""

    flat: ClassVar[bool] = True

    url: str | None = None
    title: str | None = None


class Annotation(Wire):
    """Where a piece of the text was taken from."""

    type: str | None = None
    url_citation: UrlCitation | None = None
