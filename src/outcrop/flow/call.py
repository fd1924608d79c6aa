"""One call to a model over Converse: prepare, encode, sign, send, decode.

Place in the house: flow. No I/O. The caller brings a canonical `Request`, a `Target` (where, as
whom, how patiently) and its client's `Session`. The streamed road stands in `flow.stream`.

Source: behaviour specification, sections 5, 7 and 18.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from outcrop.codecs import converse
from outcrop.errors import OutcropError
from outcrop.flow.authorise import authorise
from outcrop.flow.effects import Flow, Opened, send
from outcrop.flow.faults import Place, annotate, error_of_reply, is_clock_skew
from outcrop.flow.prepare import prepare
from outcrop.flow.retry import with_retries
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import Headers, HttpRequest, HttpResponse, header
from outcrop.protocols.awserrors import decode_fault
from outcrop.protocols.httpdate import clock_offset
from outcrop.protocols.percent import encode_segment
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Call, Response

R = TypeVar("R", HttpResponse, Opened | HttpResponse)

ENGINE_HEADER: Final = "x-outcrop-engine"
"""Set by outcrop's emulator on every answer; names the engine that spoke."""

_SUCCESS: Final = 2
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
    prepared, adjustments = prepare(
        request, converse.unsupported(request), strict=target.strict_parameters
    )
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


def place_of(target: Target, operation: str) -> Place:
    """Return where a call goes, for messages."""
    return Place(
        model=target.model,
        region=target.region,
        endpoint=str(target.endpoint.origin),
        operation=operation,
    )


def converse_call(request: Request, target: Target, session: Session) -> Flow[Response]:
    """Ask, and return the whole answer.

    Raises:
        OutcropError: No answer; the class says whose fault it was.
    """
    plan = draft(request, target, CONVERSE)
    try:
        reply, attempts = yield from with_retries(
            lambda: accepted(send, plan, target, session),
            policy=target.retry,
            session=session,
            place=target.retry_place,
        )
        answer = converse.decode_response(reply.body)
    except OutcropError as error:
        annotate(error, plan.place)
        raise
    call = call_of(plan, target, reply.headers, attempts)
    return msgspec.structs.replace(answer, call=call)


def accepted(
    ask: Callable[[HttpRequest], Flow[R]], plan: Draft, target: Target, session: Session
) -> Flow[R]:
    """Make one attempt; return the reply if it reports success.

    A signature refused for its time is made anew once, by AWS's clock (WIRE-05).

    Raises:
        OutcropError: No reply, or one that reports an error.
    """
    reply = yield from ask(authorise(plan.http, target, session))
    error = refusal(reply, plan.place, session)
    if error is not None and _learn_clock(error, reply, session):
        reply = yield from ask(authorise(plan.http, target, session))
        error = refusal(reply, plan.place, session)
    if error is not None:
        raise error
    return reply


def refusal(reply: HttpResponse | Opened, place: Place, session: Session) -> OutcropError | None:
    """Return the error that a reply reports, or None if it reports success."""
    if isinstance(reply, Opened) or reply.status // 100 == _SUCCESS:
        return None
    fault = decode_fault(reply.status, reply.headers, reply.body, now=session.now())
    return error_of_reply(fault, place)


def _learn_clock(error: OutcropError, reply: HttpResponse | Opened, session: Session) -> bool:
    if isinstance(reply, Opened) or not is_clock_skew(error):
        return False
    return session.learn_clock(clock_offset(reply.headers, session.now()))


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
