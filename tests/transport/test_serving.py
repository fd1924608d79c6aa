"""The listening side: where it listens, what it tells, how it stops."""

import asyncio
import gc
import os
import signal
import socket
from typing import Any

import pytest

from outcrop.errors import ConfigError
from outcrop.http import HttpRequest, HttpResponse
from outcrop.protocols.endpoints import parse_base_url
from outcrop.transport.asynchronous import AsyncNetwork
from outcrop.transport.serving import listen, loop_factory, running, serve, url_of


class App:
    """Answers every request with "ok", once `may_answer` is set; notes its life."""

    def __init__(self) -> None:
        self.life: list[str] = []
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        self.asked.set()
        await self.may_answer.wait()
        await send({"type": "http.response.body", "body": b"k"})

    async def _live(self, receive: Any, send: Any) -> None:
        for _ in range(2):
            kind = (await receive())["type"]
            self.life.append(kind)
            await send({"type": f"{kind}.complete"})


async def fetch(url: str) -> HttpResponse:
    network = AsyncNetwork()
    try:
        origin = parse_base_url(url, "server").origin
        return await network.exchange(HttpRequest(method="GET", origin=origin, target="/"))
    finally:
        await network.aclose()


def is_listening(url: str) -> bool:
    origin = parse_base_url(url, "server").origin
    try:
        socket.create_connection((origin.host, origin.port)).close()
    except ConnectionError:
        return False
    return True


def test_answers_while_the_block_runs() -> None:
    async def run() -> tuple[bytes, list[str], bool]:
        app = App()
        async with running(app) as url:
            reply = await fetch(url)
        return reply.body, app.life, is_listening(url)

    assert asyncio.run(run()) == (b"ok", ["lifespan.startup", "lifespan.shutdown"], False)


def test_two_side_by_side() -> None:
    """Gateway and emulator share a loop, each with a port of its own."""

    async def run() -> tuple[bool, list[bytes]]:
        async with running(App()) as one, running(App()) as other:
            return one != other, [(await fetch(url)).body for url in (one, other)]

    assert asyncio.run(run()) == (True, [b"ok", b"ok"])


def test_says_nothing_of_itself() -> None:
    """The applications date their replies where it matters, and nobody needs to know the server."""

    async def run() -> HttpResponse:
        async with running(App()) as url:
            return await fetch(url)

    reply = asyncio.run(run())

    assert reply.headers == (("transfer-encoding", "chunked"),)


def test_error_in_the_block_stops_it_too() -> None:
    urls: list[str] = []

    async def run() -> None:
        async with running(App()) as url:
            urls.append(url)
            raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(run())

    assert not is_listening(urls[0])


def test_running_leaves_signals_alone() -> None:
    """A guest in another program's loop does not decide how that program ends."""

    async def run() -> list[Any]:
        async with running(App()):
            return [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]

    before = signal.getsignal(signal.SIGTERM)
    with asyncio.Runner() as runner:
        during = runner.run(run())

    assert during[1] == before
    assert "uvicorn" not in repr(during)
    assert "_Server" not in repr(during)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_answers_end(number: int) -> None:
    """Who is being answered gets the rest; who comes later is refused; the process goes on."""

    async def run() -> tuple[bytes, bool, list[str]]:
        app, ready = App(), asyncio.get_running_loop().create_future()
        app.may_answer.clear()
        serving = asyncio.create_task(serve(app, "127.0.0.1", 0, ready=ready.set_result))
        url = await ready
        asking = asyncio.create_task(fetch(url))
        await app.asked.wait()
        os.kill(os.getpid(), number)
        while await asyncio.to_thread(is_listening, url):
            pass
        app.may_answer.set()
        reply = await asking
        await serving
        return reply.body, is_listening(url), app.life

    before = signal.getsignal(number)

    answered = asyncio.run(run())

    assert answered == (b"ok", False, ["lifespan.startup", "lifespan.shutdown"])
    assert signal.getsignal(number) == before


def test_second_interrupt_waits_for_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """Who presses Ctrl+C twice wants the prompt back, and no traceback."""

    async def run() -> None:
        app, ready = App(), asyncio.get_running_loop().create_future()
        app.may_answer.clear()
        serving = asyncio.create_task(serve(app, "127.0.0.1", 0, ready=ready.set_result))
        url = await ready
        asking = asyncio.create_task(fetch(url))
        await app.asked.wait()
        os.kill(os.getpid(), signal.SIGINT)
        while await asyncio.to_thread(is_listening, url):
            pass
        os.kill(os.getpid(), signal.SIGINT)
        await serving
        assert not asking.done()

    asyncio.run(run())

    assert "lifespan" not in caplog.text


def test_garbage_is_looked_for_seldom_while_serving() -> None:
    """Looking takes a tenth of what a request costs; afterwards all is as it was."""

    async def run() -> tuple[int, bool]:
        ready = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(App(), "127.0.0.1", 0, ready=ready.set_result))
        await ready
        during = gc.get_threshold()[0], gc.get_freeze_count() > 0
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
        return during

    before = gc.get_threshold()

    during = asyncio.run(run())

    assert during == (20_000, True)
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_head_and_body_arrive_together() -> None:
    """Apart they cost a system call more, and the client wakes to a head without a body."""

    async def run() -> bytes:
        async with running(App()) as url:
            host, port = url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            first = await reader.read(65536)
            writer.close()
            return first

    assert asyncio.run(run()).endswith(b"\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n")


def test_small_writes_go_out_at_once() -> None:
    """With Nagle's algorithm each event of a stream would wait for the one before it."""
    with listen("127.0.0.1", 0) as listener:
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
        with accepted:
            no_delay = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert no_delay != 0


def test_port_is_taken() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]

        with pytest.raises(ConfigError) as caught:
            listen("127.0.0.1", port)

    assert caught.value.message == f"Cannot listen at 127.0.0.1 port {port}: Address already in use"
    assert "--port" in caught.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "not a host"])
def test_host_is_not_here(host: str) -> None:
    with pytest.raises(ConfigError, match=f"Cannot listen at {host} port 0: "):
        listen(host, 0)


@pytest.mark.parametrize(
    ("host", "start"), [("127.0.0.1", "http://127.0.0.1:"), ("localhost", "http://localhost:")]
)
def test_url(host: str, start: str) -> None:
    with listen(host, 0) as listener:
        url = url_of(listener, host)

        assert url == f"{start}{listener.getsockname()[1]}"
        assert is_listening(url)


def test_url_of_an_ipv6_address() -> None:
    with listen("127.0.0.1", 0) as listener:
        url = url_of(listener, "::1")

    assert url.startswith("http://[::1]:")


def test_loop() -> None:
    """The loop is one that runs; the fastest there is is uvloop's."""
    loop = loop_factory()()
    try:
        assert loop.run_until_complete(asyncio.sleep(0, "runs")) == "runs"
        assert type(loop).__module__ == "uvloop"
    finally:
        loop.close()
