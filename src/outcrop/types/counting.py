"""How many tokens a conversation has.

Place in the house: types.

Source: behaviour specification, COUNT-01.
"""

import msgspec

from outcrop.types.responses import Call


class TokenCount(msgspec.Struct, frozen=True, kw_only=True):
    """The size of a conversation, as its model would read it."""

    input_tokens: int
    """System prompt, turns and tools together; cached or not makes no difference."""
    estimated: bool = False
    """Whether this is outcrop's own guess, because AWS does not count for this model."""
    call: Call = Call()
    """How AWS was asked; without attempts where it was not."""
