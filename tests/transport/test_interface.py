"""What every driver must do, told once and played on each: blocking, asyncio, uvloop."""

import socket
import threading

import pytest

from outcrop import errors
from outcrop.http import HttpRequest, HttpResponse
from outcrop.transport.interface import AsyncTransport
from outcrop.transport.options import TransportOptions
from tests.transport.drivers import (
    PATIENT,
    TRUSTING,
    Driver,
    ask,
    exchanging,
    on_each_driver,
    read_all,
    until,
)
from tests.transport.servers import (
    CHUNKED,
    PATIENCE_S,
    Peer,
    always,
    answering,
    reply,
    serving,
)


@on_each_driver
class TestExchange:
    def test_request_and_response(self, driver: Driver) -> None:
        """Everything that was given arrives, and everything that came back is there."""
        answer = reply(b'{"a":1}', status="404 Not Found", headers=b"X-Request-Id: 7\r\n")

        with serving(always(answer)) as server:
            request = HttpRequest(
                method="POST",
                origin=server.origin,
                target="/model",
                headers=(("Content-Type", "text/plain"),),
                body=b"hello",
                timeouts=PATIENT,
            )
            response = driver.run(exchanging(request))

        assert response == HttpResponse(
            status=404,
            headers=(("content-length", "7"), ("X-Request-Id", "7")),
            body=b'{"a":1}',
        )
        assert server.requests == [
            b"POST /model HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nContent-Type: text/plain\r\n"
            b"content-length: 5\r\n\r\nhello" % server.port
        ]

    @pytest.mark.parametrize(
        "target", ["/a%3Ab%2Fc", "//a//b/../c/./", "/a:b?x=%7e&&y=/?#frag", "/%e2%82%ac%E2%82%AC"]
    )
    def test_target_byte_for_byte(self, driver: Driver, target: str) -> None:
        """AWS signs the path as it stands: whoever tidies it breaks the signature."""
        with serving(always(reply())) as server:
            driver.run(exchanging(ask(server.origin, target)))

        assert server.requests[0].startswith(b"GET %s HTTP/1.1\r\n" % target.encode())

    def test_connection_is_kept(self, driver: Driver) -> None:
        """A handshake for each call would double the time to the first token."""
        with serving(always(reply())) as server:
            driver.run(exchanging(*[ask(server.origin)] * 3))

        assert [len(peer.requests) for peer in server.peers] == [3]

    @pytest.mark.parametrize(
        "answer",
        [
            reply(headers=b"connection: close\r\n"),
            b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
            reply() + b"surplus",
        ],
        ids=["close", "http-1.0", "surplus"],
    )
    def test_connection_is_not_kept(self, driver: Driver, answer: bytes) -> None:
        """The server's wish is followed, and what is in doubt is not used again."""
        with serving(always(answer)) as server:
            driver.run(exchanging(*[ask(server.origin)] * 2))

        assert [len(peer.requests) for peer in server.peers] == [1, 1]

    @pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
    def test_no_redirects(self, driver: Driver, status: str) -> None:
        """A signed request is not sent where a stranger says."""
        moved = reply(b"", status=status, headers=b"location: http://127.0.0.1:1/\r\n")

        with serving(always(moved)) as server:
            response = driver.run(exchanging(ask(server.origin)))

        assert (response.status, len(server.requests)) == (int(status[:3]), 1)

    def test_no_cookies(self, driver: Driver) -> None:
        """A client for many users keeps nothing of one for another."""
        with serving(always(reply(headers=b"set-cookie: a=b\r\n"))) as server:
            driver.run(exchanging(*[ask(server.origin)] * 2))

        assert b"cookie" not in server.requests[1].lower()

    def test_head(self, driver: Driver) -> None:
        """The length in the reply to HEAD is of a body that does not come."""
        answers = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n", reply(b"next")

        with serving(answering(*answers)) as server:
            response = driver.run(exchanging(ask(server.origin, method="HEAD"), ask(server.origin)))

        assert response.body == b"next"
        assert len(server.peers) == 1

    def test_body_until_the_end(self, driver: Driver) -> None:
        """Old servers end a body by closing."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\nto the ")
            peer.send(b"end")

        with serving(script) as server:
            response = driver.run(exchanging(ask(server.origin)))

        assert response.body == b"to the end"

    def test_large_bodies(self, driver: Driver) -> None:
        """Images go up, long answers come down, unharmed."""
        up, down = bytes(range(256)) * 20_000, bytes(range(255, -1, -1)) * 20_000

        with serving(always(reply(down))) as server:
            response = driver.run(exchanging(ask(server.origin, method="POST", body=up)))

        assert response.body == down
        assert server.requests[0].endswith(b"\r\n\r\n" + up)

    @pytest.mark.parametrize("tls", ["", "private-server.pem"], ids=["tcp", "tls"])
    def test_answer_before_the_whole_request(self, driver: Driver, tls: str) -> None:
        """A server that refuses a long body early is heard, and the connection is not kept."""

        def script(peer: Peer) -> None:
            if peer.number == 0:
                peer.socket.recv(1000)
                peer.send(reply(b"too large", status="413 Too Large"))
                # Longer than any buffer: who waits for all of it to be taken waits for us.
                assert answered.wait(PATIENCE_S)
            else:
                always(reply())(peer)

        async def scenario(network: AsyncTransport) -> list[int]:
            body = b"x" * 30_000_000
            first = await network.exchange(ask(server.origin, method="POST", body=body))
            second = await network.exchange(ask(server.origin))
            answered.set()
            return [first.status, second.status]

        answered = threading.Event()
        with serving(script, tls=tls) as server:
            assert driver.run(scenario, TRUSTING) == [413, 200]

    def test_injection_is_refused_before_anything_is_opened(self, driver: Driver) -> None:
        """Header injection never reaches a socket."""
        with serving(always(reply())) as server:
            request = HttpRequest(
                method="GET", origin=server.origin, target="/", headers=(("a", "b\r\nc: d"),)
            )
            with pytest.raises(errors.BadRequestError):
                driver.run(exchanging(request))

        assert server.peers == []


@on_each_driver
class TestStream:
    def test_chunk_is_delivered_when_it_arrives(self, driver: Driver) -> None:
        """A token is shown when it comes, not when the buffer is full or the answer over."""
        go_on = [threading.Event() for _ in range(3)]

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED)
            for number, event in enumerate(go_on):
                assert event.wait(PATIENCE_S)
                peer.send(b"1\r\n%d\r\n" % number)
            peer.wait_for_end()

        async def scenario(network: AsyncTransport) -> list[bytes]:
            stream = await network.open(ask(server.origin))
            assert stream.head.status == 200
            got = []
            for event in go_on:
                event.set()
                got.append(await stream.read())
            stream.close()
            return got

        with serving(script) as server:
            assert driver.run(scenario) == [b"0", b"1", b"2"]

    def test_head_is_delivered_when_it_arrives(self, driver: Driver) -> None:
        """Status and headers are there before the first byte of the body."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            peer.send(b"HTTP/1.1 200 OK\r\nx-")
            peer.send(b"amzn-requestid: 7\r\ntransfer-encoding: chunked\r\n\r\n")
            peer.wait_for_end()

        async def scenario(network: AsyncTransport) -> object:
            stream = await network.open(ask(server.origin))
            stream.close()
            return stream.head.headers

        with serving(script) as server:
            headers = driver.run(scenario)

        assert headers == (("x-amzn-requestid", "7"), ("transfer-encoding", "chunked"))

    def test_read_to_the_end(self, driver: Driver) -> None:
        """The end is said, and said again, and the connection serves the next call."""
        body = CHUNKED + b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"

        async def scenario(network: AsyncTransport) -> list[bytes]:
            stream = await network.open(ask(server.origin))
            got = [await read_all(stream), await stream.read()]
            stream.close()
            await network.exchange(ask(server.origin))
            return got

        with serving(always(body)) as server:
            assert driver.run(scenario) == [b"onetwo", b""]
        assert [len(peer.requests) for peer in server.peers] == [2]

    def test_leaving_closes_the_socket(self, driver: Driver) -> None:
        """Tokens that nobody reads are not paid for: the server sees the end at once."""
        left = threading.Event()

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED + b"3\r\none\r\n")
            peer.wait_for_end()
            left.set()

        async def scenario(network: AsyncTransport) -> None:
            stream = await network.open(ask(server.origin))
            assert await stream.read() == b"one"
            stream.close()
            with pytest.raises(errors.ConnectionError):
                await stream.read()
            # The client is still open: what the server sees is the end of the stream.
            await until(left)

        with serving(script) as server:
            driver.run(scenario)

    def test_forgotten_stream_gives_its_place_back(self, driver: Driver) -> None:
        """A reader who forgets to close does not use up the pool."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED + b"3\r\none\r\n")
            peer.wait_for_end()

        async def scenario(network: AsyncTransport) -> None:
            for _ in range(3):
                await network.open(ask(server.origin))

        with serving(script) as server:
            driver.run(scenario, TransportOptions(max_connections=1))

        assert len(server.peers) == 3

    def test_reader_that_stops_stops_the_sender(self, driver: Driver) -> None:
        """An answer of any length needs no more memory than its reader takes at once."""
        part = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        stopped = threading.Event()

        def script(peer: Peer) -> None:
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            peer.read_request()
            peer.send(CHUNKED)
            peer.socket.settimeout(0.3)
            rest = memoryview(part * 512)
            while not stopped.is_set():
                try:
                    rest = rest[peer.socket.send(rest) :]
                except TimeoutError:
                    stopped.set()
            # 32 MB are to be sent; what got away stands in buffers of the kernel and one of ours.
            assert len(rest) > 16_000_000
            peer.socket.settimeout(PATIENCE_S)
            peer.send(bytes(rest))
            peer.send(b"0\r\n\r\n")

        async def scenario(network: AsyncTransport) -> int:
            stream = await network.open(ask(server.origin))
            first = len(await stream.read())
            await until(stopped)
            return first + len(await read_all(stream))

        with serving(script) as server:
            assert driver.run(scenario) == 512 * 65536


@on_each_driver
class TestClosing:
    def test_open_streams_are_closed(self, driver: Driver) -> None:
        """Closing the client ends everything that is under way."""
        left = threading.Event()

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED)
            peer.wait_for_end()
            left.set()

        async def scenario(network: AsyncTransport) -> None:
            stream = await network.open(ask(server.origin))
            await network.aclose()
            with pytest.raises(errors.ConnectionError):
                await stream.read()
            await until(left)

        with serving(script) as server:
            driver.run(scenario)

    def test_closed_is_closed(self, driver: Driver) -> None:
        """A client that was closed opens nothing any more, and may be closed again."""

        async def scenario(network: AsyncTransport) -> None:
            await network.exchange(ask(server.origin))
            await network.aclose()
            with pytest.raises(errors.BadRequestError, match="the client is closed"):
                await network.exchange(ask(server.origin))
            await network.aclose()

        with serving(always(reply())) as server:
            driver.run(scenario)

        assert len(server.peers) == 1
