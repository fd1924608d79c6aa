"""What LiteLLM is asked, whichever way the answer comes.

Place in the house: tests only. Runs in the client's own environment.
"""

from typing import Any

import litellm

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Tell the {name.removeprefix('get_')}.",
            "parameters": {
                "type": "object",
                "properties": {parameter: {"type": "string"}},
                "required": [parameter],
            },
        },
    }
    for name, parameter in (("get_weather", "city"), ("get_time", "zone"))
]


def user(text: str) -> dict[str, Any]:
    """Return a message of the user."""
    return {"role": "user", "content": text}


def tool_loop(question: str, **options: Any) -> list[dict[str, Any]]:
    """Ask until the model calls no more tools; return the whole conversation."""
    messages = [user(question)]
    while True:
        answer = litellm.completion(messages=messages, tools=TOOLS, **options).choices[0].message
        messages.append(answer.model_dump())
        if not answer.tool_calls:
            return messages
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": f"{call.function.name} says so"}
            for call in answer.tool_calls
        ]


def streamed(question: str, **options: Any) -> tuple[list[str], Any]:
    """Return the text as it arrived, piece by piece, and what LiteLLM builds of all chunks."""
    chunks = list(
        litellm.completion(
            messages=[user(question)],
            stream=True,
            stream_options={"include_usage": True},
            **options,
        )
    )
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    return [text for text in texts if text], litellm.stream_chunk_builder(chunks)


def calls_of(message: Any) -> list[tuple[str, str]]:
    """Return the tools that a message calls, with their arguments as they were written."""
    return [(call.function.name, call.function.arguments) for call in message.tool_calls]


def failure(question: str, **options: Any) -> type[Exception]:
    """Return the class of the error that a stream ends with.

    Raises:
        AssertionError: It ends well.
    """
    try:
        streamed(question, num_retries=0, max_retries=0, **options)
    except Exception as error:  # noqa: BLE001 - LiteLLM's errors have no base of their own
        return type(error)
    raise AssertionError(f"no error was raised for {question!r}")
