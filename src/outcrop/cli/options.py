"""Options that several commands share.

Place in the house: cli. Imports click alone, so that ``--help`` stays fast.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_DEBUG: Final = "outcrop.debug"
_AUTO: Final = "auto"
_ENGINES: Final = (
    "Who answers: smollm2, echo, script:FILE, or auto: smollm2 if it can run, else echo."
)


def debug_option(function: F) -> F:
    """Add ``--debug``, which `is_debug` reads."""
    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=_note_debug,
        help="With an error, show what AWS said and its request id.",
    )(function)


def _note_debug(context: click.Context, _option: click.Parameter, value: bool) -> None:
    context.meta[_DEBUG] = value or is_debug(context)


def is_debug(context: click.Context) -> bool:
    """Tell whether ``--debug`` was given, before the command's name or after it."""
    return bool(context.meta.get(_DEBUG))


def region_option(function: F) -> F:
    """Add ``--region``."""
    return click.option("--region", help="AWS region; default as AWS's own tools resolve it.")(
        function
    )


def listen_options(port: int, *, variables: bool = False) -> Callable[[F], F]:
    """Add ``--host`` and ``--port``.

    Args:
        port: The default.
        variables: Whether ``OUTCROP_HOST`` and ``OUTCROP_PORT`` stand in for them.
    """

    def decorate(function: F) -> F:
        host = click.option(
            "--host",
            default="127.0.0.1",
            envvar="OUTCROP_HOST" if variables else None,
            show_default=True,
            show_envvar=True,
            help="Address to listen on.",
        )
        listen = click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=port,
            envvar="OUTCROP_PORT" if variables else None,
            show_default=True,
            show_envvar=True,
            help="Port to listen on; 0 takes any free one.",
        )
        return host(listen(function))

    return decorate


def engine_option(function: F) -> F:
    """Add ``--engine``, for commands that are always local."""
    return click.option("--engine", default=_AUTO, show_default=True, help=_ENGINES)(function)


def local_options(help_text: str) -> Callable[[F], F]:
    """Add ``--local`` and ``--engine``; `chosen_engine` reads the two."""

    def decorate(function: F) -> F:
        local = click.option("--local", is_flag=True, help=help_text)
        engine = click.option("--engine", show_default=_AUTO, help=f"With --local. {_ENGINES}")
        return local(engine(function))

    return decorate


def chosen_engine(*, local: bool, engine: str | None) -> str | None:
    """Return the engine that shall answer, or None for AWS.

    Raises:
        click.UsageError: An engine is named, and AWS shall answer.
    """
    if engine is not None and not local:
        raise click.UsageError("--engine goes with --local")
    return (engine or _AUTO) if local else None
