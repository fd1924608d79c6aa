"""Members of a Converse request inside a chat request, and the headers that say the same.

Place in the house: OpenAI Chat codec. Chat has no words for guardrails, prompt variables, latency
modes; a client says them in Converse's own: ``"bedrock": {"guardrailConfig": {...}}``. They are
merged over what Chat said. Blocks and tools that Converse has and the canonical model does not
know travel on as `Foreign`.

Source: bedrock-runtime service model 2023-09-30, shape ConverseRequest; behaviour specification,
OAI-14, CONV-01, WIRE-07.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.openai_chat.wire import ABSENT, given
from outcrop.errors import BadRequestError
from outcrop.http import Headers
from outcrop.protocols.labels import check_labels
from outcrop.protocols.refusal import malformed, refused
from outcrop.types.content import CachePoint, Foreign, SystemBlock, Text
from outcrop.types.requests import Guardrail, Request, Sampling, TextFormat
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    SystemTool,
    Tool,
    ToolChoice,
    ToolEntry,
)

CONVERSE: Final = "converse"
MAX_FIELD_PATHS: Final = 10


class _Wire(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A JSON object whose members are all named here."""


class _CachePoint(_Wire, rename="camel"):
    type: str = "default"
    ttl: str | None = None


class _SystemBlock(_Wire, rename="camel"):
    text: str | None = None
    cache_point: _CachePoint | None = None


class _InputSchema(_Wire):
    json: msgspec.Raw


class _ToolSpec(_Wire, rename="camel"):
    name: str
    input_schema: _InputSchema
    description: str | None = None
    strict: bool | None = None


class _Name(_Wire):
    name: str


class _Tool(_Wire, rename="camel"):
    tool_spec: _ToolSpec | None = None
    system_tool: _Name | None = None
    cache_point: _CachePoint | None = None


class _Empty(_Wire):
    pass


class _ToolChoice(_Wire):
    auto: _Empty | None = None
    any: _Empty | None = None
    tool: _Name | None = None


class _ToolConfig(_Wire, rename="camel"):
    tools: tuple[msgspec.Raw, ...] = ()
    tool_choice: _ToolChoice | None = None


class _InferenceConfig(_Wire, rename="camel"):
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] | None = None


class _GuardrailConfig(_Wire, rename="camel"):
    guardrail_identifier: str | None = None
    guardrail_version: str | None = None
    trace: str | None = None
    stream_processing_mode: str | None = None


class _PromptVariable(_Wire):
    text: str


class _Latency(_Wire):
    latency: str | None = None


class _Tier(_Wire):
    type: str


class _JsonSchema(_Wire):
    schema: str
    name: str | None = None
    description: str | None = None


class _Structure(_Wire, rename="camel"):
    json_schema: _JsonSchema


class _TextFormat(_Wire):
    structure: _Structure
    type: str = "json_schema"


class _OutputConfig(_Wire, rename="camel"):
    text_format: _TextFormat | None = None
    effort: str | None = None


class _Members(_Wire, rename="camel"):
    """What stands in ``bedrock``."""

    system: tuple[msgspec.Raw, ...] = ()
    inference_config: _InferenceConfig | None = None
    tool_config: _ToolConfig | None = None
    guardrail_config: _GuardrailConfig | None = None
    additional_model_request_fields: msgspec.Raw = ABSENT
    prompt_variables: dict[str, _PromptVariable] | None = None
    additional_model_response_field_paths: tuple[str, ...] | None = None
    request_metadata: dict[str, str] | None = None
    performance_config: _Latency | None = None
    service_tier: _Tier | None = None
    output_config: _OutputConfig | None = None
    messages: msgspec.Raw = ABSENT
    model_id: msgspec.Raw = ABSENT


_members: Final = msgspec.json.Decoder(_Members)
_tool: Final = msgspec.json.Decoder(_Tool)
_block: Final = msgspec.json.Decoder(_SystemBlock)
_labels: Final = msgspec.json.Decoder(dict[str, str])

_UNKNOWN: Final = "Object contains unknown field"


def merge_bedrock(request: Request, raw: msgspec.Raw) -> Request:
    """Lay the members of ``bedrock`` over what Chat said.

    Raises:
        BadRequestError: One is no member of a Converse request, or not of its form.
    """
    try:
        members = _members.decode(raw)
    except msgspec.ValidationError as fault:
        raise _inside(malformed(fault), "bedrock") from fault
    for name, given_elsewhere in (("messages", members.messages), ("model", members.model_id)):
        if given(given_elsewhere):
            path = "bedrock.messages" if name == "messages" else "bedrock.modelId"
            raise refused(f"{path} would contradict {name}: use {name}", path)
    changes = {
        name: value for name, value in _changes(request, members).items() if value is not None
    }
    return msgspec.structs.replace(request, **changes)


def _inside(error: BadRequestError, place: str) -> BadRequestError:
    """Say that the member at fault stands inside another."""
    path = f"{place}.{error.param}" if error.param else place
    return refused(f"{place}: {error.message}", path)


def _changes(request: Request, members: _Members) -> dict[str, Any]:
    """Return the fields of `request` that change; None for those that do not."""
    tools = members.tool_config or _ToolConfig()
    output = members.output_config or _OutputConfig()
    return {
        "system": _system(request, members.system),
        "sampling": _sampling(request.sampling, members.inference_config),
        "tools": _tools(request, tools.tools),
        "tool_choice": _tool_choice(tools.tool_choice),
        "guardrail": _guardrail(members.guardrail_config),
        "additional_model_request_fields": _fields(members.additional_model_request_fields),
        "additional_model_response_field_paths": _field_paths(members),
        "prompt_variables": _variables(members.prompt_variables),
        "request_metadata": _merged_labels(request, members.request_metadata),
        "latency": members.performance_config and members.performance_config.latency,
        "service_tier": members.service_tier and members.service_tier.type,
        "text_format": _text_format(output.text_format),
        "effort": output.effort,
    }


def _system(request: Request, raws: tuple[msgspec.Raw, ...]) -> tuple[SystemBlock, ...] | None:
    if not raws:
        return None
    blocks = (_system_block(raw, f"bedrock.system[{at}]") for at, raw in enumerate(raws))
    return (*request.system, *blocks)


def _system_block(raw: msgspec.Raw, path: str) -> SystemBlock:
    try:
        block = _block.decode(raw)
    except msgspec.ValidationError as fault:
        return _foreign(raw, fault, path)
    if block.text is not None:
        return Text(text=block.text)
    if block.cache_point is not None:
        return CachePoint(type=block.cache_point.type, ttl=block.cache_point.ttl)
    raise refused(f"{path} holds no block", path)


def _foreign(raw: msgspec.Raw, fault: msgspec.ValidationError, path: str) -> Foreign:
    """Let pass what Converse has and this codec does not know; refuse what is malformed."""
    if not str(fault).startswith(_UNKNOWN):
        raise _inside(malformed(fault), path) from fault
    return Foreign(api=CONVERSE, raw=raw)


def _tools(request: Request, raws: tuple[msgspec.Raw, ...]) -> tuple[ToolEntry, ...] | None:
    if not raws:
        return None
    entries = (_tool_entry(raw, f"bedrock.toolConfig.tools[{at}]") for at, raw in enumerate(raws))
    return (*request.tools, *entries)


def _tool_entry(raw: msgspec.Raw, path: str) -> ToolEntry:
    try:
        entry = _tool.decode(raw)
    except msgspec.ValidationError as fault:
        return _foreign(raw, fault, path)
    if entry.tool_spec is not None:
        return _tool_of(entry.tool_spec, path)
    if entry.system_tool is not None:
        return SystemTool(name=entry.system_tool.name)
    if entry.cache_point is not None:
        return CachePoint(type=entry.cache_point.type, ttl=entry.cache_point.ttl)
    raise refused(f"{path} holds no tool", path)


def _tool_of(spec: _ToolSpec, path: str) -> Tool:
    place = f"{path}.toolSpec.inputSchema.json"
    schema = spec.input_schema.json
    _check_object(schema, place)
    return Tool(
        name=spec.name, description=spec.description, input_schema=schema, strict=spec.strict
    )


def _check_object(raw: msgspec.Raw, path: str) -> None:
    if memoryview(raw)[0] != ord("{"):
        raise refused(f"{path} must be an object", path)


def _tool_choice(choice: _ToolChoice | None) -> ToolChoice | None:
    if choice is None:
        return None
    if choice.tool is not None:
        return NamedChoice(name=choice.tool.name)
    return AnyChoice() if choice.any is not None else AutoChoice()


def _sampling(sampling: Sampling, config: _InferenceConfig | None) -> Sampling | None:
    if config is None:
        return None
    given_here = {
        name: value for name, value in msgspec.structs.asdict(config).items() if value is not None
    }
    return msgspec.structs.replace(sampling, **given_here)


def _guardrail(config: _GuardrailConfig | None) -> Guardrail | None:
    if config is None:
        return None
    return Guardrail(
        identifier=config.guardrail_identifier,
        version=config.guardrail_version,
        trace=config.trace,
        stream_mode=config.stream_processing_mode,
    )


def _fields(raw: msgspec.Raw) -> msgspec.Raw | None:
    if not given(raw):
        return None
    _check_object(raw, "bedrock.additionalModelRequestFields")
    return raw


def _field_paths(members: _Members) -> tuple[str, ...] | None:
    paths = members.additional_model_response_field_paths
    if paths is not None and len(paths) > MAX_FIELD_PATHS:
        place = "bedrock.additionalModelResponseFieldPaths"
        raise refused(f"{place} holds at most {MAX_FIELD_PATHS} paths", place)
    return paths


def _variables(variables: dict[str, _PromptVariable] | None) -> dict[str, str] | None:
    if variables is None:
        return None
    return {name: variable.text for name, variable in variables.items()}


def _merged_labels(request: Request, labels: dict[str, str] | None) -> dict[str, str] | None:
    if labels is None:
        return None
    merged = (request.request_metadata or {}) | labels
    check_labels(merged, "bedrock.requestMetadata")
    return merged


def _text_format(form: _TextFormat | None) -> TextFormat | None:
    if form is None:
        return None
    schema = form.structure.json_schema
    return TextFormat(
        type=form.type, schema=schema.schema, name=schema.name, description=schema.description
    )


def merge_headers(request: Request, headers: Headers) -> Request:
    """Lay ``X-Amzn-Bedrock-*`` headers under what the body said.

    Raises:
        BadRequestError: The labels in a header are not a JSON object of strings.
    """
    found = {
        name.lower().removeprefix(_PREFIX): value
        for name, value in headers
        if name.lower().startswith(_PREFIX)
    }
    changes = {
        field: value
        for header, field in _HEADERS.items()
        if (value := found.get(header)) and getattr(request, field) is None
    }
    guardrail = _header_guardrail(request.guardrail or Guardrail(), found)
    labels = _header_labels(request, found.get("request-metadata"))
    return msgspec.structs.replace(request, guardrail=guardrail, request_metadata=labels, **changes)


_PREFIX: Final = "x-amzn-bedrock-"

_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"service-tier": "service_tier", "performanceconfig-latency": "latency"}
)


def _header_guardrail(guardrail: Guardrail, found: Mapping[str, str]) -> Guardrail | None:
    merged = msgspec.structs.replace(
        guardrail,
        identifier=guardrail.identifier or found.get("guardrailidentifier"),
        version=guardrail.version or found.get("guardrailversion"),
        trace=guardrail.trace or (found.get("trace") or "").lower() or None,
    )
    return merged if merged != _NO_GUARDRAIL else None


_NO_GUARDRAIL: Final = Guardrail()


def _header_labels(request: Request, text: str | None) -> dict[str, str] | None:
    if text is None:
        return request.request_metadata
    name = "X-Amzn-Bedrock-Request-Metadata"
    try:
        labels = _labels.decode(text)
    except msgspec.DecodeError as fault:
        raise refused(f"{name} must be a JSON object of strings", name) from fault
    merged = labels | (request.request_metadata or {})
    check_labels(merged, name)
    return merged
