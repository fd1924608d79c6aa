"""``outcrop``: the one entry point, and the one place for exit codes.

Place in the house: cli. 0 done, 1 the world's fault, 2 the caller's, 130 interrupted. A command is
a file of its own; it imports what it needs when it runs, so that ``--help`` stays fast.

Source: behaviour specification, CLI-01, CLI-09, CLI-10.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final, NoReturn

import click

from outcrop import __version__
from outcrop.cli.complaints import exit_code_of, lines_of
from outcrop.cli.options import debug_option, is_debug
from outcrop.errors import OutcropError

_COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ask": "Ask a model one question.",
        "demo": "Show the whole road on this machine, with a real small model.",
        "emulate": "Run a local Bedrock.",
        "models": "List the models that can be called.",
        "serve": "Run the OpenAI-compatible gateway.",
    }
)

_INTERRUPTED: Final = 130


class _Commands(click.Group):
    # Each command's module is imported when it is called, and never for the list of commands.
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"outcrop.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except OutcropError as error:
            for line in lines_of(error, debug=is_debug(ctx)):
                click.echo(line, err=True)
            ctx.exit(exit_code_of(error))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="outcrop")
@debug_option
def root() -> None:
    """Talk to every model on Amazon Bedrock."""


def main() -> NoReturn:
    """Run the command line and exit."""
    try:
        code = root.main(standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    sys.exit(code)
