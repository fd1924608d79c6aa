"""The blocks of a streamed answer that are under way.

Place in the house: OpenAI Chat codec. State of `stream`, one object a block. The kinds of deltas
are those of `types.accumulate`: a block is one run of deltas of one kind at one index.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from outcrop.codecs.openai_chat.answer import Run
from outcrop.types import events
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import Block

WholeEvent: TypeAlias = (
    events.ToolStarted
    | events.ToolResultStarted
    | events.ToolResultDelta
    | events.ImageStarted
    | events.ImageDelta
    | events.ForeignStarted
    | events.ForeignDelta
)
"""What can begin a block that goes out when it is complete."""

# What a block is to its deltas, and what it is in the layout.
LIVE_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"text": "text", "reasoning": "reasoning", "redacted": "reasoning", "tool": "call"}
)
WHOLE_KINDS: Final[Mapping[type, str]] = MappingProxyType(
    {
        events.ToolStarted: "tool",
        events.ToolResultStarted: "tool_result",
        events.ToolResultDelta: "tool_result",
        events.ImageStarted: "image",
        events.ImageDelta: "image",
        events.ForeignStarted: "foreign",
        events.ForeignDelta: "foreign",
    }
)


class Live:
    """A block that goes out as it comes. `kind` is the kind of its deltas."""

    __slots__ = ("carry", "kind", "number", "run", "told")

    def __init__(self, kind: str, run: Run, number: int = 0) -> None:
        self.kind = kind
        self.run = run
        self.number = number
        """Which of its kind it is, in the order they began."""
        self.told = False
        """Whether the client has heard of its content."""
        self.carry = b""
        """Bytes that do not fill a group of base64 yet."""


class Whole:
    """A block that goes out when it is complete."""

    __slots__ = ("ended", "fold", "kind", "run")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        # Counts for nothing in the layout until it is known what the block is.
        self.run = Run("text")
        self.fold = Accumulator()
        self.ended = False

    def takes(self, kind: str) -> bool:
        """Tell whether a delta of `kind` belongs to this block."""
        return self.kind == kind and not self.ended

    def block(self) -> Block:
        """Return what has come of it."""
        folded = self.fold.partial()
        assert folded is not None, "a block begins with an event"
        return folded.content[0]
