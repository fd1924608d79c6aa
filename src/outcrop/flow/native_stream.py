"""InvokeModelWithResponseStream: chunks of the model's own, handed on as they arrive.

Place in the house: flow. No I/O. Each document that a chunk holds is emitted unread, as a
`ForeignEvent` whose `raw` it is; what AWS adds to the last one is read on the way.

Source: behaviour specification, WIRE-12, section 14.
"""

from typing import Final

import msgspec

from outcrop.codecs.native.counts import METRICS, usage_of
from outcrop.errors import OutcropError, StreamError, WireError
from outcrop.flow.arriving import begin, emit_rest
from outcrop.flow.attempt import accepted, persist, place_of
from outcrop.flow.effects import Flow, Opened, open_stream
from outcrop.flow.faults import Place, annotate, error_of_stream
from outcrop.flow.native import API, NativeRequest, call_of, http_request
from outcrop.flow.reading import ChunkReader
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import HttpRequest, HttpResponse, header
from outcrop.types.events import Event, ForeignEvent, StreamFault
from outcrop.types.invocations import Invocation
from outcrop.types.responses import Call

CHUNK: Final = "chunk"
"""What the event of every chunk is called."""


class _Metrics(msgspec.Struct, frozen=True, rename="camel"):
    input_token_count: int | None = None
    output_token_count: int | None = None
    cache_read_input_token_count: int | None = None
    cache_write_input_token_count: int | None = None
    invocation_latency: int | None = None
    first_byte_latency: int | None = None


class _Last(msgspec.Struct, frozen=True, rename={"metrics": METRICS}):
    metrics: _Metrics = _Metrics()


_last: Final = msgspec.json.Decoder(_Last)
_MARK: Final = METRICS.encode()


def stream_native(asked: NativeRequest, target: Target, session: Session) -> Flow[Invocation]:
    """Ask, emit chunk after chunk, and return what AWS said about the answer.

    Raises:
        OutcropError: The answer never began, or broke off.
    """
    place = place_of(target, "InvokeModelWithResponseStream")
    request = http_request(asked, target, stream=True)
    answer, attempts = yield from persist(
        lambda: _open(request, place, target, session), place, target, session
    )
    answer.call = call_of(target, answer.opened.head.headers, attempts)
    try:
        yield from emit_rest(answer)
    except OutcropError as error:
        error.attempts = attempts
        annotate(error, place)
        raise
    return answer.end()


def _open(request: HttpRequest, place: Place, target: Target, session: Session) -> Flow["_Chunks"]:
    opened = yield from accepted(open_stream, request, place, target, session)
    assert not isinstance(opened, HttpResponse), "a reply that reports success is opened"
    answer = _Chunks(opened, place)
    yield from begin(answer)
    return answer


class _Unread:
    """The decoder of no dialect: documents stay what they are."""

    def decode(self, _name: str, payload: bytes) -> tuple[Event, ...]:
        """Return one document, unread."""
        return (ForeignEvent(api=API, name=CHUNK, raw=msgspec.Raw(payload)),)

    def close(self) -> tuple[Event, ...]:
        """Return nothing: nothing is held back."""
        return ()


class _Chunks:
    """An answer under way; see `arriving.Arriving`."""

    def __init__(self, opened: Opened, place: Place) -> None:
        self.opened = opened
        self.call = Call()
        self.ready: list[Event] = []
        self.has_content = False
        self.at_end = False
        self.failure: OutcropError | None = None
        self._place = place
        self._metrics = _Metrics()
        self._reader = ChunkReader(_Unread())

    def take(self, chunk: bytes) -> None:
        """Read one piece of the body; no bytes mean its end."""
        self.at_end = not chunk
        try:
            for event in self._reader.read(chunk) if chunk else self._reader.close():
                self._take_event(event)
        except WireError as error:
            self.failure = StreamError(error.message, hint=error.hint)
            self.failure.__cause__ = error

    def _take_event(self, event: Event) -> None:
        if isinstance(event, StreamFault):
            request_id = header(self.opened.head.headers, "x-amzn-requestid")
            self.failure = error_of_stream(event, self._place, request_id)
        if self.failure is None:
            assert isinstance(event, ForeignEvent), "chunks are not read"
            self.has_content = True
            self._take_metrics(bytes(event.raw))
            self.ready.append(event)

    def _take_metrics(self, document: bytes) -> None:
        if _MARK not in document:
            return
        try:
            self._metrics = _last.decode(document).metrics
        except (msgspec.DecodeError, UnicodeDecodeError):
            # The words stand in the model's own text, or AWS counts in a way of its own: the
            # caller has the document all the same.
            return

    def end(self) -> Invocation:
        """Return what AWS said about the answer."""
        head, metrics = self.opened.head, self._metrics
        counts = {
            "input": metrics.input_token_count,
            "output": metrics.output_token_count,
            "cache_read": metrics.cache_read_input_token_count,
            "cache_write": metrics.cache_write_input_token_count,
        }
        return Invocation(
            status=head.status,
            headers=head.headers,
            usage=usage_of(counts),
            latency_ms=metrics.invocation_latency,
            first_byte_latency_ms=metrics.first_byte_latency,
            call=self.call,
        )
