"""Repairs of tool calls and their results, one table a repair."""

import msgspec
import pytest

from outcrop.errors import BadRequestError
from outcrop.flow.prepare import prepare
from outcrop.types.content import (
    Block,
    CachePoint,
    Image,
    Inline,
    JsonValue,
    Text,
    ToolResult,
    ToolResultContent,
    ToolUse,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import Tool
from tests.flow.conversations import CLAUDE, LLAMA, NOVA, PROFILE

F = Tool(name="f", description="f", input_schema=msgspec.Raw(b'{"type":"object"}'))
PICTURE = Image(format="png", source=Inline(b"x"))
POINT = CachePoint()


def t(said: str) -> Text:
    return Text(text=said)


def call(name: str, kind: str | None = None) -> ToolUse:
    return ToolUse(id=name, name="f", arguments=msgspec.Raw(b"{}"), type=kind)


def result(name: str, said: str = "1") -> ToolResult:
    return ToolResult(id=name, content=(t(said),))


def missing(name: str) -> ToolResult:
    return ToolResult(id=name, content=(t("Tool call was not executed"),), status="error")


def user(*blocks: Block) -> Message:
    return Message(role="user", content=blocks)


def model(*blocks: Block) -> Message:
    return Message(role="assistant", content=blocks)


HI = user(t("Hi"))
BYE = user(t("Bye"))
A, B = call("a"), call("b")
RA, RB = result("a"), result("b")


def repair(*messages: Message, name: str = CLAUDE) -> tuple[tuple[Message, ...], list[str]]:
    """Return what is sent after the first question, and the rules that were applied."""
    asked = Request(model=name, messages=(HI, *messages), tools=(F,))
    ready, changes = prepare(asked, strict=False)
    return ready.messages[1:], [change.rule for change in changes]


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        pytest.param([model(A), user(RA)], [model(A), user(RA)], [], id="one"),
        # Pain 15: parallel results sent as messages of their own.
        pytest.param(
            [model(A, B), user(RA), user(RB)],
            [model(A, B), user(RA, RB)],
            ["merged_turns"],
            id="grouped",
        ),
        pytest.param(
            [model(A, B), user(RB), user(RA)],
            [model(A, B), user(RA, RB)],
            ["merged_turns", "tool_results_moved"],
            id="in-call-order",
        ),
        pytest.param(
            [model(A), user(t("Here:"), RA)],
            [model(A), user(RA, t("Here:"))],
            ["tool_results_moved"],
            id="results-first",
        ),
        pytest.param(
            [model(A, B), user(RA, POINT, RB, POINT)],
            [model(A, B), user(RA, RB, POINT, POINT)],
            ["tool_results_moved"],
            id="around-points",
        ),
        pytest.param(
            [model(A, B), user(RB)],
            [model(A, B), user(missing("a"), RB)],
            ["tool_result_added"],
            id="one-missing",
        ),
        pytest.param(
            [model(A), BYE],
            [model(A), user(missing("a"), t("Bye"))],
            ["tool_result_added"],
            id="missing-before-text",
        ),
        pytest.param(
            [model(A)], [model(A), user(missing("a"))], ["tool_result_added"], id="missing-at-end"
        ),
        pytest.param(
            [model(t("So")), user(RA), model(t("And"))],
            [model(t("So")), user(t("1")), model(t("And"))],
            ["tool_result_as_text"],
            id="orphan",
        ),
        pytest.param(
            [model(A), user(RA, result("z", "z"))],
            [model(A), user(RA, t("z"))],
            ["tool_result_as_text"],
            id="orphan-beside",
        ),
        pytest.param(
            [model(A), user(RA, result("a", "again"))],
            [model(A), user(RA, t("again"))],
            ["tool_result_as_text"],
            id="answered-twice",
        ),
        pytest.param(
            [model(A), BYE, model(t("So")), user(RA)],
            [model(A), user(missing("a"), t("Bye")), model(t("So")), user(t("1"))],
            ["tool_result_added", "tool_result_as_text"],
            id="too-late",
        ),
    ],
)
def test_results_follow_their_calls(
    before: list[Message], after: list[Message], rules: list[str]
) -> None:
    """TOOL-06: all results of a turn in one user message, in call order, none missing or alone."""
    messages, said = repair(*before)

    assert (messages, said) == (tuple(after), rules)


def test_orphan_tells_all_it_holds() -> None:
    """Nothing is lost: words, JSON and pictures of a result without a call stay, in order."""
    orphan = ToolResult(
        id="z", content=(JsonValue(value=msgspec.Raw(b'{"a":1}')), PICTURE, t(" "), t("x"))
    )

    messages, _ = repair(
        model(t("So")), user(orphan), model(t("And")), user(ToolResult(id="y", content=()))
    )

    assert messages[1] == user(t('{"a":1}'), PICTURE, t("(no output)"), t("x"))
    assert messages[3] == user(t("(no output)"))


SERVER = call("s", kind="server_tool_use")
SERVED = ToolResult(id="s", content=(), type="nova_code_interpreter_result")


def test_calls_of_the_service_stay() -> None:
    """TOOL-13: what the service ran is nobody's to answer; its result stays where it is."""
    turn = model(SERVER, SERVED, A)

    assert repair(turn, user(RA)) == ((turn, user(RA)), [])


def test_type_that_is_no_servers() -> None:
    """TOOL-13: only ``server_tool_use`` is never to execute; ``tool_use`` is a call."""
    messages, rules = repair(model(call("a", kind="tool_use")))

    assert (messages[1], rules) == (user(missing("a")), ["tool_result_added"])


@pytest.mark.parametrize(
    ("ids", "sent"),
    [
        pytest.param(["a", "b"], ["a", "b"], id="fine"),
        # Pain 17: a runtime that begins anew in every turn.
        pytest.param(
            ["call_0", "call_0", "call_0"], ["call_0", "call_0-1", "call_0-2"], id="again"
        ),
        pytest.param(["x", "x", "x-1"], ["x", "x-2", "x-1"], id="name-taken"),
        pytest.param(["toolu/1", "toolu 1"], ["toolu_1-1", "toolu_1-2"], id="illegal"),
        pytest.param([""], ["-1"], id="empty"),
        pytest.param(["p" * 60 + "12345"], ["p" * 57 + "12345-1"], id="too-long"),
    ],
)
def test_ids(ids: list[str], sent: list[str]) -> None:
    """TOOL-08: each call has an id of its own that Bedrock takes, and its result has the same."""
    turns = [turn for name in ids for turn in (model(call(name)), user(result(name, name)))]

    messages, rules = repair(*turns)

    assert messages == tuple(
        turn
        for old, new in zip(ids, sent, strict=True)
        for turn in (model(call(new)), user(result(new, old or "(no output)")))
    )
    assert ("tool_id_rewritten" in rules) is (ids != sent)


def test_ids_twice_in_a_turn() -> None:
    """Two calls of one id: each keeps the result that stands in its place."""
    messages, _ = repair(model(A, A), user(result("a", "1"), result("a", "2")))

    assert messages == (model(A, call("a-1")), user(result("a", "1"), result("a-1", "2")))


def test_ids_of_service_and_caller() -> None:
    """A call of the service's and one of the caller's with the same id do not swap results."""
    own = call("a", kind="server_tool_use")
    found = ToolResult(id="a", content=(t("found"),), type="x")

    messages, _ = repair(model(A, own, found), user(result("a", "1")))

    renamed = msgspec.structs.replace(own, id="a-1")
    assert messages[0] == model(A, renamed, msgspec.structs.replace(found, id="a-1"))
    assert messages[1] == user(result("a", "1"))


def test_ids_of_calls_that_the_service_left_open() -> None:
    """A call of the service's without a result does not take the result of a later one."""
    open_call, later = call("a", kind="server_tool_use"), call("a", kind="server_tool_use")
    found = ToolResult(id="a", content=(t("found"),), type="x")

    messages, _ = repair(model(open_call), BYE, model(later, found))

    assert messages[0] == model(open_call)
    assert [block.id for block in messages[2].content if hasattr(block, "id")] == ["a-1", "a-1"]


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        # Pain 2: an empty list was a 400 that killed the run.
        ((), (t("(no output)"),)),
        ((t(""),), (t("(no output)"),)),
        ((t(" \n"), t("")), (t("(no output)"),)),
        ((t(""), PICTURE), (PICTURE,)),
        ((t("ok"), t(" ")), (t("ok"),)),
        (
            (JsonValue(value=msgspec.Raw(b'{"a":[]}')),),
            (JsonValue(value=msgspec.Raw(b'{"a":[]}')),),
        ),
        ((JsonValue(value=msgspec.Raw(b"[1, 2]")),), (t("[1, 2]"),)),
        ((JsonValue(value=msgspec.Raw(b"null")),), (t("null"),)),
    ],
)
def test_results_say_something(
    content: tuple[ToolResultContent, ...], sent: tuple[ToolResultContent, ...]
) -> None:
    """TOOL-09: an empty result says so, and JSON that Bedrock would refuse is said as text."""
    messages, rules = repair(model(A), user(ToolResult(id="a", content=content)))

    assert messages[1] == user(ToolResult(id="a", content=sent))
    assert rules == ([] if content == sent else ["tool_result_completed"])


@pytest.mark.parametrize(
    ("name", "status", "content", "sent_status", "sent"),
    [
        (CLAUDE, "error", (t("boom"),), "error", (t("boom"),)),
        (NOVA, "error", (t("boom"),), "error", (t("boom"),)),
        (LLAMA, "error", (t("boom"), PICTURE), None, (t("Error: boom"), PICTURE)),
        (PROFILE, "error", (t("boom"),), None, (t("Error: boom"),)),
        (LLAMA, "error", (PICTURE,), None, (t("Error:"), PICTURE)),
        (LLAMA, "error", (), None, (t("Error: (no output)"),)),
        # Recorded with 200 on any vendor's models.
        (LLAMA, "success", (t("fine"),), "success", (t("fine"),)),
        (LLAMA, None, (t("fine"),), None, (t("fine"),)),
    ],
)
def test_failed_results(
    name: str,
    status: str | None,
    content: tuple[ToolResultContent, ...],
    sent_status: str | None,
    sent: tuple[ToolResultContent, ...],
) -> None:
    """TOOL-09: status error for Claude and Nova; others read it in the text."""
    answer = ToolResult(id="a", content=content, status=status)

    messages, rules = repair(model(A), user(answer), name=name)

    assert messages[1] == user(ToolResult(id="a", content=sent, status=sent_status))
    assert ("tool_error_as_text" in rules) is (status != sent_status)


@pytest.mark.parametrize(
    ("name", "sent", "rules"),
    [
        (CLAUDE, [RA, RB, t("Now?"), PICTURE, t("Well?")], []),
        (
            LLAMA,
            [RA, ToolResult(id="b", content=(t("1"), t("Now?"), t("Well?"))), PICTURE],
            ["text_in_tool_result"],
        ),
    ],
)
def test_words_beside_results(name: str, sent: list[Block], rules: list[str]) -> None:
    """FALL-12, beforehand: Llama and Mistral refuse both in one turn."""
    turn = user(RA, RB, t("Now?"), PICTURE, t("Well?"))

    messages, said = repair(model(A, B), turn, name=name)

    assert (messages[1], said) == (user(*sent), rules)


def test_call_that_was_cut_off() -> None:
    """TOOL-07: what a model wrote as arguments, cut by its token limit, can be sent back."""
    cut = ToolUse(
        id="a", name="f", arguments=msgspec.Raw(b'"{\\"city\\": \\"Par"'), arguments_error="cut"
    )

    messages, rules = repair(model(cut), user(RA))

    assert messages[0] == model(
        ToolUse(id="a", name="f", arguments=msgspec.Raw(b'{"arguments":"{\\"city\\": \\"Par"}'))
    )
    assert rules == ["tool_arguments_wrapped"]


@pytest.mark.parametrize("arguments", [b"[]", b'"x"', b'{"x":1},"evil":{"y":2}'])
def test_arguments_of_the_caller(arguments: bytes) -> None:
    """TOOL-07: other JSON, or what would add members to a body that we sign, is refused."""
    wrong = ToolUse(id="a", name="f", arguments=msgspec.Raw(arguments))

    with pytest.raises(BadRequestError, match="arguments of call a must be one JSON object"):
        repair(model(wrong), user(RA))
