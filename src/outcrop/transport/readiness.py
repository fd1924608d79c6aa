"""Whether a socket has something to read, or room to write. It neither reads nor writes.

Place in the house: transport floor. Asks the kernel by ``poll``, which knows no limit of file
numbers, and by ``select`` on Windows, which has nothing else.
"""

import select
import socket
from typing import Final, TypeAlias

Readiness: TypeAlias = tuple[bool, bool]
"""Whether there is something to read (an end and an error too), and whether there is room."""

_READABLE: Final = getattr(select, "POLLIN", 0)
_WRITABLE: Final = getattr(select, "POLLOUT", 0)


def has_news(connection: socket.socket) -> bool:
    """Return whether bytes, an end or an error wait to be read. Does not wait for any."""
    if not hasattr(select, "poll"):
        return bool(select.select([connection], [], [], 0)[0])
    poll = select.poll()
    poll.register(connection, _READABLE)
    return bool(poll.poll(0))


def wait_to_send(connection: socket.socket, patience_s: float) -> Readiness:
    """Wait until there is room to write or something to read; neither when that took too long."""
    if not hasattr(select, "poll"):
        readable, writable, _ = select.select([connection], [connection], [], patience_s)
        return bool(readable), bool(writable)
    poll = select.poll()
    poll.register(connection, _READABLE | _WRITABLE)
    events = sum(event for _, event in poll.poll(patience_s * 1000))
    # An error shows as an event of its own; reading tells which.
    return bool(events & ~_WRITABLE), bool(events & _WRITABLE)
