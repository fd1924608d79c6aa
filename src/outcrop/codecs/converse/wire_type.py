"""How Converse names the members of its objects.

Place in the house: the Converse codec. The types themselves stand in `wire` and `wire_blocks`.
"""

from outcrop.protocols import wire_type


class Wire(wire_type.Wire, rename="camel"):
    """Base of every type of Converse's wire; see `outcrop.protocols.wire_type.Wire`."""
