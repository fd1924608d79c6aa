"""The house on one machine: an emulator, and whoever talks to it, in one event loop.

Place in the house: cli, the only floor that composes emulator and gateway. Every server takes a
port of its own; nothing is configured and nothing is left behind.
"""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from outcrop.cli.bedrock import MANY_CONNECTIONS
from outcrop.client import AsyncClient
from outcrop.emulator.app import create_app
from outcrop.emulator.engines.select import make_engine
from outcrop.gateway.app import Gateway
from outcrop.gateway.settings import GatewaySettings
from outcrop.transport.serving import running

REGION = "us-east-1"
"""The region that the embedded emulator plays."""

_KEY = "outcrop"


@asynccontextmanager
async def local_client(engine: str, say: Callable[[str], object]) -> AsyncIterator[AsyncClient]:
    """Run an emulator while the block runs; yields a client of it.

    Raises:
        ConfigError: The engine cannot be had.
    """
    async with (
        running(create_app(make_engine(engine, say=say))) as url,
        AsyncClient(
            base_url=url,
            control_base_url=url,
            region=REGION,
            access_key_id=_KEY,
            secret_access_key=_KEY,
            max_connections=MANY_CONNECTIONS,
            environ={"BEDROCK_MODEL": os.environ.get("BEDROCK_MODEL", "")},
        ) as client,
    ):
        yield client


def gateway_over(client: AsyncClient, host: str) -> Gateway:
    """Return a gateway that asks through `client`.

    Raises:
        ConfigError: A setting cannot be read, or `host` may not be bound without a key.
    """
    return Gateway(client, GatewaySettings.resolve(os.environ, host=host), clock=time.time)
