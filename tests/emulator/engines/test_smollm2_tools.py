"""A tool is called where the user's words ask for it, and an agent's loop comes to an end."""

import msgspec
import pytest

from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.emulator.engines.smollm2_tools import chosen_tool, tool_instruction, words
from outcrop.types.content import CachePoint, Text, ToolResult
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    SystemTool,
    Tool,
    ToolChoice,
)


def _tool(name: str, description: str | None = None) -> Tool:
    return Tool(name=name, description=description, input_schema=msgspec.Raw(b"{}"))


WEATHER = _tool("get_weather", "Get the current weather for a city")
ORDERS = _tool("searchOrders", "Search orders of a customer by status")
SUM = _tool("calculator", "Evaluate an arithmetic expression")
TOOLS = (SystemTool(name="grounding"), SUM, WEATHER, ORDERS, CachePoint())


def _asked(text: str, choice: ToolChoice | None = None) -> Request:
    message = Message(role="user", content=(Text(text=text),))
    return Request(model="any", messages=(message,), tools=TOOLS, tool_choice=choice)


@pytest.mark.parametrize(
    ("text", "choice", "expected"),
    [
        pytest.param("What is the WEATHER in Paris?", None, WEATHER, id="word-of-the-name"),
        pytest.param("Which order was shipped?", AutoChoice(), ORDERS, id="name-in-capitals"),
        pytest.param("Evaluate this expression: 17*23", None, SUM, id="two-of-the-description"),
        pytest.param("Which city is the largest?", None, None, id="one-of-the-description"),
        pytest.param("Get me a joke", None, None, id="words-that-mean-nothing"),
        pytest.param("Tell me a joke", AnyChoice(), SUM, id="any-takes-the-first"),
        pytest.param("Which city is it?", AnyChoice(), WEATHER, id="any-takes-the-nearest"),
        pytest.param("weather", NamedChoice(name="calculator"), SUM, id="named"),
        pytest.param("weather", NoChoice(), None, id="none"),
    ],
)
def test_chosen_tool(text: str, choice: ToolChoice | None, expected: Tool | None) -> None:
    assert chosen_tool(_asked(text, choice)) == expected


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        pytest.param(None, None, id="auto-answers"),
        pytest.param(AnyChoice(), WEATHER, id="any-still-calls"),
    ],
)
def test_results_are_answered_in_text(choice: ToolChoice | None, expected: Tool | None) -> None:
    """A model that called the same tool again would keep an agent busy for ever."""
    result = ToolResult(id="a", content=(Text(text="sunny"),))
    message = Message(role="user", content=(result, Text(text="So how is the weather?")))
    request = Request(model="any", messages=(message,), tools=TOOLS, tool_choice=choice)

    assert chosen_tool(request) == expected


def test_no_tools() -> None:
    request = Request(model="any", messages=_asked("weather").messages, tool_choice=AnyChoice())

    assert chosen_tool(request) is None


def test_a_tool_that_is_not_there() -> None:
    with pytest.raises(EngineRefusal, match="toolChoice names clock, which"):
        chosen_tool(_asked("What time is it?", NamedChoice(name="clock")))


def test_words() -> None:
    """Names are read in every spelling; plurals are the same word."""
    assert words("getOrderStatus HTTPServer list_all-cities 3 news gas") == frozenset(
        {"order", "statu", "http", "server", "city", "3", "new", "gas"}
    )


@pytest.mark.parametrize(
    ("tool", "schema", "expected"),
    [
        pytest.param(
            WEATHER,
            {
                "properties": {
                    "city": {"type": "string", "description": "The city.\nOf any country."},
                    "unit": {"enum": ["celsius", "fahrenheit"]},
                    "anything": True,
                }
            },
            "Call the function get_weather (Get the current weather for a city) with JSON "
            "arguments: city (The city); unit one of celsius, fahrenheit; anything.",
            id="described",
        ),
        pytest.param(
            _tool("ping"), {}, "Call the function ping with a JSON object.", id="undescribed"
        ),
        pytest.param(
            _tool("long", "word " * 100),
            {"properties": {"n": {"description": "x" * 50 + " " + "y" * 50}}},
            f"Call the function long ({'word ' * 59}word) with JSON arguments: n ({'x' * 50}).",
            id="cut-short",
        ),
    ],
)
def test_tool_instruction(tool: Tool, schema: object, expected: str) -> None:
    """A context of 2048 tokens has no room for a manual."""
    assert tool_instruction(tool, schema) == expected
