"""The surplus of the wire as the `Extra` of the canonical model, and back.

Place in the house: the Anthropic codec. What the wire types do not name becomes part of the
canonical values here, marked with the API it belongs to.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from outcrop.protocols.extras import Extras
from outcrop.protocols.lossless import encode
from outcrop.protocols.wire_type import Surplus, Wire
from outcrop.types.accumulate import STREAM_SUFFIX, fold_arguments
from outcrop.types.content import Foreign
from outcrop.types.json import Extra

API: Final = "anthropic"

_KEPT: Final = Extras(API)
_NULL: Final = msgspec.Raw(b"null")


def decode_extra(surplus: Surplus | None) -> Extra | None:
    """Return what stood beyond the named members, free of the buffer it was read from."""
    return _KEPT.decode(surplus)


def gather_extra(*surpluses: Surplus | None, beside: Mapping[str, Any]) -> Extra | None:
    """Return what stood beyond the named members of several objects, as one.

    Args:
        surpluses: What the wire types do not name.
        beside: Members that are named and have no place of their own; None counts as absent.

    What is null says that there is none, and so nothing.
    """
    members = {
        name: raw
        for surplus in surpluses
        if surplus is not None
        for name, raw in surplus.members.items()
        if raw != _NULL
    }
    given = {name: value for name, value in beside.items() if value is not None}
    members |= {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in given.items()}
    return _KEPT.make(members)


def encode_extra(extra: Extra | None) -> Surplus | None:
    """Return what this wire wrote; of what another one did, nothing."""
    return Surplus(extra.members) if extra is not None and extra.api == API else None


def members_of(*extras: Extra | None) -> dict[str, msgspec.Raw]:
    """Return the members that this wire wrote, of all of them together."""
    members: dict[str, msgspec.Raw] = {}
    for extra in extras:
        members |= _KEPT.members(extra)
    return members


def decode_foreign(found: Surplus | Wire) -> Foreign:
    """Keep an object that the canonical model has no word for."""
    return Foreign(api=API, raw=raw_of(found))


def raw_of(found: Surplus | Wire) -> msgspec.Raw:
    """Return the JSON of an object, whether it was understood or not."""
    if isinstance(found, Surplus):
        assert found.whole is not None, "an object without a known tag is kept whole"
        return found.whole.copy()
    return msgspec.Raw(encode(found))


def encode_foreign(foreign: Foreign) -> Surplus | None:
    """Return what stands in the place of a whole object; None where another wire wrote it.

    A block folded from a stream comes back where all that followed its start are arguments.
    """
    if foreign.api == API:
        return Surplus({}, foreign.raw)
    if foreign.api != API + STREAM_SUFFIX:
        return None
    folded = _FOLDED.decode(foreign.raw)
    whole = None if folded.start is None else _complete(folded.start, folded.deltas)
    return None if whole is None else Surplus({}, msgspec.Raw(msgspec.json.encode(whole)))


class _Delta(msgspec.Struct):
    type: str = ""
    partial_json: str = ""


class _Folded(msgspec.Struct):
    start: dict[str, msgspec.Raw] | None
    deltas: tuple[_Delta, ...]


_FOLDED: Final = msgspec.json.Decoder(_Folded)
_ARGUMENTS: Final = "input_json_delta"


def _complete(
    start: dict[str, msgspec.Raw], deltas: tuple[_Delta, ...]
) -> dict[str, msgspec.Raw] | None:
    if not deltas:
        return start
    if any(delta.type != _ARGUMENTS for delta in deltas):
        return None
    arguments, error = fold_arguments("".join(delta.partial_json for delta in deltas))
    return None if error else start | {"input": arguments}
