"""Tools, and the choice among them."""

from typing import Any

import msgspec
import pytest

from outcrop.types.content import CachePoint
from outcrop.types.json import Extra
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool, ToolChoice
from tests.codecs.openai_chat.asking import ask, refusal

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


def tool(name: str, **members: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA}, **members}


class TestTools:
    def test_all_of_a_function(self) -> None:
        """Nothing of a definition is lost."""
        (entry,) = ask(
            tools=[
                {
                    "type": "function",
                    "function": {
                        "name": "f",
                        "description": "Does it",
                        "parameters": SCHEMA,
                        "strict": True,
                    },
                }
            ]
        ).request.tools

        assert isinstance(entry, Tool)
        assert (entry.name, entry.description, entry.strict) == ("f", "Does it", True)
        assert msgspec.json.decode(entry.input_schema) == SCHEMA

    @pytest.mark.parametrize("function", [{"name": "f"}, {"name": "f", "parameters": None}])
    def test_no_parameters(self, function: dict[str, Any]) -> None:
        """A function that takes nothing has a schema that says so (TOOL-02)."""
        (entry,) = ask(tools=[{"type": "function", "function": function}]).request.tools

        assert isinstance(entry, Tool)
        assert bytes(entry.input_schema) == b'{"type":"object","properties":{}}'

    def test_marks(self) -> None:
        """A mark on a tool or on its function stands right after it (CACHE-01)."""
        mark = {"type": "ephemeral", "ttl": "5m"}
        inner = {"type": "function", "function": {"name": "g", "cache_control": mark}}

        tools = ask(tools=[tool("f", cache_control=mark), inner]).request.tools

        assert [type(entry).__name__ for entry in tools] == [
            "Tool",
            "CachePoint",
            "Tool",
            "CachePoint",
        ]
        assert tools[1] == tools[3] == CachePoint(ttl="5m")

    def test_unknown_member(self) -> None:
        """It travels with its tool."""
        entry = tool("f", vendor=1)
        entry["function"]["hint"] = 2

        (read,) = ask(tools=[entry]).request.tools

        assert isinstance(read, Tool)
        assert read.extra == Extra(
            "openai_chat", {"function.hint": msgspec.Raw(b"2"), "vendor": msgspec.Raw(b"1")}
        )

    def test_legacy_functions(self) -> None:
        """They are tools by another name; the client can read one call an answer."""
        asked = ask(functions=[{"name": "f", "parameters": SCHEMA}])

        assert [entry.name for entry in asked.request.tools if isinstance(entry, Tool)] == ["f"]
        assert asked.legacy_functions
        assert asked.request.parallel_tool_calls is False

    def test_tools_and_functions(self) -> None:
        """A client that knows tools reads `tool_calls`."""
        asked = ask(tools=[tool("f")], functions=[{"name": "g"}])

        assert len(asked.request.tools) == 2
        assert not asked.legacy_functions
        assert asked.request.parallel_tool_calls is None

    @pytest.mark.parametrize(
        ("entry", "text", "param"),
        [
            ({"type": "web_search"}, "unsupported tool type: web_search", "type"),
            (
                {"type": "computer_20250124", "display_width_px": 1},
                "unsupported tool type: computer_20250124",
                "type",
            ),
            ({"type": "function"}, "tool.function must be an object", "function"),
            (
                {"type": "function", "function": {}},
                "tool.function.name is required",
                "function.name",
            ),
            (
                {"type": "function", "function": {"name": "f", "parameters": "object"}},
                "tool.function.parameters must be an object",
                "function.parameters",
            ),
        ],
    )
    def test_refusals(self, entry: dict[str, Any], text: str, param: str) -> None:
        """The texts name the field, `param` the place (OAI-19)."""
        assert refusal(tools=[tool("f"), entry]) == (text, f"tools[1].{param}")

    def test_legacy_refusal(self) -> None:
        """The path is the client's own."""
        assert refusal(functions=[{"name": ""}]) == (
            "tool.function.name is required",
            "functions[0].function.name",
        )


class TestChoice:
    @pytest.mark.parametrize(
        ("choice", "read"),
        [
            ("auto", AutoChoice()),
            ("required", AnyChoice()),
            ("any", AnyChoice()),
            ("none", NoChoice()),
            ({"type": "auto"}, AutoChoice()),
            ({"type": "required"}, AnyChoice()),
            ({"type": "function", "function": {"name": "f"}}, NamedChoice(name="f")),
            (None, None),
        ],
    )
    def test_read(self, choice: object, read: ToolChoice | None) -> None:
        """The words of TOOL-03; nothing said stays nothing."""
        assert ask(tools=[tool("f")], tool_choice=choice).request.tool_choice == read

    @pytest.mark.parametrize(("mode", "read"), [("auto", AutoChoice()), ("required", AnyChoice())])
    def test_allowed_tools_filter(self, mode: str, read: ToolChoice) -> None:
        """The model sees only the tools that are allowed this time (OAI-05)."""
        allowed = {"mode": mode, "tools": [{"type": "function", "function": {"name": "g"}}]}
        mark = {"type": "ephemeral"}

        request = ask(
            tools=[tool("f", cache_control=mark), tool("g", cache_control=mark)],
            tool_choice={"type": "allowed_tools", "allowed_tools": allowed},
        ).request

        assert request.tool_choice == read
        assert [getattr(entry, "name", "point") for entry in request.tools] == ["g", "point"]

    @pytest.mark.parametrize(
        ("choice", "read"),
        [("none", NoChoice()), ("auto", AutoChoice()), ({"name": "f"}, NamedChoice(name="f"))],
    )
    def test_legacy(self, choice: object, read: ToolChoice) -> None:
        """The legacy form says the same."""
        asked = ask(functions=[{"name": "f"}], function_call=choice)

        assert asked.request.tool_choice == read

    @pytest.mark.parametrize(
        ("choice", "text", "param"),
        [
            ("sometimes", "unsupported tool_choice value: sometimes", "tool_choice"),
            ({"type": "custom"}, "unsupported tool_choice value: custom", "tool_choice.type"),
            (
                {"type": "function"},
                "tool_choice.function.name is required",
                "tool_choice.function.name",
            ),
            (
                {"type": "function", "function": {"name": "g"}},
                "tool_choice.function.name is not one of the tools given: g",
                "tool_choice.function.name",
            ),
            (
                {"type": "allowed_tools"},
                "tool_choice.allowed_tools is required",
                "tool_choice.allowed_tools",
            ),
            (
                {"type": "allowed_tools", "allowed_tools": {"mode": "often", "tools": []}},
                "unsupported tool_choice value: often",
                "tool_choice.allowed_tools.mode",
            ),
            (
                {
                    "type": "allowed_tools",
                    "allowed_tools": {"mode": "auto", "tools": [{"function": {"name": "g"}}]},
                },
                "tool_choice allows a tool that is not in tools: g",
                "tool_choice.allowed_tools.tools[0].function.name",
            ),
        ],
    )
    def test_refusals(self, choice: object, text: str, param: str) -> None:
        """A choice that cannot be meant is refused, not guessed (OAI-19)."""
        assert refusal(tools=[tool("f")], tool_choice=choice) == (text, param)

    def test_legacy_refusals(self) -> None:
        """As above, in the client's words."""
        assert refusal(functions=[{"name": "f"}], function_call="often") == (
            "unsupported function_call value: often",
            "function_call",
        )
        assert refusal(functions=[{"name": "f"}], function_call={"name": "g"}) == (
            "function_call.name is not one of the tools given: g",
            "function_call.name",
        )
