"""``outcrop models``: what can be called here.

Place in the house: cli.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import click

from outcrop.cli.options import debug_option, region_option


@click.command()
@click.argument("pattern", default="*")
@region_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.option("--local", is_flag=True, help="List the emulator's models: no AWS, no account.")
@debug_option
def command(*, pattern: str, region: str | None, as_json: bool, local: bool) -> None:
    """List the models and inference profiles whose id matches PATTERN, a shell glob."""
    import asyncio

    import msgspec

    from outcrop.cli.bedrock import list_models

    listing = asyncio.run(list_models("echo" if local else None, region=region))
    for problem in listing.problems:
        click.secho(problem, fg="yellow", err=True)
    found = [info for info in listing.models if fnmatchcase(info.id, pattern)]
    if as_json:
        for info in found:
            click.echo(msgspec.json.encode(info))
    else:
        for row in _table([(info.id, info.owned_by, info.name) for info in found]):
            click.echo(row)
    if not found:
        click.echo(f"no model matches {pattern}", err=True)


def _table(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return [f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows]
