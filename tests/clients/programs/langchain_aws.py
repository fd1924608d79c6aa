"""LangChain's ChatBedrockConverse against the emulator."""

import os

from botocore.config import Config
from botocore.exceptions import ClientError
from langchain_aws import ChatBedrockConverse
from langchain_core.messages import HumanMessage

from tests.clients.programs.checks import MODEL, PIXEL, run, same
from tests.clients.programs.langchain_tools import (
    TOOLS,
    Person,
    calls_of,
    streamed,
    tool_loop,
)

ECHO = ChatBedrockConverse(model=MODEL)
THINKING = ChatBedrockConverse(model="emu.think", provider="anthropic")
SCRIPT = ChatBedrockConverse(
    model=MODEL,
    endpoint_url=os.environ["SCRIPTED_EMULATOR"],
    config=Config(retries={"total_max_attempts": 1}),
)


def invoke() -> None:
    answer = ECHO.invoke("Hello, you")

    same(answer.text, "Hello, you")
    same(answer.response_metadata["stopReason"], "end_turn")
    same(answer.usage_metadata["total_tokens"], 8)


def stream() -> None:
    pieces, total = streamed(ECHO, "Hello to you")

    same(pieces, ["Hello", " to", " you"])
    same(total.usage_metadata["total_tokens"], 8)


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


def signed_reasoning_comes_back() -> None:
    first = THINKING.invoke("A question")

    second = THINKING.invoke([HumanMessage("A question"), first, HumanMessage("Another")])

    same(first.content[0]["type"], "reasoning_content")
    same(second.text, "Another")


def structured_output() -> None:
    answer = ECHO.with_structured_output(Person).invoke("A person")

    same(answer, Person(name="sample", age=0))


def image() -> None:
    part = {"type": "image", "base64": PIXEL, "mime_type": "image/png"}

    answer = ECHO.invoke([HumanMessage([part])])

    same(answer.text, "[image png, 70 bytes]")


def cached_tokens() -> None:
    usage = SCRIPT.invoke("from the cache").usage_metadata

    same(usage["input_tokens"], 110)
    same(usage["input_token_details"], {"cache_read": 80, "cache_creation": 20})


def errors() -> None:
    wrong = ChatBedrockConverse(
        model=MODEL, aws_access_key_id="outcrop", aws_secret_access_key="wrong"
    )
    same(_failure("Hello", wrong), "InvalidSignatureException")
    same(_failure("busy", SCRIPT), "ThrottlingException")
    same(_failure("break off", SCRIPT), "modelStreamErrorException")


def _failure(question: str, model: ChatBedrockConverse) -> str:
    try:
        list(model.stream(question))
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    raise AssertionError(f"no error was raised for {question!r}")


if __name__ == "__main__":
    run(
        "langchain-aws",
        invoke,
        stream,
        tools,
        parallel_calls_after_reasoning_and_text,
        signed_reasoning_comes_back,
        structured_output,
        image,
        cached_tokens,
        errors,
    )
