"""What every wire type has in common: it keeps what it does not name.

Place in the house: protocols. Read and written by `lossless`; the types themselves stand in the
codecs that use them.
"""

from collections.abc import Mapping
from typing import ClassVar, Final, TypeAlias

import msgspec

FILLED: Final = msgspec.Meta(min_length=1)
"""Marks a list that the canonical model cannot tell from none when it is empty."""

Members: TypeAlias = Mapping[str, msgspec.Raw]


class Surplus:
    """What stood in an object beyond the fields of its type. msgspec cannot write it."""

    __slots__ = ("members", "whole")

    def __init__(self, members: Members, whole: msgspec.Raw | None = None) -> None:
        """Keep `members`; `whole` replaces the object altogether."""
        self.members = members
        self.whole = whole


class Wire(
    msgspec.Struct,
    kw_only=True,
    gc=False,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Base of every wire type; lives no longer than one call. Null counts as absent.

    Required are the members without which the canonical model could not hold the object.
    """

    union: ClassVar[bool] = False
    """Exactly one member is set."""
    flat: ClassVar[bool] = False
    """The canonical model holds the members, and not the object around them."""

    # No document can set this field: a Surplus is not JSON, so such a member is read as unknown.
    surplus: Surplus | None = msgspec.field(default=None, name="\uffffsurplus")
