"""The two drivers of flows: the only code that stands twice, once blocking, once awaiting.

Place in the house: client. A flow says what it needs; a driver does it and tells the flow how it
went. `Stream` and `AsyncStream` drive a flow that emits events, as far as their reader reads.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Final, Generic, NoReturn, Self, TypeAlias, assert_never

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
from outcrop.http import HttpRequest, HttpResponse
from outcrop.transport.interface import AsyncTransport, Transport
from outcrop.types.events import Event
from outcrop.types.responses import Call, Response

Sleeper: TypeAlias = Callable[[float], None]
AsyncSleeper: TypeAlias = Callable[[float], Awaitable[None]]

MAX_ERROR_BODY: Final = 1024 * 1024
"""How much of a body that says why there is no answer is read, bytes."""

_SUCCESS: Final = 2


class _Progress(Generic[T]):
    """How far a flow has come."""

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self.batch: tuple[Event, ...] = ()
        self.call: Call | None = None
        self.opened: Any = None
        self.finished = False
        self._results: list[T] = []
        self._failure: OutcropError | None = None

    def next(self, outcome: Outcome) -> Effect | None:
        """Tell the flow how its effect went; None once events are ready or it has finished."""
        if isinstance(outcome, Opened):
            self.opened = outcome.stream
        try:
            effect = self._flow.send(outcome)
        except StopIteration as stop:
            self.finished = True
            self._results.append(stop.value)
            return None
        except OutcropError as error:
            self._failure = error
            raise
        if isinstance(effect, Emit):
            self.batch = effect.events
            self.call = effect.call
            return None
        if isinstance(effect, Close):
            self.opened = None
        return effect

    def take(self) -> tuple[Event, ...] | None:
        """Return the events that are ready; None once the flow has finished.

        Raises:
            OutcropError: It has failed. A failure never looks like an end, however often one asks.
        """
        if self._failure is not None:
            raise self._failure
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
            OutcropError: It failed.
            BadRequestError: It has not come to its end.
        """
        if self._failure is not None:
            raise self._failure
        if not self._results:
            raise BadRequestError("the stream was not read to its end", hint="call collect() first")
        return self._results[0]


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
    body = bytearray()
    try:
        while len(body) < MAX_ERROR_BODY and (piece := stream.read()):
            body += piece
    finally:
        stream.close()
    return HttpResponse(status=stream.head.status, headers=stream.head.headers, body=bytes(body))


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
    body = bytearray()
    try:
        while len(body) < MAX_ERROR_BODY and (piece := await stream.read()):
            body += piece
    finally:
        stream.close()
    return HttpResponse(status=stream.head.status, headers=stream.head.headers, body=bytes(body))


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
            return progress.take()
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
        self._ready.clear()
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
        self._loop: asyncio.AbstractEventLoop | None = None

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
        # The garbage collector may run in any thread, and a socket belongs to its loop. A network's
        # own streams know how to leave from elsewhere.
        if self._loop is _running_loop():
            self.close()

    async def next_batch(self) -> tuple[Event, ...] | None:
        """Return the events that arrived together, waiting for them; None at the end.

        Raises:
            OutcropError: The answer never began, or broke off; `partial` holds what had come.
        """
        progress = self._progress
        if progress.finished:
            return progress.take()
        self._loop = asyncio.get_running_loop()
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
        self._ready.clear()
        self._progress.stop()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
