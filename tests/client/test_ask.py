"""What a caller writes, made into the canonical request."""

import json
from typing import Any

import msgspec
import pytest

from outcrop.client.ask import ChatOptions, assistant, build_request, tool_result, user
from outcrop.errors import BadRequestError, ConfigError
from outcrop.types.content import CachePoint, Image, Inline, Text, ToolResult
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool

PICTURE = Image(format="png", source=Inline(b"x"))
HI = Message(role="user", content=(Text(text="Hi"),))
F = Tool(name="f", input_schema=msgspec.Raw(b'{"type":"object"}'))


def build(conversation: Any = "Hi", **options: Any) -> Request:
    """Build a request for the model ``m``."""
    given: ChatOptions = {"model": "m"} | options  # type: ignore[assignment]
    return build_request(conversation, None, given)


@pytest.mark.parametrize(
    ("conversation", "messages"),
    [
        ("Hi", (HI,)),
        (user("Hi"), (HI,)),
        (
            [user("Hi"), assistant("Yes?")],
            (HI, Message(role="assistant", content=(Text(text="Yes?"),))),
        ),
        (iter([user("Hi")]), (HI,)),
        ([], ()),
        (user("See", PICTURE), (Message(role="user", content=(Text(text="See"), PICTURE)),)),
        (
            tool_result("t1", "42"),
            (Message(role="user", content=(ToolResult(id="t1", content=(Text(text="42"),)),)),),
        ),
        (
            tool_result("t1", "boom", failed=True),
            (
                Message(
                    role="user",
                    content=(ToolResult(id="t1", content=(Text(text="boom"),), status="error"),),
                ),
            ),
        ),
    ],
)
def test_conversation(conversation: Any, messages: tuple[Message, ...]) -> None:
    assert build(conversation).messages == messages


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: build([{"role": "user", "content": "Hi"}]),
            r"messages\[0\] is a dict, not a Message",
        ),
        (lambda: build([user("a"), "b"]), r"messages\[1\] is a str, not a Message"),
        (lambda: user(3), "a turn holds text and blocks, not a int"),  # type: ignore[arg-type]
        (lambda: assistant({"text": "x"}), "not a dict"),  # type: ignore[arg-type]
        (lambda: tool_result("t1", PICTURE), "tool_result takes text"),
        (lambda: build(tools=[{"name": "f"}]), r"tools\[0\] is a dict, not a Tool"),
        (lambda: build(reasoning={"budget": 5}), "unknown members of reasoning: budget"),
        (lambda: build(reasoning={"budget_tokens": "many"}), "reasoning: Expected"),
        (lambda: build(max_token=5), "unknown options: max_token"),
        (lambda: build(additional_model_request_fields=[1]), "must be one JSON object"),
        (
            lambda: build(additional_model_request_fields={"a": object()}),
            "cannot be written as JSON",
        ),
    ],
)
def test_wrong_form(make: Any, message: str) -> None:
    """A clear word at once beats an AttributeError deep inside a later call."""
    with pytest.raises(BadRequestError, match=message):
        make()


def test_unknown_option_names_the_known() -> None:
    with pytest.raises(BadRequestError) as caught:
        build(max_token=5)

    assert "max_tokens" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "default", "model"),
    [({"model": "own"}, "default", "own"), ({}, "default", "default"), ({"model": ""}, "d", "d")],
)
def test_model(options: ChatOptions, default: str, model: str) -> None:
    assert build_request("Hi", default, options).model == model


def test_no_model() -> None:
    """LIB-06: a library call has no default model."""
    with pytest.raises(ConfigError, match="model is required") as caught:
        build_request("Hi", None, {})

    assert caught.value.hint == "set BEDROCK_MODEL"


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", AutoChoice()),
        ("any", AnyChoice()),
        ("required", AnyChoice()),
        ("none", NoChoice()),
        ("weather", NamedChoice(name="weather")),
        (NamedChoice(name="auto"), NamedChoice(name="auto")),
        (None, None),
    ],
)
def test_tool_choice(choice: Any, expected: Any) -> None:
    """TOOL-03: a word, or the name of a tool."""
    assert build(tool_choice=choice).tool_choice == expected


@pytest.mark.parametrize(
    ("stop", "expected"),
    [("END", ("END",)), (["A", "B"], ("A", "B")), (["A", ""], ("A",)), ("", ()), ([], ())],
)
def test_stop(stop: Any, expected: tuple[str, ...]) -> None:
    """CONV-03: a string or a list; empty ones are dropped."""
    assert build(stop=stop).sampling.stop_sequences == expected


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("Be brief.", (Text(text="Be brief."),)),
        ("", ()),
        ([Text(text="a"), CachePoint()], (Text(text="a"), CachePoint())),
    ],
)
def test_system(system: Any, expected: tuple[Any, ...]) -> None:
    assert build(system=system).system == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"effort": "high"}, ReasoningOptions(effort="high")),
        (
            {"type": "enabled", "budget_tokens": 2000},
            ReasoningOptions(type="enabled", budget_tokens=2000),
        ),
        (ReasoningOptions(display="omitted"), ReasoningOptions(display="omitted")),
        (None, None),
    ],
)
def test_reasoning(said: Any, expected: ReasoningOptions | None) -> None:
    """THINK-01: as a mapping or as a value."""
    assert build(reasoning=said).reasoning == expected


def test_every_option_arrives() -> None:
    """An option that is parsed and ignored is worse than one that is unknown."""
    form = TextFormat(schema='{"type":"object"}', name="n")
    guard = Guardrail(identifier="g", version="1")

    request = build(
        max_tokens=5,
        temperature=0.0,
        top_p=0.5,
        top_k=7,
        seed=0,
        tools=[F],
        parallel_tool_calls=False,
        text_format=form,
        effort="low",
        guardrail=guard,
        additional_model_request_fields={"a": {"b": [1]}},
        additional_model_response_field_paths=["/stop_sequence"],
        prompt_variables={"v": "x"},
        request_metadata={"team": "rocks"},
        latency="optimized",
        service_tier="flex",
    )

    assert request == Request(
        model="m",
        messages=(HI,),
        sampling=Sampling(max_tokens=5, temperature=0.0, top_p=0.5, top_k=7, seed=0),
        tools=(F,),
        parallel_tool_calls=False,
        text_format=form,
        effort="low",
        guardrail=guard,
        additional_model_request_fields=request.additional_model_request_fields,
        additional_model_response_field_paths=("/stop_sequence",),
        prompt_variables={"v": "x"},
        request_metadata={"team": "rocks"},
        latency="optimized",
        service_tier="flex",
    )
    assert json.loads(bytes(request.additional_model_request_fields or b"")) == {"a": {"b": [1]}}


def test_every_option_is_tried_above() -> None:
    """A new option breaks this test until somebody has looked where it goes."""
    tried = {
        "model",
        "system",
        "max_tokens",
        "temperature",
        "top_p",
        "top_k",
        "seed",
        "stop",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "reasoning",
        "text_format",
        "effort",
        "guardrail",
        "additional_model_request_fields",
        "additional_model_response_field_paths",
        "prompt_variables",
        "request_metadata",
        "latency",
        "service_tier",
        "dry_run",  # in test_rehearsing
        "neutral_names",  # in test_attaching
        "repair",  # in test_shaping
        "response_format",  # in test_shaping
    }

    assert set(ChatOptions.__annotations__) == tried


def test_none_is_not_given() -> None:
    """Options passed on from elsewhere may be None; that is the same as leaving them out."""
    nothing: dict[str, Any] = dict.fromkeys(ChatOptions.__annotations__)

    assert build_request("Hi", "m", nothing | {"model": "m"}) == Request(model="m", messages=(HI,))  # type: ignore[arg-type]
