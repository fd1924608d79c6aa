"""Running a model's tools until it has its answer, both clients."""

import asyncio
import contextvars
import threading
from typing import Any

import msgspec
import pytest

from outcrop.client import AsyncClient
from outcrop.client.ask import user
from outcrop.errors import BadRequestError
from outcrop.transport.replay import AsyncReplay
from outcrop.types.content import Image, Inline, ToolResult
from outcrop.types.messages import Message
from outcrop.types.tools import NoChoice, Tool
from tests.client.asking import NOVA, Asked, blocking, call, calling, each_client, reply

TENANT: contextvars.ContextVar[str] = contextvars.ContextVar("TENANT", default="nobody")


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def results(body: Any) -> list[Any]:
    """Return the results that the last message of a request tells."""
    return [block["toolResult"] for block in body["messages"][-1]["content"]]


@each_client
def test_run(ask: Asked) -> None:
    """Ask, call, tell, ask: the answer comes with the whole way to it, and with its whole price."""
    script = [
        calling(call("add", {"a": 1, "b": 2})),
        calling(call("add", {"a": "3", "b": 4}, 2)),
        reply("7", tokens=11),
    ]

    told = ask(script, "run_tools", "1 + 2 + 4?", tools=[add], system="Count")

    run = told.value
    assert run.text == "7"
    assert (run.usage.input_tokens, run.usage.output_tokens, run.usage.total_tokens) == (21, 3, 24)
    assert [step.finish_reason for step in run.steps] == ["tool_calls", "tool_calls", "stop"]
    assert [turn.role for turn in run.history] == [
        *("user", "assistant", "user", "assistant", "user", "assistant")
    ]
    assert results(told.bodies[1]) == [{"toolUseId": "t1", "content": [{"text": "3"}]}]
    assert results(told.bodies[2]) == [{"toolUseId": "t2", "content": [{"text": "7"}]}]
    assert [body["system"] for body in told.bodies] == [[{"text": "Count"}]] * 3
    assert [len(body["messages"]) for body in told.bodies] == [1, 3, 5]


@each_client
def test_no_call(ask: Asked) -> None:
    told = ask([reply("Hi")], "run_tools", [user("Hi")], tools=[add])

    assert told.value.text == "Hi"
    assert told.value.history[0] == user("Hi")
    assert len(told.value.steps) == 1


@each_client
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"a": 0}, "ZeroDivisionError: division by zero"),
        ({"a": "x"}, "ValidationError: Expected `int`, got `str` - at `$.a`"),
        ({}, "ValidationError: Object missing required field `a`"),
    ],
    ids=["raised", "misfit", "missing"],
)
def test_failures_are_told(ask: Asked, arguments: Any, said: str) -> None:
    """A model that is told what was wrong does better; a program that crashes helps nobody."""

    def invert(a: int) -> float:
        return 1 / a

    told = ask(
        [calling(call("invert", arguments)), reply("Sorry")], "run_tools", "?", tools=[invert]
    )

    assert told.value.text == "Sorry"
    assert results(told.bodies[1]) == [
        {"toolUseId": "t1", "content": [{"text": said}], "status": "error"}
    ]


@each_client
def test_tool_that_does_not_exist(ask: Asked) -> None:
    told = ask([calling(call("sub", {})), reply("Oh")], "run_tools", "?", tools=[add])

    assert results(told.bodies[1])[0]["content"] == [
        {"text": "ValueError: there is no tool sub; there are: add"}
    ]


@each_client
@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("words", [{"text": "words"}]),
        (None, [{"text": "null"}]),
        ({"a": 1}, [{"json": {"a": 1}}]),
        ([1, 2], [{"text": "[1,2]"}]),
        ([], [{"text": "[]"}]),
        (
            Image(format="png", source=Inline(b"x")),
            [{"image": {"format": "png", "source": {"bytes": "eA=="}}}],
        ),
        (
            object(),
            [{"text": "TypeError: a object has no JSON form"}],
        ),
    ],
    ids=["text", "none", "object", "list", "empty", "picture", "no-json"],
)
def test_values(ask: Asked, value: Any, content: Any) -> None:
    def give() -> Any:
        return value

    told = ask([calling(call("give", {})), reply("ok")], "run_tools", "?", tools=[give])

    assert results(told.bodies[1])[0]["content"] == content


@each_client
def test_calls_of_one_turn_run_side_by_side(ask: Asked) -> None:
    """Each waits for the other: one after the other they would never end. Order is the calls'."""
    both = threading.Barrier(2, timeout=10)
    seen: list[str] = []

    def meet(name: str) -> str:
        both.wait()
        seen.append(TENANT.get())
        return name

    TENANT.set("ours")
    script = [calling(call("meet", {"name": "a"}), call("meet", {"name": "b"}, 2)), reply("met")]

    told = ask(script, "run_tools", "?", tools=[meet])

    assert [each["content"][0]["text"] for each in results(told.bodies[1])] == ["a", "b"]
    assert seen == ["ours", "ours"]


def test_coroutines() -> None:
    """Those run on the client's own loop, side by side, beside plain functions."""

    async def run() -> Any:
        arrived = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def wait() -> str:
            """Wait for the other."""
            assert asyncio.get_running_loop() is loop
            await asyncio.wait_for(arrived.wait(), 10)
            return "waited"

        def arrive() -> str:
            loop.call_soon_threadsafe(arrived.set)
            return "arrived"

        async def fail() -> str:
            raise RuntimeError("no")

        calls = calling(call("wait", {}), call("arrive", {}, 2), call("fail", {}, 3))
        transport = AsyncReplay(calls, reply("met"))
        async with AsyncClient(
            transport=transport, region="us-east-1", api_key="k", environ={}
        ) as client:
            run = await client.run_tools("?", tools=[wait, arrive, fail], model=NOVA)
        assert run.text == "met"
        return msgspec.json.decode(transport.requests[1].body)

    told = results(asyncio.run(run()))

    assert [each["content"][0]["text"] for each in told] == [
        *("waited", "arrived", "RuntimeError: no")
    ]


def test_coroutine_for_the_blocking_client() -> None:
    async def wait() -> None: ...

    with pytest.raises(BadRequestError, match=r"wait must be awaited\. Use outcrop\.AsyncClient"):
        blocking([], "run_tools", "?", tools=[wait])


@each_client
def test_steps_end(ask: Asked) -> None:
    """A model that never stops calling is stopped, visibly, and its last call is not run."""
    ran: list[int] = []

    def again(n: int) -> int:
        ran.append(n)
        return n

    script = [calling(call("again", {"n": n}, n)) for n in range(5)]

    run = ask(script, "run_tools", "?", tools=[again], max_steps=2).value

    assert ran == [0]
    assert run.finish_reason == "tool_calls"
    assert [(each.rule, each.detail) for each in run.adjustments] == [
        ("max_steps", "the run ended after 2 steps, with calls that were not run")
    ]


@each_client
def test_caller_runs_what_is_no_function(ask: Asked) -> None:
    """A call that only the caller can run ends the run; nothing of that turn was run."""
    ask_human = Tool(name="ask_human", input_schema=msgspec.Raw(b'{"type":"object"}'))
    script = [calling(call("ask_human", {}), call("add", {"a": 1, "b": 1}, 2))]

    run = ask(script, "run_tools", "?", tools=[add, ask_human]).value

    assert [each.name for each in run.tool_calls] == ["ask_human", "add"]
    assert run.adjustments == ()
    assert not any(isinstance(b, ToolResult) for turn in run.history for b in turn.content)


@each_client
@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("any", [{"any": {}}, {"auto": {}}]),
        ("add", [{"tool": {"name": "add"}}, {"auto": {}}]),
        ("auto", [{"auto": {}}, {"auto": {}}]),
        (None, [None, None]),
    ],
    ids=str,
)
def test_forced_once(ask: Asked, choice: Any, sent: Any) -> None:
    """Forced in every step, a run would never come to an answer."""
    script = [calling(call("add", {"a": 1, "b": 1})), reply("2")]

    told = ask(script, "run_tools", "?", tools=[add], tool_choice=choice)

    assert [body["toolConfig"].get("toolChoice") for body in told.bodies] == sent


@each_client
def test_no_choice_stays(ask: Asked) -> None:
    run = ask([reply("ok")], "run_tools", "?", tools=[add], tool_choice=NoChoice()).value

    assert [change.rule for change in run.adjustments] == ["tool_choice_none"]


@each_client
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "run_tools needs functions to run"),
        ({"tools": [Tool(name="f", input_schema=msgspec.Raw(b"{}"))]}, "run_tools needs"),
        ({"tools": [add, add]}, "two tools have the same name"),
        ({"tools": [add], "max_steps": 0}, "max_steps must be at least 1"),
        ({"tools": [lambda: 1]}, "<lambda> is no name for a tool"),
    ],
    ids=["none", "no-function", "twice", "steps", "lambda"],
)
def test_refusals(ask: Asked, options: Any, message: str) -> None:
    """Before anything is sent and paid for."""
    with pytest.raises(BadRequestError, match=message):
        ask([], "run_tools", "?", **options)


@each_client
def test_conversation_goes_on(ask: Asked) -> None:
    """The history is what the next question takes."""
    first = ask(
        [calling(call("add", {"a": 1, "b": 1})), reply("2")], "run_tools", "1 + 1?", tools=[add]
    ).value
    then: list[Message] = [*first.history, user("Sure?")]

    told = ask([reply("Yes")], "run_tools", then, tools=[add])

    assert [turn["role"] for turn in told.bodies[0]["messages"]] == [
        *("user", "assistant", "user", "assistant", "user")
    ]
    assert told.value.adjustments == ()
