"""Echo: the same request, the same answer, and each answer foreseeable."""

import asyncio
from typing import Any

import jsonschema
import msgspec
import pytest

from outcrop.emulator.engines.echo import EchoEngine, compose, seal
from outcrop.emulator.refusals import Refusal
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import (
    S3,
    Block,
    Document,
    Image,
    Inline,
    JsonValue,
    Reasoning,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.json import encode_raw
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling, TextFormat
from outcrop.types.tools import AnyChoice, NamedChoice, NoChoice, Tool

MODEL = "us.amazon.nova-lite-v1:0"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool(name="get_weather", input_schema=encode_raw(CITY))
TIME = Tool(name="get_time", input_schema=encode_raw({"type": "object"}))


def user(*blocks: Block | str) -> Message:
    """Return a turn of the user."""
    content = tuple(Text(text=each) if isinstance(each, str) else each for each in blocks)
    return Message(role="user", content=content)


def ask(*messages: Message | str, model: str = MODEL, **members: Any) -> Request:
    """Return a request."""
    turns = tuple(user(each) if isinstance(each, str) else each for each in messages)
    return Request(model=model, messages=turns, **members)


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        pytest.param(["Hello, world"], "Hello, world", id="text"),
        pytest.param([user("a", "b")], "ab", id="texts"),
        pytest.param(
            ["one", Message(role="assistant", content=(Text(text="x"),)), "two"],
            "two",
            id="the-last",
        ),
        pytest.param(
            [user(Image(format="png", source=Inline(b"x" * 1234)))],
            "[image png, 1234 bytes]",
            id="image",
        ),
        pytest.param(
            [
                user(
                    Image(format="png", source=S3(uri="s3://a/b")),
                    Document(name="report", format="pdf", source=Inline(b"x")),
                )
            ],
            "[image png, by reference] [document report, 1 bytes]",
            id="several",
        ),
    ],
)
def test_text(messages: list[Message | str], text: str) -> None:
    """What was said, or what was shown."""
    answer = compose(ask(*messages))

    assert (answer.text, answer.stop.raw) == (text, "end_turn")


def test_usage() -> None:
    """Counted by the rule, so that a test can foresee it."""
    answer = compose(ask("Hello, world"))

    assert answer.usage is not None
    assert answer.usage.input_tokens == 5
    assert answer.usage.output_tokens == 5
    assert answer.usage.total_tokens == 10


def test_max_tokens() -> None:
    """The answer is as long as is allowed, and says that it was cut."""
    answer = compose(ask("Hello, world", sampling=Sampling(max_tokens=3)))

    assert (answer.text, answer.stop.raw) == ("Hello,", "max_tokens")
    assert answer.usage is not None
    assert answer.usage.output_tokens == 3


def test_stop_sequence() -> None:
    """The match is told where it is asked for."""
    answer = compose(
        ask(
            "one two",
            sampling=Sampling(stop_sequences=("two",)),
            additional_model_response_field_paths=("/stop_sequence",),
        )
    )

    assert (answer.text, answer.stop.raw) == ("one ", "stop_sequence")
    assert answer.additional_response_fields == encode_raw({"stop_sequence": "two"})


@pytest.mark.parametrize(
    ("text", "members", "names"),
    [
        pytest.param("get_weather please", {}, ["get_weather"], id="named-in-text"),
        pytest.param("get_time, GET_WEATHER", {}, ["get_weather", "get_time"], id="both-named"),
        pytest.param("my_get_weather_x", {}, [], id="part-of-a-word"),
        pytest.param("hello", {}, [], id="not-named"),
        pytest.param("hello", {"tool_choice": AnyChoice()}, ["get_weather"], id="any"),
        pytest.param("get_time", {"tool_choice": AnyChoice()}, ["get_time"], id="any-named"),
        pytest.param(
            "hello", {"tool_choice": NamedChoice(name="get_time")}, ["get_time"], id="one"
        ),
        pytest.param("get_time", {"tool_choice": NoChoice()}, [], id="none"),
        pytest.param(
            "get_time get_weather", {"parallel_tool_calls": False}, ["get_weather"], id="serial"
        ),
        pytest.param("hello", {"model": "emu.tools"}, ["get_weather", "get_time"], id="emu.tools"),
    ],
)
def test_calls(text: str, members: dict[str, Any], names: list[str]) -> None:
    """Who is called is foreseeable, and the stop reason says that somebody is."""
    answer = compose(ask(text, tools=(WEATHER, TIME), **members))

    assert [call.name for call in answer.tool_calls] == names
    assert answer.stop.raw == ("tool_use" if names else "end_turn")


def test_arguments_fit_the_schema() -> None:
    """A program that validates its arguments goes on."""
    (call,) = compose(ask("get_weather", tools=(WEATHER,))).tool_calls

    jsonschema.validate(msgspec.json.decode(call.arguments), CITY)


def test_call_ids_differ() -> None:
    """Ids are unique among the calls of a turn, and over turns."""
    first = compose(ask("get_weather get_time", tools=(WEATHER, TIME)))
    answered = Message(role="assistant", content=first.content)
    results = user(*(ToolResult(id=call.id, content=()) for call in first.tool_calls))
    again = ask(
        "get_weather get_time", answered, results, "get_weather get_time", tools=(WEATHER, TIME)
    )

    ids = [call.id for call in (*first.tool_calls, *compose(again).tool_calls)]

    assert len(set(ids)) == 4
    assert all(each.startswith("tooluse_") and len(each) == 30 for each in ids)


@pytest.mark.parametrize("choice", [None, AnyChoice(), NamedChoice(name="get_weather")])
def test_loop_ends(choice: Any) -> None:
    """After results comes text, even where a call is demanded: agents must come to an end."""
    call = ToolUse(id="a", name="get_weather", arguments=encode_raw({}))
    result = ToolResult(id="a", content=(JsonValue(value=encode_raw({"c": 14})),))
    request = ask(
        "get_weather",
        Message(role="assistant", content=(call,)),
        user(result),
        tools=(WEATHER,),
        tool_choice=choice,
    )

    answer = compose(request)

    assert (answer.text, answer.stop.raw) == ('get_weather: {"c":14}', "end_turn")


def test_structured_output() -> None:
    """JSON of the schema that was asked for."""
    schema = msgspec.json.encode(CITY).decode()

    answer = compose(ask("hi", text_format=TextFormat(schema=schema)))

    jsonschema.validate(msgspec.json.decode(answer.text), CITY)


@pytest.mark.parametrize(
    "members",
    [{"model": "emu.json"}, {"text_format": TextFormat(type="json_object")}],
)
def test_json_without_schema(members: dict[str, Any]) -> None:
    """JSON all the same."""
    assert compose(ask('say "hi"', **members)).text == '{"echo":"say \\"hi\\""}'


@pytest.mark.parametrize(
    "members",
    [
        {"model": "emu.think"},
        {"additional_model_request_fields": encode_raw({"thinking": {"type": "enabled"}})},
        {"additional_model_request_fields": encode_raw({"reasoningConfig": {"type": "adaptive"}})},
    ],
)
def test_thinking(members: dict[str, Any]) -> None:
    """Reasoning comes first, with a signature that anybody can verify."""
    request = ask("hello", **members)

    thought, said = compose(request).content

    assert isinstance(thought, Reasoning)
    assert thought.signature == seal(request.model, thought.text)
    assert said == Text(text="hello")


@pytest.mark.parametrize("fields", [{}, {"thinking": {"type": "disabled"}}, {"thinking": 3}])
def test_no_thinking(fields: Any) -> None:
    """Only where it is asked for."""
    answer = compose(ask("hi", additional_model_request_fields=encode_raw(fields)))

    assert answer.reasoning == ()


def test_own_reasoning_is_taken_back() -> None:
    """A history resent unchanged passes."""
    first = compose(ask("hello", model="emu.think"))
    history = Message(role="assistant", content=first.content)

    assert compose(ask("hello", history, "again", model="emu.think")).text == "again"


@pytest.mark.parametrize(
    ("signature", "words"),
    [("forged", "Invalid `signature` in `thinking` block"), (None, "signature: Field required")],
)
def test_forged_reasoning(signature: str | None, words: str) -> None:
    """A history that was changed is refused, as the real ones do."""
    history = Message(role="assistant", content=(Reasoning(text="t", signature=signature),))

    with pytest.raises(Refusal, match=words) as caught:
        compose(ask("hello", history, "again", model="emu.think"))

    assert "messages.1.content.0" in caught.value.message


def test_schema_without_value() -> None:
    """What cannot be made is an error of the request, not a wrong answer."""
    tool = Tool(name="f", input_schema=encode_raw({"type": "object", "not": {}}))

    with pytest.raises(Refusal, match="no value for the schema of tool f"):
        compose(ask("f", tools=(tool,)))


def test_answer_streams_what_is_composed() -> None:
    """Streamed or not, the same answer."""
    request = ask("get_weather", model="emu.think", tools=(WEATHER,))

    async def answer() -> Accumulator:
        engine = EchoEngine()
        fold = Accumulator()
        async for event in engine.answer(request):
            fold.add(event)
        await engine.close()
        return fold

    assert asyncio.run(answer()).response() == compose(request)


def test_same_request_same_answer() -> None:
    """No clock, no chance."""
    request = ask("get_weather", model="emu.think", tools=(WEATHER,))

    assert compose(request) == compose(request)
