"""``outcrop emulate``: a local Bedrock; ``outcrop emulate pull``: its real small model.

Place in the house: cli.
"""

import click

from outcrop.cli.options import engine_option, listen_options


@click.group(invoke_without_command=True)
@listen_options(8099)
@engine_option
@click.option("--script", type=click.Path(exists=True, dir_okay=False), help="Rules to answer by.")
@click.option("--region", help="Play this region alone; default any that is asked for.")
@click.option(
    "--verify/--no-verify", default=True, show_default=True, help="Check signatures and API keys."
)
@click.option(
    "--credentials", multiple=True, metavar="ID:SECRET", help="A key pair that is good; repeatable."
)
@click.option("--api-key", multiple=True, help="A Bedrock API key that is good; repeatable.")
@click.pass_context
def command(
    context: click.Context,
    *,
    host: str,
    port: int,
    engine: str,
    script: str | None,
    region: str | None,
    verify: bool,
    credentials: tuple[str, ...],
    api_key: tuple[str, ...],
) -> None:
    """Run a local Bedrock that any AWS SDK can talk to.

    It prints the variables that point an SDK at it. --engine script needs --script FILE; the
    format is described in docs/emulator.md.
    """
    if context.invoked_subcommand is not None:
        return
    from outcrop.cli.extras import need

    need("emulator", "outcrop emulate")
    from outcrop.emulator.run import run_emulator

    run_emulator(
        host,
        port,
        _spec(engine, script),
        verify=verify,
        credentials=credentials,
        api_keys=api_key,
        region=region,
        say=click.echo,
    )


def _spec(engine: str, script: str | None) -> str:
    if script is None:
        return engine
    if engine not in {"auto", "script"}:
        raise click.UsageError(f"--script goes with --engine script, not with {engine}")
    return f"script:{script}"


@command.command()
def pull() -> None:
    """Fetch the weights of the local model (98 MB, once) into your cache."""
    from outcrop.emulator.weights import pull as fetch

    path = fetch(report=click.echo)
    click.echo(f"The model is at {path}")
