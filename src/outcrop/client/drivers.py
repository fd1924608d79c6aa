"""The two drivers of flows: the only code that stands twice, once blocking, once awaiting.

Place in the house: client. A flow says what it needs; a driver does it and tells the flow how it
went. `Stream` and `AsyncStream` drive a flow that emits events, as far as their reader reads.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Generic, NoReturn, Self, TypeAlias, assert_never

from outcrop.errors import BadRequestError, OutcropError
from outcrop.flow.effects import (
    Close,
    Effect,
    Emit,
    Flow,
    Open,
    Opened,
    Outcome,
    Read,
    Send,
    Sleep,
    T,
)
from outcrop.http import HttpHead, HttpRequest, HttpResponse
from outcrop.transport.interface import AsyncTransport, Transport
from outcrop.types.events import Event
from outcrop.types.responses import Call, Response

Sleeper: TypeAlias = Callable[[float], None]
AsyncSleeper: TypeAlias = Callable[[float], Awaitable[None]]

_SUCCESS = 2


class _Progress(Generic[T]):
    """How far a flow has come."""

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self.batch: tuple[Event, ...] = ()
        self.call: Call | None = None
        self.opened: Any = None
        self.result: T | None = None
        self.finished = False

    def next(self, outcome: Outcome) -> Effect | None:
        """Tell the flow how its effect went; None once events are ready or it has finished."""
        if isinstance(outcome, Opened):
            self.opened = outcome.stream
        try:
            effect = self._flow.send(outcome)
        except StopIteration as stop:
            self.finished = True
            self.result = stop.value
            return None
        except BaseException:
            self.finished = True
            raise
        if isinstance(effect, Emit):
            self.batch = effect.events
            self.call = effect.call
            return None
        return effect

    def take(self) -> tuple[Event, ...] | None:
        """Return the events that are ready; None once the flow has finished."""
        return None if self.finished else self.batch

    def stop(self) -> None:
        """Break off: close the flow, and at once the socket it was reading from."""
        self.finished = True
        self._flow.close()
        if self.opened is not None:
            self.opened.close()

    def response(self) -> T:
        """Return what the flow returned.

        Raises:
            BadRequestError: It has not.
        """
        if self.result is None:
            raise BadRequestError("the stream was not read to its end", hint="collect() it")
        return self.result


def run(flow: Flow[T], transport: Transport, sleep: Sleeper) -> T:
    """Drive `flow` to its result, blocking."""
    progress = _Progress(flow)
    try:
        effect = progress.next(None)
        while effect is not None:
            effect = progress.next(_perform(effect, transport, sleep))
    except BaseException:
        progress.stop()
        raise
    return progress.response()


async def run_async(flow: Flow[T], transport: AsyncTransport, sleep: AsyncSleeper) -> T:
    """Drive `flow` to its result, awaiting."""
    progress = _Progress(flow)
    try:
        effect = progress.next(None)
        while effect is not None:
            effect = progress.next(await _perform_async(effect, transport, sleep))
    except BaseException:
        progress.stop()
        raise
    return progress.response()


def _perform(effect: Effect, transport: Transport, sleep: Sleeper) -> Outcome:
    try:
        match effect:
            case Read(stream):
                return stream.read()  # type: ignore[no-any-return]  # the transport's own handle
            case Send(request):
                return transport.exchange(request)
            case Open(request):
                return _open(request, transport)
            case Close(stream):
                stream.close()
            case Sleep(seconds):
                sleep(seconds)
            case Emit():
                _not_an_effect()
            case _:
                assert_never(effect)
    except OutcropError as error:
        return error
    return None


def _open(request: HttpRequest, transport: Transport) -> Opened | HttpResponse:
    stream = transport.open(request)
    if stream.head.status // 100 == _SUCCESS:
        return Opened(stream.head, stream)
    pieces: list[bytes] = []
    while piece := stream.read():
        pieces.append(piece)
    return _whole(stream.head, pieces)


async def _perform_async(effect: Effect, transport: AsyncTransport, sleep: AsyncSleeper) -> Outcome:
    try:
        match effect:
            case Read(stream):
                return await stream.read()  # type: ignore[no-any-return]  # as above
            case Send(request):
                return await transport.exchange(request)
            case Open(request):
                return await _open_async(request, transport)
            case Close(stream):
                stream.close()
            case Sleep(seconds):
                await sleep(seconds)
            case Emit():
                _not_an_effect()
            case _:
                assert_never(effect)
    except OutcropError as error:
        return error
    return None


async def _open_async(request: HttpRequest, transport: AsyncTransport) -> Opened | HttpResponse:
    stream = await transport.open(request)
    if stream.head.status // 100 == _SUCCESS:
        return Opened(stream.head, stream)
    pieces: list[bytes] = []
    while piece := await stream.read():
        pieces.append(piece)
    return _whole(stream.head, pieces)


def _whole(head: HttpHead, pieces: list[bytes]) -> HttpResponse:
    return HttpResponse(status=head.status, headers=head.headers, body=b"".join(pieces))


def _not_an_effect() -> NoReturn:
    raise AssertionError("Emit is taken by _Progress and never performed")


class Stream:
    """An answer as it arrives: iterate for its events. Leaving early closes the socket at once.

    Nothing is sent before the first event is asked for. Not thread-safe.
    """

    def __init__(self, flow: Flow[Response], transport: Transport, sleep: Sleeper) -> None:
        self._progress = _Progress(flow)
        self._transport = transport
        self._sleep = sleep
        self._ready: deque[Event] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        if not self._ready:
            batch = self.next_batch()
            if batch is None:
                raise StopIteration
            self._ready.extend(batch)
        return self._ready.popleft()

    def __del__(self) -> None:
        self.close()

    def next_batch(self) -> tuple[Event, ...] | None:
        """Return the events that arrived together, waiting for them; None at the end.

        Raises:
            OutcropError: The answer never began, or broke off; `partial` holds what had come.
        """
        progress = self._progress
        if progress.finished:
            return None
        try:
            effect = progress.next(None)
            while effect is not None:
                effect = progress.next(_perform(effect, self._transport, self._sleep))
        except BaseException:
            progress.stop()
            raise
        return progress.take()

    def collect(self) -> Response:
        """Read what is left and return the whole answer.

        Raises:
            OutcropError: The answer never began, or broke off; `partial` holds what had come.
        """
        while self.next_batch() is not None:
            pass
        return self.response

    @property
    def call(self) -> Call | None:
        """How the call is made; None before the first event."""
        return self._progress.call

    @property
    def response(self) -> Response:
        """The whole answer, once it was read to its end."""
        return self._progress.response()

    def close(self) -> None:
        """Break off. Closes the socket unless the answer was read to its end."""
        self._progress.stop()


class AsyncStream:
    """An answer as it arrives: iterate for its events. Leaving early closes the socket at once.

    Nothing is sent before the first event is asked for. For one task at a time.
    """

    def __init__(
        self, flow: Flow[Response], transport: AsyncTransport, sleep: AsyncSleeper
    ) -> None:
        self._progress = _Progress(flow)
        self._transport = transport
        self._sleep = sleep
        self._ready: deque[Event] = deque()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if not self._ready:
            batch = await self.next_batch()
            if batch is None:
                raise StopAsyncIteration
            self._ready.extend(batch)
        return self._ready.popleft()

    def __del__(self) -> None:
        self.close()

    async def next_batch(self) -> tuple[Event, ...] | None:
        """Return the events that arrived together, waiting for them; None at the end.

        Raises:
            OutcropError: The answer never began, or broke off; `partial` holds what had come.
        """
        progress = self._progress
        if progress.finished:
            return None
        try:
            effect = progress.next(None)
            while effect is not None:
                effect = progress.next(await _perform_async(effect, self._transport, self._sleep))
        except BaseException:
            progress.stop()
            raise
        return progress.take()

    async def collect(self) -> Response:
        """Read what is left and return the whole answer.

        Raises:
            OutcropError: The answer never began, or broke off; `partial` holds what had come.
        """
        while await self.next_batch() is not None:
            pass
        return self.response

    @property
    def call(self) -> Call | None:
        """How the call is made; None before the first event."""
        return self._progress.call

    @property
    def response(self) -> Response:
        """The whole answer, once it was read to its end."""
        return self._progress.response()

    def close(self) -> None:
        """Break off. Closes the socket unless the answer was read to its end."""
        self._progress.stop()
