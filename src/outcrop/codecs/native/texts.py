"""The texts of a conversation, for wires that know nothing else.

Place in the house: the native codecs.
"""

from collections.abc import Iterable

from outcrop.types.content import CitedText, GuardText, SystemBlock, Text
from outcrop.types.messages import Message

TEXTS = (Text, CitedText, GuardText)
"""Blocks that are text."""


def text_of(message: Message) -> str:
    """Return what a message says.

    What the assistant said came in pieces of one answer; what others said stands line by line.
    """
    joint = "" if message.role == "assistant" else "\n"
    return joint.join(block.text for block in message.content if isinstance(block, TEXTS))


def system_text(blocks: Iterable[SystemBlock]) -> str:
    """Return the system prompt as one text."""
    return "\n\n".join(block.text for block in blocks if isinstance(block, Text | GuardText))
