"""Members of a request that a model has no word for: left out and told, or refused.

Place in the house: flow. Pure. What `flow.prepare` does for conversations, for all else.

Source: behaviour specification, CONF-17.
"""

from collections.abc import Sequence

from outcrop.codecs.converse.unsupported import PARAMETER
from outcrop.errors import UnsupportedError
from outcrop.types.responses import Adjustment


def left_out(names: Sequence[str], model: str, *, strict: bool) -> tuple[Adjustment, ...]:
    """Return what to tell of members that are left out.

    Raises:
        UnsupportedError: There are some, and the caller wants to be refused.
    """
    if names and strict:
        raise UnsupportedError(
            f"{model} has no such parameter: {', '.join(names)}",
            hint='leave it out, or allow that with unsupported_params="warn"',
        )
    return tuple(
        Adjustment(rule=PARAMETER, detail=f"{name} was left out: {model} has no such parameter")
        for name in names
    )
