import asyncio

import pytest

from outcrop import errors
from outcrop.http import HttpHead, HttpRequest, HttpResponse, Origin
from outcrop.transport.interface import AsyncTransport, Transport
from outcrop.transport.replay import AsyncReplay, Recording, Replay, Reply

REQUEST = HttpRequest(method="GET", origin=Origin("http", "bedrock.example", 80), target="/a")
HEAD = HttpHead(status=200, headers=(("a", "b"),))
BROKEN = errors.ConnectionError("reset", sent=True)


def play(*replies: Reply) -> tuple[Replay, AsyncReplay]:
    """Return both players of the same replies."""
    return Replay(*replies), AsyncReplay(*replies)


def test_exchange() -> None:
    """Both players answer in order, whole, and remember what was asked."""
    recording = Recording(head=HEAD, chunks=(b"one", b"two"))
    replay, other = play(HttpResponse(status=429), recording)

    got = [replay.exchange(REQUEST) for _ in range(2)]

    async def ask() -> list[HttpResponse]:
        return [await other.exchange(REQUEST) for _ in range(2)]

    whole = HttpResponse(status=200, headers=(("a", "b"),), body=b"onetwo")
    assert got == asyncio.run(ask()) == [HttpResponse(status=429), whole]
    assert replay.requests == other.requests == [REQUEST, REQUEST]


def test_stream() -> None:
    """Chunk by chunk, as they were recorded, and then the end, for good."""
    replay, other = play(Recording(head=HEAD, chunks=(b"one", b"", b"two")))

    stream = replay.open(REQUEST)
    got = [stream.read() for _ in range(4)]

    async def read() -> list[bytes]:
        stream = await other.open(REQUEST)
        return [await stream.read() for _ in range(4)]

    assert got == asyncio.run(read()) == [b"one", b"two", b"", b""]
    assert (stream.head, stream.closed, other.streams[0].closed) == (HEAD, True, True)


def test_broken_stream() -> None:
    """What arrived is read before the error, and the error does not go away."""
    replay = Replay(Recording(head=HEAD, chunks=(b"one", BROKEN, b"never")))
    stream = replay.open(REQUEST)

    assert stream.read() == b"one"
    for _ in range(2):
        with pytest.raises(errors.ConnectionError, match="reset"):
            stream.read()


@pytest.mark.parametrize("reply", [BROKEN, Recording(head=HEAD, chunks=(b"one", BROKEN))])
def test_broken_exchange(reply: Reply) -> None:
    """A reply that breaks off is no response."""
    with pytest.raises(errors.ConnectionError, match="reset"):
        Replay(reply).exchange(REQUEST)


def test_leaving() -> None:
    """What the reader left cannot be read any more, as on a real connection."""
    replay, other = play(Recording(head=HEAD, chunks=(b"one", b"two")))
    stream = replay.open(REQUEST)
    stream.read()

    stream.close()

    async def leave() -> bool:
        stream = await other.open(REQUEST)
        await other.aclose()
        return stream.closed

    assert stream.closed is asyncio.run(leave()) is True
    with pytest.raises(errors.ConnectionError):
        stream.read()


def test_nothing_left() -> None:
    """One request more than was recorded is an error that names it."""
    with pytest.raises(errors.ConnectionError, match="no reply is left for GET /a"):
        Replay().open(REQUEST)


def test_players_are_transports() -> None:
    """A client takes them where it takes the network."""
    transport: Transport = Replay()
    asynchronous: AsyncTransport = AsyncReplay()

    transport.close()
    asyncio.run(asynchronous.aclose())
