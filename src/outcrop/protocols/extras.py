"""What stood beside the members that a wire type names, as `Extra` of its API, and back.

Place in the house: protocols. For codecs that write objects as dictionaries:

    kept = Extras("an_api")
    extra = kept.decode(value.surplus)
    kept.lay_over({"type": "text"}, extra)

A member that stood in an object which the canonical model does not have may be named by its path:
``image_url.crop``. Within lists nothing is put back.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from outcrop.protocols.levels import merge
from outcrop.protocols.wire_type import Surplus
from outcrop.types.json import Extra


class Extras:
    """The surplus of one API."""

    __slots__ = ("_api",)

    def __init__(self, api: str) -> None:
        self._api = api

    def decode(self, surplus: Surplus | None) -> Extra | None:
        """Return what stood beside the named members, free of the buffer it was read from."""
        return None if surplus is None else self.make(surplus.members)

    def make(self, members: Mapping[str, msgspec.Raw]) -> Extra | None:
        """Keep members, free of the buffer they were read from; none makes nothing."""
        if not members:
            return None
        return Extra(self._api, {name: raw.copy() for name, raw in members.items()})

    def members(self, extra: Extra | None) -> dict[str, msgspec.Raw]:
        """Return the members that this API wrote; of what another one did, nothing."""
        return extra.members if extra is not None and extra.api == self._api else {}

    def lay_over(self, entry: dict[str, Any], extra: Extra | None) -> dict[str, Any]:
        """Add to `entry` what stood there when it was read, below it by path too."""
        for path, raw in self.members(extra).items():
            if "[" not in path:
                _place(entry, path, raw)
        return entry


def _place(entry: dict[str, Any], path: str, raw: msgspec.Raw) -> None:
    name, _, rest = path.partition(".")
    inner = entry.get(name)
    if rest and isinstance(inner, dict):
        _place(inner, rest, raw)
    else:
        merge(entry, {path: raw})
