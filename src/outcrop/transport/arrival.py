"""What TCP knows of a request: whether anything of it can have reached the other side.

Place in the house: transport floor. Both drivers ask it, about sockets they own; it sends nothing.

**Stale connections.** A server may close a connection that waits in our pool at any moment. The
issue is to send the request again where that is harmless, and never where a second, paid,
generation could begin. Two looks decide it:

1. Before a pooled connection is used: `readiness.has_news`. Bytes or an end that arrived while
   nobody had asked anything mean that it is not to be used. Nothing was sent, another is taken.

2. When it breaks after the request was written, without one byte of reply: `Arrival.impossible`.
   The server's end (FIN) can have been on its way while we wrote. Then, and only then, all of
   this holds: the connection had carried a reply before; it ended by FIN (end of file, or EPIPE,
   which a socket reports that got FIN and then RST), not by RST alone or by silence; and the other
   side's TCP has acknowledged not one byte of the request. A FIN acknowledges everything that its
   sender had received until then, so the server shut its side before the request came, can no
   longer answer it, and dropped it unread. The request is sent once more, on a new connection.

A server that read the request and then closed, crashed or was killed has acknowledged it: never
sent again. A reset alone proves nothing, since its acknowledgement is not counted by the kernel (a
server that read everything and aborts looks the same): never sent again either. Where the kernel
does not tell what was acknowledged (it is Linux that does), the first look is the only one.

Whoever catches `ConnectionError` reads the same verdict in ``sent``.

Source: RFC 9112, section 9.3.1 and 9.6; RFC 9293, section 3.10.7; Linux, ``struct tcp_info``.
"""

import socket
import ssl
import struct
from typing import Final

# tcpi_bytes_acked, Linux 4.1 and later: uapi/linux/tcp.h.
_ACKNOWLEDGED: Final = struct.Struct("=120xQ")
_TCP_INFO: Final[int | None] = getattr(socket, "TCP_INFO", None)
# The shapes of "the other side has ended", as against "the other side has reset".
_ENDINGS: Final = (BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class Arrival:
    """Remembers how much was acknowledged before a request is written. One per request."""

    __slots__ = ("_before", "_connection")

    def __init__(self, connection: socket.socket) -> None:
        """Look now; write afterwards."""
        self._connection = connection
        self._before = _acknowledged(connection)

    def impossible(self, ending: Exception | None) -> bool:
        """Return whether the request certainly did not arrive.

        Args:
            ending: What the socket reported; None for an end of file.
        """
        if self._before is None or not (ending is None or isinstance(ending, _ENDINGS)):
            return False
        return _acknowledged(self._connection) == self._before

    def complete(self, size: int) -> bool:
        """Return whether the other side has all `size` bytes; True where nobody knows.

        A server may answer before it has taken the whole request, and never take the rest.
        """
        now = _acknowledged(self._connection)
        return self._before is None or now is None or now - self._before >= size


def _acknowledged(connection: socket.socket) -> int | None:
    """Return how many bytes the other side's TCP has acknowledged; None where nobody knows."""
    if _TCP_INFO is None:
        return None
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _ACKNOWLEDGED.size)
    except OSError:
        return None
    return _ACKNOWLEDGED.unpack(info)[0] if len(info) == _ACKNOWLEDGED.size else None
