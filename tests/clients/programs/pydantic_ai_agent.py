"""The agent that Pydantic AI runs, whichever model answers.

Place in the house: tests only. Runs in the client's own environment.
"""

import asyncio
import base64
from collections.abc import AsyncIterable
from typing import Any

from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent
from pydantic_ai.messages import ToolCallPart

from tests.clients.programs.checks import PIXEL


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


def get_alarms() -> list[str]:
    """List the alarms that are set."""
    return []


def agent(model: Any) -> Any:
    """Return an agent with tools, one of which returns nothing."""
    return Agent(model, tools=[get_weather, get_time, get_alarms])


def ask_for_person(model: Any) -> Person:
    """Return structured output."""
    person: Person = Agent(model, output_type=Person).run_sync("A person").output
    return person


def ask_about_picture(model: Any) -> str:
    """Return what the model says of a picture."""
    picture = BinaryContent(base64.b64decode(PIXEL), media_type="image/png")
    return str(Agent(model).run_sync([picture]).output)


def streamed(model: Any, question: str) -> list[str]:
    """Return the text as it arrived, piece by piece."""

    async def ask() -> list[str]:
        async with Agent(model).run_stream(question) as answer:
            return [text async for text in answer.stream_text(delta=True, debounce_by=None)]

    return asyncio.run(ask())


def streamed_run(model: Any, question: str) -> tuple[list[tuple[str, Any]], str]:
    """Return the tools called on the way, and the last answer; every answer is streamed."""

    async def watch(_context: Any, events: AsyncIterable[Any]) -> None:
        async for _ in events:
            pass

    async def ask() -> Any:
        return await agent(model).run(question, event_stream_handler=watch)

    run = asyncio.run(ask())
    parts = [part for message in run.all_messages() for part in message.parts]
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    return [(call.tool_name, call.args_as_dict()) for call in calls], run.output
