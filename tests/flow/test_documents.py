"""Repairs of attached documents: names that Converse takes, and words that go with them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs import converse
from outcrop.emulator.rules import check_rules
from outcrop.flow.prepare import prepare
from outcrop.flow.wires import CONVERSE, Wire, invoke_wire
from outcrop.types.content import Block, Document, Inline, Text, ToolResult, ToolUse
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment
from outcrop.types.tools import Tool
from tests.flow.conversations import CLAUDE, LLAMA

READ = Text(text="Read")
CALL = ToolUse(id="t1", name="f", arguments=msgspec.Raw(b"{}"))
F = Tool(name="f", description="f", input_schema=msgspec.Raw(b'{"type":"object"}'))


def document(name: str) -> Document:
    return Document(name=name, format="txt", source=Inline(b"x"))


def repair(
    *contents: tuple[Block, ...], model: str = CLAUDE, wire: Wire = CONVERSE
) -> tuple[Request, tuple[Adjustment, ...]]:
    """Repair turns of the user and the model, in turn."""
    messages = tuple(
        Message(role="assistant" if place % 2 else "user", content=content)
        for place, content in enumerate(contents)
    )
    return prepare(Request(model=model, messages=messages, tools=(F,)), wire, strict=False)


def names_of(request: Request) -> list[str]:
    return [
        part.name
        for message in request.messages
        for block in message.content
        for part in (block.content if isinstance(block, ToolResult) else (block,))
        if isinstance(part, Document)
    ]


@pytest.mark.parametrize(
    ("given_names", "sent"),
    [
        (["report"], ["report"]),
        (["a_b-(c) [1]"], ["a_b-(c) [1]"]),
        (["report.pdf"], ["report-pdf"]),
        (["a  b--c"], ["a b-c"]),
        ([" .a. "], ["a"]),
        (["Straße.pdf"], ["Stra-e-pdf"]),
        (["x" * 250], ["x" * 200]),
        (["", "日本語"], ["document-1", "document-2"]),
        (["a", "a", "a.", "a-2"], ["a", "a-2", "a-3", "a-2-2"]),
        (["x" * 200, "x" * 200], ["x" * 200, "x" * 198 + "-2"]),
    ],
)
def test_names(given_names: list[str], sent: list[str]) -> None:
    """AWS answers 400 to other characters, and to a name that stands twice (DOC-02)."""
    ready, changes = repair((READ, *map(document, given_names)))

    rules = [change.rule for change in changes]
    assert names_of(ready) == sent
    assert rules == ([] if sent == given_names else ["document_renamed"])


def test_names_are_unique_in_the_conversation() -> None:
    """The result of a tool may attach a file too, and an earlier turn may have its name."""
    result = ToolResult(id="t1", content=(document("a"),))

    ready, changes = repair((READ, document("a")), (CALL,), (result, READ, document("a")))

    assert names_of(ready) == ["a", "a-2", "a-3"]
    assert changes == (
        Adjustment(
            rule="document_renamed",
            detail="document 2, 3 of the conversation had no legal name of its own",
        ),
    )


def test_longer_history_changes_no_earlier_name() -> None:
    """Caches depend on it: what was sent once is sent again."""
    short, _ = repair((READ, document("a."), document("")))
    longer, _ = repair((READ, document("a."), document("")), (READ,), (READ, document("a")))

    assert names_of(longer)[:2] == names_of(short) == ["a", "document-2"]


@given(st.lists(st.text(alphabet=" -_ab.ü\n2", max_size=6), min_size=1, max_size=6))
def test_emulator_accepts_every_name(given_names: list[str]) -> None:
    """The second opinion, and the law of every repair: once is enough."""
    ready, _ = repair((READ, *map(document, given_names)))

    again, changes = prepare(ready, strict=False)
    sent = converse.decode_request(converse.encode_request(ready), CLAUDE)
    check_rules(sent, streamed=False)
    assert len(set(names_of(ready))) == len(given_names)
    assert (again, changes) == (ready, ())


def test_words_go_with_a_document() -> None:
    """AWS answers 400 to a turn that is a document and nothing else (DOC-03)."""
    ready, changes = repair((document("a"),))

    assert ready.messages[0].content == (
        document("a"),
        Text(text="Please read the attached document."),
    )
    assert [change.rule for change in changes] == ["document_introduced"]


def test_words_beside_a_result() -> None:
    """Llama takes no words beside results: adding some would only move them into the result."""
    result = ToolResult(id="t1", content=(Text(text="42"),))
    turns: tuple[tuple[Block, ...], ...] = ((READ,), (CALL,), (result, document("a")))

    claude, _ = repair(*turns)
    llama, changes = repair(*turns, model=LLAMA)

    assert len(claude.messages[2].content) == 3
    assert llama.messages[2].content == (result, document("a"))
    assert changes == ()


def test_other_wires_keep_names() -> None:
    """The rules are Converse's own: Claude's Messages take any title, and a document alone."""
    ready, changes = repair((document("report.pdf"),), wire=invoke_wire("anthropic"))

    assert ready.messages[0].content == (document("report.pdf"),)
    assert changes == ()
