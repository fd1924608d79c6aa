"""Runs the emulator on uvicorn: by itself, or inside the loop of another program.

Place in the house: emulator. The only module here that needs the ``emulator`` extra.

    await serve(app, "127.0.0.1", 8099, ready=print)      # until SIGTERM or SIGINT

    async with running(app) as base_url:                  # any free port, no signals touched
        ...

Small writes go out at once: without ``TCP_NODELAY`` every event of a stream would wait for the
acknowledgement of the one before it. Stopping lets answers that run come to their end first.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from outcrop.emulator.app import Emulator
from outcrop.emulator.asgi import CUT
from outcrop.errors import ConfigError

DRAIN_S: Final = 10
"""How long answers that run may take to end, seconds."""

_BACKLOG: Final = 2048
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes the fastest event loop there is here."""
    return auto_loop_factory()


async def serve(
    app: Emulator, host: str, port: int, *, ready: Callable[[str], object] = lambda _url: None
) -> None:
    """Serve until a signal asks to stop, then let running answers end.

    Args:
        app: What answers.
        host: Name or address to listen at.
        port: 0 for any free one.
        ready: Called with the base URL once connections are taken.

    Raises:
        ConfigError: Nothing can listen there.
    """
    listener = listen(host, port)
    server = _Server(app, lambda: ready(base_url(listener, host)), signals=_SIGNALS)
    await server.serve(sockets=[listener])


@asynccontextmanager
async def running(app: Emulator, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve inside the loop that runs already, and give the base URL.

    Raises:
        ConfigError: Nothing can listen there.
    """
    listener = listen(host, port)
    started = asyncio.Event()
    server = _Server(app, started.set)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await _first(serving, started)
        yield base_url(listener, host)
    finally:
        server.should_exit = True
        await serving


async def _first(serving: asyncio.Task[None], started: asyncio.Event) -> None:
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def base_url(listener: socket.socket, host: str) -> str:
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
            f"The emulator cannot listen at {host} port {port}: {reason}",
            hint="Choose another port; 0 takes any that is free",
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


def _is_error(_record: logging.LogRecord) -> bool:
    # A reply that breaks off on purpose is an unfinished one to uvicorn, which would say so.
    return not CUT.get()


class _Server(uvicorn.Server):
    """Uvicorn that tells when it is ready, and stops without ending the process."""

    def __init__(
        self,
        app: Emulator,
        ready: Callable[[], object],
        *,
        signals: tuple[signal.Signals, ...] = (),
    ) -> None:
        logging.getLogger("uvicorn.error").addFilter(_is_error)
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                # The emulator's own clock dates replies.
                date_header=False,
                server_header=False,
                timeout_graceful_shutdown=DRAIN_S,
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
