"""What both drivers do with a socket before it connects.

Place in the house: transport floor. Makes sockets, waits for nothing.

Source: behaviour specification, EP-06; TCP_NODELAY: without it a request of two parts waits 40 ms
for the other side's delayed acknowledgement.
"""

import socket
from collections.abc import Sequence
from typing import Final, TypeAlias

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
AddressInfo: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Address]
"""One answer of `socket.getaddrinfo`."""

_PROBE_EVERY_S: Final = 15
_PROBES: Final = 4
# macOS names the first one differently; what a platform does not offer is left at its default.
_KEEPALIVE_AFTER: Final = ("TCP_KEEPIDLE", "TCP_KEEPALIVE")


def make_socket(
    info: AddressInfo, *, keepalive_after_s: int, timeout_s: float = 0.0
) -> socket.socket:
    """Return a TCP socket for `info`, not connected yet; by default it never waits."""
    made = socket.socket(info[0], info[1], info[2])
    made.settimeout(timeout_s)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    after = next((name for name in _KEEPALIVE_AFTER if hasattr(socket, name)), "")
    _set(made, after, keepalive_after_s)
    _set(made, "TCP_KEEPINTVL", _PROBE_EVERY_S)
    _set(made, "TCP_KEEPCNT", _PROBES)
    return made


def find_numeric(host: str, port: int) -> Sequence[AddressInfo]:
    """Return the address that `host` spells out, asking nobody; nothing where it is a name."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return ()


def share(remaining_s: float, *, addresses_left: int) -> float:
    """Return how long to try the next address, so that a dead one leaves time for the others."""
    return max(remaining_s, 0.0) / addresses_left


def _set(made: socket.socket, option: str, value: int) -> None:
    if number := getattr(socket, option, None):
        made.setsockopt(socket.IPPROTO_TCP, number, value)
