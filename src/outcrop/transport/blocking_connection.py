"""One connection of the blocking driver: a socket with timeouts, and the reply it carries.

Place in the house: transport floor. Moves bytes between `http1.Reply` and a blocking socket; what
the bytes mean is decided there. It reads only when asked to: who does not read stops the sender.

Source: behaviour specification, STREAM-04 to -06, CONF-16.
"""

import contextlib
import socket
import ssl
from typing import Final, Protocol

from outcrop import errors
from outcrop.http import HttpRequest, Origin, Timeouts
from outcrop.transport.arrival import Arrival
from outcrop.transport.failures import broken, left, too_long
from outcrop.transport.http1 import Reply
from outcrop.transport.readiness import wait_to_send

_RECEIVE: Final = 65536
_JOIN_BELOW: Final = 64 * 1024
"""Body sizes up to which copying costs less than a second packet."""
_PIECE: Final = 16384
"""How much of a long body is sent between two looks for an answer: one TLS record."""


class Owner(Protocol):
    """Whoever keeps the connections of a transport."""

    def keep(self, connection: "Connection") -> None:
        """Take back a connection that can carry another request."""

    def forget(self, connection: "Connection") -> None:
        """Give its place to another: it has left. May be called more than once."""


class Connection:
    """One socket, one exchange at a time, used by one thread at a time; `abort` by any.

    Attributes:
        origin: Where it leads.
        reused: It has carried a reply before the request that it carries now.
        unreached: That request certainly did not arrive.
        closed: It can carry nothing any more.
    """

    def __init__(self, origin: Origin, own: socket.socket, owner: Owner) -> None:
        """Take over a connected socket."""
        self.origin = origin
        self.socket = own
        self.reused = False
        self.unreached = False
        self.closed = False
        self._owner = owner
        self._reply: Reply | None = None
        self._arrival: Arrival | None = None
        self._timeouts = Timeouts()
        self._patience_s = -1.0
        self._sent_all = True
        self._length = 0

    def ask(self, head: bytes, request: HttpRequest, *, whole: bool) -> Reply:
        """Send a request; return its reply when it is done, or with not `whole` has a head."""
        reply = self._reply = Reply(request.method)
        self._timeouts = request.timeouts
        self._length = len(request.body)
        self._arrival = Arrival(self.socket)
        self.unreached = False
        try:
            unsent = self._send(reply, head, request.body)
            while not reply.done and (whole or reply.head is None):
                self._receive(reply, unsent)
        except BaseException:
            self.abort()
            raise
        return reply

    def wait(self, reply: Reply) -> None:
        """Wait until something has arrived. Interrupting it closes the socket."""
        try:
            self._receive(reply, None)
        except BaseException:
            self.abort()
            raise

    def finish(self, reply: Reply) -> None:
        """End the exchange of `reply`: the connection is kept for the next, where it can be."""
        if self._reply is not reply:
            return
        self._reply = None
        if reply.reusable and self._fit():
            self.reused = True
            self._owner.keep(self)
        else:
            self.abort()

    def drop(self, reply: Reply) -> None:
        """End the exchange of `reply` wherever it stands; before its end, by closing the socket."""
        if reply.ended:
            self.finish(reply)
        elif self._reply is reply:
            self.abort()

    def abort(self) -> None:
        """Close the socket at once. Whoever waits for a reply, in another thread, is told so."""
        if self.closed:
            return
        self.closed = True
        with contextlib.suppress(OSError):
            # Closing alone leaves a thread that reads asleep. TLS is passed by: it would speak.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
        self.socket.close()
        if self._reply is not None:
            self._reply.fail(left())
        self._owner.forget(self)

    def _fit(self) -> bool:
        # A reply may come before the request is sent: then the rest of it is still to follow.
        if self.closed or not self._sent_all:
            return False
        short = self._length <= _JOIN_BELOW
        return short or self._arrival is None or self._arrival.complete(self._length)

    def _send(self, reply: Reply, head: bytes, body: bytes) -> OSError | None:
        """Return why not everything was sent: the server may have answered all the same."""
        self._sent_all = False
        try:
            if len(body) <= _JOIN_BELOW:
                self._send_short(head + body)
                self._sent_all = True
            else:
                self._send_short(head)
                self._sent_all = self._send_long(reply, body)
        except TimeoutError:
            patience_s = self._timeouts.idle_s
            raise too_long("the server took nothing of the request", patience_s) from None
        except OSError as error:
            return error
        return None

    def _send_short(self, data: bytes) -> None:
        self._be_patient(self._timeouts.idle_s)
        rest = memoryview(data)
        while rest:
            rest = rest[self.socket.send(rest) :]

    def _send_long(self, reply: Reply, body: bytes) -> bool:
        """Send piece by piece, with an ear for an answer that does not wait for all of it."""
        rest = memoryview(body)
        while rest and reply.head is None and not reply.done:
            news, room = wait_to_send(self.socket, self._timeouts.idle_s)
            if news:
                self._listen(reply)
            elif room:
                self._be_patient(self._timeouts.idle_s)
                rest = rest[self.socket.send(rest[:_PIECE]) :]
            else:
                raise TimeoutError
        return not rest

    def _listen(self, reply: Reply) -> None:
        self._be_patient(0.0)
        # What TLS says to itself is news, and no byte for us.
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            self._take(reply, self.socket.recv(_RECEIVE), None)

    def _receive(self, reply: Reply, unsent: OSError | None) -> None:
        patience_s = self._timeouts.idle_s if reply.started else self._timeouts.first_byte_s
        self._be_patient(patience_s)
        try:
            data = self.socket.recv(_RECEIVE)
        except TimeoutError:
            stage = "the answer stood still" if reply.started else "no answer came"
            self._fail(reply, too_long(stage, patience_s))
        except OSError as error:
            self._end(reply, unsent or error)
        else:
            self._take(reply, data, unsent)

    def _take(self, reply: Reply, data: bytes, unsent: OSError | None) -> None:
        if not data:
            self._end(reply, unsent)
            return
        reply.feed(data)
        if reply.failure is not None:
            self.abort()

    def _end(self, reply: Reply, ending: OSError | None) -> None:
        if not reply.started and self._arrival is not None and not self.closed:
            self.unreached = self._arrival.impossible()
        if self.unreached or ending is not None:
            reply.fail(broken(ending, sent=not self.unreached))
        else:
            reply.feed_end(clean=not self.closed)
        self.abort()

    def _fail(self, reply: Reply, failure: errors.OutcropError) -> None:
        reply.fail(failure)
        self.abort()

    def _be_patient(self, seconds: float) -> None:
        # Setting it costs a system call.
        if seconds != self._patience_s:
            self._patience_s = seconds
            self.socket.settimeout(seconds)
