"""An earlier answer, sent back."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given

from outcrop.codecs.openai_chat import encode_response
from outcrop.types import events as ev
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import (
    SERVER_TOOL_USE,
    Block,
    CitedText,
    Foreign,
    Image,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
    Url,
)
from outcrop.types.json import EMPTY_OBJECT
from outcrop.types.responses import Response, Stop
from tests.codecs.openai_chat.answers import streams
from tests.codecs.openai_chat.asking import ask, refusal

CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}


def content(**members: Any) -> tuple[Block, ...]:
    return ask({"role": "assistant", **members}).request.messages[0].content


def detail(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": f"reasoning.{kind}", **members}


class TestContent:
    def test_text_and_calls(self) -> None:
        """Arguments pass as they stand: a cache would notice every space."""
        blocks = content(content="Let me see", tool_calls=[CALL])

        assert blocks == (
            Text(text="Let me see"),
            ToolUse(id="a", name="f", arguments=msgspec.Raw(b'{"x": 1}')),
        )

    @pytest.mark.parametrize("nothing", [None, "", []])
    def test_no_text_beside_calls(self, nothing: object) -> None:
        """A blank text beside a call is a 400 on the next turn."""
        assert len(content(content=nothing, tool_calls=[CALL])) == 1

    def test_refusal(self) -> None:
        """What the model refused was said all the same."""
        assert content(content=None, refusal="No.") == (Text(text="No."),)

    def test_images(self) -> None:
        """A picture made earlier goes back into the conversation."""
        image = {"type": "image_url", "image_url": {"url": "https://a.example/a.png"}}

        assert content(content="Here", images=[image]) == (
            Text(text="Here"),
            Image(format="png", source=Url("https://a.example/a.png")),
        )

    @pytest.mark.parametrize("arguments", ["", "  ", None])
    def test_no_arguments(self, arguments: str | None) -> None:
        """Nothing means an empty object (TOOL-07)."""
        call = {"id": "a", "function": {"name": "f", "arguments": arguments}}

        assert content(tool_calls=[call]) == (ToolUse(id="a", name="f", arguments=EMPTY_OBJECT),)

    def test_space_around_arguments(self) -> None:
        """Space around an object is no part of it."""
        call = {"id": "a", "function": {"name": "f", "arguments": ' {"x": 1}\n'}}

        (use,) = content(tool_calls=[call])

        assert isinstance(use, ToolUse)
        assert bytes(use.arguments) == b'{"x": 1}'

    def test_citations_are_ignored_and_said(self) -> None:
        """Our own annotations come back with every message of an agent's history."""
        noted = ask({"role": "assistant", "content": "a", "annotations": [{"type": "x"}]})
        empty = ask({"role": "assistant", "content": "a", "annotations": []})

        assert [change.rule for change in noted.adjustments] == ["ignored_parameter"]
        assert empty.adjustments == ()


class TestReasoning:
    def test_details_win(self) -> None:
        """Only they carry the signature without which a model refuses its own thought (OAI-16)."""
        blocks = content(
            content="a",
            reasoning_content="shown",
            reasoning_details=[
                detail("text", text="hm", signature="sig", index=0),
                detail("encrypted", data="YWJj", index=1),
                detail("summary", summary="in short", index=2),
            ],
        )

        assert blocks == (
            Reasoning(text="hm", signature="sig"),
            RedactedReasoning(data=b"abc"),
            Reasoning(text="in short"),
            Text(text="a"),
        )

    @pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
    def test_text_alone(self, name: str) -> None:
        """It is kept, unsigned; whether a model takes it is not known here."""
        assert content(content="a", **{name: "hm"})[0] == Reasoning(text="hm")

    def test_fragments_are_joined(self) -> None:
        """Clients that gather a stream by appending send fragments back."""
        blocks = content(
            reasoning_details=[
                detail("text", text="h", index=0),
                detail("text", text="m", index=0),
                detail("text", text="", signature="sig", index=0),
                detail("encrypted", data="YW", index=1),
                detail("encrypted", data="Jj", index=1),
                detail("text", text="other"),
                detail("text", text="another"),
            ]
        )

        assert blocks == (
            Reasoning(text="hm", signature="sig"),
            RedactedReasoning(data=b"abc"),
            Reasoning(text="other"),
            Reasoning(text="another"),
        )

    def test_unknown_kind_is_kept(self) -> None:
        """Another provider's detail must not end the conversation."""
        blocks = content(reasoning_details=[detail("dream", text="zzz", id="r1")])

        assert blocks == (
            Foreign(
                api="openai_chat",
                raw=msgspec.Raw(b'{"type":"reasoning.dream","text":"zzz","id":"r1"}'),
            ),
        )

    def test_wrong_base64(self) -> None:
        """A sealed thought that was damaged cannot be sent."""
        message = {"role": "assistant", "reasoning_details": [detail("encrypted", data="?")]}

        assert refusal(message) == (
            "the data is not valid base64",
            "messages[0].reasoning_details.data",
        )


class TestOutcrop:
    def test_server_tool_goes_back(self) -> None:
        """The service must see what it ran itself, in the same turn (TOOL-13)."""
        blocks = content(
            content="4",
            outcrop={
                "blocks": [
                    {
                        "index": 0,
                        "block": "tool_use",
                        "type": "server_tool_use",
                        "id": "s",
                        "name": "nova_code_interpreter",
                        "arguments": {"snippet": "2+2"},
                    },
                    {
                        "index": 1,
                        "block": "tool_result",
                        "type": "nova_code_interpreter_result",
                        "id": "s",
                        "content": [{"block": "json_value", "value": {"stdOut": "4"}}],
                    },
                ]
            },
        )

        use, result, text = blocks
        assert isinstance(use, ToolUse)
        assert (use.type, bytes(use.arguments)) == (SERVER_TOOL_USE, b'{"snippet":"2+2"}')
        assert isinstance(result, ToolResult)
        assert result.type == "nova_code_interpreter_result"
        assert text == Text(text="4")

    def test_layout_is_followed(self) -> None:
        """Thought between calls goes back where it stood (THINK-08)."""
        blocks = content(
            content="AhaSo",
            reasoning_details=[
                detail("text", text="1", index=0),
                detail("text", text="2", index=1),
            ],
            tool_calls=[CALL],
            outcrop={"layout": ["reasoning", "text:3", "reasoning", "text:2", "call"]},
        )

        assert [getattr(block, "text", "call") for block in blocks] == [
            "1",
            "Aha",
            "2",
            "So",
            "call",
        ]

    @pytest.mark.parametrize(
        "layout",
        [
            ["text:2", "call"],
            ["text:4", "call"],
            ["text:3"],
            ["text:3", "call", "call"],
            ["text:3", "call", "dream"],
            ["text:x", "call"],
        ],
    )
    def test_layout_that_does_not_fit(self, layout: list[str]) -> None:
        """A client may have edited the answer; nothing of it is lost then."""
        asked = ask(
            {
                "role": "assistant",
                "content": "Aha",
                "tool_calls": [CALL],
                "outcrop": {"layout": layout},
            }
        )

        assert len(asked.request.messages[0].content) == 2
        assert [change.rule for change in asked.adjustments] == ["layout_ignored"]

    def test_layout_of_parts(self) -> None:
        """A client that cuts the text into parts, and marks one, means those parts."""
        marked = {"type": "text", "text": "Aha", "cache_control": {"type": "ephemeral"}}

        blocks = content(
            content=[marked], tool_calls=[CALL], outcrop={"layout": ["text:3", "call"]}
        )

        assert [type(block).__name__ for block in blocks] == ["Text", "CachePoint", "ToolUse"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "text", "param"),
        [
            ({"type": "custom", "custom": {}}, "unsupported tool type: custom", "type"),
            ({"function": {"name": "f"}}, "tool_call.id is required", "id"),
            ({"id": "", "function": {"name": "f"}}, "tool_call.id is required", "id"),
            ({"id": "a"}, "tool_call.function.name is required", "function.name"),
            ({"id": "a", "function": {}}, "tool_call.function.name is required", "function.name"),
            *(
                (
                    {"id": "a", "function": {"name": "f", "arguments": arguments}},
                    "messages[0].tool_calls[1].function.arguments must be one JSON object",
                    "function.arguments",
                )
                for arguments in ("[1]", '"x"', "null", '{"x":', '{"x":1},"evil":{"y":2}')
            ),
        ],
    )
    def test_calls(self, call: dict[str, Any], text: str, param: str) -> None:
        """Arguments that are no object could add members to a body that we sign (TOOL-07)."""
        message = {"role": "assistant", "tool_calls": [CALL, call]}

        assert refusal(message) == (text, f"messages[0].tool_calls[1].{param}")


class TestLaws:
    @given(streams())
    def test_answer_comes_back_as_it_was(self, events: list[ev.Event]) -> None:
        """What we wrote and the client sends back is what the model said, in its order.

        But for citations, for blocks of other APIs, for arguments that are no JSON object, and
        for the cuts between texts that stand next to each other.
        """
        folded = Accumulator()
        for event in events:
            folded.add(event)
        response = folded.response()
        if any(isinstance(b, ToolUse) and b.arguments_error for b in response.content):
            return
        body = encode_response([response], response_id="x", created=1, model="m")

        message = json.loads(body)["choices"][0]["message"]

        assert normal(content(**message)) == normal(response.content)

    def test_the_rest_of_an_answer_is_no_message(self) -> None:
        """A client sends back the message, not the choice."""
        body = encode_response(
            [Response(stop=Stop(kind="stop"), content=(Text(text="a"),))],
            response_id="x",
            created=1,
            model="m",
        )

        assert json.loads(body)["choices"][0]["message"] == {
            "role": "assistant",
            "content": "a",
            "refusal": None,
        }


def normal(blocks: tuple[Block, ...]) -> list[Any]:
    """Join neighbouring texts, leave out what Chat leaves out."""
    joined: list[Any] = []
    for block in blocks:
        if isinstance(block, Foreign):
            continue
        if isinstance(block, ToolUse) and not block.by_server:
            # The service may write out that a call is a call.
            block = msgspec.structs.replace(block, type=None)  # noqa: PLW2901
        if not isinstance(block, Text | CitedText):
            joined.append((type(block), json.loads(msgspec.json.encode(block))))
        elif joined and isinstance(joined[-1], str):
            joined[-1] += block.text
        else:
            joined.append(block.text)
    return [each for each in joined if each != ""]
