"""LiteLLM's Converse provider against the emulator."""

import os

import litellm

from tests.clients.programs.checks import MODEL, PIXEL, run, same
from tests.clients.programs.litellm_calls import TOOLS, calls_of, failure, streamed, tool_loop, user

ECHO = {
    "model": f"bedrock/converse/{MODEL}",
    "aws_bedrock_runtime_endpoint": os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
}
SCRIPT = {**ECHO, "aws_bedrock_runtime_endpoint": os.environ["SCRIPTED_EMULATOR"]}


def completion() -> None:
    answer = litellm.completion(messages=[user("Hello, you")], **ECHO)

    same(answer.choices[0].message.content, "Hello, you")
    same(answer.choices[0].finish_reason, "stop")
    same(answer.usage.total_tokens, 8)


def stream() -> None:
    pieces, whole = streamed("Hello to you", **ECHO)

    same(pieces, ["Hello", " to", " you"])
    same(whole.usage.total_tokens, 8)


def tools() -> None:
    answer = tool_loop("Call get_weather, then get_time", **ECHO)[-1]

    same(answer["content"], "get_weather: get_weather says so\nget_time: get_time says so")


def parallel_calls_after_reasoning_and_text() -> None:
    pieces, whole = streamed("weather and time", tools=TOOLS, **SCRIPT)
    conversation = tool_loop("weather and time", **SCRIPT)

    message = whole.choices[0].message
    same("".join(pieces), "Let me look.")
    same(message.reasoning_content, "Two tools will do.")
    same(
        calls_of(message),
        [("get_weather", '{"city":"Paris"}'), ("get_time", '{"zone":"Europe/Paris"}')],
    )
    same(conversation[-1]["content"], "It is sunny at noon.")


def image() -> None:
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}

    answer = litellm.completion(messages=[{"role": "user", "content": [part]}], **ECHO)

    same(answer.choices[0].message.content, "[image png, 70 bytes]")


def cached_tokens() -> None:
    usage = litellm.completion(messages=[user("from the cache")], **SCRIPT).usage

    same(usage.prompt_tokens, 110)
    same(usage.prompt_tokens_details.cached_tokens, 80)


def api_key() -> None:
    """A Bedrock API key in place of a signature."""
    answer = litellm.completion(messages=[user("Hello")], api_key="bedrock-api-key-any", **ECHO)

    same(answer.choices[0].message.content, "Hello")


def errors() -> None:
    wrong = {"aws_access_key_id": "outcrop", "aws_secret_access_key": "wrong"}

    same(failure("busy", **SCRIPT), litellm.RateLimitError)
    same(failure("Hello", **ECHO, **wrong), litellm.PermissionDeniedError)
    # botocore gives every exception of a stream the status 400, and LiteLLM believes it.
    same(failure("break off", **SCRIPT), litellm.BadRequestError)


if __name__ == "__main__":
    run(
        "litellm",
        completion,
        stream,
        tools,
        parallel_calls_after_reasoning_and_text,
        image,
        cached_tokens,
        api_key,
        errors,
    )
