"""What ``outcrop serve`` does.

Place in the house: cli.
"""

import asyncio
import os
import time

import click

from outcrop.cli.bedrock import open_client
from outcrop.gateway.app import Gateway
from outcrop.gateway.settings import GatewaySettings
from outcrop.transport.serving import loop_factory, serve


def run_gateway(host: str, port: int, *, region: str | None, engine: str | None) -> None:
    """Answer until a signal asks to stop; then finish what is under way and return.

    Raises:
        ConfigError: A setting cannot be read, the engine cannot be had, nothing can listen there.
    """
    settings = GatewaySettings.resolve(os.environ, host=host)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(settings, host, port, region=region, engine=engine))


async def _serve(
    settings: GatewaySettings, host: str, port: int, *, region: str | None, engine: str | None
) -> None:
    async with open_client(engine, region=region) as client:
        behind = "the emulator on this machine" if engine else f"Bedrock in {client.region}"

        def ready(url: str) -> None:
            key = "$OUTCROP_MASTER_KEY" if settings.master_key else "any"
            click.echo(f"outcrop gateway at {url}, over {behind}")
            click.echo(f"  export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY={key}")

        await serve(Gateway(client, settings, clock=time.time), host, port, ready=ready)
