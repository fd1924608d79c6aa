"""``outcrop serve``: the gateway, over AWS or over the emulator on this machine.

Place in the house: cli.
"""

import click

from outcrop.cli.options import (
    chosen_engine,
    debug_option,
    listen_options,
    local_options,
    region_option,
)


@click.command()
@listen_options(8080, variables=True)
@region_option
@local_options("Answer from this machine: no AWS, no account.")
@debug_option
def command(*, host: str, port: int, region: str | None, local: bool, engine: str | None) -> None:
    """Run the OpenAI-compatible gateway.

    Any OpenAI client reaches every model on Bedrock through it: set its base URL to
    http://127.0.0.1:8080/v1. With --local the answers come from the emulator and cost nothing.
    Keys: OUTCROP_MASTER_KEY, if set, must be shown by every client.
    """
    chosen = chosen_engine(local=local, engine=engine)
    from outcrop.cli.extras import need

    need("emulator" if local else "gateway", "outcrop serve")
    from outcrop.cli.serving import run_gateway

    run_gateway(host, port, region=region, engine=chosen)
