"""Script: the rules of a file, to the letter."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from outcrop.emulator.engines.interface import Step
from outcrop.emulator.engines.script import ScriptEngine, load_script
from outcrop.emulator.engines.script_file import read_script
from outcrop.emulator.faults import CorruptNext, CutNext
from outcrop.emulator.refusals import Refusal
from outcrop.errors import ConfigError
from outcrop.types import events
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import Reasoning, Text, ToolResult, ToolUse
from outcrop.types.json import encode_raw
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Response
from outcrop.types.usage import Usage

MODEL = "us.amazon.nova-lite-v1:0"


class Clock:
    """Sleeps in no time, and remembers."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def script(*rules: dict[str, Any], clock: Clock | None = None) -> ScriptEngine:
    """Return an engine for some rules."""
    text = msgspec.json.encode({"rules": rules}).decode()
    return ScriptEngine(read_script(text, "rules.json"), sleep=(clock or Clock()).sleep)


def says(text: str, **members: Any) -> dict[str, Any]:
    """Return a rule that answers with a text."""
    return {"reply": {"content": [{"text": text}]}, **members}


def ask(*texts: str, model: str = MODEL) -> Request:
    """Return a conversation, the user's turns being `texts`."""
    turns: list[Message] = []
    for text in texts:
        turns.append(Message(role="user", content=(Text(text=text),)))
        turns.append(Message(role="assistant", content=(Text(text="ok"),)))
    return Request(model=model, messages=tuple(turns[:-1]))


def after_tool() -> Request:
    """Return a conversation whose last message brings a tool result."""
    call = ToolUse(id="a", name="f", arguments=encode_raw({}))
    return Request(
        model=MODEL,
        messages=(
            Message(role="user", content=(Text(text="go"),)),
            Message(role="assistant", content=(call,)),
            Message(role="user", content=(ToolResult(id="a", content=(Text(text="1"),)),)),
        ),
    )


def steps(engine: ScriptEngine, request: Request) -> list[Step]:
    """Return everything an engine yields."""

    async def collect() -> list[Step]:
        return [step async for step in engine.answer(request)]

    return asyncio.run(collect())


def answer(engine: ScriptEngine, request: Request) -> Response:
    """Return a whole answer."""
    fold = Accumulator()
    for step in steps(engine, request):
        assert not isinstance(step, CorruptNext | CutNext)
        fold.add(step)
    return fold.response()


def refusal(engine: ScriptEngine, request: Request) -> Refusal:
    """Return how an engine refuses."""
    with pytest.raises(Refusal) as caught:
        steps(engine, request)
    return caught.value


@pytest.mark.parametrize(
    ("match", "request_"),
    [
        pytest.param({}, ask("x"), id="everything"),
        pytest.param({"model": "us.amazon.*"}, ask("x"), id="model"),
        pytest.param({"text": "(?i)HEL+O"}, ask("say hello"), id="text"),
        pytest.param({"turn": 2}, ask("a", "b"), id="turn"),
        pytest.param({"tool_result": True}, after_tool(), id="result"),
        pytest.param({"tool_result": False}, ask("x"), id="no-result"),
        pytest.param({"model": "us.*", "text": "b", "turn": 2}, ask("a", "b"), id="all"),
    ],
)
def test_match(match: dict[str, Any], request_: Request) -> None:
    """Everything that is said must hold, and what is not said may be anything."""
    engine = script(says("yes", match=match), says("no"))

    assert answer(engine, request_).text == "yes"


@pytest.mark.parametrize(
    ("match", "request_"),
    [
        pytest.param({"model": "eu.*"}, ask("x"), id="model"),
        pytest.param({"text": "^hello$"}, ask("say hello"), id="text"),
        pytest.param({"turn": 1}, ask("a", "b"), id="turn"),
        pytest.param({"tool_result": False}, after_tool(), id="result"),
        pytest.param({"text": "a", "turn": 2}, ask("a", "b"), id="one-of-two"),
    ],
)
def test_mismatch(match: dict[str, Any], request_: Request) -> None:
    """One thing that does not hold is enough."""
    engine = script(says("no", match=match), says("yes"))

    assert answer(engine, request_).text == "yes"


def test_times() -> None:
    """A rule that is used up is passed over: fail twice, then succeed."""
    error = {"status": 429, "name": "ThrottlingException", "message": "slow", "retry_after_s": 2}
    engine = script({"times": 2, "error": error}, says("at last"))

    first, second = refusal(engine, ask("x")), refusal(engine, ask("x"))

    assert first.retry_after_s == 2
    assert (second.status, second.code, second.message) == (429, "ThrottlingException", "slow")
    assert answer(engine, ask("x")).text == "at last"


def test_no_rule() -> None:
    """A request nobody thought of is an error that says what it was, not what it said."""
    engine = script(says("x", match={"turn": 9}))

    refused = refusal(engine, ask("my secret"))

    assert (refused.status, refused.code) == (400, "ValidationException")
    assert refused.message == (
        f"None of the script's 1 rules matches this request: model {MODEL}, turn 1 of the user, "
        "without tool results"
    )


def test_reply_in_converses_words() -> None:
    """Any block, any stop reason, any usage."""
    reply = {
        "content": [
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
            {"text": "Calling."},
            {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"b": 1, "a": 2}}},
        ],
        "stopReason": "max_tokens",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        "additionalModelResponseFields": {"x": 1},
    }

    got = answer(script({"reply": reply}), ask("x"))

    assert got.content == (
        Reasoning(text="hm", signature="s"),
        Text(text="Calling."),
        ToolUse(id="t1", name="f", arguments=encode_raw({"b": 1, "a": 2})),
    )
    assert got.stop.raw == "max_tokens"
    assert got.usage == Usage(input_tokens=1, output_tokens=2, total_tokens=3)
    assert got.additional_response_fields == encode_raw({"x": 1})


@pytest.mark.parametrize(
    ("block", "stop"),
    [
        ({"text": "x"}, "end_turn"),
        ({"toolUse": {"toolUseId": "t", "name": "f", "input": {}}}, "tool_use"),
        (
            {"toolUse": {"toolUseId": "t", "name": "f", "input": {}, "type": "server_tool_use"}},
            "end_turn",
        ),
    ],
)
def test_stop_reason_follows_the_content(block: dict[str, Any], stop: str) -> None:
    """What is not said is what AWS would say."""
    assert answer(script({"reply": {"content": [block]}}), ask("x")).stop.raw == stop


def test_usage_is_counted() -> None:
    """By the rule of the other engines."""
    usage = answer(script(says("Hello, world")), ask("four five5")).usage

    assert usage == Usage(input_tokens=3, output_tokens=5, total_tokens=8)


def test_delays() -> None:
    """Before the first byte, then before every other event."""
    clock = Clock()
    engine = script(says("one two", delays={"first_byte_s": 5, "chunk_s": 0.5}), clock=clock)

    got = steps(engine, ask("x"))

    # start, two words, block end, message end, metadata
    assert len(got) == 6
    assert clock.slept == [5, 0.5, 0.5, 0.5, 0.5, 0.5]


def test_delayed_error() -> None:
    """A timeout of the client can be shorter than the wait for an error."""
    clock = Clock()
    error = {"status": 503, "name": "ServiceUnavailableException", "message": "m"}

    refusal(script({"error": error, "delays": {"first_byte_s": 3}}, clock=clock), ask("x"))

    assert clock.slept == [3]


def test_exception_in_the_middle() -> None:
    """The answer begins, then the service gives up."""
    broken = {
        "name": "ModelStreamErrorException",
        "message": "m",
        "original_status": 500,
        "original_message": "o",
    }

    got = steps(script(says("one two", fault={"after": 2, "exception": broken})), ask("x"))

    assert got == [
        events.MessageStarted(),
        events.TextDelta(index=0, text="one"),
        events.StreamFault(
            code="ModelStreamErrorException",
            message="m",
            original_status=500,
            original_message="o",
        ),
    ]


@pytest.mark.parametrize(("fault", "kind"), [("cut", CutNext), ("crc", CorruptNext)])
def test_spoiled_frame(fault: str, kind: type[Step]) -> None:
    """Which frame is spoiled is counted in events."""
    got = steps(script(says("one two", fault={"after": 1, fault: True})), ask("x"))

    assert isinstance(got[1], kind)
    assert [type(step).__name__ for step in got[:3:2]] == ["MessageStarted", "TextDelta"]


def test_no_metadata() -> None:
    """Streams without usage exist, and clients must not wait for it."""
    rule = {"reply": {"content": [{"text": "x"}], "metadata": False}}

    assert isinstance(steps(script(rule), ask("x"))[-1], events.MessageEnded)


WRONG = """\
rules:
  - match: {turn: 1}
    reply:
      content:
        - text: hello
  - name: second
    %s
"""


@pytest.mark.parametrize(
    ("rule", "line", "words"),
    [
        ("reply: {content: [{text: x}], stop_reason: y}", 7, "unknown field `stop_reason`"),
        ("repli: {}", 7, "unknown field `repli`"),
        ("match: {modle: x}", 7, "unknown field `modle`"),
        ("match: {turn: 0}", 7, "in rules[1].match.turn"),
        ("error: {status: 200, name: n, message: m}", 7, "in rules[1].error.status"),
        ("times: 1", 6, "either a reply or an error"),
        ("reply: {content: [{txt: x}]}", 6, "The provided request is not valid"),
        ("reply: {content: [{text: 3}]}", 6, "NUMBER_VALUE can not be converted to a String"),
        ("reply: {content: [{cachePoint: {type: default}}]}", 6, "no stream can carry a block"),
        ("reply: {content: [{text: ''}]}", 6, "No stream can carry the reply"),
        ("match: {text: '('}\n    reply: {content: [{text: x}]}", 6, "not a regular expression"),
        (
            "reply: {content: [{text: x}]}\n    fault: {after: 5, cut: true}",
            6,
            "The reply has 5 events",
        ),
        (
            "reply: {content: [{text: x}]}\n    fault: {after: 1, cut: true, crc: true}",
            6,
            "one of exception, cut and crc",
        ),
        (
            "error: {status: 429, name: n, message: m}\n    fault: {after: 1, cut: true}",
            6,
            "needs a reply to spoil",
        ),
    ],
)
def test_complaint_names_the_line(rule: str, line: int, words: str) -> None:
    """A rule file is written by hand."""
    with pytest.raises(ConfigError) as caught:
        read_script(WRONG % rule, "rules.yaml")

    assert f"rules.yaml:{line}: " in caught.value.message
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules: [", "not readable as YAML or JSON"),
        ("", "rules.yaml:1: "),
        ("rules: []", "length >= 1"),
        ("- x", "rules.yaml:1: "),
    ],
)
def test_complaint_about_the_file(text: str, words: str) -> None:
    """A file that holds no rules at all."""
    with pytest.raises(ConfigError) as caught:
        read_script(text, "rules.yaml")

    assert words in caught.value.message


def test_load(tmp_path: Path) -> None:
    """From disk, YAML as people write it."""
    file = tmp_path / "rules.yaml"
    file.write_text("rules:\n  - reply:\n      content:\n        - text: grüß dich\n", "utf-8")

    assert answer(load_script(str(file)), ask("x")).text == "grüß dich"


def test_load_missing(tmp_path: Path) -> None:
    """A wrong path is said in one line."""
    with pytest.raises(ConfigError, match=r"none\.yaml cannot be read"):
        load_script(str(tmp_path / "none.yaml"))
