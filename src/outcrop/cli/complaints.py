"""An error as a person reads it: at most three lines, and an exit code.

Place in the house: cli.

Source: behaviour specification, CLI-01, CLI-09.
"""

from collections.abc import Iterator
from typing import Final

from outcrop.errors import BadRequestError, ConfigError, OutcropError

_USAGE: Final = 2
_FAILED: Final = 1
_WIDTH: Final = 100


def exit_code_of(error: OutcropError) -> int:
    """Return 2 where the caller is at fault, 1 where the world is.

    What AWS refused is the world's fault; what we refused before sending is the caller's.
    """
    is_callers = isinstance(error, BadRequestError | ConfigError) and not error.code
    return _USAGE if is_callers else _FAILED


def lines_of(error: OutcropError, *, debug: bool) -> Iterator[str]:
    """Yield what happened, what to do, and with `debug` what AWS said, and where.

    AWS's own words are also shown where we have no better advice. Short sentences share a line.
    """
    said = ": ".join(part for part in (error.code, error.aws_message) if part)
    happened = f"outcrop: {_sentence(error.message)}"
    hint = error.hint[:1].upper() + error.hint[1:]
    advice = _sentence(hint or ("" if debug else said))
    if len(happened) + len(advice) < _WIDTH:
        yield f"{happened} {advice}".rstrip()
    else:
        yield from filter(None, (happened, advice))
    request = f"request {error.request_id}" if error.request_id else ""
    facts = [part for part in (said, request, error.region, error.model, error.endpoint) if part]
    if debug and facts:
        yield f"[{_one_line('; '.join(facts))}]"


def _sentence(text: str) -> str:
    words = _one_line(text).rstrip(".")
    return f"{words}." if words else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
