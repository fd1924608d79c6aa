"""Options that several commands share.

Place in the house: cli. Imports click alone, so that ``--help`` stays fast.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def region_option(function: F) -> F:
    """Add ``--region``."""
    return click.option("--region", help="AWS region; default as AWS's own tools resolve it.")(
        function
    )


def listen_options(port: int) -> Callable[[F], F]:
    """Add ``--host`` and ``--port``; `port` is the default."""

    def decorate(function: F) -> F:
        host = click.option(
            "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
        )
        listen = click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=port,
            show_default=True,
            help="Port to listen on; 0 takes any free one.",
        )
        return host(listen(function))

    return decorate


def engine_option(function: F) -> F:
    """Add ``--engine``."""
    return click.option(
        "--engine",
        default="auto",
        show_default=True,
        help="Who answers: smollm2, echo, script:FILE, or auto: smollm2 if it can run, else echo.",
    )(function)
