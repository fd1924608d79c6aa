"""``outcrop serve``: the gateway, over AWS or over the emulator on this machine.

Place in the house: cli.
"""

import asyncio

import click

from outcrop.cli.options import engine_option, listen_options, region_option


@click.command()
@listen_options(8080)
@region_option
@click.option("--local", is_flag=True, help="Answer from this machine: no AWS, no account.")
@engine_option
def command(*, host: str, port: int, region: str | None, local: bool, engine: str) -> None:
    """Run the OpenAI-compatible gateway.

    Any OpenAI client reaches every model on Bedrock through it: set its base URL to
    http://127.0.0.1:8080/v1. With --local the answers come from the emulator and cost nothing.
    Keys: OUTCROP_MASTER_KEY, if set, must be shown by every client.
    """
    from outcrop.cli.extras import need_server

    need_server("outcrop serve")
    from outcrop.transport.serving import loop_factory

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(host, port, region, local=local, engine=engine))


async def _serve(host: str, port: int, region: str | None, *, local: bool, engine: str) -> None:
    from outcrop.cli.bedrock import open_client
    from outcrop.cli.local import gateway_over
    from outcrop.transport.serving import serve

    def ready(url: str) -> None:
        behind = "the emulator on this machine" if local else "Amazon Bedrock"
        click.echo(f"outcrop gateway at {url}, answering from {behind}")
        click.echo(f"  export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY=any")

    async with open_client(region, engine if local else None) as client:
        await serve(gateway_over(client, host), host, port, ready=ready)
