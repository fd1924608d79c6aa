"""Requests of the Responses API, judged by OpenAI's own types and by our other half."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from openai.types.responses import response_create_params
from pydantic import TypeAdapter

from outcrop.codecs.openai_responses import API, ResponsesRequest, decode_request, encode_request
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.types.content import (
    S3,
    CachePoint,
    CitedText,
    Document,
    Foreign,
    Image,
    Inline,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
    Url,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, TextFormat
from outcrop.types.tools import AnyChoice, NamedChoice, Tool
from tests.codecs.openai_responses.values import requests
from tests.recordings import Interaction, cases

SDK: TypeAdapter[Any] = TypeAdapter(response_create_params.ResponseCreateParams)
HELLO = Message(role="user", content=(Text(text="Hi"),))
FUNCTION = {"type": "function", "name": "f", "parameters": {"type": "object"}}


def ask(given: Any = "Hi", **members: Any) -> ResponsesRequest:
    return decode_request(msgspec.json.encode({"model": "m", "input": given, **members}))


def turns(*items: Any) -> tuple[Message, ...]:
    return ask(list(items)).request.messages


def refusal(given: Any = "Hi", **members: Any) -> tuple[str, str]:
    with pytest.raises(BadRequestError) as raised:
        ask(given, **members)
    return raised.value.message, raised.value.param


def written(request: Request, *, stream: bool = False, invoke: bool = False) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(
        encode_request(request, stream=stream, invoke=invoke)
    )
    return body


def items(*messages: Message) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = written(Request(model="m", messages=messages))["input"]
    return given


class TestDecode:
    def test_text(self) -> None:
        """A text alone is what the user says; instructions stand before everything (RESP-01)."""
        asked = ask("Hi", instructions="Be brief", stream=True, store=False)

        assert asked.request == Request(
            model="m", messages=(HELLO,), system=(Text(text="Be brief"),)
        )
        assert (asked.stream, asked.store) == (True, False)

    def test_turns(self) -> None:
        """What the model said in one go is one turn, and so are the results of its calls."""
        found = turns(
            {"role": "user", "content": "Hi"},
            {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
            {"type": "function_call", "call_id": "b", "name": "f", "arguments": ""},
            {"type": "function_call_output", "call_id": "a", "output": "1"},
            {
                "type": "function_call_output",
                "call_id": "b",
                "output": [{"type": "input_text", "text": "2"}],
            },
            {"role": "user", "content": "And?"},
        )

        empty = msgspec.Raw(b"{}")
        assert [turn.role for turn in found] == ["user", "assistant", "user", "user"]
        assert found[1].content == (
            Reasoning(text="hm", extra=Extra(API, {"id": msgspec.Raw(b'"rs"')})),
            ToolUse(id="a", name="f", arguments=empty),
            ToolUse(id="b", name="f", arguments=empty),
        )
        assert found[2].content == (
            ToolResult(id="a", content=(Text(text="1"),)),
            ToolResult(id="b", content=(Text(text="2"),)),
        )

    def test_parts(self) -> None:
        """Pictures and files come as data URLs or addresses; a mark to cache follows its part."""
        [turn] = turns(
            {
                "role": "user",
                "content": [
                    {
                        "type": "input_text",
                        "text": "See",
                        "prompt_cache_breakpoint": {"mode": "explicit"},
                    },
                    {"type": "input_image", "image_url": "https://a.test/b.png"},
                    {"type": "input_file", "filename": "a.txt", "file_data": "data:,hi"},
                    {"type": "input_zz", "x": 1},
                ],
            }
        )

        assert turn.content == (
            Text(text="See"),
            CachePoint(),
            Image(format="png", source=Url("https://a.test/b.png")),
            Document(name="a.txt", format="txt", source=Inline(b"hi")),
            Foreign(api=API, raw=msgspec.Raw(b'{"type":"input_zz","x":1}')),
        )

    def test_system(self) -> None:
        """System and developer messages before the first turn belong to the system prompt."""
        request = ask(
            [
                {"role": "developer", "content": "a"},
                {"role": "user", "content": "Hi"},
                {"role": "system", "content": "b"},
            ]
        ).request

        assert request.system == (Text(text="a"),)
        assert [turn.role for turn in request.messages] == ["user", "system"]

    def test_options(self) -> None:
        """Each setting has its place in the canonical request."""
        schema = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}

        request = ask(
            max_output_tokens=5,
            reasoning={"effort": "low", "summary": "detailed"},
            text={"format": schema, "verbosity": "low"},
            tools=[FUNCTION],
            tool_choice={"type": "function", "name": "f"},
            metadata={"team": "a"},
            service_tier="auto",
        ).request

        assert request.sampling.max_tokens == 5
        assert request.reasoning == ReasoningOptions(effort="low", display="summarized")
        assert request.text_format == TextFormat(schema='{"type":"object"}', name="n", strict=True)
        assert request.tools == (Tool(name="f", input_schema=msgspec.Raw(b'{"type":"object"}')),)
        assert request.tool_choice == NamedChoice(name="f")
        assert (request.request_metadata, request.service_tier) == ({"team": "a"}, None)

    def test_sealed_reasoning(self) -> None:
        """What OpenAI sealed is a signature: it is valid for its model and no other."""
        [turn] = turns({"type": "reasoning", "summary": [], "encrypted_content": "rsn_x"})

        assert turn.content == (Reasoning(text="", signature="rsn_x"),)

    def test_temperature(self) -> None:
        """Bedrock takes up to 1; what was changed is told."""
        asked = ask(temperature=1.5)

        assert asked.request.sampling.temperature == 1.0
        assert [each.rule for each in asked.adjustments] == ["temperature_clamped"]

    def test_labels(self) -> None:
        """Who asks is a label of AWS's log; a Responses service is told as it was said."""
        said = {"metadata": {"tea(m": "a"}, "user": "u", "safety_identifier": "s"}
        body = msgspec.json.encode({"model": "m", "input": "Hi", **said})

        asked, native = ask(**said), decode_request(body, native=True)

        labels = {"tea_m": "a", "user": "u", "safety_identifier": "s"}
        assert asked.request.request_metadata == labels
        assert [each.rule for each in asked.adjustments] == ["request_metadata"]
        again = written(native.request)
        assert {name: again[name] for name in said} == said

    @pytest.mark.parametrize(
        ("members", "field"),
        [
            pytest.param({"background": True}, "background", id="background"),
            pytest.param({"conversation": "c"}, "conversation", id="conversation"),
            pytest.param({"prompt": {"id": "p"}}, "prompt", id="prompt"),
            pytest.param({"truncation": "auto"}, "truncation", id="truncation"),
            pytest.param({"tools": [{"type": "web_search"}]}, "tools.web_search", id="tool"),
        ],
    )
    def test_native_only(self, members: dict[str, Any], field: str) -> None:
        """What only a Responses service can do is refused with the way out (RESP-04)."""
        body = msgspec.json.encode({"model": "m", "input": "Hi", **members})

        message, _ = refusal(**members)
        native = decode_request(body, native=True).request

        assert message == (
            f'responses field "{field}" is not supported on Converse; '
            "use api=responses or endpoint=mantle"
        )
        again = written(native)
        assert {name: again[name] for name in members} == members

    @pytest.mark.parametrize(
        ("given", "members", "param"),
        [
            pytest.param(None, {}, "input", id="no-input"),
            pytest.param(7, {}, "input", id="number"),
            pytest.param([{"role": "critic", "content": "a"}], {}, "input[0].role", id="role"),
            pytest.param([{"role": "user"}], {}, "input[0].content", id="no-content"),
            pytest.param(
                [{"role": "user", "content": [{"text": "a"}]}],
                {},
                "input[0].content[0]",
                id="no-type",
            ),
            pytest.param(
                [{"role": "user", "content": [{"type": "input_image", "image_url": "data:,x"}]}],
                {},
                "input[0].content[0].image_url",
                id="no-picture",
            ),
            pytest.param(
                [
                    {
                        "role": "assistant",
                        "content": [{"type": "output_text", "text": "a", "annotations": [7]}],
                    }
                ],
                {},
                "input[0].content[0]",
                id="no-annotation",
            ),
            pytest.param(
                [{"type": "function_call", "name": "f"}], {}, "input[0].call_id", id="no-call-id"
            ),
            pytest.param(
                [{"type": "function_call", "call_id": "a", "name": "f", "arguments": '{},"x":1'}],
                {},
                "input[0].arguments",
                id="arguments",
            ),
            pytest.param(
                [{"type": "function_call_output", "output": "a"}],
                {},
                "input[0].call_id",
                id="no-result-id",
            ),
            pytest.param("Hi", {"tools": [{"type": "function"}]}, "tools[0].name", id="tool-name"),
            pytest.param("Hi", {"tool_choice": "zz"}, "tool_choice", id="choice"),
            pytest.param("Hi", {"reasoning": {"effort": "zz"}}, "reasoning.effort", id="effort"),
            pytest.param("Hi", {"text": {"format": {"type": "zz"}}}, "text.format", id="format"),
            pytest.param("Hi", {"temperature": -1}, "temperature", id="temperature"),
            pytest.param("Hi", {"max_output_tokens": "5"}, "max_output_tokens", id="wrong-kind"),
        ],
    )
    def test_refused(self, given: Any, members: dict[str, Any], param: str) -> None:
        """A request that cannot be meant is refused, and the member at fault is named."""
        _, found = refusal(given, **members)

        assert found == param


class TestEncode:
    def test_envelope(self) -> None:
        """InvokeModel's path says which model; its body must not."""
        request = Request(model="m", messages=(HELLO,), system=(Text(text="Be brief"),))

        bodies = [written(request, stream=True, invoke=invoke) for invoke in (False, True)]

        said = {"instructions": "Be brief", "input": [{"role": "user", "content": "Hi"}]}
        assert bodies == [{"model": "m", **said, "stream": True}, said]

    def test_items(self) -> None:
        """Each block of an answer is the item it was; texts in a row are one message."""
        call = ToolUse(id="t", name="f", arguments=msgspec.Raw(b'{"x":1}'))
        result = ToolResult(id="t", content=(Text(text="2"),))

        found = items(
            Message(
                role="assistant",
                content=(
                    Reasoning(text="hm", signature="rsn_x"),
                    RedactedReasoning(data=b"1"),
                    Text(text="a"),
                    CitedText(content=(Text(text="b"),)),
                    call,
                ),
            ),
            Message(role="user", content=(Text(text="And?"), CachePoint(), result)),
        )

        parts = [{"type": "output_text", "text": text, "annotations": []} for text in "ab"]
        assert found == [
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "hm"}],
                "encrypted_content": "rsn_x",
            },
            {"type": "message", "role": "assistant", "status": "completed", "content": parts},
            {"type": "function_call", "call_id": "t", "name": "f", "arguments": '{"x":1}'},
            {"type": "function_call_output", "call_id": "t", "output": "2"},
            {
                "role": "user",
                "content": [
                    {
                        "type": "input_text",
                        "text": "And?",
                        "prompt_cache_breakpoint": {"mode": "explicit"},
                    }
                ],
            },
        ]

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            pytest.param(
                {"reasoning": ReasoningOptions(type="disabled")}, {"effort": "none"}, id="off"
            ),
            pytest.param({"effort": "high"}, {"effort": "high"}, id="converse"),
            pytest.param(
                {"reasoning": ReasoningOptions(effort="low", display="summarized")},
                {"effort": "low", "summary": "auto"},
                id="told",
            ),
        ],
    )
    def test_reasoning(self, members: dict[str, Any], expected: dict[str, str]) -> None:
        """Two words say how hard the model shall think, and whether it shall tell."""
        assert written(Request(model="m", **members))["reasoning"] == expected

    def test_choice_without_tools(self) -> None:
        """OpenAI refuses a choice among no tools."""
        assert "tool_choice" not in written(Request(model="m", tool_choice=AnyChoice()))

    def test_fields_win(self) -> None:
        """What the caller says in the API's own words beats what we say, member by member."""
        fields = msgspec.Raw(b'{"text":{"verbosity":"low","format":{"name":"mine"}}}')
        request = Request(
            model="m",
            text_format=TextFormat(schema="{}"),
            additional_model_request_fields=fields,
        )

        text = written(request)["text"]

        form = {"type": "json_schema", "name": "mine", "schema": {}}
        assert text == {"verbosity": "low", "format": form}

    def test_bucket(self) -> None:
        """A file that nobody could fetch is refused before anything is sent."""
        with pytest.raises(UnsupportedError, match="cannot fetch a picture from S3"):
            items(Message(role="user", content=(Image(format="png", source=S3(uri="s3://b/k")),)))


@given(requests)
def test_law(request: Request) -> None:
    """What the client writes, the gateway reads as it was meant."""
    body = encode_request(request, stream=True, invoke=False)

    asked = decode_request(body)

    assert asked.request == request
    assert (asked.stream, asked.adjustments) == (True, ())


def is_responses(recorded: Interaction) -> bool:
    return recorded.operation == "OpenAIResponses"


@pytest.mark.parametrize("recorded", cases("other", where=is_responses))
def test_recorded(recorded: Interaction) -> None:
    """What a client really sent to Mantle comes back; its nulls are members that are absent."""
    asked = decode_request(recorded.request.data)

    body = encode_request(asked.request, stream=asked.stream, invoke=False)

    assert present(msgspec.json.decode(body)) == present(recorded.request_body)
    SDK.validate_json(body)


def present(value: Any) -> Any:
    """Return a document without its nulls and its empty lists."""
    if isinstance(value, dict):
        return {
            name: present(each) for name, each in value.items() if each is not None and each != []
        }
    return [present(each) for each in value] if isinstance(value, list) else value
