"""The surplus of the wire as the `Extra` of the canonical model, and back.

Place in the house: the Converse codec. `lossless` keeps what the wire types do not name; here it
becomes part of the canonical values, marked with the API it belongs to.
"""

from typing import Final

import msgspec

from outcrop.protocols.wire_type import Surplus
from outcrop.types.json import Extra

API: Final = "converse"


def decode_extra(surplus: Surplus | None) -> Extra | None:
    """Return what stood beyond the named members, free of the buffer it was read from."""
    if surplus is None:
        return None
    return Extra(API, {name: given.copy() for name, given in surplus.members.items()})


def encode_extra(extra: Extra | None) -> Surplus | None:
    """Return what this wire wrote; of what another one did, nothing."""
    if extra is None or extra.api != API:
        return None
    return Surplus(extra.members)


def encode_foreign(api: str, raw: msgspec.Raw) -> Surplus | None:
    """Return what stands in the place of a whole object; None where another wire wrote it."""
    return Surplus({}, raw) if api == API else None
