"""Every member that OpenAI's SDK can send is known here by name."""

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from openai.types import chat
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
    Function,
    ResponseFormat,
)

from outcrop.codecs.openai_chat import wire
from outcrop.codecs.openai_chat.request import IGNORED, KEPT
from tests.codecs.openai_chat.asking import PNG, ask, refusal

MESSAGES = get_args(chat.ChatCompletionMessageParam)
PARTS = (
    *get_args(chat.ChatCompletionContentPartParam),
    chat.ChatCompletionContentPartRefusalParam,
)


def members(*params: Any) -> set[str]:
    return {name for param in params for name in get_type_hints(param)}


def named(struct: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


@pytest.mark.parametrize(
    ("params", "struct", "refused"),
    [
        pytest.param(
            (CompletionCreateParamsNonStreaming, CompletionCreateParamsStreaming),
            wire.Request,
            set(),
            id="request",
        ),
        pytest.param(MESSAGES, wire.Message, set(), id="messages"),
        pytest.param(PARTS, wire.Part, set(), id="parts"),
        pytest.param(
            get_args(chat.ChatCompletionToolUnionParam), wire.Tool, {"custom"}, id="tools"
        ),
        pytest.param(
            get_args(chat.ChatCompletionMessageToolCallUnionParam),
            wire.ToolCall,
            {"custom"},
            id="calls",
        ),
        pytest.param(
            get_args(chat.ChatCompletionToolChoiceOptionParam)[1:],
            wire.ToolChoice,
            {"custom"},
            id="tool_choice",
        ),
        pytest.param((Function,), wire.Function, set(), id="functions"),
        pytest.param(get_args(ResponseFormat), wire.ResponseFormat, set(), id="response_format"),
        pytest.param(
            (chat.ChatCompletionStreamOptionsParam,), wire.StreamOptions, set(), id="stream_options"
        ),
    ],
)
def test_every_member_is_named(
    params: tuple[Any, ...], struct: type[msgspec.Struct], refused: set[str]
) -> None:
    """A new member of the SDK shows here first. Custom tools are refused by their type (OAI-19)."""
    assert members(*params) - named(struct) == refused


def _inner(annotation: Any) -> Iterator[Any]:
    """Yield the TypedDicts inside an annotation."""
    if hasattr(annotation, "__required_keys__"):
        yield annotation
    for argument in get_args(annotation):
        yield from _inner(argument)


@pytest.mark.parametrize(
    ("param", "member", "struct"),
    [
        (chat.ChatCompletionContentPartImageParam, "image_url", wire.ImageUrl),
        (chat.ChatCompletionContentPartInputAudioParam, "input_audio", wire.InputAudio),
        (PARTS[3], "file", wire.File),
        (PARTS[0], "prompt_cache_breakpoint", wire.CacheBreakpoint),
        (chat.ChatCompletionFunctionToolParam, "function", wire.Function),
        (chat.ChatCompletionMessageFunctionToolCallParam, "function", wire.FunctionCall),
        (chat.ChatCompletionAssistantMessageParam, "function_call", wire.FunctionCall),
        (chat.ChatCompletionNamedToolChoiceParam, "function", wire.FunctionName),
        (get_args(ResponseFormat)[1], "json_schema", wire.JsonSchema),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_every_inner_member_is_named(param: Any, member: str, struct: type[msgspec.Struct]) -> None:
    """One level down, too."""
    (inner,) = _inner(get_type_hints(param)[member])

    assert members(inner) - named(struct) == set()


# For every member of the SDK's request but the messages: a value, and what must come of it.
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
FUNCTION = {"name": "f"}
EFFECTS: dict[str, tuple[Any, str]] = {
    "model": ("other", "request.model"),
    "stream": (True, "stream"),
    "stream_options": ({"include_usage": True}, "include_usage"),
    "n": (2, "n"),
    "max_tokens": (9, "request.sampling.max_tokens"),
    "max_completion_tokens": (9, "request.sampling.max_tokens"),
    "temperature": (0.5, "request.sampling.temperature"),
    "top_p": (0.5, "request.sampling.top_p"),
    "stop": (["END"], "request.sampling.stop_sequences"),
    "seed": (7, "request.sampling.seed"),
    "presence_penalty": (0.5, "request.sampling.presence_penalty"),
    "frequency_penalty": (0.5, "request.sampling.frequency_penalty"),
    "logit_bias": ({"50256": -100}, "request.sampling.logit_bias"),
    "logprobs": (True, "request.sampling.logprobs"),
    "top_logprobs": (3, "request.sampling.top_logprobs"),
    "tools": ([TOOL], "request.tools"),
    "tool_choice": ("required", "request.tool_choice"),
    "parallel_tool_calls": (False, "request.parallel_tool_calls"),
    "functions": ([FUNCTION], "request.tools"),
    "function_call": ("auto", "request.tool_choice"),
    "response_format": ({"type": "json_object"}, "request.text_format"),
    "reasoning_effort": ("low", "request.reasoning"),
    "service_tier": ("flex", "request.service_tier"),
    "metadata": ({"team": "a"}, "request.request_metadata"),
    "user": ("u1", "request.request_metadata"),
    "safety_identifier": ("u1", "request.request_metadata"),
    "modalities": (["text"], "nothing: text is what there is"),
    **{name: ({"x": 1}, "adjustments") for name in IGNORED},
    **{name: ({"x": 1}, "request.extra") for name in KEPT},
}


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = getattr(value, name)
    return value


def test_every_member_has_an_effect_listed() -> None:
    """Nothing is read and then forgotten."""
    known = members(CompletionCreateParamsNonStreaming, CompletionCreateParamsStreaming)

    assert known - {"messages"} == set(EFFECTS)


@pytest.mark.parametrize("name", [name for name in EFFECTS if name != "modalities"])
def test_every_member_has_its_effect(name: str) -> None:
    """Each one alone changes what is asked, or is named among what was ignored or kept."""
    value, path = EFFECTS[name]
    asked, without = ask(**{name: value}), ask()

    assert _at(asked, path) != _at(without, path)


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_null_is_absent(name: str) -> None:
    """Many clients write every member, and null where they have nothing to say."""
    asked = ask(**{name: None})

    assert asked == (ask() if name != "model" else asked)
    assert asked.adjustments == ()


@pytest.mark.parametrize(
    ("request_members", "message", "param"),
    [
        ({"tools": [{"type": "custom", "custom": {"name": "f"}}]}, "custom", "tools[0].type"),
        (
            {"tool_choice": {"type": "custom", "custom": {"name": "f"}}},
            "custom",
            "tool_choice.type",
        ),
        ({"modalities": ["text", "audio"]}, "audio", "modalities[1]"),
    ],
)
def test_what_is_refused_by_its_type(
    request_members: dict[str, Any], message: str, param: str
) -> None:
    """What Bedrock has nothing like is refused by name (OAI-13, OAI-19)."""
    said, where = refusal(**request_members)

    assert message in said
    assert where == param


def test_sample_of_all_parts() -> None:
    """A message with every kind of part the SDK knows is read without a word."""
    samples = [
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}},
        {"type": "refusal", "refusal": "no"},
    ]

    asked = ask({"role": "user", "content": samples})

    assert len(asked.request.messages[0].content) == len(samples) == len(PARTS)
    assert asked.adjustments == ()
