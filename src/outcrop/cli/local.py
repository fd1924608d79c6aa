"""An emulator on this machine, and a client of it, in one event loop.

Place in the house: cli, the only floor that composes emulator and gateway. The emulator takes any
free port; nothing is configured and nothing is left behind.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from outcrop.client import AsyncClient, ClientOptions
from outcrop.emulator.app import create_app
from outcrop.emulator.authentication import DEFAULT_REGION
from outcrop.emulator.engines.select import make_engine
from outcrop.transport.serving import running

_KEY = "outcrop"


@asynccontextmanager
async def local_client(
    engine: str, options: ClientOptions, *, say: Callable[[str], object]
) -> AsyncIterator[AsyncClient]:
    """Run an emulator while the block runs; yields a client of it.

    Args:
        engine: Name of the engine.
        options: Of the client, but for where it leads and as whom.
        say: Tells the user that another engine answers than they might expect.

    Raises:
        ConfigError: The engine cannot be had.
    """
    async with running(create_app(make_engine(engine, say=say))) as url:
        own: ClientOptions = {
            "region": DEFAULT_REGION,
            **options,
            "base_url": url,
            "control_base_url": url,
            "access_key_id": _KEY,
            "secret_access_key": _KEY,
            # Nothing of the user's account or proxies: only the model they like.
            "environ": {"BEDROCK_MODEL": os.environ.get("BEDROCK_MODEL", "")},
        }
        async with AsyncClient(**own) as client:
            yield client
