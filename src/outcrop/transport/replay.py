"""Transports that play what was recorded, and remember what they were asked. Fakes, not mocks.

Place in the house: transport floor. For tests and for whoever injects ``transport=``: they keep the
protocols of `interface` and open no socket.

    replay = Replay(
        HttpResponse(status=429),
        Recording(head=HttpHead(status=200), chunks=(b"one", b"two", ConnectionError("reset"))),
    )

Source: behaviour specification, LIB-03, EMU-01.
"""

from collections import deque
from typing import TypeAlias, assert_never

import msgspec

from outcrop import errors
from outcrop.http import HttpHead, HttpRequest, HttpResponse
from outcrop.transport.failures import left


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A reply as it arrived."""

    head: HttpHead
    chunks: tuple[bytes | errors.OutcropError, ...] = ()
    """What each `Stream.read` returns; an error is raised in its place, and ends the stream."""


Reply: TypeAlias = HttpResponse | Recording | errors.OutcropError
"""What a request is answered with. An error is raised before any head."""


class Replay:
    """A `Transport` that answers with the given replies in their order.

    Attributes:
        requests: What was asked, in order.
        streams: What `open` returned, in order.
    """

    def __init__(self, *replies: Reply) -> None:
        """Answer the first request with the first of `replies`."""
        self.requests: list[HttpRequest] = []
        self.streams: list[ReplayStream] = []
        self._replies = deque(replies)

    def exchange(self, request: HttpRequest) -> HttpResponse:
        """Return the next reply whole. See `Transport`."""
        recording = self._next(request)
        body = b"".join(_sound(chunk) for chunk in recording.chunks)
        return HttpResponse(status=recording.head.status, headers=recording.head.headers, body=body)

    def open(self, request: HttpRequest) -> "ReplayStream":
        """Return the next reply chunk by chunk. See `Transport`."""
        recording = self._next(request)
        self.streams.append(ReplayStream(recording))
        return self.streams[-1]

    def close(self) -> None:
        """Close every stream."""
        for stream in self.streams:
            stream.close()

    def _next(self, request: HttpRequest) -> Recording:
        self.requests.append(request)
        if not self._replies:
            raise errors.ConnectionError(f"no reply is left for {request.method} {request.target}")
        return _as_recording(self._replies.popleft())


class ReplayStream:
    """A `Stream` over recorded chunks.

    Attributes:
        head: Status and headers.
        closed: The reader has left, or has read to the end.
    """

    def __init__(self, recording: Recording) -> None:
        """Begin before the first chunk."""
        self.head = recording.head
        self.closed = False
        self._chunks = deque(chunk for chunk in recording.chunks if chunk != b"")

    def read(self) -> bytes:
        """Return the next chunk, ``b""`` at the end. See `Stream.read`."""
        if not self._chunks:
            self.closed = True
            return b""
        if isinstance(self._chunks[0], errors.OutcropError):
            self.closed = True
            raise self._chunks[0]
        return _sound(self._chunks.popleft())

    def close(self) -> None:
        """Leave: what was not read is gone."""
        if not self.closed:
            self.closed = True
            self._chunks = deque([left()])


class AsyncReplay:
    """An `AsyncTransport` that answers with the given replies in their order.

    Attributes:
        requests: What was asked, in order.
        streams: What `open` returned, in order.
    """

    def __init__(self, *replies: Reply) -> None:
        """Answer the first request with the first of `replies`."""
        self._replay = Replay(*replies)
        self.requests = self._replay.requests
        self.streams: list[AsyncReplayStream] = []

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        """Return the next reply whole. See `AsyncTransport`."""
        return self._replay.exchange(request)

    async def open(self, request: HttpRequest) -> "AsyncReplayStream":
        """Return the next reply chunk by chunk. See `AsyncTransport`."""
        self.streams.append(AsyncReplayStream(self._replay.open(request)))
        return self.streams[-1]

    async def aclose(self) -> None:
        """Close every stream."""
        self._replay.close()


class AsyncReplayStream:
    """An `AsyncStream` over recorded chunks."""

    def __init__(self, stream: ReplayStream) -> None:
        """Read what `stream` plays."""
        self.head = stream.head
        self._stream = stream

    @property
    def closed(self) -> bool:
        """The reader has left, or has read to the end."""
        return self._stream.closed

    async def read(self) -> bytes:
        """Return the next chunk, ``b""`` at the end. See `Stream.read`."""
        return self._stream.read()

    def close(self) -> None:
        """Leave: what was not read is gone."""
        self._stream.close()


def _sound(chunk: bytes | errors.OutcropError) -> bytes:
    if isinstance(chunk, errors.OutcropError):
        raise chunk
    return chunk


def _as_recording(reply: Reply) -> Recording:
    match reply:
        case Recording():
            return reply
        case HttpResponse(status=status, headers=headers, body=body):
            return Recording(head=HttpHead(status=status, headers=headers), chunks=(body,))
        case errors.OutcropError():
            raise reply
    assert_never(reply)
