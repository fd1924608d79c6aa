"""Requests: what is asked of a model.

Place in the house: the Anthropic codec. The client encodes, gateway and emulator decode.

What this wire has no word for is left out; `unsupported` lists it before anything is sent. Members
of the body that the canonical request has no word for (``container``, ``context_management``,
``mcp_servers``, ``anthropic_beta`` ...) travel in its `extra` and are written back. What the caller
put into `additional_model_request_fields` is merged over the body, level by level.

Source: behaviour specification, ROUTE-07, CONV-05, CONV-07, ANTH-01, ANTH-02; Anthropic API
reference, "Create a Message".
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from outcrop.codecs.anthropic import wire
from outcrop.codecs.anthropic.blocks import (
    decode_message,
    decode_system,
    encode_message,
    encode_system,
)
from outcrop.codecs.anthropic.caching import decode_control
from outcrop.codecs.anthropic.options import (
    DEFAULT_MAX_TOKENS,
    budget_of,
    decode_format,
    decode_guardrail,
    decode_labels,
    decode_thinking,
    decode_tier,
    encode_guardrail,
    encode_labels,
    encode_output,
    encode_thinking,
    encode_tier,
)
from outcrop.codecs.anthropic.surplus import API, decode_extra, members_of
from outcrop.codecs.anthropic.tools import (
    betas_of,
    decode_choice,
    decode_parallel,
    decode_tools,
    encode_choice,
    encode_tools,
)
from outcrop.errors import BadRequestError
from outcrop.http import Headers
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.wire_type import Surplus
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling

BEDROCK_VERSION: Final = "bedrock-2023-05-31"
"""What ``anthropic_version`` must be in the body of InvokeModel."""

BETA: Final = "anthropic_beta"
BETA_HEADER: Final = "anthropic-beta"

_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class MessagesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and how the answer shall be delivered."""

    request: Request
    stream: bool = False
    betas: tuple[str, ...] = ()
    """Features asked for by name, of the header and the body; they stand in `request.extra` too."""


def encode_request(request: Request, *, stream: bool, invoke: bool) -> bytes:
    """Write the body of a request.

    Args:
        request: What is asked.
        stream: Whether the answer shall come event by event.
        invoke: Whether this is the body of InvokeModel, where model and stream stand in the path,
            betas in the body and the service tier in a header. In the other form the body names
            model and tier, and `betas` belong into the header ``anthropic-beta``.

    Raises:
        UnsupportedError: Media stands where this API cannot read it.
        BadRequestError: A text cannot be written as JSON, or the additional fields are no object.
    """
    sampling = request.sampling
    tools = encode_tools(request.tools, invoke=invoke)
    limit = sampling.max_tokens
    return encode(
        wire.MessagesRequest(
            anthropic_version=BEDROCK_VERSION if invoke else None,
            model=None if invoke else request.model,
            max_tokens=DEFAULT_MAX_TOKENS + budget_of(request) if limit is None else limit,
            messages=tuple(map(encode_message, request.messages)),
            system=encode_system(request.system) or None,
            stream=True if stream and not invoke else None,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            stop_sequences=sampling.stop_sequences or None,
            tools=tools or None,
            tool_choice=_encode_choice(request) if tools else None,
            thinking=encode_thinking(request.reasoning),
            output_config=encode_output(request),
            metadata=encode_labels(request.request_metadata),
            service_tier=None if invoke else encode_tier(request.service_tier),
            guardrail=encode_guardrail(request.guardrail) if invoke else None,
            surplus=_encode_surplus(request, invoke=invoke),
        )
    )


def betas(request: Request) -> tuple[str, ...]:
    """Return the features a request needs by name, each once: the caller's, then its tools'.

    Raises:
        BadRequestError: The names that the caller wrote are no list of texts.
    """
    named = (members_of(request.extra).get(BETA), _additional(request).get(BETA))
    wanted = [name for raw in named if raw is not None for name in _decode_names(raw)]
    return tuple(dict.fromkeys((*wanted, *betas_of(request.tools))))


def _decode_names(raw: msgspec.Raw) -> tuple[str, ...]:
    try:
        return _NAMES.decode(raw)
    except msgspec.DecodeError:
        raise _refused(f"{BETA} must be a list of names", BETA) from None


def _refused(message: str, param: str) -> BadRequestError:
    error = BadRequestError(message)
    error.param = param
    return error


def _additional(request: Request) -> dict[str, msgspec.Raw]:
    fields = request.additional_model_request_fields
    try:
        return {} if fields is None else _MEMBERS.decode(fields)
    except msgspec.DecodeError:
        raise BadRequestError("additional_model_request_fields must be one JSON object") from None


def _encode_surplus(request: Request, *, invoke: bool) -> Surplus | None:
    members = members_of(request.extra) | _additional(request)
    members.pop(BETA, None)
    names = betas(request) if invoke else ()
    if names:
        members[BETA] = msgspec.Raw(msgspec.json.encode(names))
    return Surplus(members) if members else None


def _encode_choice(request: Request) -> wire.ToolChoice | None:
    choice: wire.ToolChoice | None = encode_choice(
        request.tool_choice, parallel=request.parallel_tool_calls
    )
    return choice


def decode_request(body: bytes, model: str = "", headers: Headers = ()) -> MessagesRequest:
    """Read the body of a request.

    Args:
        body: As it came.
        model: Model of the path; used where the body names none.
        headers: Those that came with it; only ``anthropic-beta`` is looked at.

    Raises:
        BadRequestError: The body is malformed; message and `param` name the path of the problem.
    """
    if not _is_utf8(body):
        raise BadRequestError("the body is not UTF-8")
    return _REQUESTS.read(body, (model, _header_betas(headers)))


def _is_utf8(body: bytes) -> bool:
    # Raw members pass through unread, so nobody else would notice.
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _header_betas(headers: Headers) -> tuple[str, ...]:
    listed = ",".join(value for name, value in headers if name.lower() == BETA_HEADER)
    return tuple(name for each in listed.split(",") if (name := each.strip()))


def _decode_request(
    body: wire.MessagesRequest, context: tuple[str, tuple[str, ...]]
) -> MessagesRequest:
    model, named = context
    extra = _with_betas(decode_extra(body.surplus), named)
    request = Request(
        model=body.model or model,
        messages=_decode_messages(body),
        system=() if body.system is None else decode_system(body.system),
        sampling=Sampling(
            max_tokens=body.max_tokens,
            temperature=body.temperature,
            top_p=body.top_p,
            top_k=body.top_k,
            stop_sequences=body.stop_sequences or (),
        ),
        tools=decode_tools(body.tools or ()),
        tool_choice=decode_choice(body.tool_choice),
        parallel_tool_calls=decode_parallel(body.tool_choice),
        reasoning=decode_thinking(body.thinking),
        text_format=decode_format(body.output_config),
        effort=None if body.output_config is None else body.output_config.effort,
        guardrail=decode_guardrail(body.guardrail),
        request_metadata=decode_labels(body.metadata),
        service_tier=decode_tier(body.service_tier),
        extra=extra,
    )
    return MessagesRequest(request=request, stream=bool(body.stream), betas=betas(request))


def _decode_messages(body: wire.MessagesRequest) -> tuple[Message, ...]:
    messages = tuple(map(decode_message, body.messages))
    if body.cache_control is None or not messages:
        return messages
    last = messages[-1]
    point = decode_control(body.cache_control)
    return (*messages[:-1], msgspec.structs.replace(last, content=(*last.content, point)))


def _with_betas(extra: Extra | None, named: Iterable[str]) -> Extra | None:
    members = dict(members_of(extra))
    own = _decode_names(members[BETA]) if BETA in members else ()
    wanted = tuple(dict.fromkeys((*own, *named)))
    if not wanted:
        return extra
    return Extra(API, members | {BETA: msgspec.Raw(msgspec.json.encode(wanted))})


_REQUESTS: Final = Reader(wire.MessagesRequest, _decode_request, BadRequestError)
