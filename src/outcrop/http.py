"""Plain HTTP values: what is asked, what is answered. Nothing here opens a connection.

Place in the house: the foundation. Everything may import this module; it imports nothing of ours.
Header names keep the case they were given; `header` compares them without case.
"""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Name and value pairs in wire order; a name may occur more than once."""


class Origin(msgspec.Struct, frozen=True):
    """Where a connection leads: scheme, host, port. Connections are pooled by it."""

    scheme: str
    """``"https"`` or ``"http"``."""
    host: str
    """Host name or address, lower case, without brackets."""
    port: int

    @property
    def authority(self) -> str:
        """The ``Host`` header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"

    def __str__(self) -> str:
        """Return the origin as it stands at the start of a URL."""
        return f"{self.scheme}://{self.authority}"


DEFAULT_PORTS = {"http": 80, "https": 443}


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long each stage of an exchange may take, seconds."""

    connect_s: float = 10.0
    """Name lookup, TCP and TLS together."""
    first_byte_s: float = 600.0
    """From the last byte sent to the first byte of the reply."""
    idle_s: float = 300.0
    """Longest silence between two chunks of a reply that has begun."""


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request, complete and signed. It is sent byte for byte as it stands here."""

    method: str
    origin: Origin
    target: str
    """Path and query as they go on the wire: never decoded, normalised or re-encoded."""
    headers: Headers = ()
    """Without ``host`` and ``content-length``: the transport writes these two."""
    body: bytes = b""
    timeouts: Timeouts = Timeouts()


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One reply, read to its end."""

    status: int
    headers: Headers = ()
    body: bytes = b""


class HttpHead(msgspec.Struct, frozen=True, kw_only=True):
    """The start of a reply whose body is still to come."""

    status: int
    headers: Headers = ()


def header(headers: Iterable[tuple[str, str]], name: str, default: str = "") -> str:
    """Return the first value of the header called `name`, in any case, or `default`."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), default)
