import asyncio
import gc
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
import uvloop

from outcrop import errors
from outcrop.http import Origin, Timeouts
from outcrop.transport.asynchronous import AsyncNetwork, AsyncNetworkStream
from outcrop.transport.asynchronous_connection import Connection
from outcrop.transport.interface import AsyncTransport
from outcrop.transport.options import TransportOptions
from outcrop.transport.proxies import Proxies, Proxy
from tests.transport.drivers import Driver, ask, exchanging, on_each_loop, read_all, until
from tests.transport.servers import CHUNKED, PATIENCE_S, Peer, always, closing_after, reply, serving

pytestmark = on_each_loop

ONE_PLACE = TransportOptions(max_connections=1)


class Room:
    """A server whose connections stay open until the client leaves."""

    def __init__(self, *answer: bytes) -> None:
        self.entered = threading.Event()
        self.left = threading.Event()
        self._answer = answer

    def script(self, peer: Peer) -> None:
        if not self._answer:
            # Not even the request is read: what is cancelled may be the handshake.
            self.entered.set()
        else:
            peer.read_request()
            for part in self._answer:
                peer.send(part)
            self.entered.set()
        peer.wait_for_end()
        self.left.set()


async def cancel(work: Coroutine[Any, Any, object], when: threading.Event) -> None:
    """Begin `work` and cancel it as soon as it is under way."""
    task = asyncio.ensure_future(work)
    await until(when)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class TestCancelling:
    """Whoever stops waiting stops paying: the server sees the end at once, while the client lives.

    Anything left behind, a task, a socket, an exception nobody fetched, is a warning, and warnings
    fail these tests.
    """

    def test_exchange(self, driver: Driver) -> None:
        """While the answer is awaited."""
        room = Room(b"HTTP/1.1 200 OK\r\n")

        async def scenario(network: AsyncTransport) -> None:
            await cancel(network.exchange(ask(server.origin)), room.entered)
            await until(room.left)

        with serving(room.script) as server:
            driver.run(scenario)

    def test_read(self, driver: Driver) -> None:
        """While the next chunk is awaited."""
        room = Room(CHUNKED)

        async def scenario(network: AsyncTransport) -> None:
            stream = await network.open(ask(server.origin))
            await cancel(stream.read(), room.entered)
            await until(room.left)
            with pytest.raises(errors.ConnectionError):
                await stream.read()

        with serving(room.script) as server:
            driver.run(scenario)

    @pytest.mark.parametrize("hops", ["tls", "proxy"])
    def test_connecting(self, driver: Driver, hops: str) -> None:
        """While a handshake, or a proxy's answer, is awaited."""
        room = Room()
        with serving(room.script) as server:
            direct = Origin("https", "127.0.0.1", server.port)
            origin = direct if hops == "tls" else Origin("https", "bedrock.example", 443)
            proxy = Proxy(host="127.0.0.1", port=server.port)

            async def scenario(network: AsyncTransport) -> None:
                await cancel(network.exchange(ask(origin)), room.entered)
                await until(room.left)

            driver.run(scenario, TransportOptions(proxies=Proxies(https=proxy)))

    def test_time_limit_around_a_call(self, driver: Driver) -> None:
        """`asyncio.timeout` around a call is a cancellation like any other."""
        room = Room(CHUNKED)

        async def scenario(network: AsyncTransport) -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await network.exchange(ask(server.origin))
            await until(room.left)

        with serving(room.script) as server:
            driver.run(scenario)

    def test_places_come_back(self, driver: Driver) -> None:
        """Wherever a call is cancelled, its place in the pool is free again."""
        room = Room(CHUNKED)

        async def scenario(network: AsyncTransport) -> int:
            for _ in range(3):
                await cancel(network.exchange(ask(server.origin)), room.entered)
                await until(room.left)
            return (await network.exchange(ask(other.origin))).status

        with serving(room.script) as server, serving(always(reply())) as other:
            assert driver.run(scenario, ONE_PLACE) == 200

    def test_waiting_for_a_place(self, driver: Driver) -> None:
        """Who leaves the line holds up nobody behind."""

        async def scenario(network: AsyncTransport) -> list[int]:
            stream = await network.open(ask(server.origin))
            tasks = [asyncio.ensure_future(network.exchange(ask(server.origin))) for _ in range(3)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            stream.close()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(results[0], asyncio.CancelledError)
            return [
                result.status for result in results[1:] if not isinstance(result, BaseException)
            ]

        def script(peer: Peer) -> None:
            peer.read_request()
            if peer.number == 0:
                peer.send(CHUNKED)
                peer.wait_for_end()
            peer.send(reply())
            always(reply())(peer)

        with serving(script) as server:
            assert driver.run(scenario, ONE_PLACE) == [200, 200]

    def test_after_the_place_was_given(self, driver: Driver) -> None:
        """Cancelled between the grant and its notice: the place goes to the next."""

        async def scenario(network: AsyncTransport) -> int:
            stream = await network.open(ask(server.origin))
            first, second = (
                asyncio.ensure_future(network.exchange(ask(server.origin))) for _ in range(2)
            )
            await asyncio.sleep(0)
            stream.close()
            # The grant is made, and its task has not run since.
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            return (await second).status

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED if peer.number == 0 else reply())
            peer.wait_for_end()

        with serving(script) as server:
            assert driver.run(scenario, ONE_PLACE) == 200


class TestWaitingInLine:
    def test_turns_come_in_order(self, driver: Driver) -> None:
        """First come, first served, over one connection."""

        async def scenario(network: AsyncTransport) -> None:
            targets = [f"/{number}" for number in range(5)]
            await asyncio.gather(*(network.exchange(ask(server.origin, t)) for t in targets))

        with serving(always(reply())) as server:
            driver.run(scenario, ONE_PLACE)

        lines = [request.split(b" ")[1] for request in server.requests]
        assert lines == [b"/0", b"/1", b"/2", b"/3", b"/4"]
        assert len(server.peers) == 1

    def test_limit_holds(self, driver: Driver) -> None:
        """However many ask at once, no more connections are open than allowed."""

        async def scenario(network: AsyncTransport) -> set[int]:
            asked = (network.exchange(ask(server.origin)) for _ in range(20))
            return {response.status for response in await asyncio.gather(*asked)}

        with serving(always(reply())) as server:
            assert driver.run(scenario, TransportOptions(max_connections=3)) == {200}

        assert len(server.peers) == 3

    def test_connection_that_is_not_kept(self, driver: Driver) -> None:
        """Its place goes to the next in line all the same."""
        closing = reply(headers=b"connection: close\r\n")

        async def scenario(network: AsyncTransport) -> int:
            asked = (network.exchange(ask(server.origin)) for _ in range(4))
            return len(await asyncio.gather(*asked))

        with serving(always(closing)) as server:
            assert driver.run(scenario, ONE_PLACE) == 4

        assert len(server.peers) == 4


class TestLoops:
    def test_one_client_in_two_runs(self, driver: Driver) -> None:
        """Notebooks do this: the first loop's connections are gone, the client lives."""
        run = asyncio.run if driver.name == "asyncio" else uvloop.run
        network = AsyncNetwork()

        with serving(always(reply())) as server:
            statuses = [run(network.exchange(ask(server.origin))).status for _ in range(2)]
            run(network.aclose())

        assert statuses == [200, 200]
        assert len(server.peers) == 2

    def test_loop_that_is_not_shut_down_properly(self, driver: Driver) -> None:
        """Nor does a loop that was simply closed stand in the way of the next."""
        make = asyncio.new_event_loop if driver.name == "asyncio" else uvloop.new_event_loop
        network = AsyncNetwork()

        async def once() -> int:
            status = (await network.exchange(ask(server.origin))).status
            await network._homes[asyncio.get_running_loop()].aclose()
            return status

        with serving(always(reply())) as server:
            for _ in range(2):
                loop = make()
                assert loop.run_until_complete(once()) == 200
                loop.close()

        assert len(network._homes) == 1

    def test_two_loops_in_two_threads(self, driver: Driver) -> None:
        """Each loop has connections of its own; closing in one closes those of both."""
        network = AsyncNetwork()
        begun, left = threading.Event(), threading.Event()
        failures: list[BaseException] = []

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED)
            peer.wait_for_end()
            left.set()

        async def elsewhere() -> None:
            stream = await network.open(ask(server.origin))
            begun.set()
            with pytest.raises(errors.ConnectionError):
                await stream.read()

        def thread() -> None:
            try:
                asyncio.run(elsewhere())
            except BaseException as failure:  # noqa: BLE001 - the test raises it
                failures.append(failure)

        async def scenario(_: AsyncTransport) -> None:
            other = threading.Thread(target=thread)
            other.start()
            await until(begun)
            await network.aclose()
            await until(left)
            await asyncio.to_thread(other.join)

        with serving(script) as server:
            driver.run(scenario)

        assert failures == []

    def test_nothing_is_left_when_the_loop_ends(self, driver: Driver) -> None:
        """A program that closes nothing leaves no socket to the garbage collector to warn about."""
        run = asyncio.run if driver.name == "asyncio" else uvloop.run
        left = [threading.Event(), threading.Event()]

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED if peer.number else reply())
            peer.wait_for_end()
            left[peer.number].set()

        async def careless() -> None:
            network = AsyncNetwork()
            streams = [await network.open(ask(server.origin)) for _ in range(2)]
            assert await streams[0].read() == b"ok"

        with serving(script) as server:
            run(careless())
            ended = [event.wait(PATIENCE_S) for event in left]
        # What is collected warns of each socket that is still open.
        gc.collect()

        assert ended == [True, True]


def test_server_that_closes_as_soon_as_it_accepts(driver: Driver) -> None:
    """The end may come before the connection was ever used: an error, and no waiting."""

    async def scenario(network: AsyncTransport) -> None:
        for _ in range(20):
            with pytest.raises(errors.ConnectionError):
                await network.exchange(ask(server.origin))

    with serving(Peer.close) as server:
        driver.run(scenario, ONE_PLACE)


def test_end_before_the_opener_knows(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop may see the end of a connection before it hands the connection over."""
    begin = Connection.connection_made

    def begin_and_end(self: Connection, transport: asyncio.BaseTransport) -> None:
        begin(self, transport)
        asyncio.get_running_loop().call_soon(self.eof_received)

    monkeypatch.setattr(Connection, "connection_made", begin_and_end)

    with serving(always(reply())) as server, pytest.raises(errors.ConnectionError) as caught:
        driver.run(exchanging(ask(server.origin)))

    assert caught.value.sent is False


def test_answer_to_nothing_is_noticed_at_once(driver: Driver) -> None:
    """Bytes that nobody asked for close a connection that waits, the moment they come."""
    left = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(reply())
        assert answered.wait(PATIENCE_S)
        peer.send(reply())
        peer.wait_for_end()
        left.set()

    async def scenario(network: AsyncTransport) -> None:
        await network.exchange(ask(server.origin))
        answered.set()
        await until(left)

    answered = threading.Event()
    with serving(script) as server:
        driver.run(scenario)


def test_server_that_closes_behind_its_answer(driver: Driver) -> None:
    """A connection that ended while its last bytes waited to be read is not used again."""

    async def scenario(network: AsyncTransport) -> int:
        stream = await network.open(ask(server.origin))
        assert isinstance(stream, AsyncNetworkStream)
        await stream._connection.lost.wait()
        assert await read_all(stream) == b"ok"
        return (await network.exchange(ask(server.origin))).status

    with serving(closing_after(reply())) as server:
        assert driver.run(scenario) == 200

    assert len(server.peers) == 2


def test_nothing_is_kept_of_what_has_ended(driver: Driver) -> None:
    """A gateway that runs for months does not remember every connection it ever had."""

    async def scenario(_: AsyncTransport) -> int:
        network = AsyncNetwork()
        for _number in range(3):
            stream = await network.open(ask(server.origin))
            await read_all(stream)
            await stream._connection.lost.wait()
        known = len(network._homes[asyncio.get_running_loop()]._all)
        await network.aclose()
        return known

    with serving(always(reply(headers=b"connection: close\r\n"))) as server:
        assert driver.run(scenario) == 0


def test_connection_that_ends_between_two_owners(driver: Driver) -> None:
    """What was handed over and closed before it could be used is replaced, not waited for."""

    async def scenario(network: AsyncTransport) -> int:
        stream = await network.open(ask(server.origin))
        assert isinstance(stream, AsyncNetworkStream)
        waiting = asyncio.ensure_future(network.exchange(ask(server.origin)))
        await asyncio.sleep(0)
        await read_all(stream)
        stream._connection.abort()
        return (await waiting).status

    with serving(always(reply())) as server:
        assert driver.run(scenario, ONE_PLACE) == 200

    assert len(server.peers) == 2


def test_reader_that_is_slow_is_not_timed_out(driver: Driver) -> None:
    """The idle timeout is for servers: a reader may think as long as it likes."""
    part = b"10000\r\n" + b"x" * 65536 + b"\r\n"

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(CHUNKED + part * 256 + b"0\r\n\r\n")
        peer.wait_for_end()

    async def scenario(network: AsyncTransport) -> int:
        request = ask(server.origin, timeouts=Timeouts(idle_s=0.1))
        stream = await network.open(request)
        total = len(await stream.read())
        await asyncio.sleep(0.3)
        while chunk := await stream.read():
            total += len(chunk)
        return total

    with serving(script) as server:
        assert driver.run(scenario) == 256 * 65536


def test_many_streams_at_once(driver: Driver) -> None:
    """No stream holds up another."""
    body = CHUNKED + b"".join(b"5\r\n%05d\r\n" % number for number in range(50)) + b"0\r\n\r\n"

    async def one(network: AsyncTransport) -> int:
        stream = await network.open(ask(server.origin))
        total = 0
        while chunk := await stream.read():
            total += len(chunk)
        return total

    async def scenario(network: AsyncTransport) -> list[int]:
        return await asyncio.gather(*(one(network) for _ in range(40)))

    with serving(always(body)) as server:
        assert driver.run(scenario) == [250] * 40
