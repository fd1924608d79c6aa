"""InvokeModel with a body that the caller wrote: nothing in it is read or changed.

Place in the house: flow. No I/O. The streamed road stands in `native_stream`.

Source: behaviour specification, GUARD-01, WIRE-06 to WIRE-08.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from outcrop.codecs.native.counts import complete, latency_of, usage_of
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.flow.attempt import accepted, persist, place_of
from outcrop.flow.beside import PREFIX, encode_beside
from outcrop.flow.call import ENGINE_HEADER
from outcrop.flow.effects import Flow, send
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import Headers, HttpRequest, header
from outcrop.protocols.percent import encode_segment
from outcrop.types.invocations import Invocation
from outcrop.types.requests import Guardrail
from outcrop.types.responses import Call

API: Final = "invoke"
LONGEST_BODY: Final = 25_000_000
"""Bytes (WIRE-07)."""
_FRAMES: Final = "application/vnd.amazon.eventstream"


class NativeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A body of the model's own, and what AWS is told beside it."""

    body: bytes
    content_type: str = "application/json"
    accept: str = "application/json"
    """Which type the model shall answer in."""
    trace: str | None = None
    """``"enabled"``, ``"disabled"`` or ``"enabled_full"``: whether guardrails tell what they did.
    The guardrail's own word comes first."""
    guardrail: Guardrail | None = None
    latency: str | None = None
    """``"standard"`` or ``"optimized"``."""
    service_tier: str | None = None
    """``"priority"``, ``"default"``, ``"flex"`` or ``"reserved"``."""
    request_metadata: Mapping[str, str] | None = None
    """Labels for AWS's invocation log."""


def encode_options(asked: NativeRequest) -> Headers:
    """Return the headers that say what stands beside the body.

    Raises:
        BadRequestError: A guardrail has no identifier.
        UnsupportedError: The guardrail asks for what only a body can say.
    """
    guardrail = asked.guardrail or Guardrail()
    _check_guardrail(guardrail, asked)
    return encode_beside(
        guardrail,
        trace=asked.trace,
        latency=asked.latency,
        service_tier=asked.service_tier,
        request_metadata=asked.request_metadata,
    )


def _check_guardrail(guardrail: Guardrail, asked: NativeRequest) -> None:
    if asked.guardrail is not None and not guardrail.identifier:
        raise BadRequestError(
            "The guardrail has no identifier", hint="name its id or its ARN, or leave it out"
        )
    if guardrail.stream_mode is not None:
        raise UnsupportedError(
            "InvokeModel takes a guardrail's stream mode in the body alone",
            hint='write "amazon-bedrock-guardrailConfig": {"streamProcessingMode": ...} there',
        )


def http_request(asked: NativeRequest, target: Target, *, stream: bool) -> HttpRequest:
    """Return the request that will be signed and sent.

    Raises:
        BadRequestError: It cannot be sent; nothing was.
    """
    if len(asked.body) > LONGEST_BODY:
        raise BadRequestError(
            f"The body is {len(asked.body)} bytes long; AWS takes {LONGEST_BODY}",
            hint="leave files in a bucket, where the model can read them there",
        )
    whole: Headers = (("accept", asked.accept),)
    streamed: Headers = (("accept", _FRAMES), (f"{PREFIX}accept", asked.accept))
    segment = "invoke-with-response-stream" if stream else "invoke"
    return HttpRequest(
        method="POST",
        origin=target.endpoint.origin,
        target=f"{target.endpoint.prefix}/model/{encode_segment(target.model)}/{segment}",
        headers=(
            *target.headers,
            ("content-type", asked.content_type),
            *(streamed if stream else whole),
            *encode_options(asked),
        ),
        body=asked.body,
        timeouts=target.timeouts,
    )


def invoke(asked: NativeRequest, target: Target, session: Session) -> Flow[Invocation]:
    """Ask, and return the answer as it stands.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    place = place_of(target, "InvokeModel")
    request = http_request(asked, target, stream=False)
    reply, attempts = yield from persist(
        lambda: accepted(send, request, place, target, session), place, target, session
    )
    return Invocation(
        body=reply.body,
        status=reply.status,
        headers=reply.headers,
        usage=usage_of(complete({}, reply.headers)),
        latency_ms=latency_of(reply.headers),
        call=call_of(target, reply.headers, attempts),
    )


def call_of(target: Target, headers: Headers, attempts: int) -> Call:
    """Say how a call was made."""
    return Call(
        api=API,
        endpoint=str(target.endpoint.origin),
        region=target.region,
        resolved_model=target.model,
        request_id=header(headers, "x-amzn-requestid"),
        attempts=attempts,
        served_by=header(headers, ENGINE_HEADER),
        adjustments=target.adjustments,
    )
