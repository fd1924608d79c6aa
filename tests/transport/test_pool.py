import socket

import pytest

from outcrop import errors
from outcrop.http import Origin, Timeouts
from outcrop.transport.interface import AsyncTransport
from outcrop.transport.options import TransportOptions
from outcrop.transport.pool import Pool
from tests.transport.drivers import (
    Driver,
    ask,
    exchanging,
    on_each_driver,
)
from tests.transport.servers import (
    CHUNKED,
    always,
    answering,
    reply,
    serving,
)

HERE = Origin("https", "here.example", 443)
THERE = Origin("https", "there.example", 443)


class FakeDriver:
    """Connections are their names; discarding one gives back its place, as the drivers do."""

    def __init__(self, limit: int = 2) -> None:
        self.discarded: list[str] = []
        self.pool: Pool[str] = Pool(limit=limit, max_idle_s=300.0, discard=self._discard)

    def _discard(self, connection: str) -> None:
        self.discarded.append(connection)
        self.pool.vacate()

    def fill(self, *connections: str, origin: Origin = HERE, now: float = 0.0) -> None:
        for connection in connections:
            assert self.pool.claim(now)
            self.pool.put(connection, origin, now)


class FakeTurn:
    def __init__(self, origin: Origin = HERE, *, patient: bool = True) -> None:
        self.origin = origin
        self.granted: list[str | None] = []
        self._patient = patient

    def grant(self, connection: str | None) -> bool:
        if self._patient:
            self.granted.append(connection)
        return self._patient


def test_last_used_is_taken_first() -> None:
    """The connection that was used last is the least likely to have been closed."""
    driver = FakeDriver()
    driver.fill("a", "b")

    taken = [driver.pool.take(HERE, 1.0) for _ in range(3)]

    assert taken == ["b", "a", None]


def test_connections_belong_to_an_origin() -> None:
    """Nobody gets a connection to somewhere else."""
    driver = FakeDriver()
    driver.fill("a")

    assert driver.pool.take(THERE, 1.0) is None


@pytest.mark.parametrize(("now", "taken"), [(300.0, "a"), (300.5, None)])
def test_idle_for_too_long(now: float, taken: str | None) -> None:
    """AWS drops silent connections at 350 s: older than 300 s is not trusted."""
    driver = FakeDriver()
    driver.fill("a")

    assert driver.pool.take(HERE, now) == taken
    assert driver.discarded == ([] if taken else ["a"])


def test_old_ones_go_when_anything_opens() -> None:
    """A host that is not asked any more does not keep its connections for ever."""
    driver = FakeDriver(limit=3)
    driver.fill("old", origin=THERE)

    driver.pool.claim(301.0)

    assert driver.discarded == ["old"]


def test_limit() -> None:
    """Places that are all busy are not given away twice."""
    driver = FakeDriver(limit=2)

    claims = [driver.pool.claim(0.0) for _ in range(3)]

    assert claims == [True, True, False]


def test_idle_one_makes_room() -> None:
    """A host that needs a connection takes the place of the one idle for longest."""
    driver = FakeDriver(limit=2)
    driver.fill("older", now=1.0)
    driver.fill("newer", origin=THERE, now=2.0)

    claimed = driver.pool.claim(3.0)

    assert claimed is True
    assert driver.discarded == ["older"]


def test_turns_come_in_order() -> None:
    """Who waits longest is served first."""
    driver = FakeDriver(limit=1)
    driver.pool.claim(0.0)
    turns = [FakeTurn(), FakeTurn(), FakeTurn()]
    for turn in turns:
        driver.pool.wait(turn)

    driver.pool.put("a", HERE, 1.0)
    driver.pool.put("a", HERE, 2.0)

    assert [turn.granted for turn in turns] == [["a"], ["a"], []]


def test_place_that_becomes_free() -> None:
    """A connection that broke leaves its place to the first in line, and only to that one."""
    driver = FakeDriver(limit=1)
    driver.pool.claim(0.0)
    turns = [FakeTurn(), FakeTurn()]
    for turn in turns:
        driver.pool.wait(turn)

    driver.pool.vacate()

    assert [turn.granted for turn in turns] == [[None], []]
    assert driver.pool.claim(1.0) is False


def test_turn_for_another_host() -> None:
    """The first in line gets the place, also when the connection that is free leads elsewhere."""
    driver = FakeDriver(limit=1)
    driver.pool.claim(0.0)
    first, second = FakeTurn(THERE), FakeTurn(HERE)
    driver.pool.wait(first)
    driver.pool.wait(second)

    driver.pool.put("a", HERE, 1.0)

    assert (first.granted, second.granted, driver.discarded) == ([None], [], ["a"])


def test_turn_that_was_given_up() -> None:
    """Nothing is lost to somebody who has gone."""
    driver = FakeDriver(limit=1)
    driver.pool.claim(0.0)
    driver.pool.wait(FakeTurn(patient=False))

    driver.pool.put("a", HERE, 1.0)

    assert driver.pool.take(HERE, 2.0) == "a"


def test_leaving_the_line() -> None:
    """Who steps out of line is not served, and may step out twice."""
    driver = FakeDriver(limit=1)
    driver.pool.claim(0.0)
    gone, next_one = FakeTurn(), FakeTurn()
    driver.pool.wait(gone)
    driver.pool.wait(next_one)

    driver.pool.leave(gone)
    driver.pool.leave(gone)
    driver.pool.vacate()

    assert (gone.granted, next_one.granted) == ([], [None])


def test_removed_connection_is_not_handed_out() -> None:
    """What the other side closed is forgotten."""
    driver = FakeDriver()
    driver.fill("a", "b")

    driver.pool.remove("b", HERE)
    driver.pool.remove("never there", THERE)

    assert driver.pool.take(HERE, 1.0) == "a"


@on_each_driver
class TestPoolOfDriver:
    def test_another_host_takes_the_idle_place(self, driver: Driver) -> None:
        """One place, two hosts: the idle connection goes, and nobody waits."""
        with serving(always(reply())) as one, serving(always(reply())) as other:
            driver.run(
                exchanging(ask(one.origin), ask(other.origin), ask(one.origin)),
                TransportOptions(max_connections=1),
            )

        assert (len(one.peers), len(other.peers)) == (2, 1)

    def test_idle_for_too_long(self, driver: Driver) -> None:
        """A connection older than allowed is not used again."""
        with serving(always(reply())) as server:
            driver.run(exchanging(*[ask(server.origin)] * 2), TransportOptions(max_idle_s=-1.0))

        assert len(server.peers) == 2

    def test_waiting_has_an_end(self, driver: Driver) -> None:
        """Where every place is busy for good, the caller learns it."""

        async def scenario(network: AsyncTransport) -> None:
            stream = await network.open(ask(server.origin))
            hasty = ask(server.origin, timeouts=Timeouts(first_byte_s=0.05))
            with pytest.raises(errors.TimeoutError, match="every connection was busy"):
                await network.exchange(hasty)
            stream.close()
            await network.open(ask(server.origin))

        with serving(answering(CHUNKED)) as server:
            driver.run(scenario, TransportOptions(max_connections=1))

        assert len(server.peers) == 2

    def test_failed_connections_give_their_places_back(self, driver: Driver) -> None:
        """Nor does a server that is down use up the pool."""
        with socket.create_server(("127.0.0.1", 0)) as gone:
            dead = Origin("http", "127.0.0.1", gone.getsockname()[1])

        async def scenario(network: AsyncTransport) -> int:
            for _ in range(3):
                with pytest.raises(errors.ConnectionError):
                    await network.exchange(ask(dead))
            return (await network.exchange(ask(server.origin))).status

        with serving(always(reply())) as server:
            assert driver.run(scenario, TransportOptions(max_connections=1)) == 200
