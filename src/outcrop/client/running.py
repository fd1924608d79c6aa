"""Runs a model's tools until it has its answer: ask, call, tell, ask again.

Place in the house: client. `ToolLoop` knows what was said and what comes next, and does nothing;
the two functions at the end drive it, one blocking, one awaiting.

Source: behaviour specification, TOOL-06, TOOL-07, TOOL-14.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.client.ask import ChatOptions, Conversation, choice_of, messages_of
from outcrop.client.callables import Callee, callee_of
from outcrop.client.schemas import encode_value
from outcrop.errors import BadRequestError
from outcrop.types.content import JsonValue, Text, ToolResult, ToolResultContent, ToolUse
from outcrop.types.json import is_object
from outcrop.types.messages import Message
from outcrop.types.responses import Adjustment, Response
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, Tool
from outcrop.types.usage import sum_of

MAX_STEPS: Final = 10

_FORCED: Final = (AnyChoice, NamedChoice)


class ToolRun(Response, frozen=True, kw_only=True):
    """The last answer of a run. Its usage is the sum of all steps."""

    history: tuple[Message, ...] = ()
    """The whole conversation, this answer included: append a turn, and go on."""
    steps: tuple[Response, ...] = ()
    """Every answer, in order; the last is this one."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One call that a model asks for."""

    call: ToolUse
    callee: Callee | None
    """None where there is no such tool."""
    known: tuple[str, ...]
    """The tools there are."""

    def start(self) -> Any:
        """Call the function; return its value, or what must be awaited to get it.

        Raises:
            ValueError: There is no such tool, or its arguments do not fit.
            Exception: Whatever the function raises.
        """
        if self.callee is None:
            raise ValueError(
                f"there is no tool {self.call.name}; there are: {', '.join(self.known)}"
            )
        if self.call.arguments_error is not None:
            raise ValueError(f"the arguments are no JSON object: {self.call.arguments_error}")
        return self.callee.function(**self.callee.read(bytes(self.call.arguments)))

    def told(self, value: Any) -> ToolResult:
        """Return the result that tells the model what came of it.

        Raises:
            TypeError: JSON has no form for the value.
        """
        return ToolResult(id=self.call.id, content=_parts(value))

    def failed(self, failure: Exception) -> ToolResult:
        """Return the result that tells the model what went wrong."""
        said = Text(text=f"{type(failure).__name__}: {failure}")
        return ToolResult(id=self.call.id, content=(said,), status="error")


class ToolLoop:
    """One run: what was said so far, and what comes next."""

    def __init__(
        self, conversation: Conversation, options: ChatOptions, max_steps: int, *, awaits: bool
    ) -> None:
        """Take what the caller wrote.

        Raises:
            BadRequestError: There is no function among the tools, one cannot be a tool, or one
                must be awaited and nobody here can.
        """
        if max_steps < 1:
            raise BadRequestError("max_steps must be at least 1")
        tools = tuple(options.get("tools") or ())
        found = {
            place: _runnable(tool, awaits=awaits)
            for place, tool in enumerate(tools)
            if callable(tool)
        }
        self._callees = _by_name(found.values())
        entries = [
            found[place].tool if place in found else tool for place, tool in enumerate(tools)
        ]
        self._left_to_caller = {
            each.name for each in entries if isinstance(each, Tool)
        } - self._callees.keys()
        self.options: ChatOptions = {**options, "tools": entries}
        """Of the next question."""
        self.history = list(messages_of(conversation))
        self._steps: list[Response] = []
        self._max_steps = max_steps

    def take(self, response: Response) -> tuple[Job, ...]:
        """Take an answer; return the calls to run before the next question, none at the end."""
        self._steps.append(response)
        self.history.append(response.message)
        if isinstance(choice_of(self.options.get("tool_choice")), _FORCED):
            # What must be called once need not be called for ever.
            self.options = {**self.options, "tool_choice": AutoChoice()}
        calls = response.tool_calls
        mine = not any(call.name in self._left_to_caller for call in calls)
        if not mine or len(self._steps) == self._max_steps:
            return ()
        known = tuple(self._callees)
        return tuple(
            Job(call=call, callee=self._callees.get(call.name), known=known) for call in calls
        )

    def give(self, results: Iterable[ToolResult]) -> None:
        """Take what came of the calls."""
        self.history.append(Message(role="user", content=tuple(results)))

    def result(self) -> ToolRun:
        """Return the last answer, with all that led to it."""
        last = self._steps[-1]
        changes = [change for step in self._steps for change in step.adjustments]
        if last.tool_calls and len(self._steps) == self._max_steps:
            detail = f"the run ended after {self._max_steps} steps, with calls that were not run"
            changes.append(Adjustment(rule="max_steps", detail=detail))
        usages = [step.usage for step in self._steps if step.usage is not None]
        kept = {name: getattr(last, name) for name in Response.__struct_fields__}
        kept["usage"] = sum_of(usages) if usages else None
        kept["call"] = msgspec.structs.replace(last.call, adjustments=tuple(dict.fromkeys(changes)))
        return ToolRun(**kept, history=tuple(self.history), steps=tuple(self._steps))


def _runnable(function: Callable[..., Any], *, awaits: bool) -> Callee:
    callee = callee_of(function)
    if callee.is_async and not awaits:
        raise BadRequestError(f"{callee.tool.name} must be awaited", hint="use outcrop.AsyncClient")
    return callee


def _by_name(callees: Collection[Callee]) -> dict[str, Callee]:
    named = {callee.tool.name: callee for callee in callees}
    if not named:
        raise BadRequestError(
            "run_tools needs functions to run", hint="pass them: tools=[get_weather]"
        )
    if len(named) < len(callees):
        raise BadRequestError("two tools have the same name", hint="rename one of them")
    return named


def _parts(value: Any) -> tuple[ToolResultContent, ...]:
    if isinstance(value, str):
        return (Text(text=value),)
    parts = tuple(value) if isinstance(value, list | tuple) else (value,)
    if parts and all(isinstance(part, ToolResultContent) for part in parts):
        return parts
    written = encode_value(value)
    if is_object(written):
        return (JsonValue(value=msgspec.Raw(written)),)
    return (Text(text=written.decode()),)


Ask: TypeAlias = Callable[..., Response]
AsyncAsk: TypeAlias = Callable[..., Awaitable[Response]]


def run_loop(loop: ToolLoop, ask: Ask) -> ToolRun:
    """Drive a run, blocking. Several calls of one turn run in threads, side by side."""
    while jobs := loop.take(ask(loop.history, **loop.options)):
        loop.give(_run_jobs(jobs))
    return loop.result()


def _run_jobs(jobs: Sequence[Job]) -> Sequence[ToolResult]:
    if len(jobs) == 1:
        return (_run_job(jobs[0]),)
    with ThreadPoolExecutor(len(jobs), thread_name_prefix="outcrop-tool") as pool:
        started = [pool.submit(contextvars.copy_context().run, _run_job, job) for job in jobs]
        return [each.result() for each in started]


def _run_job(job: Job) -> ToolResult:
    try:
        return job.told(job.start())
    except Exception as failure:  # noqa: BLE001 - the model is told, and may do better
        return job.failed(failure)


async def run_loop_async(loop: ToolLoop, ask: AsyncAsk) -> ToolRun:
    """Drive a run, awaiting. Calls of one turn run side by side; plain functions in threads."""
    while jobs := loop.take(await ask(loop.history, **loop.options)):
        loop.give(await asyncio.gather(*map(_run_job_async, jobs)))
    return loop.result()


async def _run_job_async(job: Job) -> ToolResult:
    if job.callee is None or not job.callee.is_async:
        return await asyncio.to_thread(_run_job, job)
    try:
        return job.told(await job.start())
    except Exception as failure:  # noqa: BLE001 - the model is told, and may do better
        return job.failed(failure)
