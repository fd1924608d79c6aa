"""Answers as values of a Python type, both clients."""

import asyncio
import dataclasses
import pickle
from collections.abc import Iterator
from typing import Any, Literal, TypedDict

import msgspec
import pydantic
import pytest

from outcrop.client import AsyncClient, Client
from outcrop.client.running import ToolRun
from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.errors import BadRequestError, StructuredOutputError
from outcrop.types.requests import TextFormat
from tests.client.asking import CLAUDE, NOVA, Asked, blocking, call, calling, each_client, reply
from tests.servers import serving


@dataclasses.dataclass
class Point:
    x: int
    label: str | None = None


class Typed(TypedDict):
    x: int


class Value(msgspec.Struct):
    """A value."""

    x: int


class Model(pydantic.BaseModel):
    x: int = pydantic.Field(le=9)


KINDS = [
    (Point, Point(1)),
    (Typed, {"x": 1}),
    (Value, Value(1)),
    (Model, Model(x=1)),
    (dict, {"x": 1}),
    (dict[str, int], {"x": 1}),
]


def answered(arguments: Any, stop: str = "tool_use") -> Any:
    return reply(call("__json_response", arguments), stop=stop)


@each_client
@pytest.mark.parametrize(("kind", "value"), KINDS, ids=str)
@pytest.mark.parametrize("model", [NOVA, CLAUDE])
def test_parsed(ask: Asked, kind: Any, value: Any, model: str) -> None:
    """By tool or by the model's own structured output: callers see no difference."""
    native = model == CLAUDE and kind not in {dict, dict[str, int]}
    answer = reply('{"x":1}') if native else answered({"x": 1})

    told = ask([answer], "chat", "?", response_format=kind, model=model)

    assert told.value.parsed == value
    assert type(told.value.parsed) is type(value)
    assert told.value.text == '{"x":1}'
    assert (told.value.finish_reason, told.value.tool_calls) == ("stop", ())
    assert ("outputConfig" in told.bodies[0]) is native
    assert ("toolConfig" in told.bodies[0]) is not native


@each_client
@pytest.mark.parametrize(
    ("kind", "value"),
    [(list[int], [1, 2]), (int, 3), (Literal["a", "b"], "a"), (Point | None, None)],
    ids=str,
)
def test_values_that_are_no_objects(ask: Asked, kind: Any, value: Any) -> None:
    """Models answer with objects only: the value stands in one."""
    told = ask([answered({"value": value})], "chat", "?", response_format=kind)

    schema = told.bodies[0]["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
    assert (schema["type"], schema["required"]) == ("object", ["value"])
    assert told.value.parsed == value


def test_recursive_value_in_a_list() -> None:
    """References must find their definitions after the value was put into an object."""
    told = blocking([answered({"value": [{"below": []}]})], "chat", "?", response_format=list[Node])

    schema = told.bodies[0]["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
    assert list(schema["$defs"]) == ["Node"]
    assert told.value.parsed == [Node([])]


@dataclasses.dataclass
class Node:
    below: list["Node"]


@each_client
@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (Point, "Expected `int`, got `str` - at `$.x`"),
        (
            Model,
            "x: Input should be a valid integer, unable to parse string as an integer",
        ),
    ],
    ids=["msgspec", "pydantic"],
)
def test_repaired(ask: Asked, kind: Any, fault: str) -> None:
    """The model is told once what was wrong, and what both calls used is told to the caller."""
    told = ask([answered({"x": "s"}), answered({"x": 1})], "chat", "?", response_format=kind)

    assert told.value.parsed == kind(x=1)
    assert told.value.usage.input_tokens == 10
    rules = [change.rule for change in told.value.adjustments]
    assert rules == ["text_format", "answer_repaired"]
    first, said, asked = told.bodies[1]["messages"]
    assert first == told.bodies[0]["messages"][0]
    assert said == {"role": "assistant", "content": [{"text": '{"x":"s"}'}]}
    assert asked["content"] == [
        {"text": f"This answer does not fit: {fault}. Give it again, whole and corrected."}
    ]


@each_client
def test_failure(ask: Asked) -> None:
    """The answer is there for whoever wants it, and stands in no message that a log may keep."""
    with pytest.raises(StructuredOutputError) as raised:
        ask([answered({"x": "s3cret"})] * 2, "chat", "?", response_format=Point)

    error: Any = raised.value
    assert error.raw_text == '{"x":"s3cret"}'
    assert error.partial.usage.input_tokens == 10
    assert error.model == NOVA
    assert "s3cret" not in str(error)
    assert "Expected `int`, got `str` - at `$.x`" in str(error)
    assert pickle.loads(pickle.dumps(error)).raw_text == error.raw_text  # noqa: S301 - our own


@each_client
@pytest.mark.parametrize(
    ("answer", "options", "hint"),
    [
        (answered({"x": "s"}), {"repair": False}, "See raw_text"),
        (reply('{"x', stop="max_tokens"), {}, "It was cut off: raise max_tokens"),
        (reply("", stop="guardrail_intervened"), {}, "A filter stepped in"),
    ],
    ids=["opt-out", "cut", "filter"],
)
def test_no_second_call(ask: Asked, answer: Any, options: Any, hint: str) -> None:
    """Nothing is paid for that cannot help, or that the caller does not want."""
    with pytest.raises(StructuredOutputError, match=hint):
        ask([answer, answered({"x": 1})], "chat", "?", response_format=Point, **options)


@each_client
def test_nothing_said(ask: Asked) -> None:
    """An empty answer cannot be sent back as it is."""
    told = ask([reply(), answered({"x": 1})], "chat", "?", response_format=Point)

    assert told.value.parsed == Point(1)
    assert told.bodies[1]["messages"][1]["content"] == [{"text": "(nothing)"}]


def test_fenced() -> None:
    """A model that was only asked for JSON likes to put it into a block."""
    told = blocking([reply('```json\n{"x":1}\n```')], "chat", "?", response_format=Point)

    assert told.value.parsed == Point(1)


@each_client
def test_calls_of_the_caller_come_first(ask: Asked) -> None:
    """The model asks for a tool: there is no answer yet that could be read."""

    def look(where: str) -> str:
        return where

    told = ask(
        [calling(call("look", {"where": "here"}))], "chat", "?", tools=[look], response_format=Point
    )

    assert told.value.parsed is None
    assert [each.name for each in told.value.tool_calls] == ["look"]


@each_client
def test_run_tools(ask: Asked) -> None:
    """A run ends with a value as well."""

    def look(where: str) -> str:
        return where

    script = [calling(call("look", {"where": "here"})), answered({"x": 1})]

    run = ask(script, "run_tools", "?", tools=[look], response_format=Point).value

    assert isinstance(run, ToolRun)
    assert run.parsed == Point(1)
    assert len(run.steps) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"response_format": object}, "response_format has no JSON schema"),
        (
            {"response_format": Point, "text_format": TextFormat(type="json_object")},
            "response_format and text_format contradict",
        ),
    ],
    ids=["type", "two"],
)
def test_refusals(options: Any, message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        blocking([], "chat", "?", **options)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(create_app(EchoEngine())) as address:
        yield address


def test_against_the_emulator(url: str) -> None:
    """Both ways, both clients, whole and streamed: a second opinion on what is sent."""
    options: Any = {"base_url": url, "api_key": "any", "environ": {}, "region": "us-east-1"}

    async def asked(model: str) -> tuple[Any, Any]:
        async with AsyncClient(**options) as client:
            whole = await client.chat("?", model=model, response_format=Point)
            stream = client.stream("?", model=model, response_format=Point)
            return whole, await stream.collect()

    for model in (NOVA, CLAUDE):
        with Client(**options) as client:
            whole = client.chat("?", model=model, response_format=Point)
            streamed = client.stream("?", model=model, response_format=Point).collect()
        awaited, awaited_stream = asyncio.run(asked(model))
        assert isinstance(whole.parsed, Point)
        assert whole.parsed == awaited.parsed
        texts = {msgspec.json.encode(msgspec.json.decode(each.text)) for each in (whole, streamed)}
        assert len(texts) == 1
        assert streamed.stop.kind == whole.stop.kind == "stop"
        assert awaited_stream.text == streamed.text
