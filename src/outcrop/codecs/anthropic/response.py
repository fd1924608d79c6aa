"""Responses: what a model answered.

Place in the house: the Anthropic codec. The client decodes, gateway and emulator encode.

The envelope (``id``, ``model``) is not part of the canonical answer: who writes an answer knows it.
What an answer holds that this wire has no word for (films, sounds, pictures) is left out.

Source: behaviour specification, ANTH-04, USAGE-03, CONV-07; Anthropic API reference, "Create a
Message"; recordings of InvokeModel.
"""

from typing import Final

import msgspec

from outcrop.codecs.anthropic import wire
from outcrop.codecs.anthropic.blocks import decode_content, encode_content
from outcrop.codecs.anthropic.stops import decode_stop, encode_stop, unknown_word
from outcrop.codecs.anthropic.surplus import gather_extra, members_of
from outcrop.codecs.anthropic.usage import (
    decode_tier_used,
    decode_usage,
    encode_usage,
    metrics_of_headers,
    usage_of_metrics,
)
from outcrop.errors import WireError
from outcrop.http import Headers
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import Audio, Block, Image, Video
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage

_TIER_HEADER: Final = "x-amzn-bedrock-service-tier"
_LATENCY_HEADER: Final = "x-amzn-bedrock-performanceconfig-latency"
_NEVER_ANSWERED: Final = (Audio, Image, Video)
_ACTION: Final = "amazon-bedrock-guardrailAction"
_INTERVENED: Final = "INTERVENED"
_INTERRUPTED: Final = Stop(kind="content_filter", raw="guardrail_intervened")


def decode_response(body: bytes, headers: Headers = ()) -> Response:
    """Read the body of an answer.

    Args:
        body: As it came.
        headers: Those that came with it: what AWS counted and measured, and the tier it used.

    Raises:
        WireError: The body is malformed; the message names the path of the problem.
    """
    return _RESPONSES.read(body, headers)


def encode_response(response: Response, *, model: str, response_id: str) -> bytes:
    """Write the body of an answer. How the call was made (`Response.call`) is not in it.

    Args:
        response: What was answered.
        model: As the client named it.
        response_id: ``msg_...``.

    Raises:
        UnsupportedError: Media stands where this API cannot read it.
        BadRequestError: A text cannot be written as JSON.
    """
    body = wire.MessagesResponse(
        id=response_id,
        type="message",
        role=response.role,
        model=model,
        content=encode_content(_answered(response.content)),
        stop_reason=encode_stop(response.stop),
        stop_sequence=response.stop.sequence,
        usage=encode_usage(response.usage or Usage(), response.service_tier),
        trace=msgspec.UNSET if response.trace is None else response.trace,
        surplus=_encode_surplus(response),
    )
    return encode(body)


def _answered(content: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in content if not isinstance(block, _NEVER_ANSWERED))


def _encode_surplus(response: Response) -> Surplus | None:
    members = members_of(response.message_extra, response.extra)
    return Surplus(members) if members else None


def _decode_response(body: wire.MessagesResponse, headers: Headers) -> Response:
    metrics = metrics_of_headers(headers)
    named = {name.lower(): value for name, value in headers}
    intervened = body.guardrail_action == _INTERVENED
    return Response(
        content=decode_content(body.content),
        stop=_INTERRUPTED
        if intervened
        else decode_stop(body.stop_reason, body.stop_sequence or None),
        role=body.role or "assistant",
        usage=usage_of_metrics(metrics) if body.usage is None else decode_usage(body.usage),
        latency_ms=metrics.invocation_latency,
        trace=None if body.trace is msgspec.UNSET else body.trace.copy(),
        latency=named.get(_LATENCY_HEADER),
        service_tier=named.get(_TIER_HEADER) or decode_tier_used(body.usage),
        extra=gather_extra(
            body.surplus,
            beside={
                _ACTION: body.guardrail_action,
                "stop_reason": body.stop_reason if intervened else unknown_word(body.stop_reason),
            },
        ),
    )


_RESPONSES: Final = Reader(wire.MessagesResponse, _decode_response, WireError)
