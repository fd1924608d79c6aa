"""What a client of the Chat Completions API sends, as Structs.

Place in the house: OpenAI Chat codec. Shapes only; what they mean stands in `request` and the
modules it calls. Every Struct refuses members it does not name: `unknown` then moves those into
`surplus` of the nearest Struct that has one, so that nothing is lost and the usual request pays
nothing for it.

A `msgspec.Raw` that is `ABSENT` or ``null`` was not given (`given`).

Source: OpenAI API reference, "Create chat completion", as typed by the openai SDK 3.51
(``CompletionCreateParams``); behaviour specification, OAI-01 to OAI-16.
"""

from typing import Final, TypeAlias

import msgspec

SURPLUS: Final = "outcrop:surplus"
"""Where `unknown` puts members that a Struct does not name."""

ABSENT: Final = msgspec.Raw()
"""What a member holds that was not sent."""

Surplus: TypeAlias = dict[str, msgspec.Raw] | None


class _Wire(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A JSON object whose members are all named here."""


def given(raw: msgspec.Raw) -> bool:
    """Tell whether a member was sent, and not as ``null``."""
    return raw is not ABSENT and bytes(raw) != b"null"


class CacheControl(_Wire):
    """Anthropic's mark that everything up to here may be cached."""

    type: str = "ephemeral"
    ttl: str | None = None


class CacheBreakpoint(_Wire):
    """OpenAI's mark that everything up to here may be cached."""

    mode: str = "explicit"
    ttl: str | None = None


class ImageUrl(_Wire):
    """Where a picture is, or the picture itself as a data URL."""

    url: str
    detail: str | None = None
    format: str | None = None


class InputAudio(_Wire):
    """A sound, in base64."""

    data: str
    format: str | None = None


class File(_Wire):
    """A file, in base64, as a data URL, or named by address."""

    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None
    format: str | None = None


class Part(_Wire):
    """One part of a message; `type` says which member counts."""

    type: str
    text: str | None = None
    image_url: ImageUrl | str | None = None
    input_audio: InputAudio | None = None
    file: File | None = None
    refusal: str | None = None
    cache_control: CacheControl | None = None
    prompt_cache_breakpoint: CacheBreakpoint | None = None
    index: int | None = None
    surplus: Surplus = msgspec.field(default=None, name=SURPLUS)


class FunctionCall(_Wire):
    """Which function, and with what."""

    name: str = ""
    arguments: str | None = None


class ToolCall(_Wire):
    """A call the model made earlier."""

    id: str | None = None
    type: str | None = "function"
    function: FunctionCall | None = None
    index: int | None = None
    surplus: Surplus = msgspec.field(default=None, name=SURPLUS)


class ReasoningDetail(_Wire):
    """A piece of earlier reasoning, as this codec or OpenRouter wrote it."""

    type: str
    text: str | None = None
    summary: str | None = None
    signature: str | None = None
    data: str | None = None
    index: int | None = None
    surplus: Surplus = msgspec.field(default=None, name=SURPLUS)


class MessageOutcrop(_Wire):
    """What this codec added to an answer that Chat has no form for, sent back."""

    blocks: tuple[msgspec.Raw, ...] = ()
    layout: tuple[str, ...] = ()
    citations: msgspec.Raw = ABSENT


class Message(_Wire):
    """One turn."""

    role: str
    content: str | tuple[Part, ...] | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    tool_call_id: str | None = None
    name: str | None = None
    refusal: str | None = None
    function_call: FunctionCall | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: tuple[ReasoningDetail, ...] | None = None
    images: tuple[Part, ...] | None = None
    annotations: msgspec.Raw = ABSENT
    audio: msgspec.Raw = ABSENT
    cache_control: CacheControl | None = None
    outcrop: MessageOutcrop | None = None
    surplus: Surplus = msgspec.field(default=None, name=SURPLUS)


class Function(_Wire):
    """A function the model may call."""

    name: str = ""
    description: str | None = None
    parameters: msgspec.Raw = ABSENT
    strict: bool | None = None
    cache_control: CacheControl | None = None


class Tool(_Wire):
    """An entry of ``tools``; only functions are known."""

    type: str | None = "function"
    function: Function | None = None
    cache_control: CacheControl | None = None
    surplus: Surplus = msgspec.field(default=None, name=SURPLUS)


class FunctionName(_Wire):
    """Names a function."""

    name: str = ""


class NamedTool(_Wire):
    """Names a tool."""

    type: str = "function"
    function: FunctionName | None = None


class AllowedTools(_Wire):
    """Which of the tools may be used this time."""

    mode: str
    tools: tuple[NamedTool, ...]


class ToolChoice(_Wire):
    """A choice of tool that is more than a word."""

    type: str
    function: FunctionName | None = None
    allowed_tools: AllowedTools | None = None


class StreamOptions(_Wire):
    """How to stream."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class JsonSchema(_Wire):
    """A schema, and its name."""

    name: str | None = None
    description: str | None = None
    schema: msgspec.Raw = ABSENT
    strict: bool | None = None


class ResponseFormat(_Wire):
    """What form the answer shall have."""

    type: str
    json_schema: JsonSchema | None = None


class Reasoning(_Wire):
    """OpenRouter's and the Responses API's way to say how long the model may think."""

    effort: str | None = None
    max_tokens: int | None = None
    enabled: bool | None = None
    exclude: bool | None = None
    summary: str | None = None


class Thinking(_Wire):
    """Anthropic's way to say how long the model may think."""

    type: str | None = None
    budget_tokens: int | None = None
    display: str | None = None


class Request(_Wire):
    """The body of ``POST /v1/chat/completions``."""

    model: str | None = None
    messages: tuple[Message, ...] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: str | tuple[str, ...] | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: msgspec.Raw = ABSENT
    logprobs: bool | None = None
    top_logprobs: int | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: str | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    functions: tuple[Function, ...] | None = None
    function_call: str | FunctionName | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    reasoning: Reasoning | None = None
    thinking: Thinking | None = None
    service_tier: str | None = None
    metadata: dict[str, str] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    modalities: tuple[str, ...] | None = None
    cache_control: CacheControl | None = None
    bedrock: msgspec.Raw = ABSENT
    # Accepted, and ignored: Bedrock has nothing like them.
    store: msgspec.Raw = ABSENT
    prediction: msgspec.Raw = ABSENT
    verbosity: msgspec.Raw = ABSENT
    audio: msgspec.Raw = ABSENT
    # Kept as surplus: whoever can tell the model about them finds them there.
    prompt_cache_key: msgspec.Raw = ABSENT
    prompt_cache_options: msgspec.Raw = ABSENT
    prompt_cache_retention: msgspec.Raw = ABSENT
    moderation: msgspec.Raw = ABSENT
    web_search_options: msgspec.Raw = ABSENT
    surplus: Surplus = msgspec.field(default=None, name=SURPLUS)
