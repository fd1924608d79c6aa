import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from outcrop import errors
from outcrop.http import Timeouts
from outcrop.transport import arrival, asynchronous, blocking
from outcrop.transport.arrival import Arrival
from outcrop.transport.interface import AsyncTransport
from tests.transport.drivers import (
    TRUSTING,
    Driver,
    ask,
    exchanging,
    on_each_driver,
)
from tests.transport.servers import (
    PATIENCE_S,
    Peer,
    reply,
    serving,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what was acknowledged")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield client and server of a connection that has carried something."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), timeout=10)
        server, _ = listener.accept()
    server.settimeout(10)
    client.sendall(b"question")
    server.recv(100)
    server.sendall(b"answer")
    client.recv(100)
    with client, server:
        yield client, server


def close(server: socket.socket) -> None:
    server.close()


def reset(server: socket.socket) -> None:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.close()


def ended(client: socket.socket) -> OSError | None:
    """Read until the connection ends, and return how."""
    try:
        while client.recv(100):
            pass
    except OSError as error:
        return error
    return None


@linux
def test_closed_before_the_request_came(pair: tuple[socket.socket, socket.socket]) -> None:
    """The one case that may be sent again: FIN came, and not a byte was acknowledged."""
    client, server = pair
    asked = Arrival(client)
    server.close()

    client.sendall(b"again")

    assert (ended(client), asked.impossible()) == (None, True)


@linux
def test_closed_and_nothing_more(pair: tuple[socket.socket, socket.socket]) -> None:
    """The same, before the reset that answers the request has come back."""
    client, server = pair
    asked = Arrival(client)

    server.shutdown(socket.SHUT_WR)

    assert asked.impossible() is True


@linux
@pytest.mark.parametrize("act", [close, reset])
def test_ended_before_anything_was_written(
    pair: tuple[socket.socket, socket.socket], act: Callable[[socket.socket], None]
) -> None:
    """What is written to a connection that has ended goes nowhere, however it ended."""
    client, server = pair
    act(server)
    asked = Arrival(client)

    with contextlib.suppress(OSError):
        client.sendall(b"again")

    ended(client)
    assert asked.impossible() is True


def test_error_that_somebody_took(pair: tuple[socket.socket, socket.socket]) -> None:
    """The kernel reports an error once: who did not see it proves nothing by its absence."""
    client, server = pair
    asked = Arrival(client)
    server.close()
    client.sendall(b"head")
    with pytest.raises(BrokenPipeError):
        client.sendall(b"body")

    assert ended(client) is None
    assert asked.impossible() is False


@linux
def test_complete(pair: tuple[socket.socket, socket.socket]) -> None:
    """A request that lies in a buffer of ours is not with the server."""
    client, server = pair
    client.settimeout(0.0)
    asked = Arrival(client)
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sent += client.send(b"x" * 1_000_000)

    before = asked.complete(sent)
    left = sent
    while left:
        left -= len(server.recv(left))
    server.sendall(b"answer")
    client.settimeout(10)
    client.recv(100)

    assert (before, asked.complete(sent)) == (False, True)


def read_and_close(server: socket.socket) -> None:
    server.recv(100)
    server.close()


def read_a_part_and_close(server: socket.socket) -> None:
    server.recv(2)
    server.close()


def read_and_reset(server: socket.socket) -> None:
    server.recv(100)
    reset(server)


def read_after_closing_one_side(server: socket.socket) -> None:
    server.shutdown(socket.SHUT_WR)
    server.recv(100)


@pytest.mark.parametrize(
    "act", [read_and_close, read_a_part_and_close, read_and_reset, read_after_closing_one_side]
)
def test_request_that_came(
    pair: tuple[socket.socket, socket.socket], act: Callable[[socket.socket], None]
) -> None:
    """A server that had a byte of it may have begun to work, whatever it looks like from here."""
    client, server = pair
    asked = Arrival(client)

    client.sendall(b"again")
    act(server)

    ended(client)

    assert asked.impossible() is False


@pytest.mark.parametrize("taken", [False, True], ids=["reset", "reset-taken-for-an-end"])
def test_reset_proves_nothing(pair: tuple[socket.socket, socket.socket], *, taken: bool) -> None:
    """It may overtake the acknowledgement of a request that was read; TLS calls it an end."""
    client, server = pair
    asked = Arrival(client)
    reset(server)
    if taken:
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert client.recv(1) == b""

    assert asked.impossible() is False


@pytest.mark.parametrize("known", [None, 7])
def test_system_that_does_not_tell(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch, known: int | None
) -> None:
    """Nothing known is nothing proved: no option, or a kernel whose answer is too short."""
    client, server = pair
    monkeypatch.setattr(arrival, "_TCP_INFO", known and socket.TCP_NODELAY)
    asked = Arrival(client)

    server.close()

    assert asked.impossible() is False
    assert asked.complete(1_000_000) is True


def test_closed_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    """Nor is anything known of a socket that is closed."""
    client, _ = pair
    asked = Arrival(client)

    client.close()

    assert asked.impossible() is False


def miss_the_news(_: socket.socket) -> bool:
    """Stand for `has_news` while the FIN is still on its way."""
    return False


def answer(peer: Peer, number: bytes) -> bool:
    peer.send(reply(number))
    return False


def answer_and_close(peer: Peer, number: bytes) -> bool:
    peer.send(reply(number))
    return True


def answer_a_part(peer: Peer, _: bytes) -> bool:
    peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")
    return False


def close_without_a_word(_: Peer, __: bytes) -> bool:
    return True


def crash(peer: Peer, _: bytes) -> bool:
    peer.reset()
    return True


MOODS: tuple[Callable[[Peer, bytes], bool], ...] = (
    answer,
    answer,
    answer_and_close,
    answer,
    close_without_a_word,
    answer,
    crash,
    answer,
    answer,
    answer_a_part,
    answer,
)
"""What a server does with one request after another; returns whether that was the last."""


@on_each_driver
class TestStaleConnection:
    """A pooled connection that the server closes costs one silent retry, never a generation."""

    def test_noticed_before_it_is_used(self, driver: Driver) -> None:
        """The usual case: the end arrived while the connection waited."""
        closed = threading.Event()

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(reply(b"%d" % peer.number))
            if peer.number == 0:
                peer.close()
                closed.set()

        async def scenario(network: AsyncTransport) -> bytes:
            await network.exchange(ask(server.origin))
            # The loop is kept from running in between: nobody has told the driver.
            assert closed.wait(PATIENCE_S)
            return (await network.exchange(ask(server.origin, "/second"))).body

        with serving(script) as server:
            assert driver.run(scenario) == b"1"
        assert [len(peer.requests) for peer in server.peers] == [1, 1]

    @pytest.mark.parametrize("tls", ["", "private-server.pem"], ids=["tcp", "tls"])
    @pytest.mark.parametrize("size", [0, 100, 60_000])
    def test_end_and_request_meet(
        self, driver: Driver, tls: str, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The server closed while the request was on its way: sent once more, and read once."""
        closed = threading.Event()
        monkeypatch.setattr(asynchronous, "has_news", miss_the_news)
        monkeypatch.setattr(blocking, "has_news", miss_the_news)

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(reply(b"%d" % peer.number))
            if peer.number == 0:
                peer.close()
                closed.set()

        async def scenario(network: AsyncTransport) -> bytes:
            await network.exchange(ask(server.origin))
            assert closed.wait(PATIENCE_S)
            again = ask(server.origin, "/second", method="POST", body=b"x" * size)
            return (await network.exchange(again)).body

        with serving(script, tls=tls) as server:
            assert driver.run(scenario, TRUSTING) == b"1"
        assert [len(peer.requests) for peer in server.peers] == [1, 1]

    @pytest.mark.parametrize("size", [0, 100, 300_000])
    @pytest.mark.parametrize("leave", [Peer.close, Peer.reset], ids=["closes", "crashes"])
    @pytest.mark.parametrize("tls", ["", "private-server.pem"], ids=["tcp", "tls"])
    def test_server_that_had_the_request(
        self, driver: Driver, leave: Callable[[Peer], None], size: int, tls: str
    ) -> None:
        """It read the request and left without a word: a second one could be a second bill."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(reply())
            peer.read_request()
            leave(peer)

        async def scenario(network: AsyncTransport) -> errors.ConnectionError:
            await network.exchange(ask(server.origin))
            with pytest.raises(errors.ConnectionError) as caught:
                await network.exchange(ask(server.origin, method="POST", body=b"x" * size))
            return caught.value

        with serving(script, tls=tls) as server:
            error = driver.run(scenario, TRUSTING)

        assert error.sent is True
        assert len(server.requests) == 2

    def test_server_that_had_a_part_of_the_request(self, driver: Driver) -> None:
        """Half a request that was taken is a request that was taken."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(reply())
            peer.socket.recv(10)
            peer.close()

        async def scenario(network: AsyncTransport) -> errors.ConnectionError:
            await network.exchange(ask(server.origin))
            with pytest.raises(errors.ConnectionError) as caught:
                await network.exchange(ask(server.origin, method="POST", body=b"x" * 100))
            return caught.value

        with serving(script) as server:
            assert driver.run(scenario).sent is True
        assert len(server.peers) == 1

    @pytest.mark.parametrize("tls", ["", "private-server.pem"], ids=["tcp", "tls"])
    def test_no_request_is_read_twice(self, driver: Driver, tls: str) -> None:
        """Whatever mix of good and bad servers: never read twice, never answered for another."""

        def script(peer: Peer) -> None:
            closed = False
            while not closed:
                number = peer.read_request().split(b" ")[1]
                closed = MOODS[int(number[1:]) % len(MOODS)](peer, number)

        async def scenario(network: AsyncTransport) -> set[str]:
            unsent = set()
            for number in range(150):
                body = b"x" * (0, 100, 100_000)[number % 3]
                hasty = Timeouts(connect_s=20.0, first_byte_s=20.0, idle_s=0.01)
                target = f"/{number}"
                request = ask(server.origin, target, method="POST", body=body, timeouts=hasty)
                try:
                    assert (await network.exchange(request)).body == target.encode()
                except errors.ConnectionError as error:
                    unsent |= set() if error.sent else {target}
                except errors.TimeoutError:
                    pass
            return unsent

        with serving(script, tls=tls) as server:
            unsent = driver.run(scenario, TRUSTING)

        read = [request.split(b" ")[1].decode() for request in server.requests]
        assert len(read) == len(set(read)) > 100
        assert unsent & set(read) == set()

    def test_new_connection_is_never_tried_twice(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What fails on a new connection is no matter of age, whatever is proved."""
        monkeypatch.setattr(Arrival, "impossible", lambda _: True)

        with serving(Peer.read_request) as server, pytest.raises(errors.ConnectionError):
            driver.run(exchanging(ask(server.origin)))

        assert len(server.requests) == 1

    def test_answer_to_nothing(self, driver: Driver) -> None:
        """A reply that comes unasked is not taken for the answer to what is asked next."""
        answered, sent = threading.Event(), threading.Event()

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(reply(b"%d" % peer.number))
            if peer.number == 0:
                assert answered.wait(PATIENCE_S)
                peer.send(reply(b"gone", status="408 Timeout"))
                sent.set()
            peer.wait_for_end()

        async def scenario(network: AsyncTransport) -> bytes:
            await network.exchange(ask(server.origin))
            answered.set()
            assert sent.wait(PATIENCE_S)
            return (await network.exchange(ask(server.origin))).body

        with serving(script) as server:
            assert driver.run(scenario) == b"1"
