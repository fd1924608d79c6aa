"""A block of a streamed answer while it is being written.

Place in the house: OpenAI Responses codec. Used by `stream_encoding`.
"""

from typing import Any

from outcrop.codecs.openai_responses.parts import Entry
from outcrop.types.content import Citation
from outcrop.types.json import Extra


class Underway:
    """A block under way: its item, and what its deltas need to say."""

    __slots__ = (
        "citations",
        "data",
        "extra",
        "item",
        "kind",
        "part",
        "pieces",
        "place",
        "signature",
    )

    def __init__(self, kind: str, place: int, item: Entry, part: int = 0) -> None:
        self.kind = kind
        self.place = place
        self.item = item
        self.part = part
        self.pieces: list[str] = []
        self.signature: str | None = None
        self.data = b""
        self.citations: list[Citation] = []
        self.extra: Extra | None = None

    def at(self, **members: Any) -> Entry:
        """Return what every event of this item says."""
        return {"item_id": self.item["id"], "output_index": self.place, **members}
