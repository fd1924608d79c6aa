"""What a family answers to a native body, and how it refuses one.

Place in the house: emulator. Pure.

Source: public threads as named in `wordings`.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from outcrop.emulator import wordings
from outcrop.emulator.refusals import Refusal
from outcrop.errors import BadRequestError
from outcrop.protocols.wire_type import Wire

T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole reply."""

    body: bytes
    engine: str
    """Who made it up; for ``x-outcrop-engine``."""
    headers: tuple[tuple[str, str], ...] = ()
    """Beside those that every reply carries."""


def malformed(problems: Iterable[str]) -> Refusal:
    """Return the refusal of a body that is not as the model's schema says."""
    # Nothing stands between them: promptfoo/promptfoo#921, lobehub/lobehub#5203.
    return wordings.MALFORMED_INPUT.refusal(problems="".join(problems))


def read_object(body: bytes) -> dict[str, Any]:
    """Read a body that must be a JSON object.

    Raises:
        Refusal: It is none.
    """
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise wordings.MALFORMED_BODY.refusal(reason=error) from error


def read_body(
    kind: type[Wire] | None,
    body: bytes,
    decode: Callable[[bytes], T],
    *,
    required: Iterable[str] = (),
    forbidden: Iterable[str] = (),
    permitted: Iterable[str] | None = None,
) -> T:
    """Read a native body as the model's schema would.

    Args:
        kind: The wire type; it names what may be there. None: `permitted` does.
        body: As it came.
        decode: The codec's own way to read it.
        required: Keys that must be there.
        forbidden: Keys that the type names and this model does not take.
        permitted: Keys that may be there, where no type names them. None: any may.

    Raises:
        Refusal: It is no such body.
    """
    given = read_object(body)
    known = _known(kind, permitted, given)
    missing = [f"#: required key [{name}] not found" for name in required if name not in given]
    unknown = given.keys() - (known - {*forbidden})
    strange = [f"#: extraneous key [{name}] is not permitted" for name in unknown]
    if missing or strange:
        raise malformed((*missing, *sorted(strange)))
    try:
        return decode(body)
    except BadRequestError as error:
        raise malformed([_pointed(error)]) from error


def _known(
    kind: type[Wire] | None, permitted: Iterable[str] | None, given: Iterable[str]
) -> set[str]:
    if kind is not None:
        return {field.encode_name for field in msgspec.structs.fields(kind)}
    return {*(given if permitted is None else permitted)}


def _pointed(error: BadRequestError) -> str:
    if not error.param:
        return error.message
    path = error.param.replace("[", "/").replace("]", "").replace(".", "/")
    return f"#/{path}: {error.message.removeprefix(f'{error.param}: ')}"
