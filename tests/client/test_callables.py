"""What a model is told of a Python function, and how its arguments get there."""

import functools
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import pytest

from outcrop.client.ask import build_request
from outcrop.client.callables import callee_of, tool_of
from outcrop.errors import BadRequestError
from outcrop.types.tools import Tool


@dataclass
class Place:
    lat: float
    lon: float


def get_weather(  # noqa: D417 - two arguments have no words here
    city: str,
    unit: Literal["C", "F"] = "C",
    *,
    days: Annotated[int, "how far ahead"] = 3,
    near: list[Place] | None = None,
) -> str:
    """Tell the weather.

    For any city: of today, and later.

    Args:
        city: Its name,
            in English.
        unit (str): Celsius
            or Fahrenheit.

    Returns:
        Words.
    """
    return f"{city} {unit} {days} {near}"


def sphinx(a: int, b=2):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add.

    :param a: The first.
    :param int b: The second,
        if any.
    :returns: The sum.
    """
    return a + b


class Counter:
    """Not the tool's words."""

    def __init__(self) -> None:
        self.count = 0

    def count_up(self, by: int) -> int:
        """Count up."""
        self.count += by
        return self.count


def schema_of(tool: Tool) -> Any:
    return msgspec.json.decode(tool.input_schema)


def test_tool() -> None:
    """Name, words, types, defaults: all that a model knows of a function."""
    tool = tool_of(get_weather)

    assert tool.name == "get_weather"
    assert tool.description == "Tell the weather.\n\nFor any city: of today, and later."
    assert schema_of(tool) == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Its name, in English."},
            "unit": {
                "enum": ["C", "F"],
                "description": "Celsius or Fahrenheit.",
                "default": "C",
            },
            "days": {"type": "integer", "description": "how far ahead", "default": 3},
            "near": {
                "anyOf": [
                    {
                        "type": "array",
                        "items": {
                            "title": "Place",
                            "type": "object",
                            "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
                            "required": ["lat", "lon"],
                        },
                    },
                    {"type": "null"},
                ]
            },
        },
        "required": ["city"],
        "additionalProperties": False,
    }


def test_sphinx_and_bare_arguments() -> None:
    tool = tool_of(sphinx)

    assert tool.description == "Add."
    assert schema_of(tool)["properties"] == {
        "a": {"type": "integer", "description": "The first."},
        "b": {"description": "The second, if any.", "default": 2},
    }


def test_methods_and_partials() -> None:
    counter = Counter()

    method = callee_of(counter.count_up)
    bound = callee_of(functools.partial(get_weather, city="Rome"))

    assert (method.tool.name, method.tool.description) == ("count_up", "Count up.")
    assert schema_of(method.tool)["required"] == ["by"]
    assert method.function(**method.read(b'{"by":2}')) == counter.count == 2
    assert bound.tool.name == "get_weather"
    assert "required" not in schema_of(bound.tool) or schema_of(bound.tool)["required"] == []


def test_no_arguments() -> None:
    def now() -> str:
        return "noon"

    callee = callee_of(now)

    assert callee.tool.description == "now"
    assert schema_of(callee.tool)["properties"] == {}
    assert callee.read(b"{}") == {}


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        (b'{"city":"Rome"}', {"city": "Rome"}),
        (b'{"city":"Rome","days":"4"}', {"city": "Rome", "days": 4}),
        (
            b'{"city":"Rome","near":[{"lat":1,"lon":2}]}',
            {"city": "Rome", "near": [Place(1.0, 2.0)]},
        ),
    ],
    ids=["least", "converted", "typed"],
)
def test_arguments(arguments: bytes, read: dict[str, Any]) -> None:
    """What the model leaves out, the function's own default stands for."""
    assert callee_of(get_weather).read(arguments) == read


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (b"{}", "Object missing required field `city`"),
        (b'{"city":1}', "Expected `str`, got `int` - at `$.city`"),
        (b'{"city":"x","unit":"K"}', "Invalid enum value 'K' - at `$.unit`"),
        (b'{"city":"x","when":1}', "Object contains unknown field `when`"),
    ],
    ids=["missing", "type", "word", "unknown"],
)
def test_wrong_arguments(arguments: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as raised:
        callee_of(get_weather).read(arguments)

    assert str(raised.value) == message


def test_what_cannot_be_a_tool() -> None:
    class Odd:
        pass

    def odd(x: Odd) -> None: ...
    def many(*names: str) -> None: ...
    def keywords(**names: str) -> None: ...
    def first(x: int, /) -> None: ...
    def unknown(x: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    said = {
        odd: "an argument of odd has no JSON schema",
        many: "many takes variadic positional arguments (names)",
        keywords: "keywords takes variadic keyword arguments (names)",
        first: "first takes positional-only arguments (x)",
        unknown: "an annotation of unknown cannot be read: name 'Nowhere' is not defined",
        (lambda: 1): "<lambda> is no name for a tool",
    }
    for function, message in said.items():
        with pytest.raises(BadRequestError) as raised:
            tool_of(function)  # type: ignore[arg-type]
        assert raised.value.message == message


def test_functions_as_tools_of_a_request() -> None:
    """`chat` and `bind_tools` tell the model of a function, and leave the call to the caller."""
    request = build_request("Hi", "m", {"tools": [get_weather, tool_of(sphinx)]})

    assert request.tools == (tool_of(get_weather), tool_of(sphinx))
