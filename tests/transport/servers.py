r"""Servers for the transport tests: raw sockets on loopback that do what a script says.

Place in the house: tests only. A script is a function of one accepted connection, run in a thread
of its own; what it raises fails the test, except that the client left.

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    with serving(script) as server:
        ...  # server.origin, server.requests, server.peers
"""

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeAlias

from outcrop.http import Origin

DATA = Path(__file__).parent / "data"
PATIENCE_S = 20.0
"""After this a test has failed; nothing measures it."""
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
"""The head of a stream."""

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class Peer:
    """One connection, seen from the server.

    Attributes:
        number: Which of the server's connections it is, from 0.
        requests: What arrived on it, each request whole.
    """

    def __init__(self, accepted: socket.socket, number: int, log: list[bytes]) -> None:
        self.socket = accepted
        self.number = number
        self.requests: list[bytes] = []
        self._log = log
        self._buffer = b""

    def read_request(self) -> bytes:
        """Return the next request, head and body; `EOFError` when the client left."""
        while (request := self._cut()) is None:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._buffer += data
        self.requests.append(request)
        self._log.append(request)
        return request

    def _cut(self) -> bytes | None:
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        found = _LENGTH.search(head + separator)
        length = int(found[1]) if found else 0
        if not separator or len(rest) < length:
            return None
        self._buffer = rest[length:]
        return head + separator + rest[:length]

    def take(self, size: int) -> None:
        """Read `size` bytes, whatever they are."""
        while size:
            size -= len(self.socket.recv(size))

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def start_tls(self, certificate: str) -> None:
        """Go on in TLS, as the server of `certificate`, a file in `DATA`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(DATA / certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def wait_for_end(self) -> str:
        """Wait until the client has closed: ``"end"`` or ``"reset"``."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            return "reset"
        return "end"

    def close(self) -> None:
        """Close in order, as a server does that has had enough."""
        # Without the first call a thread of the test that still reads would keep it open.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_WR)
        self.socket.close()

    def reset(self) -> None:
        """Close by RST, as a crash or a firewall does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


Script: TypeAlias = Callable[[Peer], object]


class Server:
    """A listener and its connections.

    Attributes:
        requests: What arrived on any of them, in order.
    """

    def __init__(self, script: Script, *, tls: str, host: str) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._script = script
        self._tls = tls
        self._failures: list[Exception] = []
        self._threads: list[threading.Thread] = []
        self.peers: list[Peer] = []
        self.requests: list[bytes] = []
        self.port: int = self._listener.getsockname()[1]
        self.origin = Origin("https" if tls else "http", host, self.port)
        self._begin(self._accept)

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.settimeout(PATIENCE_S)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = Peer(accepted, len(self.peers), self.requests)
            self.peers.append(peer)
            self._begin(partial(self._serve, peer))

    def _serve(self, peer: Peer) -> None:
        try:
            if self._tls:
                peer.start_tls(self._tls)
            self._script(peer)
        except (EOFError, ConnectionError, ssl.SSLError):
            pass  # the client left
        except Exception as failure:  # noqa: BLE001 - it is the test's to see
            self._failures.append(failure)
        finally:
            peer.close()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self.peers:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(peer.socket, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        if self._failures:
            raise self._failures[0]


@contextlib.contextmanager
def serving(script: Script, *, tls: str = "", host: str = "127.0.0.1") -> Iterator[Server]:
    """Serve each connection by `script`, with the certificate `tls` where one is named."""
    server = Server(script, tls=tls, host=host)
    try:
        yield server
    finally:
        server.stop()


def reply(body: bytes = b"ok", *, status: str = "200 OK", headers: bytes = b"") -> bytes:
    """Return a reply with a length."""
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n%s\r\n%s" % (
        status.encode(),
        len(body),
        headers,
        body,
    )


def answering(*replies: bytes) -> Script:
    """Return a script that answers one request after another, and then waits for the end."""

    def script(peer: Peer) -> None:
        for each in replies:
            peer.read_request()
            peer.send(each)
        peer.wait_for_end()

    return script


def always(answer: bytes) -> Script:
    """Return a script that gives every request the same answer."""

    def script(peer: Peer) -> None:
        while True:
            peer.read_request()
            peer.send(answer)

    return script


def closing_after(*parts: bytes) -> Script:
    """Return a script that answers with `parts` and closes in order."""

    def script(peer: Peer) -> None:
        peer.read_request()
        for part in parts:
            peer.send(part)

    return script


def resetting_after(*parts: bytes) -> Script:
    """Return a script that answers with `parts`, and resets when they have been read."""

    def script(peer: Peer) -> None:
        peer.read_request()
        for part in parts:
            peer.send(part)
        # Some systems throw away what was not read when the reset comes.
        peer.socket.settimeout(0.05)
        try:
            peer.socket.recv(1)
        except TimeoutError:
            peer.reset()

    return script


def silent(peer: Peer) -> None:
    """Read, and say nothing."""
    peer.wait_for_end()
