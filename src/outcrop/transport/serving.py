"""Runs an ASGI application on a socket, for the gateway and the emulator alike.

Place in the house: transport floor, the listening side. The only module that knows uvicorn; it is
imported by the two servers alone, so the library never loads it.

    await serve(app, "127.0.0.1", 8080, ready=print)      # until SIGTERM or SIGINT, then drains

    async with running(app) as url:                       # any free port, no signals touched
        ...

Small writes go out at once: without ``TCP_NODELAY`` every event of a stream would wait for the
acknowledgement of the one before it. Stopping lets answers under way come to their end first.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final, TypeAlias

import uvicorn
from uvicorn.loops.auto import auto_loop_factory
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from outcrop.errors import ConfigError
from outcrop.transport.joining import JoinedWrites

Application: TypeAlias = Callable[..., Any]
"""An ASGI application. It is told of start and stop by the lifespan protocol."""

DRAIN_S: Final = 30
"""How long answers under way may take after the server was asked to stop, seconds."""

_GUEST_DRAIN_S: Final = 1
_KEEP_ALIVE_S: Final = 75
_BACKLOG: Final = 2048
_UNCOLLECTED: Final = 20_000
"""Objects that may be made before cycles among them are looked for: some MB."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes the fastest event loop there is here."""
    return auto_loop_factory()


async def serve(app: Application, host: str, port: int, *, ready: Callable[[str], object]) -> None:
    """Answer until SIGINT or SIGTERM; then finish what is under way and return.

    Args:
        app: What answers.
        host: Name or address to listen at.
        port: Port; 0 for any free one.
        ready: Called with the URL once connections are taken.

    Raises:
        ConfigError: Nothing can listen there.
    """
    listener = listen(host, port)
    url = url_of(listener, host)
    server = _Server(app, lambda: ready(url), drain_s=DRAIN_S, signals=_SIGNALS)
    with _rare_collections():
        await server.serve(sockets=[listener])


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector look seldom, and only at what is made from now on.

    A request leaves next to nothing for it, yet with Python's own threshold it looks at every
    second or third request, which takes a tenth of what a request costs.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_UNCOLLECTED, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@asynccontextmanager
async def running(app: Application, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Answer inside the loop that runs already, while the block runs; yields the URL.

    Raises:
        ConfigError: Nothing can listen there.
    """
    listener = listen(host, port)
    started = asyncio.Event()
    server = _Server(app, started.set, drain_s=_GUEST_DRAIN_S)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await _first(serving, started)
        yield url_of(listener, host)
    finally:
        server.should_exit = True
        await serving


async def _first(serving: asyncio.Task[None], started: asyncio.Event) -> None:
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def url_of(listener: socket.socket, host: str) -> str:
    """Return the address to reach a listening socket at."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ConfigError: It cannot: the port is taken, or the host is not here.
    """
    try:
        return _listen(host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            f"Cannot listen at {host} port {port}: {reason}",
            hint="choose another --port; 0 takes any that is free",
        ) from error


def _listen(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _stoppable(app: Application) -> Application:
    # Who stops twice does not wait for the lifespan to end: it is cancelled, and uvicorn would
    # print that as an error of the application.
    async def live(scope: Any, receive: Any, send: Any) -> None:
        with suppress(asyncio.CancelledError):
            await app(scope, receive, send)

    def call(scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        chosen: Application = live if scope["type"] == "lifespan" else app
        answering: Awaitable[None] = chosen(scope, receive, send)
        return answering

    return call


class _Protocol(HttpToolsProtocol):
    """Uvicorn's HTTP, which writes head and body of a reply apart, with both in one packet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(JoinedWrites(transport, self.loop))


class _Server(uvicorn.Server):
    """Uvicorn that tells when it is ready, and stops without ending the process."""

    def __init__(
        self,
        app: Application,
        ready: Callable[[], object],
        *,
        drain_s: int,
        signals: tuple[signal.Signals, ...] = (),
    ) -> None:
        super().__init__(
            uvicorn.Config(
                _stoppable(app),
                interface="asgi3",
                http=_Protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                # Nothing here asks who the client is, and a header must not decide it.
                proxy_headers=False,
                # The applications date their replies themselves where it matters.
                date_header=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=drain_s,
            )
        )
        self._ready = ready
        self._signals = signals

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn's own raises them again when all is done, and the process would end by signal.
        before = {each: signal.signal(each, self.handle_exit) for each in self._signals}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
