"""The messages of a request."""

from typing import Any

import msgspec
import pytest

from outcrop.types.content import CachePoint, Text, ToolResult, ToolUse
from outcrop.types.json import EMPTY_OBJECT, Extra
from outcrop.types.messages import Message
from tests.codecs.openai_chat.asking import ask, refusal, turns

USER = {"role": "user", "content": "Hi"}
MARK = {"type": "ephemeral", "ttl": "1h"}


def call(call_id: str, name: str = "f", arguments: str | None = "{}") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calls(*call_ids: str) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": [call(each) for each in call_ids]}


def result(call_id: str, text: str = "sun") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


class TestSystem:
    def test_leading_messages_in_order(self) -> None:
        """One block each, none merged, none between them (MSG-01)."""
        system = ask(
            {"role": "system", "content": "a"},
            {"role": "developer", "content": [{"type": "text", "text": "b"}]},
            USER,
        ).request.system

        assert system == (Text(text="a"), Text(text="b"))

    def test_later_message_stays_in_place(self) -> None:
        """A system message in mid-conversation speaks of what came before it."""
        asked = ask(USER, {"role": "system", "content": "Now in French."})

        assert asked.request.system == ()
        assert asked.request.messages[1] == Message(
            role="system", content=(Text(text="Now in French."),)
        )

    def test_marks(self) -> None:
        """A client's mark on the system prompt is not ignored (CACHE-01)."""
        marked = {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}
        system = ask(
            {"role": "system", "content": "a", "cache_control": MARK},
            {"role": "system", "content": [marked, {"type": "text", "text": "c"}]},
        ).request.system

        assert system == (
            Text(text="a"),
            CachePoint(ttl="1h"),
            Text(text="b"),
            CachePoint(),
            Text(text="c"),
        )

    def test_unknown_members(self) -> None:
        """A system prompt is blocks: its first one carries what its message cannot."""
        part = {"type": "text", "text": "a", "lang": "en"}
        (block,) = ask({"role": "system", "content": [part], "priority": 1}).request.system

        assert block == Text(
            text="a",
            extra=Extra(
                "openai_chat", {"lang": msgspec.Raw(b'"en"'), "priority": msgspec.Raw(b"1")}
            ),
        )

    def test_text_only(self) -> None:
        """A picture in a system prompt is refused, not lost."""
        image = {"type": "image_url", "image_url": {"url": "https://a.example/a.png"}}

        assert refusal({"role": "developer", "content": [image]}) == (
            "developer messages take text only",
            "messages[0].content",
        )


class TestUser:
    def test_texts(self) -> None:
        """A string and a list of one part mean the same."""
        parts = {"role": "user", "content": [{"type": "text", "text": "Hi"}]}

        assert turns(USER) == turns(parts) == (Message(role="user", content=(Text(text="Hi"),)),)

    def test_neighbours_are_left_alone(self) -> None:
        """Merging is a repair, and repairs are made visibly elsewhere."""
        assert len(turns(USER, USER)) == 2

    def test_mark_on_the_message(self) -> None:
        """A mark beside plain text stands after it."""
        assert turns({**USER, "cache_control": MARK})[0].content == (
            Text(text="Hi"),
            CachePoint(ttl="1h"),
        )

    def test_name_is_ignored_and_said(self) -> None:
        """Bedrock knows no names (MSG-07)."""
        asked = ask({**USER, "name": "Ann"})

        assert [change.rule for change in asked.adjustments] == ["ignored_parameter"]

    def test_no_content(self) -> None:
        """An empty turn is dropped, visibly, further up."""
        assert turns({"role": "user", "content": None}) == (Message(role="user", content=()),)


class TestTools:
    def test_results_of_one_turn_are_one_turn(self) -> None:
        """Converse refuses them apart; in the order of the calls (TOOL-06)."""
        asked = turns(USER, calls("a", "b", "c"), result("c"), result("a"), result("b"), USER)

        assert [message.role for message in asked] == ["user", "assistant", "user", "user"]
        assert asked[2].content == (
            ToolResult(id="a", content=(Text(text="sun"),)),
            ToolResult(id="b", content=(Text(text="sun"),)),
            ToolResult(id="c", content=(Text(text="sun"),)),
        )

    def test_unknown_results_come_last(self) -> None:
        """A result without a call is kept for whoever repairs it."""
        (*_, message) = turns(calls("a"), result("x"), result("a"))

        assert [block.id for block in message.content if isinstance(block, ToolResult)] == [
            "a",
            "x",
        ]

    def test_results_of_two_turns_stay_apart(self) -> None:
        """The same id may be used again in the next turn."""
        asked = turns(
            calls("call_0"), result("call_0", "1"), calls("call_0"), result("call_0", "2")
        )

        assert [message.role for message in asked] == ["assistant", "user"] * 2

    def test_parts_and_marks(self) -> None:
        """A tool may answer with a picture; a mark stands after the whole result."""
        image = {"type": "image_url", "image_url": {"url": "https://a.example/a.png"}}
        marked = {"type": "text", "text": "sun", "cache_control": MARK}
        (message,) = turns({"role": "tool", "tool_call_id": "a", "content": [marked, image]})

        answer, point = message.content
        assert isinstance(answer, ToolResult)
        assert [type(part).__name__ for part in answer.content] == ["Text", "Image"]
        assert point == CachePoint(ttl="1h")

    @pytest.mark.parametrize("content", [None, []])
    def test_empty_result(self, content: object) -> None:
        """A tool that returns nothing must not end the conversation (TOOL-09 fills it)."""
        (message,) = turns({"role": "tool", "tool_call_id": "a", "content": content})

        assert message.content == (ToolResult(id="a", content=()),)

    def test_no_audio(self) -> None:
        """Converse has no such result."""
        sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}

        assert refusal({"role": "tool", "tool_call_id": "a", "content": [sound]}) == (
            "a tool cannot answer with audio",
            "messages[0].content",
        )


class TestFunctions:
    def test_call_and_result_match(self) -> None:
        """The legacy form has no ids; the same conversation always gets the same ones."""
        asked = turns(
            USER,
            {"role": "assistant", "function_call": {"name": "f", "arguments": ""}},
            {"role": "function", "name": "f", "content": "sun"},
        )

        assert asked[1].content == (ToolUse(id="function_1", name="f", arguments=EMPTY_OBJECT),)
        assert asked[2].content == (ToolResult(id="function_1", content=(Text(text="sun"),)),)

    def test_name_of_a_function_is_not_ignored(self) -> None:
        """It is what joins a result to its call."""
        assert ask({"role": "function", "name": "f", "content": "sun"}).adjustments == ()

    def test_second_result_of_one_call(self) -> None:
        """It belongs to no call, and must not have the id of one that is answered."""
        result = {"role": "function", "name": "f", "content": "sun"}
        call = {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}

        (_, answers) = turns(call, result, result)

        assert [block.id for block in answers.content if isinstance(block, ToolResult)] == [
            "function_0",
            "function_2",
        ]

    def test_result_without_call(self) -> None:
        """It is kept, as one that belongs to no call."""
        (message,) = turns({"role": "function", "name": "f", "content": "sun"})

        assert message.content == (ToolResult(id="function_0", content=(Text(text="sun"),)),)


class TestRefusals:
    @pytest.mark.parametrize(
        ("message", "text", "param"),
        [
            ({"role": "robot", "content": "a"}, "unsupported message role: robot", "role"),
            (
                {"role": "tool", "content": "a"},
                "tool message is missing tool_call_id",
                "tool_call_id",
            ),
            ({"role": "function", "content": "a"}, "function message is missing name", "name"),
            (
                {"role": "assistant", "function_call": {"arguments": "{}"}},
                "messages[1].function_call.name is required",
                "function_call.name",
            ),
            (
                {"role": "assistant", "function_call": {"name": "f", "arguments": "[1]"}},
                "messages[1].function_call.arguments must be one JSON object",
                "function_call.arguments",
            ),
            (
                {"role": "user", "content": [{"type": "hologram"}]},
                "unsupported content part type: hologram",
                "content[0].type",
            ),
            (
                {"role": "assistant", "content": "a", "audio": {"id": "x"}},
                "audio of earlier answers is not kept here; leave it out",
                "audio",
            ),
        ],
    )
    def test_texts(self, message: dict[str, Any], text: str, param: str) -> None:
        """Clients compare these texts (OAI-19); the path says which message (MSG-05)."""
        assert refusal(USER, message) == (text, f"messages[1].{param}")
