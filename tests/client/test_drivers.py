"""The two drivers of flows: the same effects, the same outcomes, and a socket closed at once."""

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from outcrop.client.drivers import AsyncStream, Stream, run, run_async
from outcrop.errors import BadRequestError, ConnectionError, OutcropError, StreamError
from outcrop.flow.effects import Close, Emit, Flow, Open, Opened, Read, Send, Sleep
from outcrop.flow.stream import stream_model
from outcrop.http import HttpRequest, HttpResponse, Origin
from outcrop.protocols.eventstream import Frame, encode_frame
from outcrop.types.content import Text
from outcrop.types.events import Event, MessageStarted, TextDelta
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Call, Response
from tests.flow.script import (
    MODEL,
    REQUEST_ID,
    AsyncScript,
    Body,
    Runner,
    Script,
    blocking,
    each_runner,
    target,
)

ASK = HttpRequest(method="GET", origin=Origin("https", "host", 443), target="/")
WHOLE = HttpResponse(status=200, body=b"whole")
QUESTION = Request(model=MODEL, messages=(Message(role="user", content=(Text(text="Hi"),)),))


def frame(name: str, payload: object) -> bytes:
    headers = {":event-type": name, ":message-type": "event"}
    return encode_frame(Frame(headers, msgspec.json.encode(payload)))


def text(said: str) -> bytes:
    return frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": said}})


START = frame("messageStart", {"role": "assistant"})
STOP = frame("messageStop", {"stopReason": "end_turn"})
USAGE = frame("metadata", {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}})
ANSWER = Body((START, text("one "), text("two"), STOP, USAGE))


def performing(*effects: Any) -> Flow[list[Any]]:
    """Ask for `effects` in turn, and return what came of them."""
    heard: list[Any] = []
    for effect in effects:
        outcome = yield effect
        heard.append(outcome)
    return heard


@each_runner
def test_effects(drive: Runner) -> None:
    script = Script(WHOLE, Body((b"a", b"b")))

    def flow() -> Flow[Any]:
        whole, opened = yield from performing(Send(ASK), Open(ASK))
        pieces = yield from performing(*[Read(opened.stream)] * 3)
        rest = yield from performing(Close(opened.stream), Sleep(2.5))
        return whole, opened, pieces, rest

    whole, opened, pieces, rest = drive(flow(), script)

    assert whole == WHOLE
    assert isinstance(opened, Opened)
    assert opened.head.status == 200
    assert pieces == [b"a", b"b", b""]
    assert rest == [None, None]
    assert script.streams[0].closes == 1
    assert script.waits == [2.5]
    assert script.requests == [ASK, ASK]


@each_runner
def test_failures_are_outcomes(drive: Runner) -> None:
    """A failure comes back as a value, so that ``try`` works inside the flow."""
    refused, reset = ConnectionError("refused"), ConnectionError("reset", sent=True)
    script = Script(refused, refused, Body((b"a", reset)))

    def flow() -> Flow[Any]:
        *failed, opened = yield from performing(Send(ASK), Open(ASK), Open(ASK))
        read = yield from performing(*[Read(opened.stream)] * 2)
        return [*failed, *read]

    assert drive(flow(), script) == [refused, refused, b"a", reset]


@each_runner
def test_open_reads_a_refusal_whole(drive: Runner) -> None:
    """The body of a refusal says why; it is read to its end, and the stream given back."""
    script = Script(Body((b'{"mess', b'age":1}'), status=400, headers=(("a", "b"),)))

    [heard] = drive(performing(Open(ASK)), script)

    assert heard == HttpResponse(status=400, headers=(("a", "b"),), body=b'{"message":1}')
    assert script.streams[0].closes == 1


@each_runner
def test_refusal_that_breaks_off(drive: Runner) -> None:
    reset = ConnectionError("reset", sent=True)
    script = Script(Body((b'{"mess', reset), status=500))

    [heard] = drive(performing(Open(ASK)), script)

    assert heard is reset
    assert script.streams[0].closes == 1


@each_runner
def test_result_of_none(drive: Runner) -> None:
    """A flow that returns nothing has returned all the same."""

    def flow() -> Flow[None]:
        yield Sleep(0.0)

    script = Script()

    assert drive(flow(), script) is None
    assert script.waits == [0.0]


@each_runner
def test_flow_that_fails(drive: Runner) -> None:
    def flow() -> Flow[None]:
        yield Sleep(0.0)
        raise BadRequestError("no")

    with pytest.raises(BadRequestError, match="no"):
        drive(flow(), Script())


class Interrupting(Script):
    """A transport in which the user presses Ctrl+C while something is read."""

    def sleep(self, seconds: float) -> None:
        raise KeyboardInterrupt


@each_runner
def test_interrupted(drive: Runner) -> None:
    """What was opened is closed, and the flow ends, whatever breaks in from outside."""
    ended: list[bool] = []
    script = Interrupting(Body((b"a",)))

    def flow() -> Flow[None]:
        try:
            yield from performing(Open(ASK), Sleep(1.0))
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        drive(flow(), script)

    assert ended == [True]
    assert script.streams[0].closes == 1


def test_whole_calls_do_not_stream() -> None:
    """A flow that emits is read as a stream; run as a call it says so."""

    def flow() -> Flow[None]:
        yield Emit((MessageStarted(),), Call())

    with pytest.raises(BadRequestError, match="not read to its end"):
        blocking(flow(), Script())


def opened(script: Script) -> Stream:
    flow = stream_model(QUESTION, target(), script.session)
    return Stream(flow, script, script.sleep)


def opened_async(script: Script) -> AsyncStream:
    transport = AsyncScript(script)
    flow = stream_model(QUESTION, target(), script.session)
    return AsyncStream(flow, transport, transport.sleep)


class Asked:
    """A stream of either kind under one roof: what is done to it is done by a small script."""

    def __init__(self, make: Callable[[Script], Any], script: Script) -> None:
        self.script = script
        self._make = make

    def perform(self, *steps: str) -> list[Any]:
        """Do what `steps` say, and return what each brought; an error in its place."""
        stream = self._make(self.script)
        if isinstance(stream, Stream):
            return [_step(stream, step) for step in steps]

        async def whole() -> list[Any]:
            return [await _step_async(stream, step) for step in steps]

        return asyncio.run(whole())


def _step(stream: Stream, step: str) -> Any:
    try:
        match step:
            case "next":
                return next(stream, None)
            case "batch":
                return stream.next_batch()
            case "collect":
                return stream.collect()
            case "all":
                return list(stream)
            case "close":
                return stream.close()
            case _:
                return getattr(stream, step)
    except OutcropError as error:
        return error


async def _step_async(stream: AsyncStream, step: str) -> Any:
    try:
        match step:
            case "next":
                return await anext(stream, None)
            case "batch":
                return await stream.next_batch()
            case "collect":
                return await stream.collect()
            case "all":
                return [event async for event in stream]
            case "close":
                return stream.close()
            case _:
                return getattr(stream, step)
    except OutcropError as error:
        return error


each_kind = pytest.mark.parametrize("make", [opened, opened_async])


@each_kind
def test_nothing_is_sent_before_it_is_read(make: Callable[[Script], Any]) -> None:
    """LIB-01: a stream that nobody reads costs nothing."""
    script = Script(ANSWER)

    before = Asked(make, script).perform("call", "close")

    assert before == [None, None]
    assert (script.requests, script.streams) == ([], [])


@each_kind
def test_read_to_the_end(make: Callable[[Script], Any]) -> None:
    script = Script(ANSWER)

    events, call, response, more, again = Asked(make, script).perform(
        "all", "call", "response", "next", "all"
    )

    assert [event.type for event in events] == ["start", "text", "text", "finish", "usage"]
    assert call.request_id == REQUEST_ID
    assert response.text == "one two"
    assert (more, again) == (None, [])
    assert script.streams[0].closes == 1


@each_kind
def test_collect(make: Callable[[Script], Any]) -> None:
    """Some events first, then all that is left: the answer is whole."""
    script = Script(ANSWER)

    first, response = Asked(make, script).perform("next", "collect")

    assert first == MessageStarted(role="assistant")
    assert isinstance(response, Response)
    assert (response.text, response.usage) != ("", None)
    assert response.text == "one two"


@each_kind
def test_response_before_the_end(make: Callable[[Script], Any]) -> None:
    script = Script(ANSWER)

    _, early = Asked(make, script).perform("next", "response")

    assert isinstance(early, BadRequestError)
    assert early.message == "the stream was not read to its end"


@each_kind
def test_close_in_the_middle(make: Callable[[Script], Any]) -> None:
    """STREAM-05: closed at once; what had arrived and was not read is gone; twice is once."""
    script = Script(Body((START + text("a") + text("b"), text("c"))))

    first, _, after, _, batch = Asked(make, script).perform(
        "next", "close", "next", "close", "batch"
    )

    assert first == MessageStarted(role="assistant")
    assert (after, batch) == (None, None)
    assert script.streams[0].closes >= 1
    assert len(script.streams[0]._pieces) == 1


@each_kind
def test_failure_never_looks_like_an_end(make: Callable[[Script], Any]) -> None:
    """STREAM-04: however often one asks after a failure, it is told again."""
    script = Script(Body((START, text("a"))))

    events, again, collected, response = Asked(make, script).perform(
        "all", "batch", "collect", "response"
    )

    assert isinstance(events, StreamError)
    assert again is collected is response is events
    assert script.streams[0].closes == 1


@each_kind
def test_call_is_known_with_the_first_event(make: Callable[[Script], Any]) -> None:
    """A gateway writes its headers from it, before the answer ends."""
    script = Script(ANSWER)

    before, _, call = Asked(make, script).perform("call", "next", "call")

    assert before is None
    assert (call.resolved_model, call.attempts) == (MODEL, 1)


def test_context_manager() -> None:
    script = Script(ANSWER)

    with opened(script) as stream:
        next(stream)

    assert script.streams[0].closes >= 1
    assert len(script.streams[0]._pieces) == 3


def test_context_manager_async() -> None:
    script = Script(ANSWER)

    async def whole() -> None:
        async with opened_async(script) as stream:
            await anext(stream)

    asyncio.run(whole())

    assert script.streams[0].closes >= 1


def test_break() -> None:
    """STREAM-05: a loop that is left closes the stream, without a with around it."""
    script = Script(ANSWER)

    for event in opened(script):
        if isinstance(event, TextDelta):
            break

    assert script.streams[0].closes >= 1
    assert len(script.streams[0]._pieces) == 3


def test_break_async() -> None:
    script = Script(ANSWER)

    async def whole() -> int:
        async for event in opened_async(script):
            if isinstance(event, TextDelta):
                break
        return script.streams[0].closes

    assert asyncio.run(whole()) >= 1


class Hanging(AsyncScript):
    """A network on which nothing arrives any more."""

    async def open(self, request: HttpRequest) -> Any:
        stream = await super().open(request)
        whole = stream.read

        async def read() -> bytes:
            piece = await whole()
            if not piece:
                await asyncio.sleep(3600)
            return piece

        stream.read = read  # type: ignore[method-assign]
        return stream


def test_cancelled() -> None:
    """STREAM-05: cancelling who waits closes the opened stream, and nothing is swallowed."""
    script = Script(Body((START, text("a"))))

    async def whole() -> list[Event]:
        transport = Hanging(script)
        flow = stream_model(QUESTION, target(), script.session)
        stream = AsyncStream(flow, transport, transport.sleep)
        seen = [await anext(stream), await anext(stream)]
        task = asyncio.ensure_future(stream.next_batch())
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return seen

    seen = asyncio.run(whole())

    assert [event.type for event in seen] == ["start", "text"]
    assert script.streams[0].closes >= 1


def test_cancelled_whole_call() -> None:
    script = Script()

    async def whole() -> None:
        async def never(_seconds: float) -> None:
            await asyncio.sleep(3600)

        task = asyncio.ensure_future(run_async(performing(Sleep(1.0)), AsyncScript(script), never))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(whole())


def test_forgotten_stream_is_closed() -> None:
    script = Script(ANSWER)
    stream = opened(script)
    next(stream)

    del stream
    gc.collect()

    assert script.streams[0].closes >= 1


def test_forgotten_in_another_thread() -> None:
    """The collector may run anywhere, and a socket of a loop is touched in its own thread only."""
    script = Script(ANSWER)
    closes: list[int] = []

    async def whole() -> None:
        held = [opened_async(script)]
        await anext(held[0])
        thread = threading.Thread(target=held.clear)
        thread.start()
        thread.join()
        closes.append(script.streams[0].closes)

    asyncio.run(whole())

    assert closes == [0]


def test_waiting_is_injected() -> None:
    """Pauses are the caller's own function: tests wait for nothing."""
    waits: list[float] = []

    run(performing(Sleep(1.0), Sleep(2.0)), Script(), waits.append)

    assert waits == [1.0, 2.0]
