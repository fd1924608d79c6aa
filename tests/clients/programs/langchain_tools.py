"""The tools, the schema and the loop that LangChain's chat models are given.

Place in the house: tests only. Runs in the client's own environment.
"""

from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.tools import StructuredTool
from pydantic import BaseModel


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def get_time(zone: str) -> str:
    """Tell the time."""
    return f"noon in {zone}"


TOOLS = {
    function.__name__: StructuredTool.from_function(function)
    for function in (get_weather, get_time)
}


def tool_loop(model: Any, question: str) -> list[BaseMessage]:
    """Ask until the model calls no more tools; return the whole conversation."""
    bound = model.bind_tools(list(TOOLS.values()))
    messages: list[BaseMessage] = [HumanMessage(question)]
    while True:
        answer = bound.invoke(messages)
        messages.append(answer)
        if not answer.tool_calls:
            return messages
        messages += [TOOLS[call["name"]].invoke(call) for call in answer.tool_calls]


def streamed(model: Any, question: str) -> tuple[list[str], AIMessageChunk]:
    """Return the text as it arrived, piece by piece, and the sum of all chunks."""
    chunks = list(model.stream(question))
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    return [chunk.text for chunk in chunks if chunk.text], total


def calls_of(message: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the tools that a message calls, with their arguments."""
    return [(call["name"], call["args"]) for call in message.tool_calls]
