"""What a flow asks the outside world to do, and what it hears back.

Place in the house: flow. A flow is a generator that yields effects and is sent their outcomes; it
does no I/O itself, so one text serves blocking and asynchronous callers. The two drivers stand in
`outcrop.client`. Failures come back as values and are raised inside the flow, where ``try`` works:

    response = yield from send(request)

A flow that streams yields `Emit` as well, whenever events are ready for its caller.
"""

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

import msgspec

from outcrop.errors import OutcropError
from outcrop.http import HttpHead, HttpRequest, HttpResponse
from outcrop.types.events import Event
from outcrop.types.responses import Call

T = TypeVar("T")


class Send(msgspec.Struct, frozen=True):
    """Exchange a request for a whole reply."""

    request: HttpRequest


class Open(msgspec.Struct, frozen=True):
    """Send a request whose reply is read piece by piece.

    A reply with an error status is read whole instead, because its body says why.
    """

    request: HttpRequest


class Read(msgspec.Struct, frozen=True):
    """Wait for the next piece of an opened reply; no bytes mean its end."""

    stream: Any


class Close(msgspec.Struct, frozen=True):
    """Give an opened reply back; if it is not at its end, its socket is closed."""

    stream: Any


class Sleep(msgspec.Struct, frozen=True):
    """Let time pass."""

    seconds: float


class Emit(msgspec.Struct, frozen=True):
    """Hand events to the caller of a stream, and say how the call is made."""

    events: tuple[Event, ...]
    call: Call


class Opened(msgspec.Struct, frozen=True):
    """The head of a reply, and the driver's own handle on the rest of it."""

    head: HttpHead
    stream: Any


Effect: TypeAlias = Send | Open | Read | Close | Sleep | Emit
Outcome: TypeAlias = HttpResponse | Opened | bytes | OutcropError | None
Flow: TypeAlias = Generator[Effect, Outcome, T]


def send(request: HttpRequest) -> Flow[HttpResponse]:
    """Exchange a request for a whole reply.

    Raises:
        OutcropError: No reply arrived.
    """
    outcome = yield Send(request)
    if isinstance(outcome, OutcropError):
        raise outcome
    assert isinstance(outcome, HttpResponse), "a driver answers Send with a response or an error"
    return outcome


def open_stream(request: HttpRequest) -> Flow[Opened | HttpResponse]:
    """Send a request; return the opened reply, or the whole one if it reports an error.

    Raises:
        OutcropError: No reply arrived.
    """
    outcome = yield Open(request)
    if isinstance(outcome, OutcropError):
        raise outcome
    assert isinstance(outcome, Opened | HttpResponse), "a driver answers Open with a reply"
    return outcome


def read(opened: Opened) -> Flow[bytes]:
    """Wait for the next piece of a reply; no bytes mean its end.

    Raises:
        OutcropError: The reply broke off.
    """
    outcome = yield Read(opened.stream)
    if isinstance(outcome, OutcropError):
        raise outcome
    assert isinstance(outcome, bytes), "a driver answers Read with bytes or an error"
    return outcome
