import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from outcrop import errors
from outcrop.http import Timeouts
from outcrop.transport.blocking import Network
from outcrop.transport.http1 import Reply
from outcrop.transport.options import TransportOptions
from outcrop.transport.pool import Pool
from tests.transport.drivers import ask
from tests.transport.servers import CHUNKED, PATIENCE_S, Peer, always, reply, serving

ONE_PLACE = TransportOptions(max_connections=1)


def endless(peer: Peer) -> None:
    """Begin a stream that does not end."""
    peer.read_request()
    peer.send(CHUNKED)
    peer.wait_for_end()


@pytest.mark.parametrize(("places", "threads"), [(1, 4), (3, 8)])
def test_threads_share_it(places: int, threads: int) -> None:
    """Each thread gets the answer to its own question, over no more connections than allowed."""

    def script(peer: Peer) -> None:
        while True:
            target = peer.read_request().split(b" ")[1]
            peer.send(reply(target))

    with serving(script) as server, ThreadPoolExecutor(threads) as pool:
        network = Network(TransportOptions(max_connections=places))
        targets = [f"/{number}" for number in range(100)]
        bodies = list(pool.map(lambda t: network.exchange(ask(server.origin, t)).body, targets))
        network.close()

    assert bodies == [target.encode() for target in targets]
    assert len(server.peers) <= places


def test_closing_wakes_a_thread_that_reads() -> None:
    """A stream may be closed by another thread than the one that waits for its next chunk."""
    network = Network()
    reading = threading.Event()

    with serving(endless) as server, ThreadPoolExecutor(1) as pool:
        stream = network.open(ask(server.origin))

        def read() -> bytes:
            reading.set()
            return stream.read()

        result = pool.submit(read)
        assert reading.wait(PATIENCE_S)
        stream.close()
        failure = result.exception(PATIENCE_S)

    assert isinstance(failure, errors.ConnectionError)


def test_closing_wakes_a_thread_that_waits_for_its_turn() -> None:
    """Nobody stands in line before a client that is closed."""
    network = Network(ONE_PLACE)

    with serving(endless) as server, ThreadPoolExecutor(1) as pool:
        stream = network.open(ask(server.origin))
        waiting = pool.submit(network.exchange, ask(server.origin))
        while not network._home._pool._queue:
            assert not waiting.done()
        network.close()
        failure = waiting.exception(PATIENCE_S)
        stream.close()

    assert isinstance(failure, errors.OutcropError)


@pytest.mark.parametrize("step", ["take", "claim"])
def test_stream_collected_while_the_pool_is_locked(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The garbage collector closes streams at any moment: inside the pool's lock, for one."""
    network = Network(ONE_PLACE)
    with serving(endless) as server:
        forgotten = [network.open(ask(server.origin))]
        plain = getattr(Pool, step)

        def collecting(*arguments: object) -> object:
            done = plain(*arguments)
            forgotten.clear()
            gc.collect()
            return done

        monkeypatch.setattr(Pool, step, collecting)
        # The place is free as soon as the lock is: nobody else comes by to see to it.
        network._home.take(server.origin)
        left_over = list(network._home._errands)
        network.open(ask(server.origin, timeouts=Timeouts(first_byte_s=PATIENCE_S))).close()
        network.close()

    assert left_over == []
    assert len(server.peers) == 2


def test_interrupted_call_closes_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C while an answer is awaited: the server sees the end, the place is free again."""
    network = Network(ONE_PLACE)
    left = threading.Event()

    def script(peer: Peer) -> None:
        endless(peer)
        left.set()

    with serving(script) as server, serving(always(reply())) as other:
        with monkeypatch.context() as patch:
            patch.setattr(Reply, "feed", _interrupt)
            with pytest.raises(KeyboardInterrupt):
                network.exchange(ask(server.origin))
        assert left.wait(PATIENCE_S)
        status = network.exchange(ask(other.origin)).status
        network.close()

    assert status == 200


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_two_threads_close_one_stream() -> None:
    """Its place is given back once, or the pool would grow."""
    network = Network(ONE_PLACE)

    with serving(endless) as server:
        stream = network.open(ask(server.origin))
        connection = stream._connection
        stream.close()
        network._home.forget(connection)
        streams = [network.open(ask(server.origin))]
        hasty = ask(server.origin, timeouts=Timeouts(first_byte_s=0.05))
        with pytest.raises(errors.TimeoutError, match="every connection was busy"):
            network.open(hasty)
        streams[0].close()
        network.close()

    assert len(server.peers) == 2
