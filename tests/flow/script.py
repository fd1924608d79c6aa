"""Transports and a clock that follow a script, and remember. Fakes, not mocks.

Place in the house: tests only. `Script` keeps `transport.interface.Transport`, `AsyncScript` its
awaiting twin; what one of them was asked, closed and waited for stands in the script afterwards.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec
import pytest

from outcrop.client.drivers import AsyncStream, Stream, run, run_async
from outcrop.errors import OutcropError
from outcrop.flow.effects import Flow
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import Headers, HttpHead, HttpRequest, HttpResponse
from outcrop.protocols.endpoints import parse_base_url
from outcrop.settings.credentials import CredentialChoice
from outcrop.types.credentials import KeyPair
from outcrop.types.events import Event
from outcrop.types.responses import Response

T = TypeVar("T")

START = 1_767_323_045.0
"""2026-01-02T03:04:05Z, when every script begins."""
MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
KEYS = KeyPair("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
REQUEST_ID = "7a2b3c4d-request"


class Body(msgspec.Struct, frozen=True):
    """A reply that arrives piece by piece; an error in its place breaks it off."""

    pieces: tuple[bytes | OutcropError, ...]
    status: int = 200
    headers: Headers = (("x-amzn-requestid", REQUEST_ID),)


Outcome: TypeAlias = HttpResponse | Body | OutcropError


class ScriptStream:
    """A reply under way."""

    def __init__(self, body: Body) -> None:
        self.head = HttpHead(status=body.status, headers=body.headers)
        self.closes = 0
        self._pieces = list(body.pieces)

    def read(self) -> bytes:
        piece = self._pieces.pop(0) if self._pieces else b""
        if isinstance(piece, OutcropError):
            raise piece
        return piece

    def close(self) -> None:
        self.closes += 1


class Script:
    """A `Transport`, and the clock that its pauses move on."""

    def __init__(self, *outcomes: Outcome, chance: float = 1.0) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[HttpRequest] = []
        self.streams: list[ScriptStream] = []
        self.waits: list[float] = []
        self.now = START
        self.session = Session(clock=lambda: self.now, random=lambda: chance)

    def exchange(self, request: HttpRequest) -> HttpResponse:
        outcome = self._next(request)
        assert isinstance(outcome, HttpResponse)
        return outcome

    def open(self, request: HttpRequest) -> ScriptStream:
        outcome = self._next(request)
        if isinstance(outcome, HttpResponse):
            outcome = Body((outcome.body,), outcome.status, outcome.headers)
        self.streams.append(ScriptStream(outcome))
        return self.streams[-1]

    def close(self) -> None:
        for stream in self.streams:
            stream.close()

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def _next(self, request: HttpRequest) -> HttpResponse | Body:
        self.requests.append(request)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, OutcropError):
            raise outcome
        return outcome


class AsyncScriptStream:
    """The same reply, awaited."""

    def __init__(self, stream: ScriptStream) -> None:
        self.head = stream.head
        self._stream = stream

    async def read(self) -> bytes:
        await asyncio.sleep(0)
        return self._stream.read()

    def close(self) -> None:
        self._stream.close()


class AsyncScript:
    """An `AsyncTransport` over the same script."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        return self._script.exchange(request)

    async def open(self, request: HttpRequest) -> AsyncScriptStream:
        await asyncio.sleep(0)
        return AsyncScriptStream(self._script.open(request))

    async def aclose(self) -> None:
        self._script.close()

    async def sleep(self, seconds: float) -> None:
        self._script.sleep(seconds)


def blocking(flow: Flow[T], script: Script) -> T:
    """Run a flow with the blocking driver."""
    return run(flow, script, script.sleep)


def awaiting(flow: Flow[T], script: Script) -> T:
    """Run a flow with the awaiting driver."""
    transport = AsyncScript(script)
    return asyncio.run(run_async(flow, transport, transport.sleep))


Runner: TypeAlias = Callable[[Flow[Any], Script], Any]
each_runner = pytest.mark.parametrize("drive", [blocking, awaiting])


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader saw of a stream."""

    events: tuple[Event, ...]
    response: Response | None = None
    error: OutcropError | None = None


def read_blocking(flow: Flow[Response], script: Script) -> Read:
    """Iterate over a stream to its end with the blocking driver."""
    seen: list[Event] = []
    stream = Stream(flow, script, script.sleep)
    try:
        seen.extend(stream)
    except OutcropError as error:
        return Read(events=tuple(seen), error=error)
    return Read(events=tuple(seen), response=stream.response)


def read_awaiting(flow: Flow[Response], script: Script) -> Read:
    """Iterate over a stream to its end with the awaiting driver."""

    async def whole() -> Read:
        seen: list[Event] = []
        transport = AsyncScript(script)
        stream = AsyncStream(flow, transport, transport.sleep)
        try:
            async for event in stream:
                seen.append(event)  # noqa: PERF401 - what came before an error must be kept
        except OutcropError as error:
            return Read(events=tuple(seen), error=error)
        return Read(events=tuple(seen), response=stream.response)

    return asyncio.run(whole())


Reader: TypeAlias = Callable[[Flow[Response], Script], Read]
each_reader = pytest.mark.parametrize("read", [read_blocking, read_awaiting])


def target(model: str = MODEL, region: str = "us-east-1", **more: Any) -> Target:
    """Return where the calls of tests go."""
    url = f"https://bedrock-runtime.{region}.amazonaws.com"
    settled: dict[str, Any] = {
        "endpoint": parse_base_url(url, "test"),
        "region": region,
        "service": "bedrock",
        "credentials": CredentialChoice(credentials=KEYS, origin="test"),
        "model": model,
        "headers": (("user-agent", "outcrop/test"),),
    }
    return Target(**(settled | more))


def refusal(
    status: int, name: str = "", message: str = "", headers: Sequence[tuple[str, str]] = ()
) -> HttpResponse:
    """Return a reply as AWS refuses: the name in a header, the words in the body."""
    named = (("x-amzn-errortype", f"{name}:http://internal.amazon.com/coral/"),) if name else ()
    return HttpResponse(
        status=status,
        headers=(*named, ("x-amzn-requestid", REQUEST_ID), *headers),
        body=msgspec.json.encode({"message": message}),
    )
