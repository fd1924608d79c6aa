r"""A conversation as one prompt, and back.

Place in the house: the native codecs. Knows texts, no JSON and no model.

    template.render([Turn("user", "Hello")])   # "\n\nHuman: Hello\n\nAssistant:"
    template.parse(prompt)                     # None where it is no prompt of this template

A model tells turns apart by marks in the text alone. So a text that holds such a mark could speak
in another's name; whoever renders compares `parse(render(turns))` with the turns, and refuses.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec


class Turn(NamedTuple):
    """Who said what."""

    role: str
    text: str


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """How one family of models is told who said what."""

    begin: str = ""
    turns: Mapping[str, tuple[str, str]]
    """Role to the marks before and after what it says. A role without the first may open only."""
    opening: str
    """What asks the model to go on."""
    bare: bool = False
    """Whether a single turn of the user stands without marks."""

    def render(self, turns: Sequence[Turn]) -> str:
        """Return the prompt. A last turn of the assistant is left open, to be continued."""
        if self.bare and len(turns) == 1 and turns[0].role == "user":
            return turns[0].text
        parts = [self.begin]
        for role, text in turns:
            before, after = self.turns[role]
            parts += before, text, after
        if turns and turns[-1].role == "assistant":
            parts.pop()
        else:
            parts.append(self.opening)
        return "".join(parts)

    def parse(self, prompt: str) -> tuple[Turn, ...] | None:
        """Return the turns of a prompt that `render` would have written; None for any other."""
        if not prompt.startswith(self.begin):
            return None
        turns = tuple(self._iter_turns(prompt, len(self.begin)))
        if self._is_likely(turns) and self.render(turns) == prompt:
            return turns
        return (Turn("user", prompt),) if self.bare else None

    def _is_likely(self, turns: tuple[Turn, ...]) -> bool:
        # Marks that other families use too are not enough where a question may stand without any.
        asks = not self.bare or any(turn.role == "user" for turn in turns)
        return bool(turns) and asks and all(turn.text.strip() for turn in turns)

    def _iter_turns(self, prompt: str, place: int) -> Iterator[Turn]:
        while not self._is_opening(prompt, place):
            role = self._role_at(prompt, place)
            if role is None:
                return
            before, after = self.turns[role]
            begin = place + len(before)
            end = self._end(prompt, begin, after)
            if end is None:
                if role == "assistant":
                    yield Turn(role, prompt[begin:])
                return
            yield Turn(role, prompt[begin:end])
            place = end + len(after)

    def _role_at(self, prompt: str, place: int) -> str | None:
        for role, (before, _) in self.turns.items():
            if before and prompt.startswith(before, place):
                return role
        opens = place == len(self.begin)
        return next((role for role, marks in self.turns.items() if opens and not marks[0]), None)

    def _end(self, prompt: str, begin: int, after: str) -> int | None:
        """Return where a turn ends: where its mark stands, and another turn begins behind it."""
        if not after:
            return self._next_mark(prompt, begin)
        end = prompt.find(after, begin)
        while end >= 0 and not self._begins(prompt, end + len(after)):
            end = prompt.find(after, end + 1)
        return end if end >= 0 else None

    def _next_mark(self, prompt: str, begin: int) -> int | None:
        found = [prompt.find(mark, begin) for mark in self._marks()]
        if prompt.endswith(self.opening) and len(prompt) - len(self.opening) >= begin:
            found.append(len(prompt) - len(self.opening))
        return min((place for place in found if place >= 0), default=None)

    def _begins(self, prompt: str, place: int) -> bool:
        return self._is_opening(prompt, place) or any(
            prompt.startswith(mark, place) for mark in self._marks()
        )

    def _is_opening(self, prompt: str, place: int) -> bool:
        return len(prompt) - place == len(self.opening) and prompt.endswith(self.opening)

    def _marks(self) -> Iterator[str]:
        return (before for before, _ in self.turns.values() if before)
