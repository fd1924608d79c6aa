"""Deviations of models: each row is known to change something, and says how we know."""

from fnmatch import fnmatchcase

import pytest

from outcrop.models.catalogue import cards
from outcrop.models.quirks import ROWS, Quirks, Row, quirks_of

CLAUDE = "anthropic.claude-haiku-4-5-20251001-v1:0"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.models[0])
def test_row_changes_something(row: Row) -> None:
    """A row that changes nothing is a note, and belongs elsewhere."""
    assert row.quirks != Quirks()
    assert row.why
    assert row.seen


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.models[0])
def test_row_meets_a_model(row: Row) -> None:
    """A pattern that fits no model of the catalogue is a misspelling."""
    for pattern in row.models:
        assert any(fnmatchcase(card.id, pattern) for card in cards()), pattern


def test_every_quirk_is_set_by_a_row() -> None:
    usual = Quirks()
    never = [
        name
        for name in Quirks.__struct_fields__
        if all(getattr(row.quirks, name) == getattr(usual, name) for row in ROWS)
    ]

    assert never == []


@pytest.mark.parametrize(
    "name",
    [
        CLAUDE,
        f"us.{CLAUDE}",
        f"bedrock/global.{CLAUDE}",
        "claude-haiku-4-5",
        f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}",
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{CLAUDE}",
    ],
)
def test_any_name_of_a_model(name: str) -> None:
    """Pain 29: a profile, an ARN or a first-party name is told what the bare id is told."""
    assert quirks_of(name) == quirks_of(CLAUDE)
    assert quirks_of(name).top_k == ("top_k",)


@pytest.mark.parametrize(
    "name",
    [
        "vendor.new-model",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x",
        "not an id",
        "",
    ],
)
def test_models_that_nobody_knows(name: str) -> None:
    assert quirks_of(name) == Quirks()


def test_later_rows_win() -> None:
    """gpt-oss is of OpenAI and takes another member than its newer kin."""
    assert quirks_of("openai.gpt-oss-120b-1:0").effort_field == ("reasoning_effort",)
    assert quirks_of("openai.gpt-oss-120b-1:0").summary_field == ()
    assert quirks_of("global.openai.gpt-5.6-sol").effort_field == ("reasoning", "effort")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("anthropic.claude-opus-4-8", True),
        ("anthropic.claude-sonnet-5", True),
        ("anthropic.claude-haiku-5-5", True),
        ("anthropic.claude-mythos-5", True),
        ("anthropic.claude-opus-4-7", False),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", False),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", False),
    ],
)
def test_versions_are_told_apart(model: str, *, expected: bool) -> None:
    """*Trap: date suffix read as version*: 4-5-20250929 is no 5."""
    assert quirks_of(model).late_system is expected
