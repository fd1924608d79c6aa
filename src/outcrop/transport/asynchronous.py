"""The asyncio driver: HTTP/1.1 over the loop's own transports, on any loop.

Place in the house: transport floor. Opens connections and hands them round; what happens on one is
`asynchronous_connection`, who may use it `pool`, whether a request may be sent again `arrival`.

    network = AsyncNetwork(TransportOptions(proxies=resolve_proxies(os.environ)))
    response = await network.exchange(request)
    await network.aclose()

Connections belong to the loop they were opened in; another loop gets its own, and those of a loop
that has ended are forgotten.

Source: behaviour specification, EP-05, EP-06, STREAM-05, TLS-03.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator
from typing import Final, cast

from outcrop import errors
from outcrop.http import HttpHead, HttpRequest, HttpResponse, Origin
from outcrop.transport.asynchronous_connection import Connection
from outcrop.transport.dialing import AddressInfo, find_numeric, make_socket, share
from outcrop.transport.failures import CONNECT_FAILURES, broken, cannot_connect, left, too_long
from outcrop.transport.http1 import Reply
from outcrop.transport.options import TransportOptions
from outcrop.transport.pool import Pool
from outcrop.transport.proxies import Proxy, Tunnel, encode_through
from outcrop.transport.readiness import has_news
from outcrop.transport.tls import Trust

_RECEIVE: Final = 65536


class AsyncNetwork:
    """An `AsyncTransport` over TCP and TLS. Works in whichever loop it is used."""

    def __init__(self, options: TransportOptions | None = None) -> None:
        """Open nothing yet.

        Raises:
            ConfigError: A CA file named in `options` cannot be used.
        """
        self._options = options or TransportOptions()
        self._trust = Trust(self._options)
        self._homes: dict[asyncio.AbstractEventLoop, _Home] = {}
        self._closed = False

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        """Send `request` and return its reply, read to the end. See `AsyncTransport`."""
        connection, reply = await self._ask(request, whole=True)
        head = _head(reply)
        if reply.failure is not None:
            raise reply.failure
        connection.finish(reply)
        return HttpResponse(status=head.status, headers=head.headers, body=reply.take())

    async def open(self, request: HttpRequest) -> "AsyncNetworkStream":
        """Send `request` and return when the head of its reply is here. See `AsyncTransport`."""
        connection, reply = await self._ask(request, whole=False)
        return AsyncNetworkStream(connection, reply, _head(reply))

    async def aclose(self) -> None:
        """Close every connection, those with open streams too. The transport is spent."""
        self._closed = True
        here = asyncio.get_running_loop()
        for loop, home in tuple(self._homes.items()):
            home.closed = True
            if loop is here:
                await home.aclose()
            elif not loop.is_closed():
                loop.call_soon_threadsafe(home.abort)
        self._homes.clear()

    async def _ask(self, request: HttpRequest, *, whole: bool) -> tuple[Connection, Reply]:
        home = self._homes.get(asyncio.get_running_loop()) or self._settle()
        proxy = self._options.proxies.before(request.origin)
        head = encode_through(request, proxy)
        connection = home.take(request.origin) or await home.open(request, proxy)
        reply = await connection.ask(head, request, whole=whole)
        if connection.reused and connection.unreached:
            connection = await home.open(request, proxy)
            reply = await connection.ask(head, request, whole=whole)
        return connection, reply

    def _settle(self) -> "_Home":
        if self._closed:
            raise errors.BadRequestError("the client is closed", hint="make a new one")
        for ended in [loop for loop in self._homes if loop.is_closed()]:
            del self._homes[ended]
        home = _Home(self._options, self._trust)
        self._homes[asyncio.get_running_loop()] = home
        return home


class AsyncNetworkStream:
    """An `AsyncStream` whose body is on its way."""

    __slots__ = ("_connection", "_reply", "head")

    def __init__(self, connection: Connection, reply: Reply, head: HttpHead) -> None:
        """Hold `connection` until the body ends or the reader leaves."""
        self._connection = connection
        self._reply = reply
        self.head = head

    async def read(self) -> bytes:
        """Return what has arrived since the last call, ``b""`` at the end. See `Stream.read`.

        Raises:
            OutcropError: As `Stream.read`.
        """
        reply = self._reply
        try:
            while not reply.buffered and not reply.done:
                await self._connection.something()
        except BaseException:
            self._connection.abort()
            raise
        data = reply.take()
        if reply.ended:
            self._connection.finish(reply)
        elif data:
            self._connection.resume()
        elif reply.failure is not None:
            raise reply.failure
        return data

    def close(self) -> None:
        """Leave: closes the socket at once, unless the body has arrived to its end."""
        self._connection.drop(self._reply)

    def __del__(self) -> None:
        """Leave, when the reader has forgotten to: a place in the pool must not be lost."""
        self._connection.drop_soon(self._reply)


def _head(reply: Reply) -> HttpHead:
    if reply.head is None:
        raise reply.failure or left()
    return reply.head


class _Turn:
    """A call that waits until it may have a connection."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.granted: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()

    def grant(self, connection: Connection | None) -> bool:
        if self.granted.done():
            return False
        self.granted.set_result(connection)
        return True


class _Home:
    """The connections of one loop."""

    def __init__(self, options: TransportOptions, trust: Trust) -> None:
        self.closed = False
        self._options = options
        self._trust = trust
        self._loop = asyncio.get_running_loop()
        self._all: set[Connection] = set()
        self._pool: Pool[Connection] = Pool(
            limit=options.max_connections,
            max_idle_s=options.max_idle_s,
            discard=Connection.abort,
        )
        # A loop that is shut down properly closes what it knows as asynchronous generators, which
        # this is not, but `aclose` is all it asks of them. So a program that never closes its
        # client leaves no socket to the garbage collector.
        if firstiter := sys.get_asyncgen_hooks().firstiter:
            firstiter(cast("AsyncGenerator[None, None]", self))

    def take(self, origin: Origin) -> Connection | None:
        """Return a connection that waits for a request, and is still good for one."""
        while (connection := self._pool.take(origin, self._loop.time())) is not None:
            if not has_news(connection.socket):
                return connection
            connection.abort()
        return None

    async def open(self, request: HttpRequest, proxy: Proxy | None) -> Connection:
        """Return a new connection, or when all places are taken the first that becomes free."""
        while not self._pool.claim(self._loop.time()):
            handed = await self._queue(request)
            if handed is None:
                break
            if not handed.closed:
                return handed
        return await self._fill_place(request, proxy)

    def keep(self, connection: Connection) -> None:
        """Take back a connection that can carry another request."""
        self._pool.put(connection, connection.origin, self._loop.time())

    def forget(self, connection: Connection) -> None:
        """Give the place of a connection that was closed to another."""
        self._pool.remove(connection, connection.origin)
        self._pool.vacate()

    def let_go(self, connection: Connection) -> None:
        """Know no more of a connection whose socket is gone."""
        self._all.discard(connection)

    def abort(self) -> None:
        """Close every connection at once."""
        for connection in tuple(self._all):
            connection.abort()

    async def aclose(self) -> None:
        """Close every connection at once, and wait until the loop has let go of the sockets."""
        closing = tuple(self._all)
        self.abort()
        for connection in closing:
            await connection.lost.wait()

    async def _queue(self, request: HttpRequest) -> Connection | None:
        turn = _Turn(request.origin)
        self._pool.wait(turn)
        patience_s = request.timeouts.first_byte_s
        try:
            async with asyncio.timeout(patience_s):
                return await turn.granted
        except BaseException as error:
            self._give_back(turn)
            if isinstance(error, TimeoutError):
                raise too_long("every connection was busy", patience_s) from None
            raise

    def _give_back(self, turn: _Turn) -> None:
        self._pool.leave(turn)
        if turn.granted.cancelled() or not turn.granted.done():
            return
        # Cancelled after the grant and before it was noticed.
        connection = turn.granted.result()
        if connection is None:
            self._pool.vacate()
        elif not connection.closed:
            self.keep(connection)

    async def _fill_place(self, request: HttpRequest, proxy: Proxy | None) -> Connection:
        origin = request.origin
        try:
            async with asyncio.timeout(request.timeouts.connect_s):
                connection = await self._connect(request, proxy)
        except CONNECT_FAILURES as error:
            self._pool.vacate()
            raise cannot_connect(error, origin, proxy) from error
        except BaseException:
            self._pool.vacate()
            raise
        if connection.closed:
            self._pool.vacate()
            raise broken(None, sent=False)
        connection.owner = self
        self._all.add(connection)
        if self.closed:
            connection.abort()
            raise left()
        return connection

    async def _connect(self, request: HttpRequest, proxy: Proxy | None) -> Connection:
        origin = request.origin
        secure = origin.scheme == "https"
        host, port = (proxy.host, proxy.port) if proxy else (origin.host, origin.port)
        own = await self._dial(host, port, until=self._loop.time() + request.timeouts.connect_s)
        try:
            context = self._trust.context() if secure else None
            if proxy and secure:
                await self._tunnel(own, Tunnel(proxy, origin))
        except BaseException:
            own.close()
            raise
        connection = Connection(origin, own.dup())
        try:
            # From here on `own` is the loop's to close.
            await self._loop.create_connection(
                lambda: connection,
                sock=own,
                ssl=context,
                server_hostname=origin.host if secure else None,
            )
        except BaseException:
            connection.socket.close()
            if not isinstance(self._loop, asyncio.BaseEventLoop):
                # libuv has closed the number behind it; uvloop before 0.23 leaves Python to close
                # it again, when it may be another's. https://github.com/MagicStack/uvloop/issues/645
                own.detach()
            raise
        return connection

    async def _dial(self, host: str, port: int, *, until: float) -> socket.socket:
        addresses = find_numeric(host, port) or await self._loop.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )
        for tried, info in enumerate(addresses):
            patience_s = share(until - self._loop.time(), addresses_left=len(addresses) - tried)
            try:
                return await self._dial_one(info, patience_s)
            except OSError:
                if tried == len(addresses) - 1:
                    raise
        raise OSError("no address")

    async def _dial_one(self, info: AddressInfo, patience_s: float) -> socket.socket:
        own = make_socket(info, keepalive_after_s=self._options.keepalive_after_s)
        try:
            async with asyncio.timeout(patience_s):
                await self._loop.sock_connect(own, info[4])
        except BaseException:
            own.close()
            raise
        return own

    async def _tunnel(self, own: socket.socket, tunnel: Tunnel) -> None:
        await self._loop.sock_sendall(own, tunnel.request)
        while not tunnel.feed(await self._loop.sock_recv(own, _RECEIVE)):
            pass
