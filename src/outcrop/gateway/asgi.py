"""The few ASGI gestures every endpoint needs: read a body, answer, notice that the client left.

Place in the house: gateway. Knows ASGI messages; knows nothing of models or dialects.

Source: ASGI specification 3.0, "HTTP & WebSocket ASGI Message Format".
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

from outcrop.errors import BadRequestError

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Fields: TypeAlias = list[tuple[bytes, bytes]]

PING: Final = b": ping\n\n"


class BodyTooLargeError(BadRequestError):
    """The request's body is longer than the gateway takes."""

    default_status = 413


class ClientLeftError(Exception):
    """The client closed its connection before the answer was complete."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """Return the whole body of a request.

    Raises:
        BodyTooLargeError: It is longer than `limit` bytes.
        ClientLeftError: The client left before it was complete.
    """
    message = await receive()
    first: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body") and len(first) <= limit:
        return first
    pieces = [first]
    size = len(first)
    while message.get("more_body") and size <= limit:
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
    if message["type"] == "http.disconnect":
        raise ClientLeftError
    if size > limit:
        raise BodyTooLargeError(
            f"The request body is longer than {limit} bytes",
            hint="send less, or raise OUTCROP_BODY_LIMIT",
        )
    return b"".join(pieces)


async def live(receive: Receive, send: Send) -> None:
    """Start and stop with the server."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def answer(send: Send, status: int, fields: Fields, body: bytes) -> None:
    """Send a whole reply."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *fields]})
    await send({"type": "http.response.body", "body": body})


class Presence:
    """Watches whether the client is still there, and cancels the work when it is not.

    async with Presence(receive):
        ...           # raises ClientLeftError at the end if the client left meanwhile
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = False

    async def __aenter__(self) -> Self:
        worker = asyncio.current_task()
        assert worker is not None, "an ASGI server runs every request in a task"
        self._worker = worker
        self._watch: asyncio.Future[Message] = asyncio.ensure_future(self._receive())
        self._watch.add_done_callback(self._noticed)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._watch.remove_done_callback(self._noticed)
        self._watch.cancel()
        if self._left and kind is not None and issubclass(kind, asyncio.CancelledError):
            self._worker.uncancel()
            raise ClientLeftError

    def _noticed(self, watch: asyncio.Future[Message]) -> None:
        if not watch.cancelled():
            self._left = True
            self._worker.cancel()


class Heartbeat:
    """Keeps an idle event stream open with comments, which clients ignore (GATE-10)."""

    def __init__(self, send: Send, every_s: float) -> None:
        self._send = send
        self._every_s = every_s
        self._loop = asyncio.get_running_loop()
        self._spoke = self._loop.time()
        self._timer = self._loop.call_later(every_s, self._due)
        self._pings: set[asyncio.Future[None]] = set()

    def touch(self) -> None:
        """Note that something was sent."""
        self._spoke = self._loop.time()

    def stop(self) -> None:
        """Send no more."""
        self._timer.cancel()
        for ping in self._pings:
            ping.cancel()

    def _due(self) -> None:
        now = self._loop.time()
        silent = now - self._spoke
        if silent >= self._every_s:
            self._spoke = now
            silent = 0.0
            ping = asyncio.ensure_future(self._ping())
            self._pings.add(ping)
            ping.add_done_callback(self._pings.discard)
        self._timer = self._loop.call_later(self._every_s - silent, self._due)

    async def _ping(self) -> None:
        await self._send({"type": "http.response.body", "body": PING, "more_body": True})
