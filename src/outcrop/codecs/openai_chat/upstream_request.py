"""A canonical request, as a Chat Completions service takes it.

Place in the house: OpenAI Chat codec, the client's half. What Chat has no word for is left out;
`unsupported` lists it before anything is sent.

Source: OpenAI API reference, "Create chat completion"; behaviour specification, ROUTE-02,
ROUTE-03, ROUTE-05, ROUTE-07, CONV-05, STRUCT-01, THINK-07.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from outcrop.codecs.openai_chat.answer import Entry
from outcrop.codecs.openai_chat.extras import lay_over
from outcrop.codecs.openai_chat.parts import API
from outcrop.codecs.openai_chat.upstream_messages import encode_messages
from outcrop.protocols.levels import merge
from outcrop.protocols.lossless import encode_plain
from outcrop.types.content import Foreign
from outcrop.types.json import raw_object
from outcrop.types.requests import ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    Tool,
    ToolChoice,
    ToolEntry,
)

_UNNAMED: Final = "answer"
"""What a schema is called that nobody named: this API wants a name."""

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def encode_request(request: Request, *, stream: bool, invoke: bool) -> bytes:
    """Write the body of a request.

    Args:
        request: What is asked.
        stream: Whether the answer shall come in chunks, its token counts in the last of them.
        invoke: Whether the body goes to InvokeModel, whose path names the model and the streaming.

    Raises:
        UnsupportedError: A file stands where this API cannot fetch it.
        BadRequestError: The schema of the answer is no JSON object, or a text cannot be written.
    """
    body: Entry = {} if invoke else {"model": request.model}
    body["messages"] = encode_messages(request)
    if stream and not invoke:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    body |= dict(_sampling(request.sampling)) | dict(_options(request))
    lay_over(body, request.extra)
    if request.additional_model_request_fields is not None:
        merge(body, _members.decode(request.additional_model_request_fields))
    return encode_plain(body)


def _sampling(sampling: Sampling) -> Iterator[tuple[str, Any]]:
    members = (
        ("max_completion_tokens", sampling.max_tokens),
        ("temperature", sampling.temperature),
        ("top_p", sampling.top_p),
        ("stop", sampling.stop_sequences or None),
        ("seed", sampling.seed),
        ("presence_penalty", sampling.presence_penalty),
        ("frequency_penalty", sampling.frequency_penalty),
        ("logit_bias", sampling.logit_bias),
        ("logprobs", sampling.logprobs),
        ("top_logprobs", sampling.top_logprobs),
    )
    return ((name, value) for name, value in members if value is not None)


def _options(request: Request) -> Iterator[tuple[str, Any]]:
    tools = [tool for tool in map(_encode_tool, request.tools) if tool is not None]
    members = (
        ("tools", tools or None),
        ("tool_choice", encode_choice(request.tool_choice) if tools else None),
        ("parallel_tool_calls", request.parallel_tool_calls if tools else None),
        ("reasoning_effort", effort_of(request.reasoning) or request.effort),
        ("response_format", request.text_format and _encode_format(request.text_format)),
        ("service_tier", request.service_tier),
        ("metadata", request.request_metadata or None),
    )
    return ((name, value) for name, value in members if value is not None)


def effort_of(reasoning: ReasoningOptions | None) -> str | None:
    """Return how hard the model shall think, in the one word that Chat has for it."""
    if reasoning is None:
        return None
    return reasoning.effort or ("none" if reasoning.type == "disabled" else None)


def _encode_tool(tool: ToolEntry) -> Entry | None:
    if isinstance(tool, Foreign) and tool.api == API:
        return dict(_members.decode(tool.raw))
    if not isinstance(tool, Tool):
        return None
    members = (
        ("name", tool.name),
        ("description", tool.description),
        ("parameters", tool.input_schema),
        ("strict", tool.strict),
    )
    function = {name: value for name, value in members if value is not None}
    return lay_over({"type": "function", "function": function}, tool.extra)


def encode_choice(choice: ToolChoice | None) -> str | Entry | None:
    """Write which tool shall be called; None where nothing was said, or by another API only."""
    match choice:
        case AutoChoice():
            return "auto"
        case AnyChoice():
            return "required"
        case NoChoice():
            return "none"
        case NamedChoice():
            return {"type": "function", "function": {"name": choice.name}}
        case Foreign() if choice.api == API:
            return dict(_members.decode(choice.raw))
        case _:
            return None


def _encode_format(text_format: TextFormat) -> Entry:
    if text_format.type != "json_schema":
        return {"type": text_format.type}
    members = (
        ("name", text_format.name or _UNNAMED),
        ("description", text_format.description),
        ("schema", raw_object(text_format.schema, "the schema of the answer")),
        ("strict", text_format.strict),
    )
    schema = {name: value for name, value in members if value is not None}
    return lay_over({"type": "json_schema", "json_schema": schema}, text_format.extra)
