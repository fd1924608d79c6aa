"""Anthropic's own SDK for Bedrock, which signs for itself and asks by InvokeModel."""

from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import AnthropicBedrock, BadRequestError

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
WEATHER = {
    "name": "get_weather",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


@pytest.fixture(scope="module")
def messages(emulator_url: str) -> Iterator[Any]:
    with AnthropicBedrock(
        base_url=emulator_url,
        aws_region="us-east-1",
        aws_access_key="outcrop",
        aws_secret_key="outcrop",
        max_retries=0,
    ) as client:
        yield client.messages


def asked(text: str, **members: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": text}]
    return {"model": MODEL, "max_tokens": 4000, "messages": said, **members}


def test_chat(messages: Any) -> None:
    answer = messages.create(**asked("Hello to you", system="Be brief."))

    assert [block.text for block in answer.content] == ["Hello to you"]
    assert answer.stop_reason == "end_turn"
    assert answer.model == "claude-haiku-4-5-20251001"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (8, 4)


def test_stream(messages: Any) -> None:
    with messages.stream(**asked("Hello to you")) as stream:
        texts = list(stream.text_stream)
        final = stream.get_final_message()

    assert texts == ["Hello", " to", " you"]
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens == 4


@pytest.mark.parametrize("streamed", [False, True])
def test_tool_loop(messages: Any, *, streamed: bool) -> None:
    """A call goes out, its result comes back and is answered in text."""
    call = asked("Use get_weather", tools=[WEATHER])
    if streamed:
        with messages.stream(**call) as stream:
            first = stream.get_final_message()
    else:
        first = messages.create(**call)
    [made] = first.content
    result = {"type": "tool_result", "tool_use_id": made.id, "content": "sunny"}
    call["messages"] += [
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]

    last = messages.create(**call)

    assert first.stop_reason == "tool_use"
    assert (made.type, made.name, made.input) == ("tool_use", "get_weather", {"city": "sample"})
    assert last.content[0].text == "get_weather: sunny"


@pytest.mark.parametrize("streamed", [False, True])
def test_thinking(messages: Any, *, streamed: bool) -> None:
    """Signed thoughts come first, and are taken back with the next turn."""
    call = asked("Hello to you", thinking={"type": "enabled", "budget_tokens": 1024})
    if streamed:
        with messages.stream(**call) as stream:
            first = stream.get_final_message()
    else:
        first = messages.create(**call)
    call["messages"] += [
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": "And again"},
    ]

    last = messages.create(**call)

    assert [block.type for block in first.content] == ["thinking", "text"]
    assert first.content[0].thinking == "Turn 1 of the user has 4 tokens. I will answer it."
    assert first.content[0].signature
    assert last.content[0].thinking == "Turn 2 of the user has 3 tokens. I will answer it."


def test_refusal(messages: Any) -> None:
    with pytest.raises(BadRequestError) as caught:
        messages.create(**asked("hi") | {"max_tokens": 64001}, timeout=30)

    assert "64001 > 64000, which is the maximum allowed" in str(caught.value)
