import select
import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from outcrop.transport.readiness import has_news, wait_to_send


@pytest.fixture(params=["poll", "select"])
def pair(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield client and server of a connection, asked as on Unix and as on Windows."""
    if request.param == "select":
        monkeypatch.delattr(select, "poll", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), timeout=10)
        server, _ = listener.accept()
    with client, server:
        yield client, server


def close(server: socket.socket) -> None:
    server.close()


def reset(server: socket.socket) -> None:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.close()


def answer(server: socket.socket) -> None:
    server.sendall(b"unasked")


ACTS = pytest.mark.parametrize("act", [close, reset, answer])


@ACTS
def test_news(
    pair: tuple[socket.socket, socket.socket], act: Callable[[socket.socket], None]
) -> None:
    """Whatever happened while a connection waited shows before it is used."""
    client, server = pair
    before = has_news(client)

    act(server)

    assert (before, has_news(client)) == (False, True)


@ACTS
def test_news_while_sending(
    pair: tuple[socket.socket, socket.socket], act: Callable[[socket.socket], None]
) -> None:
    """Whoever sends hears what comes back meanwhile."""
    client, server = pair
    before = wait_to_send(client, 10.0)

    act(server)

    assert before == (False, True)
    assert wait_to_send(client, 10.0)[0] is True


def test_no_room(pair: tuple[socket.socket, socket.socket]) -> None:
    """A server that takes nothing is not waited for longer than asked."""
    client, _ = pair
    client.settimeout(0.0)
    with pytest.raises(BlockingIOError):
        client.sendall(b"x" * 50_000_000)

    assert wait_to_send(client, 0.01) == (False, False)
