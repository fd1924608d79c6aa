"""The drivers under one roof, so that one scenario proves that they behave alike.

Place in the house: tests only. A scenario is a coroutine function of an `AsyncTransport`; for the
blocking driver it gets an adapter, which may block its loop, since the servers live in threads.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, TypeVar

import pytest
import uvloop

from outcrop.http import HttpHead, HttpRequest, HttpResponse, Origin, Timeouts
from outcrop.transport.asynchronous import AsyncNetwork
from outcrop.transport.blocking import Network
from outcrop.transport.interface import AsyncStream, AsyncTransport, Stream
from outcrop.transport.options import TransportOptions
from tests.transport.servers import DATA, PATIENCE_S

T = TypeVar("T")
Scenario: TypeAlias = Callable[[AsyncTransport], Coroutine[Any, Any, T]]

PATIENT = Timeouts(connect_s=20.0, first_byte_s=20.0, idle_s=20.0)
TRUSTING = TransportOptions(ca_bundles=(str(DATA / "private-ca.pem"),))


def ask(
    origin: Origin,
    target: str = "/",
    *,
    method: str = "GET",
    body: bytes = b"",
    timeouts: Timeouts = PATIENT,
) -> HttpRequest:
    """Return a request that waits long enough on a slow machine."""
    return HttpRequest(method=method, origin=origin, target=target, body=body, timeouts=timeouts)


class Driver:
    """One way to run a scenario. The transport is closed behind it."""

    def __init__(
        self,
        name: str,
        make: Callable[[TransportOptions | None], AsyncTransport],
        run: Callable[..., Any],
    ) -> None:
        self.name = name
        self._make = make
        self._run = run

    def run(self, scenario: Scenario[T], options: TransportOptions | None = None) -> T:
        async def whole() -> T:
            network = self._make(options)
            try:
                return await scenario(network)
            finally:
                await network.aclose()

        result: T = self._run(whole())
        return result


class _Awaited:
    """The blocking driver, called as if it were asynchronous."""

    def __init__(self, options: TransportOptions | None) -> None:
        self._network = Network(options)

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        return self._network.exchange(request)

    async def open(self, request: HttpRequest) -> AsyncStream:
        return _AwaitedStream(self._network.open(request))

    async def aclose(self) -> None:
        self._network.close()


class _AwaitedStream:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    @property
    def head(self) -> HttpHead:
        return self._stream.head

    async def read(self) -> bytes:
        return self._stream.read()

    def close(self) -> None:
        self._stream.close()


BLOCKING = Driver("blocking", _Awaited, asyncio.run)
ASYNCIO = Driver("asyncio", AsyncNetwork, asyncio.run)
UVLOOP = Driver("uvloop", AsyncNetwork, uvloop.run)

DRIVERS = (BLOCKING, ASYNCIO, UVLOOP)
ASYNC_DRIVERS = (ASYNCIO, UVLOOP)
on_each_driver = pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
on_each_loop = pytest.mark.parametrize("driver", ASYNC_DRIVERS, ids=lambda driver: driver.name)


async def read_all(stream: AsyncStream) -> bytes:
    """Read to the end."""
    parts = []
    while chunk := await stream.read():
        parts.append(chunk)
    return b"".join(parts)


def exchanging(*requests: HttpRequest) -> Scenario[HttpResponse]:
    """Return a scenario: one request after another, and the last response."""

    async def scenario(network: AsyncTransport) -> HttpResponse:
        responses = [await network.exchange(request) for request in requests]
        return responses[-1]

    return scenario


async def until(event: threading.Event) -> None:
    """Wait without blocking the loop, so that it may read as much as it likes meanwhile."""
    assert await asyncio.to_thread(event.wait, PATIENCE_S)
