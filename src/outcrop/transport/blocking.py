"""The blocking driver: HTTP/1.1 over plain sockets, shared by threads.

Place in the house: transport floor. Opens connections and hands them round; what happens on one is
`blocking_connection`, who may use it `pool`, whether a request may be sent again `arrival`.

    network = Network(TransportOptions(proxies=resolve_proxies(os.environ)))
    response = network.exchange(request)
    network.close()

Source: behaviour specification, EP-05, EP-06, STREAM-05, TLS-03.
"""

import socket
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

from outcrop import errors
from outcrop.http import HttpHead, HttpRequest, HttpResponse, Origin
from outcrop.transport.blocking_connection import Connection
from outcrop.transport.dialing import AddressInfo, find_numeric, make_socket, share
from outcrop.transport.failures import CONNECT_FAILURES, cannot_connect, left, too_long
from outcrop.transport.http1 import Reply
from outcrop.transport.options import TransportOptions
from outcrop.transport.pool import Pool
from outcrop.transport.proxies import Proxy, Tunnel, encode_through
from outcrop.transport.readiness import has_news
from outcrop.transport.tls import Trust

_RECEIVE: Final = 65536


class Network:
    """A `Transport` over TCP and TLS. Threads may share it."""

    def __init__(self, options: TransportOptions | None = None) -> None:
        """Open nothing yet.

        Raises:
            ConfigError: A CA file named in `options` cannot be used.
        """
        self._options = options or TransportOptions()
        self._home = _Home(self._options, Trust(self._options))

    def exchange(self, request: HttpRequest) -> HttpResponse:
        """Send `request` and return its reply, read to the end. See `Transport`."""
        connection, reply = self._ask(request, whole=True)
        head = _head(reply)
        if reply.failure is not None:
            raise reply.failure
        connection.finish(reply)
        return HttpResponse(status=head.status, headers=head.headers, body=reply.take())

    def open(self, request: HttpRequest) -> "NetworkStream":
        """Send `request` and return when the head of its reply is here. See `Transport`."""
        connection, reply = self._ask(request, whole=False)
        return NetworkStream(connection, reply, _head(reply))

    def close(self) -> None:
        """Close every connection, those with open streams too. The transport is spent."""
        self._home.close()

    def _ask(self, request: HttpRequest, *, whole: bool) -> tuple[Connection, Reply]:
        proxy = self._options.proxies.before(request.origin)
        head = encode_through(request, proxy)
        connection = self._home.take(request.origin) or self._home.open(request, proxy)
        reply = connection.ask(head, request, whole=whole)
        if connection.reused and connection.unreached:
            connection = self._home.open(request, proxy)
            reply = connection.ask(head, request, whole=whole)
        return connection, reply


class NetworkStream:
    """A `Stream` whose body is on its way."""

    __slots__ = ("_connection", "_reply", "head")

    def __init__(self, connection: Connection, reply: Reply, head: HttpHead) -> None:
        """Hold `connection` until the body ends or the reader leaves."""
        self._connection = connection
        self._reply = reply
        self.head = head

    def read(self) -> bytes:
        """Return what has arrived since the last call, ``b""`` at the end. See `Stream.read`.

        Raises:
            OutcropError: As `Stream.read`.
        """
        reply = self._reply
        while not reply.buffered and not reply.done:
            self._connection.wait(reply)
        data = reply.take()
        if reply.ended:
            self._connection.finish(reply)
        elif not data and reply.failure is not None:
            raise reply.failure
        return data

    def close(self) -> None:
        """Leave: closes the socket at once, unless the body has arrived to its end."""
        self._connection.drop(self._reply)

    def __del__(self) -> None:
        """Leave, when the reader has forgotten to: a place in the pool must not be lost."""
        self._connection.drop(self._reply)


def _head(reply: Reply) -> HttpHead:
    if reply.head is None:
        raise reply.failure or left()
    return reply.head


class _Turn:
    """A call that waits until it may have a connection. Its fields change under the pool's lock."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.connection: Connection | None = None
        self.granted = threading.Event()

    def grant(self, connection: Connection | None) -> bool:
        self.connection = connection
        self.granted.set()
        return True


class _Home:
    """The connections of one transport, and the lock around the pool.

    Streams are closed by the garbage collector too, at any moment and in any thread: while this
    very thread holds the lock, for one. So whatever gives something back never waits for the lock.
    It leaves an errand, and whoever holds the lock runs it.
    """

    def __init__(self, options: TransportOptions, trust: Trust) -> None:
        self._options = options
        self._trust = trust
        self._closed = False
        self._all: set[Connection] = set()
        self._lock = threading.Lock()
        self._errands: deque[Callable[[], None]] = deque()
        self._pool: Pool[Connection] = Pool(
            limit=options.max_connections,
            max_idle_s=options.max_idle_s,
            discard=Connection.abort,
        )

    def take(self, origin: Origin) -> Connection | None:
        """Return a connection that waits for a request, and is still good for one."""
        while (connection := self._take(origin)) is not None:
            if not has_news(connection.socket):
                return connection
            connection.abort()
        return None

    def open(self, request: HttpRequest, proxy: Proxy | None) -> Connection:
        """Return a new connection, or when all places are taken the first that becomes free."""
        if self._closed:
            raise errors.BadRequestError("the client is closed", hint="make a new one")
        while (turn := self._claim(request.origin)) is not None:
            handed = self._await(turn, request.timeouts.first_byte_s)
            if handed is None:
                break
            if not handed.closed:
                return handed
        return self._fill_place(request, proxy)

    def close(self) -> None:
        """Close every connection at once."""
        self._closed = True
        for connection in tuple(self._all):
            connection.abort()

    def keep(self, connection: Connection) -> None:
        """Take back a connection that can carry another request."""
        self._run(partial(self._keep, connection))

    def forget(self, connection: Connection) -> None:
        """Give the place of a connection that was closed to another."""
        self._run(partial(self._forget, connection))

    def _keep(self, connection: Connection) -> None:
        self._pool.put(connection, connection.origin, monotonic())

    def _forget(self, connection: Connection) -> None:
        if connection in self._all:
            self._all.remove(connection)
            self._pool.remove(connection, connection.origin)
            self._pool.vacate()

    def _take(self, origin: Origin) -> Connection | None:
        with self._lock:
            connection = self._pool.take(origin, monotonic())
        self._run_errands()
        return connection

    def _claim(self, origin: Origin) -> _Turn | None:
        """Return None with a place of one's own, else the turn to wait for."""
        turn = None
        with self._lock:
            if not self._pool.claim(monotonic()):
                turn = _Turn(origin)
                self._pool.wait(turn)
        self._run_errands()
        return turn

    def _run(self, errand: Callable[[], None]) -> None:
        self._errands.append(errand)
        self._run_errands()

    def _run_errands(self) -> None:
        # Asked again after each release: an errand left in between was left to us.
        while self._errands and self._lock.acquire(blocking=False):
            try:
                while self._errands:
                    self._errands.popleft()()
            finally:
                self._lock.release()

    def _await(self, turn: _Turn, patience_s: float) -> Connection | None:
        try:
            in_time = turn.granted.wait(patience_s)
        except BaseException:
            self._run(partial(self._give_back, turn))
            raise
        if not in_time:
            self._run(partial(self._give_back, turn))
            raise too_long("every connection was busy", patience_s)
        return turn.connection

    def _give_back(self, turn: _Turn) -> None:
        if not turn.granted.is_set():
            self._pool.leave(turn)
        elif turn.connection is None:
            self._pool.vacate()
        elif not turn.connection.closed:
            self._keep(turn.connection)

    def _fill_place(self, request: HttpRequest, proxy: Proxy | None) -> Connection:
        try:
            own = self._connect(request, proxy)
        except CONNECT_FAILURES as error:
            self._run(self._pool.vacate)
            raise cannot_connect(error, request.origin, proxy) from error
        except BaseException:
            self._run(self._pool.vacate)
            raise
        connection = Connection(request.origin, own, self)
        self._all.add(connection)
        if self._closed:
            connection.abort()
            raise left()
        return connection

    def _connect(self, request: HttpRequest, proxy: Proxy | None) -> socket.socket:
        origin = request.origin
        until = monotonic() + request.timeouts.connect_s
        host, port = (proxy.host, proxy.port) if proxy else (origin.host, origin.port)
        own = self._dial(host, port, until=until)
        if origin.scheme != "https":
            return own
        try:
            if proxy is not None:
                _open_tunnel(own, Tunnel(proxy, origin), until)
            own.settimeout(_rest(until))
            return self._trust.context().wrap_socket(
                own, server_hostname=origin.host, suppress_ragged_eofs=False
            )
        except BaseException:
            own.close()
            raise

    def _dial(self, host: str, port: int, *, until: float) -> socket.socket:
        addresses = find_numeric(host, port) or socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )
        for tried, info in enumerate(addresses):
            patience_s = share(_rest(until), addresses_left=len(addresses) - tried)
            try:
                return self._dial_one(info, patience_s)
            except OSError:
                if tried == len(addresses) - 1:
                    raise
        raise OSError("no address")

    def _dial_one(self, info: AddressInfo, patience_s: float) -> socket.socket:
        own = make_socket(
            info, keepalive_after_s=self._options.keepalive_after_s, timeout_s=patience_s
        )
        try:
            own.connect(info[4])
        except BaseException:
            own.close()
            raise
        return own


def _open_tunnel(own: socket.socket, tunnel: Tunnel, until: float) -> None:
    own.settimeout(_rest(until))
    own.sendall(tunnel.request)
    while not tunnel.feed(own.recv(_RECEIVE)):
        own.settimeout(_rest(until))


def _rest(until: float) -> float:
    """Return the seconds left, or next to none: zero would mean not to wait at all."""
    return max(until - monotonic(), 0.001)
