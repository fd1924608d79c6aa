"""What a Chat Completions service is asked, judged by OpenAI's own types and by our other half."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from openai.types.chat import completion_create_params
from pydantic import TypeAdapter

from outcrop.codecs.openai_chat import API, decode_request, encode_request
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.types.content import (
    S3,
    CachePoint,
    CitedText,
    Document,
    Foreign,
    Image,
    Inline,
    JsonValue,
    Plain,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.tools import AnyChoice, NamedChoice, Tool
from tests.codecs.openai_chat.values import requests
from tests.recordings import Interaction, cases

SDK: TypeAdapter[Any] = TypeAdapter(completion_create_params.CompletionCreateParamsStreaming)
HELLO = Message(role="user", content=(Text(text="Hi"),))
FUNCTION = Tool(name="f", input_schema=msgspec.Raw(b'{"type":"object"}'))


def written(request: Request, *, stream: bool = False, invoke: bool = True) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(
        encode_request(request, stream=stream, invoke=invoke)
    )
    return body


def ask(*messages: Message, **members: Any) -> dict[str, Any]:
    return written(Request(model="m", messages=messages or (HELLO,), **members))


def messages(*turns: Message) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = ask(*turns)["messages"]
    return said


def assistant(*blocks: Any) -> dict[str, Any]:
    return messages(Message(role="assistant", content=blocks))[0]


class TestEnvelope:
    def test_http(self) -> None:
        """A stream tells its token counts only when it is asked to."""
        body = written(Request(model="m", messages=(HELLO,)), stream=True, invoke=False)

        assert body == {
            "model": "m",
            "messages": [{"role": "user", "content": "Hi"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    def test_invoke(self) -> None:
        """InvokeModel's path says which model and whether to stream; its body must not."""
        body = written(Request(model="m", messages=(HELLO,)), stream=True, invoke=True)

        assert body == {"messages": [{"role": "user", "content": "Hi"}]}


class TestMessages:
    def test_system_and_parts(self) -> None:
        """One text is sent as itself: not every service takes a list for it."""
        body = ask(
            Message(role="user", content=(Text(text="a"), Text(text="b"))),
            system=(Text(text="Be brief"),),
        )

        assert body["messages"] == [
            {"role": "system", "content": "Be brief"},
            {
                "role": "user",
                "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            },
        ]

    def test_media(self) -> None:
        """Pictures and files travel as data URLs; a file's name says its format."""
        turn = Message(
            role="user",
            content=(
                Image(format="png", source=Inline(b"1")),
                Document(name="notes", format="txt", source=Plain("x")),
            ),
        )

        parts = messages(turn)[0]["content"]

        assert parts == [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,MQ=="}},
            {
                "type": "file",
                "file": {"filename": "notes.txt", "file_data": "data:text/plain;base64,eA=="},
            },
        ]

    def test_calls_and_results(self) -> None:
        """Each result is a message of its own, before anything else the user says."""
        call = ToolUse(id="t1", name="f", arguments=msgspec.Raw(b'{"x":1}'))
        result = ToolResult(id="t1", content=(JsonValue(value=msgspec.Raw(b"[1]")),))

        said = messages(
            Message(role="assistant", content=(call,)),
            Message(role="user", content=(Text(text="And?"), result)),
        )

        function = {"name": "f", "arguments": '{"x":1}'}
        assert said == [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "t1", "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": "t1", "content": "[1]"},
            {"role": "user", "content": "And?"},
        ]

    def test_plain_reasoning(self) -> None:
        """What Mantle thought goes back under the name it came by (THINK-08)."""
        assert assistant(Reasoning(text="hm"), Text(text="a")) == {
            "role": "assistant",
            "content": "a",
            "reasoning": "hm",
        }

    def test_signed_reasoning(self) -> None:
        """A signature and sealed thoughts go back in order."""
        said = assistant(Reasoning(text="hm", signature="s"), RedactedReasoning(data=b"1"))

        assert said["reasoning_details"] == [
            {"type": "reasoning.text", "text": "hm", "index": 0, "signature": "s"},
            {"type": "reasoning.encrypted", "data": "MQ==", "index": 1},
        ]

    def test_left_out(self) -> None:
        """What another API said, and what Chat has no form for, does not reach the wire."""
        said = assistant(
            Foreign(api="converse", raw=msgspec.Raw(b'{"x":1}')),
            CachePoint(),
            CitedText(content=(Text(text="a", extra=Extra("converse", {})),)),
        )

        assert said == {"role": "assistant", "content": "a"}

    def test_bucket(self) -> None:
        """A file that nobody could fetch is refused before anything is sent."""
        turn = Message(role="user", content=(Image(format="png", source=S3(uri="s3://b/k")),))

        with pytest.raises(UnsupportedError, match="cannot fetch a picture from S3"):
            messages(turn)


class TestOptions:
    def test_all(self) -> None:
        """Each setting has its name in Chat."""
        sampling = Sampling(
            max_tokens=5,
            temperature=0.5,
            top_p=0.9,
            stop_sequences=("END",),
            seed=1,
            presence_penalty=0.1,
            frequency_penalty=0.2,
            logit_bias=msgspec.Raw(b'{"5":1}'),
            logprobs=True,
            top_logprobs=2,
            top_k=3,
        )

        body = ask(
            sampling=sampling,
            reasoning=ReasoningOptions(effort="low"),
            service_tier="flex",
            request_metadata={"team": "a"},
        )

        assert {name: value for name, value in body.items() if name != "messages"} == {
            "max_completion_tokens": 5,
            "temperature": 0.5,
            "top_p": 0.9,
            "stop": ["END"],
            "seed": 1,
            "presence_penalty": 0.1,
            "frequency_penalty": 0.2,
            "logit_bias": {"5": 1},
            "logprobs": True,
            "top_logprobs": 2,
            "reasoning_effort": "low",
            "service_tier": "flex",
            "metadata": {"team": "a"},
        }

    @pytest.mark.parametrize(
        ("members", "effort"),
        [
            pytest.param({"reasoning": ReasoningOptions(type="disabled")}, "none", id="off"),
            pytest.param({"effort": "high"}, "high", id="converse"),
            pytest.param({"reasoning": ReasoningOptions(type="enabled")}, None, id="unsaid"),
        ],
    )
    def test_effort(self, members: dict[str, Any], effort: str | None) -> None:
        """Chat has one word for thinking: how hard."""
        assert ask(**members).get("reasoning_effort") == effort

    @pytest.mark.parametrize(
        ("choice", "form"),
        [
            pytest.param(AnyChoice(), "required", id="any"),
            pytest.param(
                NamedChoice(name="f"), {"type": "function", "function": {"name": "f"}}, id="named"
            ),
            pytest.param(
                Foreign(api=API, raw=msgspec.Raw(b'{"type":"zz"}')), {"type": "zz"}, id="new"
            ),
        ],
    )
    def test_tools(self, choice: Any, form: Any) -> None:
        """Schemas pass as they stand; a choice is told in Chat's words."""
        body = ask(tools=(FUNCTION,), tool_choice=choice, parallel_tool_calls=False)

        function = {"name": "f", "parameters": {"type": "object"}}
        assert body["tools"] == [{"type": "function", "function": function}]
        assert body["tool_choice"] == form
        assert body["parallel_tool_calls"] is False

    def test_choice_without_tools(self) -> None:
        """OpenAI refuses a choice among no tools."""
        assert "tool_choice" not in ask(tool_choice=AnyChoice(), parallel_tool_calls=True)

    def test_schema(self) -> None:
        """A schema must have a name here; one that has none is given one."""
        body = ask(text_format=TextFormat(schema='{"type":"object"}', strict=True))

        schema = {"name": "answer", "schema": {"type": "object"}, "strict": True}
        assert body["response_format"] == {"type": "json_schema", "json_schema": schema}

    def test_schema_of_nothing(self) -> None:
        """A schema that is no object would add members to the body."""
        with pytest.raises(BadRequestError, match="must be one JSON object"):
            ask(text_format=TextFormat(schema='{},"x":1'))

    def test_fields_win(self) -> None:
        """What the caller says in the model's own words beats what we say, member by member."""
        fields = msgspec.Raw(b'{"stop":["b"],"response_format":{"json_schema":{"name":"mine"}}}')

        body = ask(
            sampling=Sampling(stop_sequences=("a",)),
            text_format=TextFormat(schema="{}"),
            additional_model_request_fields=fields,
        )

        assert body["stop"] == ["b"]
        assert body["response_format"]["json_schema"] == {"name": "mine", "schema": {}}


def test_nested_surplus() -> None:
    """A member that nobody names comes back where it stood, however deep."""
    body = (
        b'{"model":"m","messages":[{"role":"user","content":[{"type":"image_url",'
        b'"image_url":{"url":"https://a.test/b","zz":1}}]}],"zz_top":{"a":[2]}}'
    )

    again = written(decode_request(body).request, invoke=False)

    assert again == msgspec.json.decode(body)


@given(requests)
def test_law(request: Request) -> None:
    """What the client writes, the gateway reads as it was meant."""
    body = encode_request(request, stream=True, invoke=False)

    asked = decode_request(body)

    assert asked.request == request
    assert (asked.stream, asked.include_usage, asked.adjustments) == (True, True, ())


@given(requests)
def test_types(request: Request) -> None:
    """OpenAI's own types have a place for everything that we write, but for one tier of AWS."""
    known = msgspec.structs.replace(request, service_tier="flex")

    body = encode_request(known, stream=True, invoke=False)

    SDK.validate_json(body)


def is_chat(recorded: Interaction) -> bool:
    return recorded.operation == "OpenAIChatCompletions"


@pytest.mark.parametrize("recorded", cases("other", where=is_chat))
def test_recorded(recorded: Interaction) -> None:
    """What a client really sent to Mantle is what we would send."""
    asked = decode_request(recorded.request.data)

    body = written(asked.request, stream=asked.stream, invoke=False)

    assert body | {"stream": asked.stream} == recorded.request_body
