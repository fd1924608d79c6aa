"""The page that says what each text model can do, and how that is known: docs/reference/models.md.

Place in the house: tests only. Made of the cards, of the recordings, and of what the emulator's
rules take; `tests.docs.test_reference` holds the page to them.

    python -m scripts.write_reference

Source: behaviour specification, MODEL-06.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final, Literal, get_args

import msgspec

from outcrop.emulator.refusals import Refusal
from outcrop.emulator.rules import check_rules
from outcrop.models.card import ModelCard
from outcrop.models.catalogue import cards, lookup
from outcrop.models.evidence import EVIDENCE
from outcrop.models.families import purpose_of
from outcrop.models.quirks import ROWS as QUIRKS
from outcrop.models.quirks import quirks_of
from outcrop.types.content import Image, Inline, Text
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import Tool
from tests.codecs.recorded_answers import answer_of, is_answered
from tests.docs.recordings_page import is_streamed, line
from tests.recordings import Interaction, interactions

Known = Literal["recorded", "documented", "documented no", "emulated only", "unknown"]
"""How a cell is known, the surest first."""


class Cell(msgspec.Struct, frozen=True):
    """What one model does about one capability."""

    known: Known
    text: str


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """One column, and the three ways to know."""

    title: str
    shows: Callable[[Interaction], bool]
    """Whether an answered call shows it."""
    told: Callable[[ModelCard], bool | None]
    """What the card says; None where it does not."""
    sources: tuple[str, ...]
    """Keys of evidence that speak of it, the best first."""
    asked: Callable[[str], Request] | None = None
    """What the emulator is asked to take; None where it only repeats what it is told."""
    streamed: bool = False


def question(model: str) -> Request:
    return Request(model=model, messages=(Message(role="user", content=(Text(text="Hi"),)),))


def question_with_tools(model: str) -> Request:
    tool = Tool(name="f", input_schema=msgspec.Raw(b'{"type":"object"}'))
    return msgspec.structs.replace(question(model), tools=(tool,))


def question_with_picture(model: str) -> Request:
    picture = Image(format="png", source=Inline(b"\x89PNG\r\n\x1a\n"))
    message = Message(role="user", content=(Text(text="What is it?"), picture))
    return Request(model=model, messages=(message,))


def sees(card: ModelCard) -> bool:
    return "IMAGE" in card.inputs


def reasons(card: ModelCard) -> bool | None:
    return True if card.reasoning else None


def takes_schemas(card: ModelCard) -> bool | None:
    return quirks_of(card.id).json_schema or None


SCHEMAS: Final = "schemas"
_DOCUMENTS: Final = ("cards", "converse-features", "claude-platform")

CAPABILITIES: Final = (
    Capability(
        title="Generate",
        shows=lambda recorded: not is_streamed(recorded),
        told=lambda card: True,
        sources=(*_DOCUMENTS, "list", "probes", "spec"),
        asked=question,
    ),
    Capability(
        title="Stream",
        shows=is_streamed,
        told=lambda card: card.streaming,
        sources=(*_DOCUMENTS, "list", "probes"),
        asked=question,
        streamed=True,
    ),
    Capability(
        title="Tools",
        shows=lambda recorded: bool(answer_of(recorded).tool_calls),
        told=lambda card: card.tools,
        sources=(*_DOCUMENTS, "probes", "spec"),
        asked=question_with_tools,
    ),
    Capability(
        title="Vision",
        shows=lambda recorded: "image" in recorded.features,
        told=sees,
        sources=(*_DOCUMENTS, "list"),
        asked=question_with_picture,
    ),
    Capability(
        title="Reasoning",
        shows=lambda recorded: bool(answer_of(recorded).reasoning),
        told=reasons,
        sources=("cards", "claude-platform", "spec"),
    ),
    Capability(
        title="JSON schema",
        shows=lambda recorded: "structured" in recorded.features,
        told=takes_schemas,
        sources=(SCHEMAS,),
    ),
)

INTRODUCTION: Final = """\
# What each text model can do, and how that is known

One row for each text model of the catalogue. It is advice, not a list of what is allowed: a model
that is not here is called all the same. Each cell says how it is known:

| Cell | Meaning |
| --- | --- |
| ✓ `5f72c8e503` | **Recorded**: real traffic shows it. The ten letters end the id of the recording; the [table of recordings](recordings.md) says how outcrop reads it. |
| [cards](#cards) | **Documented**: the source says so, and nobody has recorded it. |
| no, [list](#list) | **Documented**: the source says that it cannot. |
| emulated | **Emulated only**: no source says, and nothing but outcrop's own emulator has taken it. |
| · | Nobody says. |

The page is generated (`python -m scripts.write_reference`), and a test fails where it is not what
cards and recordings say today.
"""  # noqa: E501 - a row of a table is one line

COUNTED: Final = """
## Cells by how they are known
"""

SOURCES: Final = """
## Sources
"""

TABLE: Final = """
## Models
"""


def page() -> str:
    """Return the page."""
    rows = [(card, [cell(card, each) for each in CAPABILITIES]) for card in text_models()]
    counts = Counter(
        (each.known, capability.title)
        for _, cells in rows
        for capability, each in zip(CAPABILITIES, cells, strict=True)
    )
    return "\n".join(
        [INTRODUCTION + COUNTED, *totals(counts), TABLE, *table(rows), SOURCES, *sources(), ""]
    )


def text_models() -> list[ModelCard]:
    return [card for card in cards() if purpose_of(card.id) == "text"]


def cell(card: ModelCard, capability: Capability) -> Cell:
    """Tell how one thing is known of one model, by the surest way there is."""
    shown = recorded_by_model().get(card.id, {}).get(capability.title)
    if shown:
        return Cell("recorded", f"✓ `{shown.rpartition('--')[2]}`")
    told = capability.told(card)
    keys = {*card.evidence, SCHEMAS}
    source = next((each for each in capability.sources if each in keys), None)
    if told is not None and source is not None:
        link = f"[{source}](#{source})"
        return Cell("documented", link) if told else Cell("documented no", f"no, {link}")
    if is_emulated(card, capability):
        return Cell("emulated only", "emulated")
    return Cell("unknown", "·")


@cache
def recorded_by_model() -> Mapping[str, Mapping[str, str]]:
    """Return the first recording that shows each thing, by the model's bare id."""
    found: dict[str, dict[str, str]] = {}
    for recorded in interactions(where=is_answered):
        card = lookup(recorded.model_id) if recorded.model_id else None
        if card is not None:
            shown = (each.title for each in CAPABILITIES if each.shows(recorded))
            found[card.id] = dict.fromkeys(shown, recorded.id) | found.get(card.id, {})
    return found


def is_emulated(card: ModelCard, capability: Capability) -> bool:
    """Tell whether the emulator takes a request that needs it."""
    if capability.asked is None:
        return False
    prefix = f"{next(iter(card.profiles), 'us')}." if card.needs_profile else ""
    try:
        check_rules(capability.asked(f"{prefix}{card.id}"), streamed=capability.streamed)
    except Refusal:
        return False
    return True


def totals(counts: Counter[tuple[Known, str]]) -> Iterator[str]:
    titles = [each.title for each in CAPABILITIES]
    yield line(["", *titles, "All"])
    yield line(["---", *["--:"] * (len(titles) + 1)])
    for known in get_args(Known):
        found = [counts[known, title] for title in titles]
        yield line([known, *(str(each) for each in (*found, sum(found)))])


def table(rows: Iterable[tuple[ModelCard, list[Cell]]]) -> Iterator[str]:
    titles = ["Model", "Provider", "Lifecycle", *(each.title for each in CAPABILITIES)]
    yield line(titles)
    yield line(["---"] * len(titles))
    for card, cells in rows:
        lifecycle = card.lifecycle.lower()
        yield line([f"`{card.id}`", card.provider, lifecycle, *(each.text for each in cells)])


def sources() -> Iterator[str]:
    """Write what each link leads to."""
    linked = dict.fromkeys(key for each in CAPABILITIES for key in each.sources if key != SCHEMAS)
    for key in linked:
        yield f"### {key}\n\n{EVIDENCE[key].source}. Seen: {EVIDENCE[key].seen}.\n"
    yield f"### {SCHEMAS}\n"
    for row in QUIRKS:
        if row.quirks.json_schema:
            yield f"- {', '.join(f'`{each}`' for each in row.models)}: {row.seen}"
