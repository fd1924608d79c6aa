"""Runs the emulator: by itself, or inside the loop of another program.

Place in the house: emulator. `transport.serving` does it; here stands what only an emulator needs:
a reply that is cut off on purpose is no error, though the server would log one. Needs the
``emulator`` extra.

    async with running(create_app(EchoEngine())) as base_url:
        ...
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from outcrop.emulator.app import Emulator
from outcrop.emulator.asgi import CUT
from outcrop.transport import serving


async def serve(app: Emulator, host: str, port: int, *, ready: Callable[[str], object]) -> None:
    """Serve until SIGTERM or SIGINT, then let running answers end.

    Args:
        app: What answers.
        host: Name or address to listen at.
        port: 0 for any free one.
        ready: Called with the base URL once connections are taken.

    Raises:
        ConfigError: Nothing can listen there.
    """
    _hush_cuts()
    await serving.serve(app, host, port, ready=ready)


@asynccontextmanager
async def running(app: Emulator, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve inside the loop that runs already, and give the base URL.

    Raises:
        ConfigError: Nothing can listen there.
    """
    _hush_cuts()
    async with serving.running(app, host, port) as url:
        yield url


def _hush_cuts() -> None:
    logging.getLogger("uvicorn.error").addFilter(_is_error)


def _is_error(_record: logging.LogRecord) -> bool:
    return not CUT.get()
