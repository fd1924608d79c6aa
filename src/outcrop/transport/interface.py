"""What a transport is: the two protocols that the client drives, whoever stands behind them.

Place in the house: transport floor. Knows HTTP values and nothing else. `blocking.Network`,
`asynchronous.AsyncNetwork` and the two players in `replay` keep these protocols; a fake of ten
lines can.

Every method that talks raises one of these and no other error of the network:

* `ConnectionError`: no connection (in time), no reply, or a reply that broke off. ``sent`` is False
  only where it is certain that the server did not get the request; then sending it again cannot be
  paid for twice.
* `TimeoutError`: the server was silent for longer than `Timeouts` allows, or every connection busy.
* `WireError`: bytes arrived that are not HTTP.
* `BadRequestError`: the request cannot be written as HTTP. Nothing was sent.

Source: behaviour specification, LIB-03, STREAM-04 to -06, TLS-04.
"""

from typing import Protocol

from outcrop.http import HttpHead, HttpRequest, HttpResponse


class Stream(Protocol):
    """A reply whose body is still arriving. One reader at a time."""

    @property
    def head(self) -> HttpHead:
        """Status and headers."""

    def read(self) -> bytes:
        """Return what has arrived since the last call, waiting for the first byte of it.

        Returns:
            At least one byte, or ``b""`` at the end of the body and ever after.

        Raises:
            ConnectionError: The body broke off. Everything that arrived before was returned.
            TimeoutError: Nothing arrived for ``timeouts.idle_s``.
            WireError: The body's framing is broken.
        """

    def close(self) -> None:
        """Leave. Closes the socket at once, unless the body was read to its end."""


class AsyncStream(Protocol):
    """`Stream` for asyncio. Cancelling `read` closes the socket."""

    @property
    def head(self) -> HttpHead:
        """Status and headers."""

    async def read(self) -> bytes:
        """Return what has arrived since the last call, as `Stream.read` does.

        Raises:
            ConnectionError: The body broke off. Everything that arrived before was returned.
            TimeoutError: Nothing arrived for ``timeouts.idle_s``.
            WireError: The body's framing is broken.
        """

    def close(self) -> None:
        """Leave. Closes the socket at once, unless the body was read to its end."""


class Transport(Protocol):
    """Sends requests and blocks until they are answered. May be shared by threads."""

    def exchange(self, request: HttpRequest) -> HttpResponse:
        """Send `request` and return its reply, read to the end, whatever its status.

        Raises:
            ConnectionError: No reply, or only a part of one.
            TimeoutError: The server stayed silent.
            WireError: The reply is not HTTP.
            BadRequestError: `request` cannot be written as HTTP.
        """

    def open(self, request: HttpRequest) -> Stream:
        """Send `request` and return as soon as the head of its reply is here.

        Raises:
            ConnectionError: No reply.
            TimeoutError: The server stayed silent.
            WireError: The reply is not HTTP.
            BadRequestError: `request` cannot be written as HTTP.
        """

    def close(self) -> None:
        """Close every connection, those with open streams too."""


class AsyncTransport(Protocol):
    """`Transport` for asyncio. Cancelling a call closes its socket."""

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        """Send `request` and return its reply, as `Transport.exchange` does.

        Raises:
            ConnectionError: No reply, or only a part of one.
            TimeoutError: The server stayed silent.
            WireError: The reply is not HTTP.
            BadRequestError: `request` cannot be written as HTTP.
        """

    async def open(self, request: HttpRequest) -> AsyncStream:
        """Send `request` and return as soon as the head of its reply is here.

        Raises:
            ConnectionError: No reply.
            TimeoutError: The server stayed silent.
            WireError: The reply is not HTTP.
            BadRequestError: `request` cannot be written as HTTP.
        """

    async def aclose(self) -> None:
        """Close every connection, those with open streams too."""
