"""Pydantic AI's Converse model against the emulator."""

import os
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.providers.bedrock import BedrockProvider

from tests.clients.programs.checks import MODEL, run, same
from tests.clients.programs.pydantic_ai_agent import (
    Person,
    agent,
    ask_about_picture,
    ask_for_person,
    streamed,
    streamed_run,
)

ECHO = BedrockConverseModel(MODEL)
SCRIPT = BedrockConverseModel(
    MODEL, provider=BedrockProvider(base_url=os.environ["SCRIPTED_EMULATOR"])
)


def run_to_the_end() -> None:
    answer = Agent(ECHO).run_sync("Hello, you")

    same(answer.output, "Hello, you")
    same(answer.usage.total_tokens, 8)


def stream() -> None:
    same(streamed(ECHO, "Hello to you"), ["Hello", " to", " you"])


def tools_one_of_which_returns_nothing() -> None:
    answer = agent(ECHO).run_sync("Call get_weather, then get_alarms")

    same(answer.output, "get_weather: sunny in sample\nget_alarms: []")


def parallel_calls_after_reasoning_and_text() -> None:
    calls, text = streamed_run(SCRIPT, "weather and time")

    same(calls, [("get_weather", {"city": "Paris"}), ("get_time", {"zone": "Europe/Paris"})])
    same(text, "It is sunny at noon.")


def structured_output() -> None:
    same(ask_for_person(ECHO), Person(name="sample", age=0))


def image() -> None:
    same(ask_about_picture(ECHO), "[image png, 70 bytes]")


def cached_tokens() -> None:
    usage = Agent(SCRIPT).run_sync("from the cache").usage

    same((usage.input_tokens, usage.cache_read_tokens), (110, 80))


def refuses_history_without_tools() -> None:
    """As Bedrock does: a test that passes here must not fail there."""
    history = agent(ECHO).run_sync("Call get_weather").all_messages()

    error = _refusal_of(history)

    same(error.status_code, 400)
    assert "toolConfig field must be defined" in str(error.body), error.body


def _refusal_of(history: list[Any]) -> Any:
    try:
        Agent(ECHO).run_sync("And now?", message_history=history)
    except ModelHTTPError as error:
        return error
    raise AssertionError("Bedrock refuses this")


if __name__ == "__main__":
    run(
        "pydantic-ai-slim",
        run_to_the_end,
        stream,
        tools_one_of_which_returns_nothing,
        parallel_calls_after_reasoning_and_text,
        structured_output,
        image,
        cached_tokens,
        refuses_history_without_tools,
    )
