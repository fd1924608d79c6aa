"""A request of the Responses API, read into the canonical conversation and written from it.

Place in the house: OpenAI Responses codec. The gateway and the emulator decode, the client
encodes. What this API has no word for is left out; `unsupported` lists it.

    asked = decode_request(body)
    body = encode_request(request, stream=False, invoke=False)

Source: OpenAI API reference, "Create a model response"; behaviour specification, RESP-01, RESP-04,
ROUTE-05, ROUTE-06, STRUCT-01, THINK-07.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.openai_responses import wire
from outcrop.codecs.openai_responses.conversation import decode_conversation, encode_conversation
from outcrop.codecs.openai_responses.extras import lay_over, make_extra
from outcrop.codecs.openai_responses.parts import Entry
from outcrop.codecs.openai_responses.tools import (
    decode_choice,
    decode_tools,
    encode_choice,
    encode_tool,
)
from outcrop.errors import BadRequestError
from outcrop.protocols.labels import read_labels
from outcrop.protocols.levels import merge
from outcrop.protocols.lossless import Reader, encode_plain
from outcrop.protocols.refusal import refused
from outcrop.types.json import Extra, raw_object
from outcrop.types.requests import ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.responses import Adjustment

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

_UNNAMED: Final = "answer"
_KEPT: Final = ("background", "truncation")
_NATIVE: Final = (*_KEPT, "user", "safety_identifier")
_DISPLAYS: Final[Mapping[str, str]] = MappingProxyType({"summarized": "auto"})

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class ResponsesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and how the answer shall be delivered and kept."""

    request: Request
    stream: bool = False
    store: bool = True
    """Whether the answer shall be kept for later reference."""
    previous_response_id: str | None = None
    """Which kept answer this one follows."""
    adjustments: tuple[Adjustment, ...] = ()
    """What was changed."""


def decode_request(body: bytes, model: str = "", *, native: bool = False) -> ResponsesRequest:
    """Read the body of ``POST /v1/responses``.

    Args:
        body: As it came.
        model: Who is asked where the body names nobody.
        native: Whether a Responses service will answer, which has words for everything; what only
            it understands is then kept, and otherwise refused.

    Raises:
        BadRequestError: It is malformed, or says what no other API has a word for; `param` names
            the member at fault.
    """
    asked = _decode_wire(body)
    changes: list[Adjustment] = []
    if not native:
        _check(asked)
        asked = _within_bedrock(asked, changes)
    system, messages = decode_conversation(asked.instructions, wire.given(asked.input))
    request = Request(
        model=asked.model or model,
        messages=messages,
        system=system,
        sampling=_decode_sampling(asked),
        tools=decode_tools(asked.tools or (), native=native),
        tool_choice=decode_choice(wire.given(asked.tool_choice)),
        parallel_tool_calls=asked.parallel_tool_calls,
        reasoning=_decode_reasoning(asked.reasoning),
        text_format=_decode_format(asked.text),
        request_metadata=_decode_labels(asked, changes, native=native),
        service_tier=None if asked.service_tier == "auto" else asked.service_tier,
        extra=_decode_surplus(asked, native=native),
    )
    return ResponsesRequest(
        request=request,
        stream=bool(asked.stream),
        store=asked.store is not False,
        previous_response_id=asked.previous_response_id,
        adjustments=tuple(changes),
    )


def _decode_wire(body: bytes) -> wire.Request:
    if not body.isascii():
        # What stays unparsed would otherwise carry any bytes into a body that we sign.
        try:
            body.decode()
        except UnicodeDecodeError:
            raise refused("the request body is not UTF-8", "") from None
    return _REQUESTS.read(body, None)


def _as_read(asked: wire.Request, _context: None) -> wire.Request:
    return asked


_REQUESTS: Final = Reader(wire.Request, _as_read, BadRequestError)


def _check(asked: wire.Request) -> None:
    foreign = {
        "background": bool(asked.background),
        "conversation": wire.given(asked.conversation) is not None,
        "prompt": wire.given(asked.prompt) is not None,
        "truncation": asked.truncation == "auto",
    }
    for name, present in foreign.items():
        if present:
            raise only_native(name)


_CLAMPED: Final = Adjustment(
    rule="temperature_clamped", detail="temperature above 1 became 1, the highest Bedrock takes"
)


def _within_bedrock(asked: wire.Request, changes: list[Adjustment]) -> wire.Request:
    temperature = asked.temperature
    if temperature is None or 0 <= temperature <= 1:
        return asked
    if temperature < 0:
        raise refused("temperature must be at least 0", "temperature")
    changes.append(_CLAMPED)
    return msgspec.structs.replace(asked, temperature=1.0)


def only_native(name: str) -> BadRequestError:
    """Make the error for what only a Responses service understands (RESP-04)."""
    return refused(
        f'responses field "{name}" is not supported on Converse; '
        "use api=responses or endpoint=mantle",
        name,
    )


def _decode_sampling(asked: wire.Request) -> Sampling:
    return Sampling(
        max_tokens=asked.max_output_tokens,
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_logprobs=asked.top_logprobs,
    )


def _decode_reasoning(reasoning: wire.Reasoning | None) -> ReasoningOptions | None:
    if reasoning is None:
        return None
    effort = reasoning.effort
    if effort is not None and effort not in EFFORTS:
        names = ", ".join(EFFORTS)
        raise refused(
            f"unsupported reasoning.effort: {effort}; give one of {names}", "reasoning.effort"
        )
    display = None if reasoning.summary is None else "summarized"
    options = ReasoningOptions(effort=effort, display=display)
    return options if options != _NO_OPTIONS else None


_NO_OPTIONS: Final = ReasoningOptions()


def _decode_format(text: wire.Text | None) -> TextFormat | None:
    form = None if text is None else text.format
    if form is None or form.type == "text":
        return None
    if form.type == "json_object":
        return TextFormat(type="json_object")
    schema = wire.given(form.schema)
    if form.type != "json_schema" or schema is None:
        raise refused(f"unsupported text.format: {form.type} needs a schema", "text.format")
    return TextFormat(
        schema=bytes(schema).decode(),
        name=form.name,
        description=form.description,
        strict=form.strict,
    )


def _decode_labels(
    asked: wire.Request, changes: list[Adjustment], *, native: bool
) -> dict[str, str] | None:
    if native:
        return asked.metadata or None
    return read_labels(asked.metadata, asked.user, asked.safety_identifier, changes)


def _decode_surplus(asked: wire.Request, *, native: bool) -> Extra | None:
    members = dict(asked.surplus.members) if asked.surplus is not None else {}
    for name in ("include", "conversation", "prompt"):
        raw = wire.given(getattr(asked, name))
        members |= {} if raw is None else {name: raw}
    for name in _NATIVE if native else _KEPT:
        value = getattr(asked, name)
        members |= {} if value is None else {name: msgspec.Raw(msgspec.json.encode(value))}
    if asked.reasoning is not None and asked.reasoning.summary not in {None, "auto"}:
        summary = {"summary": asked.reasoning.summary} | _inside(members.get("reasoning"))
        members["reasoning"] = msgspec.Raw(msgspec.json.encode(summary))
    return make_extra(members)


def _inside(raw: msgspec.Raw | None) -> dict[str, msgspec.Raw]:
    return {} if raw is None else _members.decode(raw)


def encode_request(request: Request, *, stream: bool, invoke: bool) -> bytes:
    """Write the body of a request.

    Args:
        request: What is asked.
        stream: Whether the answer shall come in events.
        invoke: Whether the body goes to InvokeModel, whose path names the model and the streaming.

    Raises:
        UnsupportedError: A file stands where this API cannot fetch it.
        BadRequestError: The schema of the answer is no JSON object, or a text cannot be written.
    """
    body: Entry = {} if invoke else {"model": request.model}
    body |= dict(encode_conversation(request)) | dict(encode_options(request))
    if not invoke:
        body["stream"] = stream
    lay_over(body, request.extra)
    if request.additional_model_request_fields is not None:
        merge(body, _members.decode(request.additional_model_request_fields))
    return encode_plain(body)


def encode_options(request: Request) -> Iterator[tuple[str, Any]]:
    """Yield the members that say how the answer shall be made; an answer repeats them."""
    sampling = request.sampling
    tools = [tool for tool in map(encode_tool, request.tools) if tool is not None]
    members = (
        ("max_output_tokens", sampling.max_tokens),
        ("temperature", sampling.temperature),
        ("top_p", sampling.top_p),
        ("top_logprobs", sampling.top_logprobs),
        ("tools", tools or None),
        ("tool_choice", encode_choice(request.tool_choice) if tools else None),
        ("parallel_tool_calls", request.parallel_tool_calls if tools else None),
        ("reasoning", _encode_reasoning(request) or None),
        ("text", request.text_format and {"format": _encode_format(request.text_format)}),
        ("service_tier", request.service_tier),
        ("metadata", request.request_metadata or None),
    )
    return ((name, value) for name, value in members if value is not None)


def _encode_reasoning(request: Request) -> Entry:
    reasoning = request.reasoning or _NO_OPTIONS
    off = "none" if reasoning.type == "disabled" else None
    members = (
        ("effort", reasoning.effort or off or request.effort),
        ("summary", _DISPLAYS.get(reasoning.display or "")),
    )
    return {name: value for name, value in members if value is not None}


def _encode_format(text_format: TextFormat) -> Entry:
    if text_format.type != "json_schema":
        return {"type": text_format.type}
    members = (
        ("type", "json_schema"),
        ("name", text_format.name or _UNNAMED),
        ("description", text_format.description),
        ("schema", raw_object(text_format.schema, "the schema of the answer")),
        ("strict", text_format.strict),
    )
    form = {name: value for name, value in members if value is not None}
    return lay_over(form, text_format.extra)
