"""One streamed call to a model.

Place in the house: flow. No I/O. Emits canonical events as they arrive and returns them folded.
When a call may be tried again, and how a reply ends, stands in `arriving`. The end of the answer is
held back until its usage is known, or the stream has ended (STREAM-03).

Source: behaviour specification, section 14.
"""

from typing import Final

from outcrop.errors import OutcropError, StreamError, WireError
from outcrop.flow.arriving import begin, emit_rest
from outcrop.flow.attempt import accepted, persist
from outcrop.flow.call import Draft, call_of, draft
from outcrop.flow.effects import Flow, Opened, open_stream
from outcrop.flow.faults import Place, annotate, error_of_stream
from outcrop.flow.reading import Reader
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import HttpResponse, header
from outcrop.types import events
from outcrop.types.accumulate import Accumulator
from outcrop.types.requests import Request
from outcrop.types.responses import Call, Response

_EARLY_END: Final = "The stream ended before the model said why it stopped"


def stream_model(request: Request, target: Target, session: Session) -> Flow[Response]:
    """Ask, emit the answer event by event, and return it whole at the end.

    Raises:
        OutcropError: The answer never began, or broke off; `partial` holds what had come.
    """
    plan = draft(request, target, stream=True)
    answer, attempts = yield from persist(
        lambda: _begin(plan, target, session), plan.place, target, session
    )
    answer.call = call_of(plan, target, answer.headers, attempts)
    try:
        yield from emit_rest(answer)
    except OutcropError as error:
        error.partial = answer.fold.partial(answer.call)
        error.attempts = attempts
        annotate(error, plan.place)
        raise
    return answer.fold.response(answer.call)


class _Answer:
    """An answer under way: what was read, what may be emitted, what went wrong."""

    def __init__(self, opened: Opened, place: Place, reader: Reader) -> None:
        self.opened = opened
        self.headers = opened.head.headers
        self.place = place
        self.call = Call()
        self.fold = Accumulator()
        self.ready: list[events.Event] = []
        self.has_content = False
        self.at_end = False
        self.failure: OutcropError | None = None
        self._reader = reader
        self._finish: events.MessageEnded | None = None

    def take(self, chunk: bytes) -> None:
        """Read one piece of the body; no bytes mean its end."""
        try:
            if chunk:
                self._read(chunk)
            else:
                self._close()
        except WireError as error:
            self.failure = StreamError(error.message, hint=error.hint)
            self.failure.__cause__ = error

    def _read(self, chunk: bytes) -> None:
        for event in self._reader.read(chunk):
            self._take_event(event)
            if self.failure is not None:
                return

    def _take_event(self, event: events.Event) -> None:
        if isinstance(event, events.StreamFault):
            self._fail(event)
            return
        emitted = self.fold.add(event)
        if isinstance(event, events.MessageEnded):
            self._finish = event
            return
        if isinstance(event, events.Metadata):
            self._release_finish()
        if not isinstance(event, events.MessageStarted):
            self.has_content = True
        self.ready.extend(emitted)

    def _release_finish(self) -> None:
        if self._finish is not None:
            self.ready.append(self._finish)
            self._finish = None

    def _fail(self, fault: events.StreamFault) -> None:
        request_id = header(self.headers, "x-amzn-requestid")
        self.failure = error_of_stream(fault, self.place, request_id)

    def _close(self) -> None:
        self.at_end = True
        for event in self._reader.close():
            self._take_event(event)
        if self.failure is None and not self.fold.ended:
            self.failure = StreamError(_EARLY_END, retryable=True)
        self._release_finish()


def _begin(plan: Draft, target: Target, session: Session) -> Flow[_Answer]:
    opened = yield from accepted(open_stream, plan.http, plan.place, target, session)
    assert not isinstance(opened, HttpResponse), "a reply that reports success is opened"
    answer = _Answer(opened, plan.place, plan.reader())
    yield from begin(answer)
    return answer
