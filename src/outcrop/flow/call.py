"""One call to a model over Converse: prepare, encode, sign, send, decode.

Place in the house: flow. No I/O. The caller brings a canonical `Request`, a `Target` (where, as
whom, how patiently) and its client's `Session`. The streamed road stands in `flow.stream`.

Source: behaviour specification, sections 5, 7 and 18.
"""

from typing import Final

import msgspec

from outcrop.codecs import converse
from outcrop.errors import OutcropError
from outcrop.flow.attempt import accepted, persist, place_of
from outcrop.flow.effects import Flow, send
from outcrop.flow.faults import Place, annotate
from outcrop.flow.prepare import prepare
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import Headers, HttpRequest, header
from outcrop.protocols.percent import encode_segment
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Call, Response

ENGINE_HEADER: Final = "x-outcrop-engine"
"""Set by outcrop's emulator on every answer; names the engine that spoke."""

_JSON: Final = (("content-type", "application/json"), ("accept", "application/json"))
_FRAMES: Final = (
    ("content-type", "application/json"),
    ("accept", "application/vnd.amazon.eventstream"),
)


class Operation(msgspec.Struct, frozen=True):
    """How an operation stands on the wire."""

    name: str
    segment: str
    headers: Headers


CONVERSE: Final = Operation("Converse", "converse", _JSON)
CONVERSE_STREAM: Final = Operation("ConverseStream", "converse-stream", _FRAMES)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it will be sent, but for the signature, which is made anew each time."""

    http: HttpRequest
    place: Place
    adjustments: tuple[Adjustment, ...]


def draft(request: Request, target: Target, operation: Operation) -> Draft:
    """Turn a conversation into the request that will be signed and sent.

    Raises:
        BadRequestError: The conversation cannot be sent; nothing was.
    """
    if request.model != target.model:
        request = msgspec.structs.replace(request, model=target.model)
    prepared, adjustments = prepare(request, strict=target.strict_parameters)
    segment = encode_segment(target.model)
    return Draft(
        http=HttpRequest(
            method="POST",
            origin=target.endpoint.origin,
            target=f"{target.endpoint.prefix}/model/{segment}/{operation.segment}",
            headers=target.headers + operation.headers,
            body=converse.encode_request(prepared),
            timeouts=target.timeouts,
        ),
        place=place_of(target, operation.name),
        adjustments=target.adjustments + adjustments,
    )


def converse_call(request: Request, target: Target, session: Session) -> Flow[Response]:
    """Ask, and return the whole answer.

    Raises:
        OutcropError: No answer; the class says whose fault it was.
    """
    plan = draft(request, target, CONVERSE)
    reply, attempts = yield from persist(
        lambda: accepted(send, plan.http, plan.place, target, session), plan.place, target, session
    )
    call = call_of(plan, target, reply.headers, attempts)
    try:
        answer = converse.decode_response(reply.body)
    except OutcropError as error:
        error.attempts = attempts
        error.request_id = call.request_id
        annotate(error, plan.place)
        raise
    return msgspec.structs.replace(answer, call=call)


def call_of(plan: Draft, target: Target, headers: Headers, attempts: int) -> Call:
    """Say how a call was made."""
    return Call(
        api=converse.API,
        endpoint=plan.place.endpoint,
        region=target.region,
        resolved_model=target.model,
        request_id=header(headers, "x-amzn-requestid"),
        attempts=attempts,
        served_by=header(headers, ENGINE_HEADER),
        adjustments=plan.adjustments,
    )
