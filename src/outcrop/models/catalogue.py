"""The bundled catalogue: the card of a model, and what to suggest for a name that is none.

Place in the house: models. Advice, not law: a model without a card is called all the same.

    card = lookup("us.anthropic.claude-haiku-4-5-20251001-v1:0")
    card.max_output if card else None

Source: behaviour specification, CONF-10, MODEL-03, MODEL-05, ROUTE-03, ROUTE-07, ERR-19.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from outcrop.errors import BadRequestError
from outcrop.models.card import ModelCard
from outcrop.models.geography import geography, geography_of
from outcrop.models.ids import VENDORS, ModelId, parse_model_id
from outcrop.models.native import ROWS as NATIVE
from outcrop.models.rows import ROWS

_TAIL: Final = 1 / 16
"""What a letter counts that `known` has and `wanted` breaks off before."""

_LONGEST: Final = 128
"""Letters of a name that are compared: more than any id has, few enough to be quick."""

DEMO_MODEL: Final = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
"""The model that the demonstration asks for."""

_CHAT_DEFAULTS: Final = (
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-sonnet-4-6",
)


def cards() -> tuple[ModelCard, ...]:
    """Return every card, in the order of the files."""
    return ROWS


def lookup(model: str) -> ModelCard | None:
    """Return what is known of a model, whichever of its names is given.

    Args:
        model: Bare id, profile id, ARN that names its model, provisioned variant
            (``amazon.nova-lite-v1:0:24k``), Mantle's id or first-party name.

    Returns:
        None for a model that has no card, and for an id that does not say which model it is.
    """
    read = _read(model)
    index = _index()
    names = _shorter(read.base) if read else ()
    return next((index[name] for name in names if name in index), None)


def native_form(model: str) -> str:
    """Return the name of the body that a model takes by InvokeModel in its own form.

    Args:
        model: Any of the names that `lookup` takes; a model without a card is judged by its vendor.

    Returns:
        The API of a codec; empty for a model that has no form known here, or whose id does not
        say which model it is.
    """
    card = lookup(model)
    read = _read(model)
    base = card.id if card else (read.base if read else "")
    rows = (row for row in NATIVE if any(fnmatchcase(base, each) for each in row.models))
    return next((row.form for row in rows), "")


def nearest(model: str, known: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """Return the ids of `known` that look most like `model`, the nearest first.

    Args:
        model: What was asked for and does not exist.
        known: What exists: a live list, or the ids of the catalogue.
        count: How many at most. Ids that have little in common are left out.
    """
    wanted = model.strip()[:_LONGEST]
    if not wanted:
        return ()
    limit = max(3, len(wanted) // 3)
    ranked = sorted((_unlikeness(wanted, each), each) for each in dict.fromkeys(known))
    return tuple(each for unlike, each in ranked[:count] if unlike <= limit)


def chat_default(region: str, today: str) -> str:
    """Return the model that terminal and chat use where nobody chose one.

    Args:
        region: Region that will be asked.
        today: ISO date; a model past its end of life is passed over.
    """
    living = (name for name in _CHAT_DEFAULTS if not _index()[name].is_retired(today))
    return f"{_prefix_for(region)}{next(living, _CHAT_DEFAULTS[-1])}"


@cache
def _index() -> dict[str, ModelCard]:
    return {name: card for card in ROWS for name in (card.mantle_id, card.id) if name}


def _shorter(base: str) -> Iterator[str]:
    """Yield the id, then what it is a variant of: ``x:0:24k``, ``x:0``, ``x``."""
    yield base
    while ":" in base:
        base = base.rpartition(":")[0]
        yield base


def _prefix_for(region: str) -> str:
    everywhere = geography("global")
    if everywhere and everywhere.contains(region):
        return "global."
    home = geography_of(region)
    return f"{home.prefix}." if home else ""


def _unlikeness(wanted: str, known: str) -> float:
    # Another geography, or none, is one mistake, and a vendor left out one more, however long.
    pairs = zip(_forms(wanted), _forms(known), strict=True)
    return min(mistakes + _distance(*pair) for mistakes, pair in enumerate(pairs))


def _forms(name: str) -> tuple[str, str, str]:
    """Return the name, then without its geography, then without its vendor too."""
    read = _read(name)
    base = read.base if read and read.base else name
    vendor = f"{read.vendor}." if read and read.vendor in VENDORS else ""
    return name, base, base.removeprefix(vendor)


def _read(name: str) -> ModelId | None:
    try:
        return parse_model_id(name)
    except BadRequestError:
        return None


def _distance(wanted: str, known: str) -> float:
    """Return how many letters differ; what `known` has beyond its end counts little.

    People leave off dates and versions: ``claude-haiku-4-5`` means the id that begins so.
    """
    row = list(range(len(known) + 1))
    for place, letter in enumerate(wanted, start=1):
        diagonal, row[0] = row[0], place
        for column, other in enumerate(known, start=1):
            substituted = diagonal + (letter != other)
            diagonal = row[column]
            row[column] = min(row[column] + 1, row[column - 1] + 1, substituted)
    return min(edits + _TAIL * (len(known) - end) for end, edits in enumerate(row))
