"""What TCP knows of a request: whether anything of it can have reached the other side.

Place in the house: transport floor. Both drivers ask it, about sockets they own; it sends nothing.

**Stale connections.** A server may close a connection that waits in our pool at any moment. The
issue is to send the request again where that is harmless, and never where a second, paid,
generation could begin. Two looks decide it:

1. Before a pooled connection is used: `readiness.has_news`. Bytes or an end that arrived while
   nobody had asked anything mean that it is not to be used. Nothing was sent, another is taken.

2. When it breaks after the request was written, without one byte of reply: `Arrival.impossible`.
   The server's end (FIN) can have been on its way while we wrote. Then, and only then, all of
   this holds: the connection had carried a reply before; FIN came, and no reset before it; and the
   other side's TCP has acknowledged not one byte of the request. A FIN acknowledges everything
   that its sender had received until then, so the server shut its side before the request came,
   can no longer answer it, and dropped it unread. It is sent once more, on a new connection.

A server that read the request and then closed, crashed or was killed has acknowledged it: never
sent again. A reset alone proves nothing, since the kernel does not count what it acknowledges (a
server that read everything and aborts looks the same): never sent again either.

Only the kernel is believed, not the shape of the failure: TLS and the loops report a reset as an
end of file. After FIN a socket stands in CLOSE_WAIT; a reset that follows leaves the error EPIPE,
where a reset alone leaves ECONNRESET. A socket that had ended before we wrote sends nothing at all.
Where the kernel does not tell (Linux does), the first look is the only one.

Whoever catches `ConnectionError` reads the same verdict in ``sent``.

Source: RFC 9112, section 9.3.1 and 9.6; RFC 9293, section 3.10.7; Linux, ``struct tcp_info`` and
``tcp_reset``.
"""

import errno
import socket
import struct
from typing import Final

# tcpi_state and tcpi_bytes_acked, Linux 4.1 and later: uapi/linux/tcp.h.
_INFO: Final = struct.Struct("=B119xQ")
_TCP_INFO: Final[int | None] = getattr(socket, "TCP_INFO", None)
# include/net/tcp_states.h
_ESTABLISHED: Final = 1
_CLOSE_WAIT: Final = 8


class Arrival:
    """Remembers how much was acknowledged before a request is written. One per request."""

    __slots__ = ("_before", "_connection")

    def __init__(self, connection: socket.socket) -> None:
        """Look now; write afterwards."""
        self._connection = connection
        self._before = _look(connection)

    def impossible(self) -> bool:
        """Return whether the request certainly did not arrive, and never will."""
        now = _look(self._connection)
        if self._before is None or now is None or now[1] != self._before[1]:
            return False
        had_ended = self._before[0] != _ESTABLISHED or now[0] == _CLOSE_WAIT
        return had_ended or _pending_error(self._connection) == errno.EPIPE

    def complete(self, size: int) -> bool:
        """Return whether the other side has all `size` bytes; True where nobody knows.

        A server may answer before it has taken the whole request, and never take the rest.
        """
        now = _look(self._connection)
        return self._before is None or now is None or now[1] - self._before[1] >= size


def _look(connection: socket.socket) -> tuple[int, int] | None:
    """Return state and acknowledged bytes of a connection; None where nobody knows."""
    if _TCP_INFO is None:
        return None
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _INFO.size)
    except OSError:
        return None
    return _INFO.unpack(info) if len(info) == _INFO.size else None


def _pending_error(connection: socket.socket) -> int:
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
