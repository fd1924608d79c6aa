"""Samples: a value for any schema that tools come with, always valid, always the same."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.emulator.engines.patterns import UnsatisfiableError, match_for
from outcrop.emulator.engines.samples import sample
from tests.recordings import Interaction, cases


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param({"const": 3}, 3, id="const"),
        pytest.param({"enum": ["b", "a"]}, "b", id="enum"),
        pytest.param({"type": "string", "default": "d"}, "d", id="default"),
        pytest.param({"type": "integer", "examples": [7]}, 7, id="example"),
        pytest.param({"type": "integer", "minimum": 3}, 3, id="minimum"),
        pytest.param({"type": "integer", "exclusiveMinimum": 3, "multipleOf": 5}, 5, id="step"),
        pytest.param({"type": "integer", "maximum": -3}, -3, id="maximum"),
        pytest.param({"exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5, id="between"),
        pytest.param({"type": "string", "minLength": 8}, "samplexx", id="long"),
        pytest.param({"type": "string", "maxLength": 2}, "0", id="short"),
        pytest.param({"type": "string", "format": "date"}, "2026-01-02", id="format"),
        pytest.param({"type": "string", "pattern": "^[A-Z]{2}\\d$"}, "AA0", id="pattern"),
        pytest.param({"type": ["null", "boolean"]}, True, id="type-list"),
        pytest.param({"type": "null"}, None, id="null"),
        pytest.param(
            {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]},
            {"a": "sample"},
            id="required-only",
        ),
        pytest.param({"properties": {"a": {"type": "null"}}}, {"a": None}, id="all-where-none"),
        pytest.param({"type": "object", "minProperties": 1}, {"key0": "sample"}, id="properties"),
        pytest.param(
            {"type": "array", "items": {"enum": [1, 2]}, "minItems": 2, "uniqueItems": True},
            [1, 2],
            id="unique-items",
        ),
        pytest.param(
            {"prefixItems": [{"const": 1}, {"const": 2}], "items": False}, [1, 2], id="tuple"
        ),
        pytest.param(
            {"$ref": "#/$defs/x", "$defs": {"x": {"type": "integer", "minimum": 4}}}, 4, id="ref"
        ),
        pytest.param(
            {"allOf": [{"required": ["a"]}, {"properties": {"a": {"const": 1}}}]},
            {"a": 1},
            id="all-of",
        ),
        pytest.param({"anyOf": [{"type": "null"}, {"type": "string"}]}, None, id="any-of"),
        pytest.param({"oneOf": [{"type": "integer"}, {"type": "number"}]}, 0.5, id="one-of"),
        pytest.param(
            {"type": "string", "if": {"minLength": 1}, "then": {"minLength": 9}},
            "samplexxx",
            id="then",
        ),
        pytest.param({"type": "string", "not": {"const": "sample"}}, "sample1", id="not"),
        pytest.param(True, "sample", id="anything"),
    ],
)
def test_sample(schema: Any, value: Any) -> None:
    """What the schema says itself comes first; then the least it asks for."""
    assert sample(schema) == value


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(False, id="nothing"),
        pytest.param({"properties": {"a": {"$ref": "#"}}, "required": ["a"]}, id="endless"),
        pytest.param({"allOf": [{"$ref": "#"}]}, id="endless-reference"),
        pytest.param({"type": "strange"}, id="no-type"),
        pytest.param({"$ref": "https://example.com/schema"}, id="elsewhere"),
        pytest.param({"$ref": "#/$defs/none"}, id="nowhere"),
        pytest.param({"type": "integer", "minimum": 3, "maximum": 2}, id="contradiction"),
        pytest.param({"type": "string", "pattern": "(?=a)b"}, id="look-around"),
        pytest.param({"type": "string", "pattern": "("}, id="no-pattern"),
        pytest.param({"properties": 3}, id="malformed"),
        pytest.param("x", id="no-schema"),
    ],
)
def test_unsatisfiable(schema: Any) -> None:
    """What cannot be made is said, not guessed."""
    with pytest.raises(UnsatisfiableError):
        sample(schema)


def recorded_schemas(recorded: Interaction) -> list[Any]:
    """Return the schemas of the tools that a recorded request offers."""
    tools = (recorded.request_body or {}).get("toolConfig", {}).get("tools", [])
    return [tool["toolSpec"]["inputSchema"]["json"] for tool in tools if "toolSpec" in tool]


@pytest.mark.parametrize(
    "recorded",
    cases("converse", "converse_stream", where=lambda i: bool(recorded_schemas(i))),
)
def test_recorded_tools(recorded: Interaction) -> None:
    """Tools that real programs offer get arguments that they accept."""
    for schema in recorded_schemas(recorded):
        jsonschema.validate(sample(schema), schema)


@pytest.mark.parametrize(
    ("pattern", "shortest", "text"),
    [
        (r"^(foo|bar)+$", 0, "foo"),
        (r"^[^a]{3}$", 0, "000"),
        (r"^\S+@\S+\.\w{2,}$", 0, "a@a.aa"),
        (r"^a*$", 3, "aaa"),
        (r"(?:x|yy)?z", 0, "z"),
        (r"^.[^\d\s-]\D\W\s$", 0, "aaa- "),
    ],
)
def test_pattern(pattern: str, shortest: int, text: str) -> None:
    """The least that matches, or as much as is asked for."""
    assert match_for(pattern, shortest) == text


def test_pattern_too_long() -> None:
    """A bound that cannot be met is said."""
    with pytest.raises(UnsatisfiableError):
        match_for("^a{5}$", longest=3)


SCHEMAS = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"type": st.sampled_from(["string", "integer", "boolean", "null"])}),
        st.integers(-3, 3).map(lambda low: {"type": "number", "minimum": low}),
        st.integers(0, 9).map(lambda length: {"type": "string", "minLength": length}),
        st.lists(st.text(max_size=3), min_size=1, max_size=3).map(lambda each: {"enum": each}),
    ),
    lambda inner: st.one_of(
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(
            lambda members: {
                "type": "object",
                "properties": members,
                "required": sorted(members)[:2],
                "additionalProperties": False,
            }
        ),
        st.builds(lambda items: {"type": "array", "items": items, "minItems": 1}, inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: {"anyOf": each}),
    ),
    max_leaves=6,
)


@given(SCHEMAS)
def test_samples_are_valid(schema: Any) -> None:
    """The law: whatever comes back, the schema accepts, and it comes back again."""
    value = sample(schema)

    jsonschema.validate(value, schema)
    assert sample(schema) == value
