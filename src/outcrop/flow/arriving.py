"""What streamed replies have in common while they arrive: begun, handed on, given back.

Place in the house: flow. No I/O. What is read from a reply is its own business; when it may still
be tried again, and how it ends, is told here once:

* an attempt is repeated only while nothing but its start has come (STREAM-07);
* a fault is raised after everything that came before it was emitted, and never looks like an end
  (STREAM-04, WIRE-10).

Source: behaviour specification, section 14.
"""

from typing import Protocol

from outcrop.errors import ConnectionError, OutcropError, StreamError, WireError
from outcrop.flow.effects import Close, Emit, Flow, Opened, read
from outcrop.types.events import Event
from outcrop.types.responses import Call


class Arriving(Protocol):
    """A reply under way: what was read, what may be emitted, what went wrong."""

    opened: Opened
    call: Call
    """How the call is made; told with everything that is emitted."""
    ready: list[Event]
    has_content: bool
    """Whether more than its start has come."""
    at_end: bool
    failure: OutcropError | None

    def take(self, chunk: bytes) -> None:
        """Read one piece of the body; no bytes mean its end."""


def begin(answer: Arriving) -> Flow[None]:
    """Read until something has come that must not be thrown away.

    Raises:
        OutcropError: Nothing did; the call may be tried again.
    """
    try:
        while not (answer.has_content or answer.failure or answer.at_end):
            answer.take((yield from read(answer.opened)))
        if answer.failure is not None and not answer.has_content:
            raise answer.failure
    except OutcropError:
        yield Close(answer.opened.stream)
        raise


def emit_rest(answer: Arriving) -> Flow[None]:
    """Emit everything to the end, and give the reply back.

    Raises:
        StreamError: The reply broke off.
        OutcropError: It said itself that it failed.
    """
    try:
        while True:
            if answer.ready:
                yield Emit(tuple(answer.ready), answer.call)
                answer.ready.clear()
            if answer.failure is not None:
                raise answer.failure
            if answer.at_end:
                break
            answer.take((yield from read(answer.opened)))
    except (ConnectionError, WireError) as error:
        yield Close(answer.opened.stream)
        raise StreamError(f"The stream broke off: {error.message}", retryable=True) from error
    except OutcropError:
        yield Close(answer.opened.stream)
        raise
    yield Close(answer.opened.stream)
