"""The surplus of a wire type as the `Extra` of the canonical model, and back.

Place in the house: protocols. For codecs whose objects are wire types; `extras` serves those that
write dictionaries.
"""

from outcrop.protocols.wire_type import Surplus
from outcrop.types.json import Extra


def extra_of(surplus: Surplus | None, api: str) -> Extra | None:
    """Return what stood beyond the named members, free of the buffer it was read from."""
    if surplus is None:
        return None
    return Extra(api, {name: given.copy() for name, given in surplus.members.items()})


def surplus_of(extra: Extra | None, api: str) -> Surplus | None:
    """Return what this API's wire wrote; of what another one did, nothing."""
    return Surplus(extra.members) if extra and extra.api == api else None
