"""Whom a command talks to: AWS, or an emulator of its own.

Place in the house: cli. Loads no server unless one is asked for.
"""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import click

from outcrop.cli.extras import need
from outcrop.client import AsyncClient, ClientOptions, Listing
from outcrop.errors import ConfigError
from outcrop.models.catalogue import chat_default

MANY_CONNECTIONS = 10_000
"""For servers: as many as there are answers under way."""


def open_client(
    engine: str | None, *, region: str | None = None, timeout: float | None = None
) -> AbstractAsyncContextManager[AsyncClient]:
    """Return a client for a ``with`` block.

    Args:
        engine: Name of the engine of an emulator that runs as long as the block; None for AWS.
        region: AWS region code; None as the environment says, or for an emulator its default.
        timeout: Longest wait for the first byte and between two chunks, seconds; None as the
            environment says.

    Raises:
        ConfigError: A setting cannot be read, or an extra is missing.
    """
    options: ClientOptions = {"max_connections": MANY_CONNECTIONS, "dotenv": _dotenv()}
    if region is not None:
        options["region"] = region
    if timeout is not None:
        options["timeout"] = timeout
    if engine is None:
        return AsyncClient(**options)
    need("emulator", "--local")
    from outcrop.cli.local import local_client

    return local_client(engine, options, say=warn)


def _dotenv() -> str:
    """Return the text of the ``.env`` of the folder the command runs in; none is empty.

    Raises:
        ConfigError: It is there, and cannot be read.
    """
    path = Path(".env")
    try:
        return path.read_text() if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.resolve()} cannot be read: {error}") from error


async def list_models(engine: str | None, *, region: str | None) -> Listing:
    """List what can be called; arguments as `open_client`.

    Raises:
        OutcropError: Nothing could be listed.
    """
    async with open_client(engine, region=region) as client:
        return await client.models()


def default_model(region: str) -> str:
    """Return the model of questions that name none.

    Raises:
        ConfigError: The catalogue knows none for this region.
    """
    chosen = chat_default(region, datetime.now(UTC).date().isoformat())
    if not chosen:
        raise ConfigError(
            f"No default model is known for {region}", hint="say --model, or set BEDROCK_MODEL"
        )
    return chosen


def warn(line: str) -> None:
    """Tell the user what they must not miss, on standard error."""
    click.secho(line, fg="yellow", err=True)
