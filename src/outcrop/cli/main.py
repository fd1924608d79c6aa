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
from outcrop.errors import BadRequestError, ConfigError, OutcropError

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
_USAGE: Final = 2
_FAILED: Final = 1


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


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="outcrop")
def root() -> None:
    """Talk to every model on Amazon Bedrock."""


def main() -> NoReturn:
    """Run the command line and exit."""
    try:
        root.main(standalone_mode=False)
    except click.Abort:
        sys.exit(_INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except OutcropError as error:
        click.echo(str(error), err=True)
        sys.exit(_USAGE if _is_callers(error) else _FAILED)
    except BrokenPipeError:
        # The reader of our output has seen enough; nothing may be written any more.
        sys.stderr.close()
        sys.exit(_FAILED)
    sys.exit(0)


def _is_callers(error: OutcropError) -> bool:
    # What AWS refused is the world's fault; what we refused before sending is the caller's.
    return isinstance(error, BadRequestError | ConfigError) and not error.code
