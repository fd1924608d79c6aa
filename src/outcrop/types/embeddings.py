"""What is turned into vectors, and the vectors.

Place in the house: types. Values only; every family of embedding models translates to and from
them.

Source: behaviour specification, EMB-01 to EMB-10; recordings of InvokeModel.
"""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from outcrop.types.content import Audio, Image, Text, Video
from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment, Call
from outcrop.types.usage import Usage

EmbeddingPart: TypeAlias = Text | Image | Audio | Video
"""What an input is made of."""

Numbers: TypeAlias = tuple[int | float, ...] | str
"""A vector in a form other than floats: whole numbers, bits, or base64."""

Kind: TypeAlias = Literal["text", "image", "audio", "video", "mixed"]


class EmbeddingInput(msgspec.Struct, frozen=True):
    """What becomes one vector: a text, a picture, or several parts together."""

    parts: tuple[EmbeddingPart, ...]

    @property
    def kind(self) -> Kind:
        """What it is; ``"mixed"`` where it has not exactly one part."""
        return _KINDS[type(self.parts[0])] if len(self.parts) == 1 else "mixed"


_KINDS: dict[type, Kind] = {Text: "text", Image: "image", Audio: "audio", Video: "video"}


class EmbeddingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to turn into vectors, and how. None leaves it to the model."""

    model: str
    inputs: tuple[EmbeddingInput, ...]
    dimensions: int | None = None
    """Length of each vector."""
    purpose: str | None = None
    """``"document"``, ``"query"``, ``"classification"``, ``"clustering"``, or the model's word."""
    truncate: str | None = None
    """What is cut off a text that is too long: ``"start"``, ``"end"``; ``"none"`` refuses it."""
    normalize: bool | None = None
    """Whether vectors shall have length 1."""
    encodings: tuple[str, ...] = ()
    """``"float"``, ``"int8"``, ``"uint8"``, ``"binary"``, ``"ubinary"``, ``"base64"``."""
    max_tokens: int | None = None
    """How much of each input is read."""
    extra: Extra | None = None


class Embedding(msgspec.Struct, frozen=True, kw_only=True):
    """One vector, in each form that was asked for."""

    index: int = 0
    """Position of its input."""
    floats: tuple[float, ...] = ()
    forms: dict[str, Numbers] = {}
    """The same by the name of the form, where the service answered so."""
    kind: str = ""
    """What was embedded, in the service's word, where it tells: ``"TEXT"``."""
    extra: Extra | None = None

    @property
    def vector(self) -> tuple[float, ...]:
        """The vector as floats; empty where none were asked for."""
        by_name = self.forms.get("float", ())
        return self.floats or (() if isinstance(by_name, str) else by_name)


class Embeddings(msgspec.Struct, frozen=True, kw_only=True):
    """The vectors of one call, in the order of its inputs."""

    items: tuple[Embedding, ...] = ()
    input_tokens: int | None = None
    """Of all requests together; None where the service did not say."""
    extra: Extra | None = None
    """Of the one answer it was read from; nothing where several were joined."""
    calls: tuple[Call, ...] = ()
    """One for each request that was sent, in order."""

    @property
    def vectors(self) -> tuple[tuple[float, ...], ...]:
        """Each vector as floats."""
        return tuple(item.vector for item in self.items)

    @property
    def usage(self) -> Usage | None:
        """What was counted; None where the service did not say."""
        tokens = self.input_tokens
        return None if tokens is None else Usage(input_tokens=tokens, total_tokens=tokens)

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Every change outcrop made on the way, each once."""
        return unique(change for call in self.calls for change in call.adjustments)

    @property
    def resolved_model(self) -> str:
        """The model id that stood in the requests; empty where none was sent."""
        return self.calls[0].resolved_model if self.calls else ""


def unique(changes: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    """Return `changes` without repetitions, in order."""
    return tuple(dict.fromkeys(changes))
