"""Says what is wrong with a request, and where.

Place in the house: protocols, for the dialects that clients speak. The texts that clients may
compare stand where they are raised; this adds the path, which an error object carries as
``param``.
"""

import re
from typing import Final

import msgspec

from outcrop.errors import BadRequestError

_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING: Final = re.compile(r"^Object missing required field `(?P<name>[^`]+)`$")
_LONGEST: Final = 300


def refused(message: str, path: str) -> BadRequestError:
    """Make the error that says what is wrong at `path`, in a line or two however long the input."""
    place = path[:_LONGEST]
    error = BadRequestError(message[:_LONGEST], hint=f"see {place}" if place else "")
    error.param = place
    return error


def malformed(fault: Exception) -> BadRequestError:
    """Make the error for a body that is not JSON, or not JSON of the right shape."""
    if not isinstance(fault, msgspec.ValidationError):
        reason = str(fault) if isinstance(fault, msgspec.DecodeError) else "nested or encoded wrong"
        return refused(f"the request body is not valid JSON: {reason}", "")
    place = _PLACE.match(str(fault))
    what, path = (place["what"], place["path"] or "") if place else (str(fault), "")
    missing = _MISSING.match(what)
    if missing:
        path = f"{path}.{missing['name']}" if path else missing["name"]
        return refused(f"{path} is required", path)
    subject = path or "the request body"
    return refused(f"{subject} is invalid: {what[:1].lower()}{what[1:]}", path)
