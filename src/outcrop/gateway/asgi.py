"""The few ASGI gestures every endpoint needs: read a body, answer, notice that the client left.

Place in the house: gateway. Knows ASGI messages; knows nothing of models or dialects.

Source: ASGI specification 3.0, "HTTP & WebSocket ASGI Message Format".
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

from outcrop.errors import BadRequestError
from outcrop.protocols.sse import encode_comment

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Fields: TypeAlias = list[tuple[bytes, bytes]]

PING: Final = encode_comment("ping")


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
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._watch.remove_done_callback(self._noticed)
        self._watch.cancel()
        if self._left:
            self._worker.uncancel()
            raise ClientLeftError

    def _noticed(self, watch: asyncio.Future[Message]) -> None:
        if not watch.cancelled():
            self._left = True
            self._worker.cancel()


class EventStream:
    """A reply of server-sent events that is never silent for long (GATE-10).

    It begins with the first piece, or with the first comment where the first piece takes longer:
    until then an error can still have a status of its own. Comments are ignored by clients.

    async with EventStream(send, fields, ping_every_s=15) as stream:
        await stream.send(piece)
        await stream.end(last)

    Attributes:
        fields: Headers of the reply; may be changed until it has begun.
        begun: Whether the status is out.
    """

    def __init__(self, send: Send, fields: Fields, *, ping_every_s: float) -> None:
        self.fields = fields
        self.begun = False
        self._send = send
        self._every_s = ping_every_s
        self._beginning = asyncio.Lock()
        self._ping: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._spoke = self._loop.time()
        self._timer = self._loop.call_later(self._every_s, self._due)
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._be_quiet()

    async def send(self, piece: bytes) -> None:
        """Send a piece of the body; nothing where it is empty."""
        if piece:
            self._spoke = self._loop.time()
            if not self.begun:
                await self._begin()
            await self._send(_part(piece))

    async def end(self, piece: bytes) -> None:
        """Send the last piece of the body."""
        self._be_quiet()
        if not self.begun:
            await self._begin()
        await self._send({"type": "http.response.body", "body": piece})

    async def _begin(self) -> None:
        # A comment and the first piece may come at the same moment.
        async with self._beginning:
            if not self.begun:
                await self._send(
                    {"type": "http.response.start", "status": 200, "headers": self.fields}
                )
                self.begun = True

    def _due(self) -> None:
        now = self._loop.time()
        left_s = self._spoke + self._every_s - now
        if left_s <= 0:
            left_s, self._spoke = self._every_s, now
            # A client that does not read keeps the last one waiting, and needs no further.
            if self._ping is None or self._ping.done():
                self._ping = asyncio.ensure_future(self._comment())
        self._timer = self._loop.call_later(left_s, self._due)

    async def _comment(self) -> None:
        await self._begin()
        await self._send(_part(PING))

    def _be_quiet(self) -> None:
        self._timer.cancel()
        if self._ping is not None:
            self._ping.cancel()


def _part(piece: bytes) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": True}
