"""Repairs of who says what when, one table a repair."""

import msgspec
import pytest

from outcrop.errors import BadRequestError
from outcrop.flow.prepare import prepare
from outcrop.types.content import (
    Block,
    CachePoint,
    CitedText,
    Foreign,
    GuardText,
    Image,
    Inline,
    Reasoning,
    RedactedReasoning,
    SystemBlock,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import Tool
from tests.flow.conversations import CLAUDE, LATE_SYSTEM, LLAMA

CALL = ToolUse(id="t1", name="f", arguments=msgspec.Raw(b"{}"))
RESULT = ToolResult(id="t1", content=(Text(text="1"),))
SERVER = ToolUse(id="s1", name="web", arguments=msgspec.Raw(b"{}"), type="server_tool_use")
SERVED = ToolResult(id="s1", content=(Text(text="found"),), type="web_result")
POINT = CachePoint()
PICTURE = Image(format="png", source=Inline(b"x"))
ALIEN = Foreign(api="openai_chat", raw=msgspec.Raw(b'{"type":"new"}'))
OWN = Foreign(api="converse", raw=msgspec.Raw(b'{"new":{}}'))
F = Tool(name="f", description="f", input_schema=msgspec.Raw(b'{"type":"object"}'))


def t(said: str) -> Text:
    return Text(text=said)


def user(*blocks: Block) -> Message:
    return Message(role="user", content=blocks)


def model(*blocks: Block) -> Message:
    return Message(role="assistant", content=blocks)


def system(*blocks: Block) -> Message:
    return Message(role="system", content=blocks)


HI = user(t("Hi"))


def repair(
    *messages: Message, name: str = CLAUDE, prompt: tuple[SystemBlock, ...] = ()
) -> tuple[Request, list[str]]:
    """Return what is sent, and the rules that were applied."""
    asked = Request(model=name, messages=messages, system=prompt, tools=(F,))
    ready, changes = prepare(asked, strict=False)
    return ready, [change.rule for change in changes]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([user(t(" "), t("Hi"))], [HI], id="beside-text"),
        pytest.param([user(t(""), PICTURE)], [user(PICTURE)], id="beside-picture"),
        pytest.param(
            [HI, model(t("\n")), user(t("Well?"))], [user(t("Hi"), t("Well?"))], id="turn"
        ),
        # Pain 3: many agents write an empty text beside each call.
        pytest.param(
            [HI, model(t(""), CALL), user(RESULT)],
            [HI, model(CALL), user(RESULT)],
            id="beside-call",
        ),
        # CACHE-04: a message of only a point is not sent.
        pytest.param([HI, model(t("Yes")), user(t(" "), POINT)], [HI, model(t("Yes"))], id="point"),
        pytest.param([HI, user()], [HI], id="empty-message"),
    ],
)
def test_blank_text(before: list[Message], after: list[Message]) -> None:
    """MSG-04: blank texts, then empty messages, are left out, visibly."""
    ready, rules = repair(*before)

    assert ready.messages == tuple(after)
    assert rules[0] == "blank_text"


def test_blank_system_text() -> None:
    """MSG-01: no empty or separator blocks."""
    ready, rules = repair(HI, prompt=(t("Be brief."), t("\n"), POINT))

    assert (ready.system, rules) == ((t("Be brief."), POINT), ["blank_text"])


@pytest.mark.parametrize(
    "kept",
    [
        user(t(" spaced ")),
        user(PICTURE),
        user(GuardText(text=" ")),
        user(t("Hi"), POINT),
        user(OWN),
    ],
)
def test_what_is_not_blank(kept: Message) -> None:
    """MSG-05: an image-only turn does not vanish, and white space around words stays."""
    assert repair(kept) == (Request(model=CLAUDE, messages=(kept,), tools=(F,)), [])


def test_neighbours_join() -> None:
    """MSG-02: turns alternate; blocks keep their order."""
    ready, rules = repair(HI, user(PICTURE), model(t("A")), model(t("B"), CALL), user(RESULT))

    assert ready.messages == (user(t("Hi"), PICTURE), model(t("A"), t("B"), CALL), user(RESULT))
    assert rules == ["merged_turns"]


def _extra(api: str, **members: int) -> Extra:
    return Extra(api, {name: msgspec.Raw(b"%d" % value) for name, value in members.items()})


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        (None, _extra("openai_chat", name=1), None),
        (_extra("openai_chat", name=1), None, None),
        (_extra("openai_chat", name=1), _extra("converse", new=2), _extra("converse", new=2)),
        (_extra("converse", a=1), _extra("converse", b=2), _extra("converse", a=1, b=2)),
    ],
)
def test_neighbours_with_members_of_their_own(
    one: Extra | None, other: Extra | None, joined: Extra | None
) -> None:
    """A ``name`` on a message must not keep two user turns apart: that would be a 400."""
    first = Message(role="user", content=(t("A"),), extra=one)
    second = Message(role="user", content=(t("B"),), extra=other)

    ready, _ = repair(first, second)

    assert ready.messages == (Message(role="user", content=(t("A"), t("B")), extra=joined),)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Pain 6: a bare 500 elsewhere.
        ([model(t("Hello!")), HI], [user(t("(continue)")), model(t("Hello!")), HI]),
        ([model(t("Hello!"))], [user(t("(continue)")), model(t("Hello!"))]),
        ([user(t(" ")), model(t("Hello!")), HI], [user(t("(continue)")), model(t("Hello!")), HI]),
        ([system(t("S")), model(t("Hello!"))], [user(t("(continue)")), model(t("Hello!"))]),
    ],
)
def test_model_began(before: list[Message], after: list[Message]) -> None:
    """MSG-03: history is kept, and a user's turn put before it."""
    ready, rules = repair(*before)

    assert ready.messages == tuple(after)
    assert rules[-1] == "user_turn_added"


def test_prefill_is_kept() -> None:
    """MSG-03: a trailing assistant turn is what the model shall go on with."""
    ready, rules = repair(HI, model(t("{")))

    assert (ready.messages, rules) == ((HI, model(t("{"))), [])


@pytest.mark.parametrize(
    ("name", "after", "rules"),
    [(CLAUDE, "Sure:", ["prefill_trimmed"]), (LLAMA, "Sure: \n", [])],
)
def test_prefill_is_trimmed(name: str, after: str, rules: list[str]) -> None:
    """MSG-07: Claude refuses a final turn that ends in white space."""
    ready, said = repair(HI, model(t("Sure: \n")), name=name)

    assert ready.messages[-1] == model(t(after))
    assert said == rules


def test_only_the_final_turn_is_trimmed() -> None:
    earlier = model(t("Sure: "))

    ready, rules = repair(HI, earlier, HI)

    assert (ready.messages, rules) == ((HI, earlier, HI), [])


@pytest.mark.parametrize(
    ("name", "messages", "stays"),
    [
        pytest.param(LATE_SYSTEM, (HI, system(t("S"))), True, id="last"),
        pytest.param(LATE_SYSTEM, (HI, system(t("S")), model(t("A")), HI), True, id="before-model"),
        pytest.param(LATE_SYSTEM, (HI, model(t("A")), system(t("S")), HI), False, id="after-model"),
        pytest.param(LATE_SYSTEM, (system(t("S")), HI), False, id="first"),
        pytest.param(LATE_SYSTEM, (HI, system(t("S")), HI), False, id="between-users"),
        pytest.param(CLAUDE, (HI, system(t("S"))), False, id="older-model"),
        pytest.param(LLAMA, (HI, system(t("S"))), False, id="other-vendor"),
    ],
)
def test_system_in_the_conversation(
    name: str, messages: tuple[Message, ...], *, stays: bool
) -> None:
    """MSG-01: stays where the model takes it there, after a user's turn; else joins the prompt."""
    ready, rules = repair(*messages, name=name, prompt=(t("P"),))

    assert ready.system == ((t("P"),) if stays else (t("P"), t("S")))
    assert any(message.role == "system" for message in ready.messages) is stays
    assert rules[:1] == ([] if stays else ["system_moved"])


def test_system_between_two_user_turns() -> None:
    """Where a system message is taken out, what it stood between joins."""
    ready, rules = repair(HI, system(t("S"), POINT), user(t("Go on")))

    assert ready.messages == (user(t("Hi"), t("Go on")),)
    assert ready.system == (t("S"), POINT)
    assert rules == ["system_moved", "merged_turns"]


def test_system_that_holds_a_picture() -> None:
    """MSG-05: what cannot be moved is refused, not dropped."""
    with pytest.raises(BadRequestError, match="A system message holds a block of type Image"):
        repair(HI, system(t("S"), PICTURE))


CITED = CitedText(content=(t("c"),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Pain 16: toolUse before text on replay is a 400.
        ([CALL, t("A")], [t("A"), CALL]),
        ([t("A"), CALL, t("B"), CITED], [t("A"), t("B"), CITED, CALL]),
        ([CALL, t("A"), POINT], [t("A"), CALL, POINT]),
        # What the service ran keeps its place, and what it led to stays behind it.
        ([SERVER, SERVED, t("A"), CALL], [SERVER, SERVED, t("A"), CALL]),
        ([SERVER, SERVED, CALL, t("A")], [SERVER, SERVED, t("A"), CALL]),
        ([t("A"), SERVER, SERVED, t("B")], [t("A"), SERVER, SERVED, t("B")]),
    ],
)
def test_text_before_calls(before: list[Block], after: list[Block]) -> None:
    """MSG-02: text after a client's call moves before it; nothing else moves."""
    calls = [block for block in after if block == CALL]

    ready, rules = repair(HI, model(*before), *[user(RESULT) for _ in calls])

    assert ready.messages[1] == model(*after)
    assert rules == ([] if before == after else ["text_moved"])


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (CLAUDE, (Reasoning(text="b", signature="s"), RedactedReasoning(data=b"x"), t("A"))),
        (
            LLAMA,
            (
                Reasoning(text="a"),
                Reasoning(text="b", signature="s"),
                RedactedReasoning(data=b"x"),
                t("A"),
            ),
        ),
    ],
)
def test_unsigned_reasoning(name: str, kept: tuple[Block, ...]) -> None:
    """THINK-08, pain 20: dropped for Claude, which refuses it; kept, in order, for others."""
    thoughts = (
        Reasoning(text="a"),
        Reasoning(text="b", signature="s"),
        RedactedReasoning(data=b"x"),
    )

    ready, rules = repair(HI, model(*thoughts, t("A")), HI, name=name)

    assert ready.messages[1].content == kept
    assert rules == (["unsigned_reasoning"] if name == CLAUDE else [])


def test_turn_that_was_only_unsigned_reasoning() -> None:
    ready, rules = repair(HI, model(Reasoning(text="a", signature="")), user(t("And?")))

    assert ready.messages == (user(t("Hi"), t("And?")),)
    assert rules == ["unsigned_reasoning", "blank_text", "merged_turns"]


def test_blocks_of_another_api() -> None:
    """MSG-06: left out and listed, each with its path; our own pass through."""
    said = user(t("Hi"), ALIEN, OWN)
    result = ToolResult(id="t1", content=(ALIEN,))
    asked = Request(
        model=CLAUDE,
        messages=(said, model(CALL), user(result)),
        system=(t("P"), ALIEN),
        tools=(F, ALIEN),
    )

    ready, changes = prepare(asked, strict=False)

    assert ready.messages[0] == user(t("Hi"), OWN)
    assert ready.messages[2] == user(ToolResult(id="t1", content=(t("(no output)"),)))
    assert (ready.system, ready.tools) == ((t("P"),), (F,))
    assert [change.detail for change in changes if change.rule == "foreign_block"] == [
        "messages[0].content[1] was left out: only openai_chat understands it",
        "messages[2].content[0].content[0] was left out: only openai_chat understands it",
        "system[1] was left out: only openai_chat understands it",
        "tools[1] was left out: only openai_chat understands it",
    ]
