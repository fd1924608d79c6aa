"""One turn of the conversation.

Place in the house: types.
"""

import msgspec

from outcrop.types.content import Block
from outcrop.types.json import Extra


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Who said what, in order."""

    role: str
    """``"user"``, ``"assistant"`` or, in mid-conversation, ``"system"``."""
    content: tuple[Block, ...]
    extra: Extra | None = None
    model: str = ""
    """Which model said it, as `Response.message` tells; empty where nobody told. Never sent: what
    only that model understands is left out when another one is asked."""
