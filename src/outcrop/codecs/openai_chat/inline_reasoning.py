"""Reasoning that stands inside the text: ``<reasoning>…</reasoning>`` before the answer.

Place in the house: OpenAI Chat codec. gpt-oss on bedrock-runtime thinks aloud like this. The text
may be cut anywhere, within a tag too:

    splitter = InlineReasoning()
    for piece in pieces:
        for thought, text in splitter.feed(piece):
            ...
    for thought, text in splitter.close(): ...

Source: behaviour specification, THINK-07.
"""

from typing import Final, TypeAlias

_OPENING: Final = "<reasoning>"
_CLOSING: Final = "</reasoning>"

Split: TypeAlias = list[tuple[bool, str]]
"""Pieces of text, none empty, each with whether it is reasoning."""


class InlineReasoning:
    """Tells thought from text. One per answer; not thread-safe."""

    __slots__ = ("_held", "_thinking", "done")

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self.done = False
        """Whether everything from here on is text."""

    def feed(self, piece: str) -> Split:
        """Take the next piece; what may be part of a tag is held back."""
        if self.done:
            return [(False, piece)] if piece else []
        text = self._held + piece
        self._held = ""
        if not self._thinking:
            if len(text) < len(_OPENING) and _OPENING.startswith(text):
                self._held = text
                return []
            if not text.startswith(_OPENING):
                self.done = True
                return [(False, text)]
            self._thinking = True
            text = text.removeprefix(_OPENING)
        return self._think(text)

    def close(self) -> Split:
        """Return what was held back, at the end of the text."""
        held, self._held = self._held, ""
        self.done = True
        return [(self._thinking, held)] if held else []

    def _think(self, text: str) -> Split:
        thought, tag, rest = text.partition(_CLOSING)
        if tag:
            self.done = True
            self._thinking = False
        else:
            kept = _tag_started(text)
            thought, self._held = text[: len(text) - kept], text[len(text) - kept :]
        return [(thinking, part) for thinking, part in ((True, thought), (False, rest)) if part]


def _tag_started(text: str) -> int:
    """Return how many characters at the end of `text` may begin the closing tag."""
    longest = min(len(text), len(_CLOSING) - 1)
    return next((n for n in range(longest, 0, -1) if _CLOSING.startswith(text[-n:])), 0)
