"""Sending one request until it is accepted: prove who asks, try, read the refusal, try again.

Place in the house: flow. No I/O. What calls, streams and listings have in common.

Source: behaviour specification, CRED-08, WIRE-05, section 18.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from outcrop.errors import OutcropError
from outcrop.flow.authorise import authorise, require_credentials
from outcrop.flow.effects import Flow, Opened, T
from outcrop.flow.faults import Place, annotate, error_of_reply, is_clock_skew
from outcrop.flow.retry import with_retries
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import Headers, HttpRequest, HttpResponse
from outcrop.protocols.awserrors import decode_fault
from outcrop.protocols.httpdate import clock_offset

R = TypeVar("R", HttpResponse, Opened | HttpResponse)

_SUCCESS: Final = 2


def place_of(target: Target, operation: str) -> Place:
    """Return where a call goes, for messages."""
    return Place(
        model=target.model,
        region=target.region,
        endpoint=str(target.endpoint.origin),
        operation=operation,
    )


def persist(
    attempt: Callable[[], Flow[T]], place: Place, target: Target, session: Session
) -> Flow[tuple[T, int]]:
    """Run `attempt` until it succeeds or must not be repeated.

    Returns:
        What `attempt` returned, and how many attempts there were.

    Raises:
        OutcropError: It came to nothing; the error says where the call went.
    """
    try:
        require_credentials(target)
        return (
            yield from with_retries(
                attempt, policy=target.retry, session=session, place=target.retry_place
            )
        )
    except OutcropError as error:
        annotate(error, place)
        raise


def accepted(
    ask: Callable[[HttpRequest], Flow[R]],
    request: HttpRequest,
    place: Place,
    target: Target,
    session: Session,
) -> Flow[R]:
    """Make one attempt; return the reply if it reports success.

    A signature refused for its time is made anew once, by AWS's clock (WIRE-05).

    Raises:
        OutcropError: No reply, or one that reports an error.
    """
    signed_with_s = session.clock_offset_s
    reply = yield from ask(authorise(request, target, session))
    error = refusal(reply, place, session)
    if error is not None and is_clock_skew(error):
        offset_s = clock_offset(_headers_of(reply), session.now())
        if session.learn_clock(offset_s, signed_with_s):
            reply = yield from ask(authorise(request, target, session))
            error = refusal(reply, place, session)
    if error is not None:
        raise error
    return reply


def refusal(reply: HttpResponse | Opened, place: Place, session: Session) -> OutcropError | None:
    """Return the error that a reply reports, or None if it reports success."""
    if isinstance(reply, Opened) or reply.status // 100 == _SUCCESS:
        return None
    now = session.now()
    fault = decode_fault(reply.status, reply.headers, reply.body, now=now)
    return error_of_reply(fault, place, clock_offset_s=clock_offset(reply.headers, now))


def _headers_of(reply: HttpResponse | Opened) -> Headers:
    return reply.head.headers if isinstance(reply, Opened) else reply.headers
