"""What the model writes under a schema is accepted by it, and comes to an end."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.emulator.engines.samples import sample
from outcrop.emulator.engines.smollm2_schema import decode_schema, encode_grammar, mend

PREFIX = "%llguidance {}\nstart: %json "


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _narrow(schema: Any) -> Any:
    """Return the schema inside the grammar, without its options."""
    grammar = encode_grammar(schema)
    assert grammar is not None
    assert grammar.startswith(PREFIX)
    narrow = json.loads(grammar.removeprefix(PREFIX))
    del narrow["x-guidance"]
    return narrow


STRING = {"type": "string", "maxLength": 120}
LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 200},
        {"type": "string", "format": "date"},
        {"type": "integer"},
        {"type": "integer", "minimum": -500, "maximum": -3},
        {"type": "integer", "minimum": 3_000_000_000},
        {"type": "number", "minimum": 0.5},
        {"type": ["string", "null"]},
        {"type": "boolean"},
        {"enum": ["a", 1, None]},
        {"const": [1]},
        {},
    ]
)


def _branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3)
    return st.one_of(
        members.map(lambda each: _object(**each)),
        members.map(lambda each: {"properties": each}),
        inner.map(lambda each: {"type": "array", "items": each}),
        inner.map(lambda each: {"type": "array", "items": each, "minItems": 9}),
        inner.map(lambda each: {"type": "object", "additionalProperties": each}),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: {"anyOf": each}),
    )


SCHEMAS = st.recursive(LEAVES, _branches, max_leaves=6)
VALUES = st.recursive(
    st.sampled_from([None, True, 0, -4, 1.5, "", "a", "2020-01-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(SCHEMAS)
def test_the_grammar_accepts_nothing_else(schema: Any) -> None:
    """Whatever the model may write, the caller's schema accepts."""
    value = sample(_narrow(schema))

    assert jsonschema.Draft202012Validator(schema).is_valid(value)


@given(SCHEMAS, VALUES)
def test_what_is_mended_is_accepted(schema: Any, value: Any) -> None:
    """Whatever the model did write, the caller gets what the schema accepts."""
    mended = mend(json.dumps(value), schema)

    assert mended is not None
    assert jsonschema.Draft202012Validator(schema).is_valid(json.loads(mended))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param(
            _object(a={"type": "string", "description": "x", "title": "A", "default": ""}),
            {
                "type": "object",
                "properties": {"a": STRING},
                "required": ["a"],
                "additionalProperties": False,
            },
            id="nothing-unnamed",
        ),
        pytest.param(
            {"type": "string", "maxLength": 100_000},
            {"type": "string", "maxLength": 400},
            id="long-string",
        ),
        pytest.param(
            {"type": "array", "items": {"type": "boolean"}, "maxItems": 1000},
            {"type": "array", "items": {"type": "boolean"}, "maxItems": 16},
            id="long-list",
        ),
        pytest.param(
            {"type": "integer", "exclusiveMinimum": 3},
            {"type": "integer", "exclusiveMinimum": 3, "maximum": 1_000_000_003},
            id="endless-digits",
        ),
        pytest.param(
            {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
            {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "multipleOf": 0.001},
            id="endless-decimals",
        ),
        pytest.param(
            {"format": "uuid"},
            {
                "type": "string",
                "maxLength": 120,
                "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
            },
            id="format-as-a-pattern",
        ),
        pytest.param(
            {"type": "string", "pattern": "^(?!x)[a-z]+$"}, STRING, id="pattern-without-a-grammar"
        ),
        pytest.param(
            {"type": "object"},
            {
                "type": "object",
                "patternProperties": {},
                "additionalProperties": {
                    "type": ["boolean", "integer", "null", "string"],
                    "maxLength": 120,
                },
                "maxProperties": 3,
                "minProperties": 0,
            },
            id="any-object",
        ),
        pytest.param(
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {"const": 1}}},
                    {"properties": {"b": {"const": 2}}},
                ]
            },
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {"const": 1}}},
                    {"type": "object", "properties": {"b": {"const": 2}}},
                ]
            },
            id="parts-that-name-each-others-members",
        ),
        pytest.param(
            {
                "$defs": {"node": _object(value={"type": "null"}, next={"$ref": "#/$defs/node"})},
                "anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}],
            },
            {"anyOf": [{"type": "null"}]},
            id="a-way-without-end-is-not-taken",
        ),
        pytest.param(
            {
                "type": "object",
                "properties": {"v": {"const": 1}, "children": {"items": {"$ref": "#"}}},
                "required": ["v"],
            },
            {
                "type": "object",
                "required": ["v"],
                "additionalProperties": False,
                "properties": {
                    "v": {"const": 1},
                    "children": {
                        "type": "array",
                        "maxItems": 4,
                        "items": {
                            "type": "object",
                            "required": ["v"],
                            "additionalProperties": False,
                            "properties": {
                                "v": {"const": 1},
                                "children": {
                                    "type": "array",
                                    "maxItems": 4,
                                    "items": {
                                        "type": "object",
                                        "required": ["v"],
                                        "additionalProperties": False,
                                        "properties": {
                                            "v": {"const": 1},
                                            "children": {
                                                "type": "array",
                                                "items": False,
                                                "maxItems": 0,
                                            },
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
            id="trees-end-after-two-levels",
        ),
    ],
)
def test_what_has_no_end_is_given_one(schema: Any, expected: Any) -> None:
    """A model of this size runs on inside an open string, list or number until its tokens end."""
    assert _narrow(schema) == expected


def test_a_schema_that_must_nest_for_ever_has_no_grammar() -> None:
    schema = {"$defs": {"a": _object(a={"$ref": "#/$defs/a"})}, "$ref": "#/$defs/a"}

    assert encode_grammar(schema) is None
    assert mend("{}", schema) is None


@pytest.mark.parametrize(
    ("text", "schema", "expected"),
    [
        pytest.param('{"a":1.50}', _object(a={"type": "number"}), '{"a":1.50}', id="as-written"),
        pytest.param(
            '{"a":[1,1],"b":"kept"}',
            _object(a={"type": "array", "uniqueItems": True}, b={"type": "string"}),
            '{"a":[],"b":"kept"}',
            id="only-the-part",
        ),
        pytest.param('{"a":"cut', _object(a={"const": 7}), '{"a":7}', id="cut-off"),
        pytest.param("Sure! Here", _object(a={"const": 7}), '{"a":7}', id="no-json"),
        pytest.param(
            '{"p":{"q":5}}',
            {"$defs": {"q": {"const": 7}}, **_object(p=_object(q={"$ref": "#/$defs/q"}))},
            '{"p":{"q":7}}',
            id="behind-a-reference",
        ),
        pytest.param("1", False, None, id="nothing-is-accepted"),
    ],
)
def test_mend(text: str, schema: Any, expected: str | None) -> None:
    assert mend(text, schema) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param("{", "The JSON schema of tool x is not valid: Input data was truncated"),
        pytest.param(
            '{"type":"foo"}',
            "The JSON schema of tool x is not valid: "
            "'foo' is not valid under any of the given schemas",
        ),
        pytest.param(
            '{"items":[{"$ref":"http://169.254.169.254/latest"}],"type":"array"}',
            "The JSON schema of tool x is not valid: "
            "[{'$ref': 'http://169.254.169.254/latest'}] is not of type 'object', 'boolean'",
        ),
        pytest.param(
            '{"properties":{"a":{"$ref":"http://169.254.169.254/latest"}}}',
            "The JSON schema of tool x refers to http://169.254.169.254/latest, outside of itself",
        ),
    ],
)
def test_a_schema_that_makes_no_sense(raw: str, message: str) -> None:
    """It is refused before anything is asked, and nothing it points at is ever fetched."""
    with pytest.raises(EngineRefusal) as caught:
        decode_schema(raw, "tool x")

    assert (caught.value.status, caught.value.code) == (400, "ValidationException")
    assert caught.value.message == message
