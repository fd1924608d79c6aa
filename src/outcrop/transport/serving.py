"""Runs an ASGI application on a socket, for the gateway and the emulator alike.

Place in the house: transport floor, the listening side. The only module that knows uvicorn; it is
imported by the two servers alone, so the library never loads it.

    async with listening(app, "127.0.0.1", 0) as url:
        ...                                    # answers on url until the block is left

    await serve(app, "127.0.0.1", 8080, ready=print)    # until SIGINT or SIGTERM, then drains
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeAlias

import uvicorn

from outcrop.errors import ConfigError
from outcrop.http import Origin

Application: TypeAlias = Callable[..., Any]
"""An ASGI application."""

DRAIN_S: Final = 30
"""How long answers under way may take after the server was asked to stop, seconds."""

_GUEST_DRAIN_S: Final = 1
_BACKLOG: Final = 2048
_POLL_S: Final = 0.005


class _Guest(uvicorn.Server):
    # A server inside somebody else's program leaves the signals to that program.
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int) -> tuple[socket.socket, str]:
    """Take hold of a port; return its socket and the URL it will answer on.

    Args:
        host: Address to listen on.
        port: Port; 0 for any free one.

    Raises:
        ConfigError: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}",
            hint="choose another --port, or 0 for any free one",
        ) from error
    listener.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    bound = listener.getsockname()
    return listener, str(Origin("http", bound[0], bound[1]))


async def serve(app: Application, host: str, port: int, *, ready: Callable[[str], None]) -> None:
    """Answer until SIGINT or SIGTERM; then finish what is under way and return.

    Args:
        app: An ASGI application.
        host: Address to listen on.
        port: Port; 0 for any free one.
        ready: Called with the URL once requests are answered there.

    Raises:
        ConfigError: The address cannot be had.
    """
    listener, url = bind(host, port)
    server = uvicorn.Server(_config(app, DRAIN_S))
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await _started(server, running)
        ready(url)
        await running
    finally:
        listener.close()


@asynccontextmanager
async def listening(app: Application, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Answer while the block runs; yields the URL.

    Raises:
        ConfigError: The address cannot be had.
    """
    listener, url = bind(host, port)
    server = _Guest(_config(app, _GUEST_DRAIN_S))
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await _started(server, running)
        yield url
    finally:
        server.should_exit = True
        await running
        listener.close()


async def _started(server: uvicorn.Server, running: asyncio.Future[None]) -> None:
    while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has no event
        await asyncio.sleep(_POLL_S)
    if running.done():
        await running


def _config(app: Application, drain_s: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=drain_s,
    )
