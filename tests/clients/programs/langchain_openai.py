"""LangChain's ChatOpenAI against the gateway."""

import os

from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from openai import APIError, APIStatusError

from tests.clients.programs.checks import MODEL, PIXEL, run, same
from tests.clients.programs.langchain_tools import (
    TOOLS,
    Person,
    calls_of,
    streamed,
    tool_loop,
)

ECHO = ChatOpenAI(model=MODEL, stream_usage=True)
SCRIPT = ChatOpenAI(
    model=MODEL, base_url=os.environ["SCRIPTED_GATEWAY"], stream_usage=True, max_retries=0
)


def invoke() -> None:
    answer = ECHO.invoke("Hello, you")

    same(answer.text, "Hello, you")
    same(answer.response_metadata["finish_reason"], "stop")
    same(answer.usage_metadata["total_tokens"], 8)


def stream() -> None:
    pieces, total = streamed(ECHO, "Hello to you")

    same(pieces, ["Hello", " to", " you"])
    same(total.usage_metadata["total_tokens"], 8)
    same(total.response_metadata["finish_reason"], "stop")


def tools() -> None:
    answer = tool_loop(ECHO, "Call get_weather, then get_time")[-1]

    same(answer.text, "get_weather: sunny in sample\nget_time: noon in sample")


def parallel_calls_after_reasoning_and_text() -> None:
    bound = SCRIPT.bind_tools(list(TOOLS.values()))
    pieces, total = streamed(bound, "weather and time")
    conversation = tool_loop(SCRIPT, "weather and time")

    expected = [("get_weather", {"city": "Paris"}), ("get_time", {"zone": "Europe/Paris"})]
    same("".join(pieces), "Let me look.")
    same(calls_of(total), expected)
    same(calls_of(conversation[1]), expected)
    same(conversation[-1].text, "It is sunny at noon.")


def history_without_tools() -> None:
    history = tool_loop(ECHO, "Call get_weather")

    answer = ECHO.invoke([*history, HumanMessage("And now?")])

    same(answer.text, "And now?")


def structured_output() -> None:
    for method in ("json_schema", "function_calling"):
        model = ECHO.with_structured_output(Person, method=method)

        same(model.invoke("A person"), Person(name="sample", age=0))


def image() -> None:
    part = {"type": "image", "base64": PIXEL, "mime_type": "image/png"}

    answer = ECHO.invoke([HumanMessage([part])])

    same(answer.text, "[image png, 70 bytes]")


def cached_tokens() -> None:
    usage = SCRIPT.invoke("from the cache").usage_metadata

    same(usage["input_tokens"], 110)
    same(usage["input_token_details"]["cache_read"], 80)


def errors() -> None:
    stranger = ChatOpenAI(model=MODEL, api_key="wrong")

    same(_refusal("busy", SCRIPT), 429)
    same(_refusal("Hello", stranger), 401)
    same(_refusal("break off", SCRIPT), "model_error")


def _refusal(question: str, model: ChatOpenAI) -> object:
    """Return the status of an error, or its code where it came in mid-stream."""
    try:
        list(model.stream(question))
    except APIStatusError as error:
        return error.status_code
    except APIError as error:
        return error.code
    raise AssertionError(f"no error was raised for {question!r}")


if __name__ == "__main__":
    run(
        "langchain-openai",
        invoke,
        stream,
        tools,
        parallel_calls_after_reasoning_and_text,
        history_without_tools,
        structured_output,
        image,
        cached_tokens,
        errors,
    )
