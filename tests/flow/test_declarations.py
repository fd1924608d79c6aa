"""Repairs of the tools that are declared, one table a repair."""

import json
from typing import Any

import msgspec
import pytest

from outcrop.errors import BadRequestError
from outcrop.flow.prepare import prepare
from outcrop.types.content import CachePoint, Foreign, Text, ToolResult, ToolUse
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import AutoChoice, NoChoice, SystemTool, Tool, ToolEntry
from tests.flow.conversations import CLAUDE

HI = Message(role="user", content=(Text(text="Hi"),))
F = Tool(name="f", description="Does f", input_schema=msgspec.Raw(b'{"type":"object"}'))
CALL = ToolUse(id="a", name="weather", arguments=msgspec.Raw(b"{}"))
USED = (
    HI,
    Message(role="assistant", content=(CALL,)),
    Message(role="user", content=(ToolResult(id="a", content=(Text(text="1"),)),)),
)
REBUILT = Tool(
    name="weather",
    description="weather",
    input_schema=msgspec.Raw(b'{"type":"object","properties":{}}'),
)


def repair(**said: Any) -> tuple[Request, list[str]]:
    ready, changes = prepare(Request(**({"model": CLAUDE, "messages": (HI,)} | said)), strict=False)
    return ready, [change.rule for change in changes]


@pytest.mark.parametrize(
    ("schema", "sent", "rules"),
    [
        (b'{"type":"object"}', {"type": "object"}, []),
        (b'{"type":["object","null"]}', {"type": ["object", "null"]}, []),
        (b"null", {"type": "object", "properties": {}}, ["tool_schema"]),
        (b"", {"type": "object", "properties": {}}, ["tool_schema"]),
        (b"{}", {"type": "object"}, ["tool_schema"]),
        (
            b'{"properties":{"x":{"type":"string"}}}',
            {"type": "object", "properties": {"x": {"type": "string"}}},
            ["tool_schema"],
        ),
    ],
)
def test_schema(schema: bytes, sent: dict[str, Any], rules: list[str]) -> None:
    """TOOL-02: AWS wants ``type: object`` at the top, and gets it."""
    ready, said = repair(tools=(Tool(name="f", input_schema=msgspec.Raw(schema)),))

    [tool] = ready.tools
    assert isinstance(tool, Tool)
    assert json.loads(bytes(tool.input_schema)) == sent
    assert said == rules


def test_schema_passes_unread() -> None:
    """Idea 6: what needs no repair is sent as the very bytes it came in."""
    schema = msgspec.Raw(b'{ "type": "object", "minimum": 1.0 }')

    ready, _ = repair(tools=(Tool(name="f", input_schema=schema),))

    assert ready.tools == (Tool(name="f", input_schema=schema),)


@pytest.mark.parametrize("schema", [b"[]", b'"object"', b"true", b'{"type":"object"},"x":1'])
def test_schema_that_is_none(schema: bytes) -> None:
    with pytest.raises(
        BadRequestError, match=r"tools\[1\].input_schema of g must be a JSON object"
    ):
        repair(tools=(F, Tool(name="g", input_schema=msgspec.Raw(schema))))


@pytest.mark.parametrize(
    ("description", "sent", "rules"),
    [("", "f", ["tool_described"]), (None, None, []), ("Does f", "Does f", [])],
)
def test_description(description: str | None, sent: str | None, rules: list[str]) -> None:
    """TOOL-02: AWS refuses an empty description, and takes none."""
    tool = msgspec.structs.replace(F, description=description)

    ready, said = repair(tools=(tool,))

    assert ready.tools == (msgspec.structs.replace(F, description=sent),)
    assert said == rules


def test_no_choice_without_history() -> None:
    """TOOL-04: no tool may be called, and none was: then none is there."""
    ready, rules = repair(tools=(F,), tool_choice=NoChoice())

    assert (ready.tools, ready.tool_choice, ready.system) == ((), None, ())
    assert rules == ["tool_choice_none"]


def test_no_choice_with_history() -> None:
    """TOOL-04: tools must stay beside tool blocks, so the model is asked not to call them."""
    ready, rules = repair(
        messages=USED, tools=(F,), tool_choice=NoChoice(), system=(Text(text="Be brief."),)
    )

    assert (ready.tools, ready.tool_choice) == ((F,), None)
    assert ready.system == (Text(text="Be brief."), Text(text="Do not call tools."))
    assert rules == ["tool_choice_none"]


@pytest.mark.parametrize(
    ("tools", "sent", "rules"),
    [
        pytest.param((F,), (F,), [], id="given"),
        # Pain 5: "toolConfig field must be defined".
        pytest.param((), (REBUILT,), ["tools_rebuilt"], id="none"),
        pytest.param(
            (CachePoint(),), (REBUILT, CachePoint()), ["tools_rebuilt"], id="nothing-but-a-point"
        ),
        pytest.param(
            (Foreign(api="x", raw=msgspec.Raw(b"{}")),),
            (REBUILT,),
            ["foreign_block", "tools_rebuilt"],
            id="nothing-of-ours",
        ),
    ],
)
def test_tools_are_declared(
    tools: tuple[ToolEntry, ...], sent: tuple[ToolEntry, ...], rules: list[str]
) -> None:
    """TOOL-05: tools that the conversation used are declared, though nobody did."""
    ready, said = repair(messages=USED, tools=tools)

    assert (ready.tools, said) == (sent, rules)


@pytest.mark.parametrize("choice", [AutoChoice(), NoChoice()])
def test_tools_are_declared_for_any_choice(choice: Any) -> None:
    ready, _ = repair(messages=USED, tool_choice=choice)

    assert ready.tools == (REBUILT,)


def test_each_tool_is_declared_once() -> None:
    """In the order they were called; a tool of the service's own as one of its."""
    search = ToolUse(
        id="s", name="nova_grounding", arguments=msgspec.Raw(b"{}"), type="server_tool_use"
    )
    found = ToolResult(id="s", content=(Text(text="x"),), type="r")
    turn = Message(role="assistant", content=(search, found, CALL))
    again = msgspec.structs.replace(CALL, id="b")
    answered = Message(role="user", content=(ToolResult(id="b", content=(Text(text="2"),)),))

    ready, _ = repair(
        messages=(HI, turn, USED[2], Message(role="assistant", content=(again,)), answered)
    )

    assert ready.tools == (SystemTool(name="nova_grounding"), REBUILT)


def test_orphaned_result_declares_nothing() -> None:
    """A result that became text is no tool block any more."""
    ready, rules = repair(messages=(USED[2],))

    assert (ready.tools, rules) == ((), ["tool_result_as_text"])
