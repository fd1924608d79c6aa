"""Bodies that arrive in pieces, clients that leave, streams that must not be silent."""

import asyncio
from typing import Any

import pytest

from outcrop.gateway.asgi import (
    PING,
    BodyTooLargeError,
    ClientLeftError,
    EventStream,
    Presence,
    answer,
    live,
    read_body,
)
from tests.gateway.calling import Client

PIECE = {"type": "http.response.body", "more_body": True}


@pytest.mark.parametrize(
    "pieces", [(), (b"whole",), (b"who", b"le"), (b"", b"whole", b"")], ids=repr
)
def test_body(pieces: tuple[bytes, ...]) -> None:
    body = asyncio.run(read_body(Client(*pieces).receive, 5))

    assert body == b"".join(pieces)


@pytest.mark.parametrize("pieces", [(b"longer",), (b"lon", b"ger"), (b"l", b"onger", b"still")])
def test_body_too_long(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(BodyTooLargeError) as caught:
        asyncio.run(read_body(Client(*pieces).receive, 5))

    assert caught.value.status == 413


@pytest.mark.parametrize("pieces", [(b"", b""), (b"who", b"le")])
def test_client_leaves_before_its_body_is_complete(pieces: tuple[bytes, ...]) -> None:
    """Half a body that happens to be JSON must not be taken for the whole."""
    with pytest.raises(ClientLeftError):
        asyncio.run(read_body(Client(*pieces, leaves=True).receive, 5))


def test_client_leaves_at_once() -> None:
    with pytest.raises(ClientLeftError):
        asyncio.run(read_body(Client(leaves=True).receive, 5))


def test_presence_of_a_client_that_stays() -> None:
    async def stays() -> str:
        client = Client(b"whole")
        await read_body(client.receive, 5)
        async with Presence(client.receive):
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "done"

    assert asyncio.run(stays()) == "done"


def test_presence_of_a_client_that_leaves() -> None:
    """The work is cancelled where it stands, and the task is fit for the next request."""

    async def leaves() -> int:
        with pytest.raises(ClientLeftError):
            async with Presence(Client(leaves=True).receive):
                await asyncio.Event().wait()
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert asyncio.run(leaves()) == 0


def test_presence_lets_others_cancel() -> None:
    """A server that stops is not taken for a client that left."""

    async def stopped() -> None:
        client = Client(b"whole")
        await read_body(client.receive, 5)

        async def request() -> None:
            async with Presence(client.receive):
                await asyncio.Event().wait()

        task = asyncio.ensure_future(request())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())


def test_answer_has_a_length() -> None:
    client = Client()

    asyncio.run(answer(client.send, 418, [(b"a", b"b")], b"four"))

    assert client.reply().status == 418
    assert client.reply().headers == {"content-length": "4", "a": "b"}
    assert client.body == b"four"


def test_life() -> None:
    client = Client(b"startup", b"shutdown")

    asyncio.run(live(client.receive, client.send))

    kinds = [message["type"] for message in client.sent]
    assert kinds == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_stream_begins_with_its_first_piece() -> None:
    """Until then the status is open, and an error can have its own."""
    client = Client()

    async def say() -> list[bool]:
        begun = []
        async with EventStream(client.send, [(b"a", b"b")], ping_every_s=60) as stream:
            await stream.send(b"")
            begun.append(stream.begun)
            stream.fields = [(b"c", b"d")]
            await stream.send(b"one")
            begun.append(stream.begun)
            await stream.end(b"two")
        return begun

    assert asyncio.run(say()) == [False, True]
    assert client.sent == [
        {"type": "http.response.start", "status": 200, "headers": [(b"c", b"d")]},
        {**PIECE, "body": b"one"},
        {"type": "http.response.body", "body": b"two"},
    ]


def test_stream_that_ends_before_it_began() -> None:
    client = Client()

    async def say() -> None:
        async with EventStream(client.send, [], ping_every_s=60) as stream:
            await stream.end(b"")

    asyncio.run(say())

    assert [message["type"] for message in client.sent] == [
        "http.response.start",
        "http.response.body",
    ]


def test_pings_begin_the_stream_too() -> None:
    client = Client()

    async def keep_silent() -> None:
        pinged = asyncio.Event()

        async def send(message: Any) -> None:
            await client.send(message)
            if client.body.count(PING) == 3:
                pinged.set()

        async with EventStream(send, [], ping_every_s=0.001) as stream:
            await pinged.wait()
            await stream.end(b"one")

    asyncio.run(keep_silent())

    kinds = [message["type"] for message in client.sent]
    assert kinds[0] == "http.response.start"
    assert set(kinds[1:]) == {"http.response.body"}
    assert client.body.startswith(PING * 3)
    assert client.body.replace(PING, b"") == b"one"


def test_client_that_does_not_read_gets_one_ping() -> None:
    """While the first ping waits to be taken, further ones would only pile up."""
    sending: list[Any] = []
    taken = asyncio.Event()

    async def slow_send(message: Any) -> None:
        sending.append(message["type"])
        if message["type"] == "http.response.body":
            await taken.wait()

    async def stall() -> None:
        async with EventStream(slow_send, [], ping_every_s=0.0001) as stream:
            for _ in range(50):
                await asyncio.sleep(0.0001)
            assert stream.begun

    asyncio.run(stall())

    assert sending == ["http.response.start", "http.response.body"]


def test_first_piece_and_ping_at_once_begin_once() -> None:
    """Two that begin at the same moment would send the status twice."""
    sent: list[str] = []

    async def slow_send(message: Any) -> None:
        await asyncio.sleep(0)
        sent.append(message["type"])

    async def say() -> None:
        async with EventStream(slow_send, [], ping_every_s=60) as stream:
            await asyncio.gather(stream.send(b"one"), stream.send(b"two"))
            await stream.end(b"")

    asyncio.run(say())

    assert sent == ["http.response.start", *["http.response.body"] * 3]
