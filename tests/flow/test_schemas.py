"""What Bedrock's structured output takes of a schema."""

from typing import Any

import pytest

from outcrop.flow.schemas import can_be_closed, closed

WORD = {"type": "string"}


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def shut(**properties: Any) -> dict[str, Any]:
    return thing(**properties) | {"additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "result", "lost"),
    [
        (WORD, WORD, set()),
        (thing(a=WORD), shut(a=WORD), set()),
        (thing(a=WORD) | {"additionalProperties": True}, shut(a=WORD), set()),
        (thing(a=thing(b=WORD)), shut(a=shut(b=WORD)), set()),
        (
            {"type": "array", "items": thing(a=WORD), "maxItems": 3},
            {"type": "array", "items": shut(a=WORD)},
            {"maxItems"},
        ),
        ({"anyOf": [thing(a=WORD), WORD]}, {"anyOf": [shut(a=WORD), WORD]}, set()),
        (
            {"$ref": "#/$defs/A", "$defs": {"A": thing(a=WORD)}},
            {"$ref": "#/$defs/A", "$defs": {"A": shut(a=WORD)}},
            set(),
        ),
        (
            thing(n={"type": "integer", "minimum": 1, "maximum": 9}),
            shut(n={"type": "integer"}),
            {"minimum", "maximum"},
        ),
        # Names and values that only look like keywords.
        (thing(minimum=WORD), shut(minimum=WORD), set()),
        (
            {"const": {"properties": 1, "minimum": 2}},
            {"const": {"properties": 1, "minimum": 2}},
            set(),
        ),
    ],
)
def test_closed(schema: Any, result: Any, lost: set[str]) -> None:
    """AWS answers 400 to an open object, and to what its grammar cannot say (STRUCT-01)."""
    left_out: set[str] = set()

    assert can_be_closed(schema)
    assert closed(schema, left_out) == result
    assert left_out == lost


NODE = {"A": thing(next={"$ref": "#/$defs/B"}), "B": {"anyOf": [{"$ref": "#/$defs/A"}, WORD]}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "additionalProperties": WORD},
        thing(a={"type": "object"}),
        {"type": "array", "items": {"type": "object"}},
        {"$ref": "#/$defs/A", "$defs": NODE},
        thing(a={"$ref": "https://a.example/schema.json"}),
        {"$ref": "#"},
    ],
)
def test_what_cannot_be_closed(schema: Any) -> None:
    """Maps of any names, and what holds itself: closing them would forbid every value."""
    assert not can_be_closed(schema)
