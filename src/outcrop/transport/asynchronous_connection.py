"""One connection of the asyncio driver: an `asyncio.Protocol` that parses and wakes its reader.

Place in the house: transport floor. Moves bytes between `http1.Reply` and an asyncio transport, of
any loop; what the bytes mean is decided there. No task and no timer is made for a request: there
is one timer a connection, and it is moved only when it would fire too late.

Source: behaviour specification, STREAM-04 to -06, CONF-16.
"""

import asyncio
import contextlib
import socket
import ssl
from math import inf
from typing import Final, Protocol, cast

from outcrop import errors
from outcrop.http import HttpRequest, Origin, Timeouts
from outcrop.transport.arrival import Arrival
from outcrop.transport.failures import broken, left, too_long
from outcrop.transport.http1 import Reply

MAX_BUFFERED: Final = 256 * 1024
"""Bytes of a stream that may wait for their reader before the sender is stopped."""
_JOIN_BELOW: Final = 64 * 1024
"""Body sizes up to which copying costs less than a second packet."""


class Owner(Protocol):
    """Whoever keeps the connections of a loop."""

    def keep(self, connection: "Connection") -> None:
        """Take back a connection that can carry another request."""

    def forget(self, connection: "Connection") -> None:
        """Give its place to another: it has left, once and for all."""

    def let_go(self, connection: "Connection") -> None:
        """Know no more of it: the loop has let go of its socket."""


class Connection(asyncio.Protocol):
    """One socket, one exchange at a time. Used by its loop's thread alone.

    Attributes:
        origin: Where it leads.
        socket: A second handle on the loop's socket, to ask TCP about it: some loops have closed
            theirs by the time they say that TLS has ended.
        reused: It has carried a reply before the request that it carries now.
        unreached: That request certainly did not arrive.
        closed: It can carry nothing any more.
        lost: Set when the loop has let go of the socket.
    """

    def __init__(self, origin: Origin, handle: socket.socket) -> None:
        """Wait for `connection_made` and for an owner."""
        self.origin = origin
        self.socket = handle
        self.reused = False
        self.unreached = False
        self.closed = False
        self.lost = asyncio.Event()
        self.owner: Owner | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._reply: Reply | None = None
        self._arrival: Arrival | None = None
        self._timeouts = Timeouts()
        self._whole = True
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._length = 0
        self._unwritten = 0
        self._deadline = inf
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, head: bytes, request: HttpRequest, *, whole: bool) -> Reply:
        """Send a request; return its reply when it is done, or with not `whole` has a head."""
        reply = self._reply = Reply(request.method)
        self._timeouts = request.timeouts
        self._whole = whole
        self._arrival = Arrival(self.socket)
        self.unreached = False
        self._length = len(request.body)
        self._write(head, request.body)
        self._watch(self._patience_s())
        try:
            while not reply.done and (whole or reply.head is None):
                await self.something()
        except BaseException:
            self.abort()
            raise
        return reply

    def something(self) -> asyncio.Future[None]:
        """Return what is done when anything has arrived. Whoever stops waiting for it aborts."""
        self._waiter = self._loop.create_future()
        return self._waiter

    def resume(self) -> None:
        """Let the sender go on: the reader has taken what had arrived."""
        if self._paused and not self.closed:
            self._paused = False
            self._transport.resume_reading()
            self._watch(self._timeouts.idle_s)

    def finish(self, reply: Reply) -> None:
        """End the exchange of `reply`: the connection is kept for the next, where it can be."""
        if self._reply is not reply:
            return
        self.resume()
        self._reply = None
        self._deadline = inf
        if reply.reusable and self._fit() and self.owner is not None:
            self.reused = True
            self.owner.keep(self)
        else:
            self.abort()

    def drop(self, reply: Reply) -> None:
        """End the exchange of `reply` wherever it stands; before its end, by closing the socket."""
        if reply.ended:
            self.finish(reply)
        elif self._reply is reply:
            self.abort()

    def drop_soon(self, reply: Reply) -> None:
        """Do as `drop`, called from any thread, as the garbage collector does."""
        if self._reply is reply and not self.closed:
            # A loop that has ended has closed its sockets.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.drop, reply)

    def abort(self) -> None:
        """Close the socket at once. Whoever waits for a reply is told so."""
        if self._reply is not None:
            self._reply.fail(left())
        self._wake()
        if self.closed:
            return
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._transport.abort()
        self.socket.close()
        if self.owner is not None:
            self.owner.forget(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the loop's transport. Called by the loop, as is everything below."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Parse, and wake whoever waits for it."""
        reply = self._reply
        if reply is None:
            # An answer to nothing: whatever comes after it could be taken for ours.
            self.abort()
            return
        reply.feed(data)
        if reply.failure is not None:
            self.abort()
        elif not reply.ended:
            self._watch(self._timeouts.idle_s)
            if self._whole:
                return
            if reply.buffered > MAX_BUFFERED:
                self._pause()
        self._wake()

    def eof_received(self) -> None:
        """Note the server's end."""
        self._end(None, clean=self._said_farewell())

    def connection_lost(self, exc: Exception | None) -> None:
        """Note any other end."""
        self._end(exc, clean=False)
        self.lost.set()
        if self.owner is not None:
            self.owner.let_go(self)

    def pause_writing(self) -> None:
        """Remember how much of the request is still here, to see whether it moves."""
        self._unwritten = self._transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        """Start the clock for the answer: the request is sent, but for a rest of some KB.

        TLS takes a request whole, and says so at once: there the clock starts with the sending.
        """
        self._unwritten = 0
        if self._reply is not None and not self._reply.started:
            self._watch(self._timeouts.first_byte_s)

    def _fit(self) -> bool:
        # A reply may come before the request is sent: then the rest of it is still to follow. TLS
        # keeps it in buffers that it does not tell of, so TCP is asked.
        if self.closed or self._transport.get_write_buffer_size() > 0:
            return False
        short = self._length <= _JOIN_BELOW
        return short or self._arrival is None or self._arrival.complete(self._length)

    def _write(self, head: bytes, body: bytes) -> None:
        if len(body) <= _JOIN_BELOW:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)

    def _said_farewell(self) -> bool:
        """Return whether TLS, where it is spoken, was closed too: asyncio does not mind."""
        spoken: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")
        if spoken is None:
            return True
        try:
            return not spoken.read(1)
        except ssl.SSLZeroReturnError:
            return True
        except ssl.SSLError:
            return False

    def _end(self, ending: Exception | None, *, clean: bool) -> None:
        reply = self._reply
        if reply is None or reply.done or self.closed:
            self.abort()
            return
        if not reply.started and self._arrival is not None:
            self.unreached = self._arrival.impossible()
        if self.unreached or ending is not None:
            reply.fail(broken(ending, sent=not self.unreached))
        else:
            reply.feed_end(clean=clean)
        self.abort()

    def _fail(self, failure: errors.OutcropError) -> None:
        if self._reply is not None:
            self._reply.fail(failure)
        self.abort()

    def _wake(self) -> None:
        if self._waiter is not None:
            if not self._waiter.done():
                self._waiter.set_result(None)
            self._waiter = None

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._deadline = inf
            self._transport.pause_reading()

    def _watch(self, seconds: float) -> None:
        self._deadline = self._loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= self._deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        if self._deadline == inf:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._on_time)
        elif self._moved():
            self._watch(self._timeouts.idle_s)
        else:
            self._fail(too_long(self._stage(), self._patience_s()))

    def _moved(self) -> bool:
        before, self._unwritten = self._unwritten, self._transport.get_write_buffer_size()
        return self._unwritten < before

    def _patience_s(self) -> float:
        answering = self._unwritten or (self._reply is not None and self._reply.started)
        return self._timeouts.idle_s if answering else self._timeouts.first_byte_s

    def _stage(self) -> str:
        if self._unwritten:
            return "the server took nothing of the request"
        if self._reply is not None and self._reply.started:
            return "the answer stood still"
        return "no answer came"
