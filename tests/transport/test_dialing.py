import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest

from outcrop import errors
from outcrop.http import Origin, Timeouts
from outcrop.transport.dialing import find_numeric, make_socket, share
from tests.transport.drivers import (
    Driver,
    ask,
    exchanging,
    on_each_driver,
)
from tests.transport.servers import (
    always,
    reply,
    serving,
)

INFO = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))


def test_small_packets_are_not_held_back() -> None:
    """Without TCP_NODELAY a stream stalls 40 ms on every delayed acknowledgement."""
    with make_socket(INFO, keepalive_after_s=45) as made:
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems name these differently")
def test_silence_is_probed() -> None:
    """From 45 s on: an answer that takes minutes to begin must not be forgotten by a NAT."""
    with make_socket(INFO, keepalive_after_s=45) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 45


def test_system_without_these_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that cannot set the time keeps its own."""
    for option in ("TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        monkeypatch.delattr(socket, option, raising=False)

    with make_socket(INFO, keepalive_after_s=45) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", ("127.0.0.1", 80)),
        ("::1", ("::1", 80, 0, 0)),
        ("localhost", None),
        ("bedrock.example", None),
        ("a..b", None),
    ],
)
def test_numeric(host: str, address: tuple[object, ...] | None) -> None:
    """An address needs no name server, and no thread to wait for one."""
    found = find_numeric(host, 80)

    assert [info[4] for info in found] == ([address] if address else [])


def test_share() -> None:
    """A dead address leaves time for those after it, and nobody waits a negative time."""
    assert [share(9.0, addresses_left=3), share(4.0, addresses_left=1)] == [3.0, 4.0]
    assert share(-1.0, addresses_left=2) == 0.0


def dead_first(lookup: Callable[..., Any]) -> Callable[..., Any]:
    """Return `lookup` with an address before its own where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", gone.getsockname())

    def changed(*arguments: Any, **options: Any) -> Any:
        found = lookup(*arguments, **options)
        return found if options.get("flags") else [dead, *found]

    return changed


@on_each_driver
class TestConnecting:
    def test_refused(self, driver: Driver) -> None:
        """Where to, and what to look at; certainly nothing was sent."""
        with socket.create_server(("127.0.0.1", 0)) as gone:
            origin = Origin("http", "127.0.0.1", gone.getsockname()[1])

        with pytest.raises(errors.ConnectionError, match="cannot connect") as caught:
            driver.run(exchanging(ask(origin)))

        assert caught.value.sent is False
        assert f"127.0.0.1:{origin.port}" in caught.value.message
        assert caught.value.hint == "check region/VPC endpoint (BEDROCK_BASE_URL)"

    def test_impossible_name(self, driver: Driver) -> None:
        """A name that cannot be looked up is an error like any other."""
        origin = Origin("http", "a..b", 80)

        with pytest.raises(errors.ConnectionError, match=r"look up .* a\.\.b:80") as caught:
            driver.run(exchanging(ask(origin)))

        assert caught.value.sent is False

    def test_nobody_answers(self, driver: Driver) -> None:
        """A packet that a firewall swallows ends with the connect timeout."""
        timeouts = Timeouts(connect_s=0.2)
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            address = full.getsockname()
            crowd = [socket.socket() for _ in range(8)]
            for one in crowd:
                one.settimeout(0.0)
                one.connect_ex(address)

            request = ask(Origin("http", "127.0.0.1", address[1]), timeouts=timeouts)
            with pytest.raises(errors.ConnectionError, match="timed out connecting") as caught:
                driver.run(exchanging(request))
            for one in crowd:
                one.close()

        assert caught.value.sent is False

    def test_second_address(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name with a dead address still leads to the living one."""
        with serving(always(reply())) as server:
            monkeypatch.setattr(socket, "getaddrinfo", dead_first(socket.getaddrinfo))
            origin = Origin("http", "localhost", server.port)

            assert driver.run(exchanging(ask(origin))).status == 200

    def test_ipv6(self, driver: Driver) -> None:
        """An address with colons is dialled and named in brackets."""
        with serving(always(reply()), host="::1") as server:
            driver.run(exchanging(ask(server.origin)))

        assert b"\r\nhost: [::1]:%d\r\n" % server.port in server.requests[0]
