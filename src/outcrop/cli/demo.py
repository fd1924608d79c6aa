"""``outcrop demo``: the whole road on this machine, once.

Place in the house: cli. A gateway over an emulator with a real small model, asked through the
OpenAI API over a socket, as any OpenAI client would ask.
"""

import click

from outcrop.cli.options import debug_option, engine_option


@click.command()
@click.argument("question", nargs=-1)
@engine_option
@debug_option
def command(*, question: tuple[str, ...], engine: str) -> None:
    """Start the gateway over the local emulator, ask it QUESTION, show the answer, stop.

    Needs no AWS account and no configuration, uses any free ports, and leaves nothing running.
    """
    from outcrop.cli.extras import need

    need("emulator", "outcrop demo")
    import asyncio

    from outcrop.cli.demonstration import demonstrate

    asyncio.run(demonstrate(" ".join(question) or "What is the capital of France?", engine))
