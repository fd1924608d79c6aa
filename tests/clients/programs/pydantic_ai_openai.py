"""Pydantic AI's OpenAI model against the gateway."""

import os

from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from tests.clients.programs.checks import MODEL, run, same
from tests.clients.programs.pydantic_ai_agent import (
    Person,
    agent,
    ask_about_picture,
    ask_for_person,
    streamed,
    streamed_run,
)

ECHO = OpenAIChatModel(MODEL)
SCRIPT = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=os.environ["SCRIPTED_GATEWAY"]))


def run_to_the_end() -> None:
    answer = Agent(ECHO).run_sync("Hello, you")

    same(answer.output, "Hello, you")
    same(answer.usage.total_tokens, 8)


def stream() -> None:
    same(streamed(ECHO, "Hello to you"), ["Hello", " to", " you"])


def tools_one_of_which_returns_nothing() -> None:
    answer = agent(ECHO).run_sync("Call get_weather, then get_alarms")

    same(answer.output, "get_weather: sunny in sample\nget_alarms: (no output)")


def parallel_calls_after_reasoning_and_text() -> None:
    calls, text = streamed_run(SCRIPT, "weather and time")

    same(calls, [("get_weather", {"city": "Paris"}), ("get_time", {"zone": "Europe/Paris"})])
    same(text, "It is sunny at noon.")


def history_without_tools() -> None:
    history = agent(ECHO).run_sync("Call get_weather").all_messages()

    answer = Agent(ECHO).run_sync("And now?", message_history=history)

    same(answer.output, "And now?")


def structured_output() -> None:
    same(ask_for_person(ECHO), Person(name="sample", age=0))


def image() -> None:
    same(ask_about_picture(ECHO), "[image png, 70 bytes]")


def cached_tokens() -> None:
    usage = Agent(SCRIPT).run_sync("from the cache").usage

    same((usage.input_tokens, usage.cache_read_tokens), (110, 80))


def unknown_model() -> None:
    try:
        Agent(OpenAIChatModel("us.nobody.none-v1:0")).run_sync("Hello")
    except ModelHTTPError as error:
        same(error.status_code, 404)
    else:
        raise AssertionError("an unknown model answered")


if __name__ == "__main__":
    run(
        "pydantic-ai-slim",
        run_to_the_end,
        stream,
        tools_one_of_which_returns_nothing,
        parallel_calls_after_reasoning_and_text,
        history_without_tools,
        structured_output,
        image,
        cached_tokens,
        unknown_model,
    )
