"""Wordings: every row is used, and says where it comes from; the guide's script is one."""

import inspect
from pathlib import Path

import pytest

from outcrop.emulator import (
    answering,
    answers,
    app,
    authentication,
    completing,
    conversing,
    invoking,
    listings,
    messages_rules,
    native_bodies,
    ranking,
    rules,
    shapes,
    signatures,
)
from outcrop.emulator import wordings as module
from outcrop.emulator.engines import echo
from outcrop.emulator.engines.script_file import read_script
from outcrop.emulator.refusals import Wording

ROWS = {name: row for name, row in vars(module).items() if isinstance(row, Wording)}
SAYING = (
    answering,
    answers,
    app,
    authentication,
    completing,
    conversing,
    echo,
    invoking,
    listings,
    messages_rules,
    native_bodies,
    ranking,
    rules,
    shapes,
    signatures,
)
GUIDE = Path(__file__).parents[2] / "docs" / "emulator.md"


@pytest.mark.parametrize("name", ROWS)
def test_row_is_said_somewhere(name: str) -> None:
    """A text that nothing says is a rule that was forgotten."""
    assert any(f"wordings.{name}." in inspect.getsource(each) for each in SAYING)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_source(row: Wording) -> None:
    """A recording by the end of its id, or a thread by repository and number; or nothing at all."""
    assert not row.seen or "rec " in row.seen or "#" in row.seen


def test_apostrophes() -> None:
    """AWS writes U+2019 in one text and the plain one in all others."""
    curly = {name for name, row in ROWS.items() if "\u2019" in row.text}

    assert curly == {"ON_DEMAND"}


def test_guide_script() -> None:
    """What the guide shows loads as it stands."""
    _, _, rest = GUIDE.read_text("utf-8").partition("```yaml\n")

    rules_of_guide = read_script(rest.partition("```")[0], "emulator.md")

    assert len(rules_of_guide) == 7
