"""The little of ASGI that the emulator needs: a request in, a reply out, and who has left.

Place in the house: emulator. Knows HTTP messages; knows nothing of Bedrock. Plain ASGI, because a
framework's router decodes the path, and signatures are over the bytes that came.

Source: ASGI specification 3.0, "HTTP & WebSocket ASGI Message Format".
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextvars import ContextVar
from typing import Any, TypeAlias, TypeVar

import msgspec

from outcrop.emulator.signatures import Arrived

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Done = TypeVar("Done")

_CUT: ContextVar[bool] = ContextVar("outcrop_emulator_cut", default=False)


def leave_unfinished() -> None:
    """Say that the reply ends here, unfinished, on purpose: the server then hangs up.

    Uvicorn logs such a reply as an error; this one is none.
    """
    _CUT.set(True)
    logging.getLogger("uvicorn.error").addFilter(_is_error)


def _is_error(_record: logging.LogRecord) -> bool:
    return not _CUT.get()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is complete."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


class TooLargeError(Exception):
    """The body is longer than is taken."""


class ClientGoneError(Exception):
    """The client left before it had its answer."""


class Sending:
    """Sends one reply, and knows whether it has begun."""

    def __init__(self, send: Send) -> None:
        """Take the server's own way to send."""
        self._send = send
        self._headers: tuple[tuple[str, str], ...] = ()
        self.begun = False

    def prepare(self, headers: tuple[tuple[str, str], ...]) -> None:
        """Take the headers that the first part will go out under, with status 200."""
        self._headers = headers

    async def reply(self, reply: Reply) -> None:
        """Send an answer that is complete."""
        length = ("content-length", str(len(reply.body)))
        await self._start(reply.status, (*reply.headers, length))
        await self._send({"type": "http.response.body", "body": reply.body})

    async def part(self, data: bytes) -> None:
        """Send a part of a body that goes on; the first is preceded by its head."""
        if not self.begun:
            await self._start(200, self._headers)
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """End a body sent in parts."""
        await self._send({"type": "http.response.body", "body": b""})

    async def _start(self, status: int, headers: tuple[tuple[str, str], ...]) -> None:
        self.begun = True
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})


async def read_request(scope: Scope, receive: Receive, longest: int) -> Arrived:
    """Read one request to its end.

    Raises:
        TooLargeError: The body has more than `longest` bytes.
        ClientGoneError: The client left in the middle of it.
    """
    return Arrived(
        method=scope["method"],
        path=scope.get("raw_path") or scope["path"].encode(),
        query=scope["query_string"],
        headers=tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in scope["headers"]
        ),
        body=await _read_body(receive, longest),
    )


async def _read_body(receive: Receive, longest: int) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        body += message.get("body", b"")
        if len(body) > longest:
            raise TooLargeError
        more = message.get("more_body", False)
    return bytes(body)


async def while_client_waits(receive: Receive, work: Coroutine[Any, Any, Done]) -> Done:
    """Do some work, and cancel it at once when the client leaves.

    Raises:
        ClientGoneError: It left.
    """
    task = asyncio.create_task(work)
    watch = asyncio.create_task(_cancel_when_gone(receive, task))
    try:
        return await task
    except asyncio.CancelledError:
        if watch.done() and not _is_cancelled():
            raise ClientGoneError from None
        raise
    finally:
        await _cancel(task)
        await _cancel(watch)


async def _cancel_when_gone(receive: Receive, task: asyncio.Task[Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel()


def _is_cancelled() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


async def _cancel(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        # Waited for, so that whatever the work held is free when the request ends.
        await asyncio.gather(task, return_exceptions=True)
