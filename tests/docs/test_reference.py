"""The pages of docs/reference say what is true today."""

import pytest

from scripts.write_reference import PAGES, REFERENCE
from tests.absence import absent
from tests.docs import models_page, recordings_page
from tests.recordings import interactions, recordings_root


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str) -> None:
    """A table that was true once is worse than none: it is made anew and compared.

    Where this fails, run ``python -m scripts.write_reference`` and read the difference.
    """
    if not recordings_root().is_dir():
        absent("no recordings: name their folder in OUTCROP_RECORDINGS")

    written = (REFERENCE / name).read_text(encoding="utf-8")

    assert written == PAGES[name]()


def test_what_nobody_checks_is_no_success() -> None:
    """A recording of a kind that no test was written for must not count as equal."""
    if not recordings_root().is_dir():
        absent("no recordings: name their folder in OUTCROP_RECORDINGS")
    (agent,) = interactions(where=recordings_page.operation("InvokeAgent"))

    with pytest.raises(LookupError, match="nothing checks its answer"):
        recordings_page.check(agent, "answer")


def test_an_emulated_cell_is_no_tick() -> None:
    """MODEL-06: what only our own emulator has taken says nothing about AWS."""
    if not recordings_root().is_dir():
        absent("no recordings: name their folder in OUTCROP_RECORDINGS")
    cells = [
        models_page.cell(card, capability)
        for card in models_page.text_models()
        for capability in models_page.CAPABILITIES
    ]

    ticked = {each.known for each in cells if "✓" in each.text}

    assert ticked == {"recorded"}
    assert {each.text for each in cells if each.known == "emulated only"} <= {"emulated"}
