"""Answers in a given form: which way is taken, and that callers see one kind of answer."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs import converse
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.flow.prepare import prepare
from outcrop.flow.structured import JSON_TOOL, RevealingReader, reveal
from outcrop.flow.wires import CONVERSE, Wire, invoke_wire
from outcrop.types import events as e
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import Document, Plain, Text, ToolResult, ToolUse
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, TextFormat
from outcrop.types.responses import Response, Stop
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool

HI = Message(role="user", content=(Text(text="Hi"),))
OPEN = '{"type":"object","properties":{"n":{"type":"integer"}}}'
SHUT = '{"type":"object","properties":{"n":{"type":"integer"}},"additionalProperties":false}'
FORM = TextFormat(schema=OPEN, name="N", description="A number")
ANY_JSON = TextFormat(type="json_object")
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
SONNET_55 = "us.anthropic.claude-sonnet-5-5"
NOVA = "us.amazon.nova-lite-v1:0"
F = Tool(name="f", description="f", input_schema=msgspec.Raw(b'{"type":"object"}'))
ASK = "Answer with one JSON object and nothing else, without words or Markdown around it."


def shaped(model: str, form: TextFormat = FORM, wire: Wire = CONVERSE, **more: Any) -> Any:
    """Return the prepared request, and what was told of the form."""
    given_values: dict[str, Any] = {"messages": (HI,), "text_format": form} | more
    asked = Request(model=model, **given_values)
    ready, changes = prepare(asked, wire, strict=False)
    return ready, [change.detail for change in changes if change.rule == "text_format"]


@pytest.mark.parametrize(
    "model", [SONNET, SONNET_55, "qwen.qwen3-32b-v1:0", "openai.gpt-oss-120b-1:0"]
)
def test_native(model: str) -> None:
    """A model that has structured output is told of the schema as such, and told it closed."""
    ready, told = shaped(model)

    assert ready.text_format == msgspec.structs.replace(FORM, schema=SHUT)
    assert ready.tools == ()
    assert told == ["the schema takes no additional properties"]


def test_keywords_that_have_to_go_are_named() -> None:
    schema = OPEN.replace('"integer"', '"integer","minimum":1')

    ready, told = shaped(SONNET, TextFormat(schema=schema))

    assert ready.text_format.schema == SHUT
    assert told == ["the schema takes no additional properties, and is not told minimum"]


def test_closed_schema_is_left_alone() -> None:
    form = TextFormat(schema=SHUT)

    assert shaped(SONNET, form) == (
        Request(model=SONNET, messages=(HI,), text_format=form),
        [],
    )


def test_citations_beside_a_schema() -> None:
    """AWS answers 400: Claude does one or the other (STRUCT-05)."""
    cited = Document(name="d", format="txt", source=Plain("x"), citations=True)
    plain = msgspec.structs.replace(cited, citations=None)

    with pytest.raises(UnsupportedError, match="cannot cite documents in an answer"):
        shaped(SONNET, messages=(Message(role="user", content=(Text(text="?"), cited)),))
    ready, _ = shaped(SONNET, messages=(Message(role="user", content=(Text(text="?"), plain)),))
    assert ready.text_format is not None


@pytest.mark.parametrize(
    ("model", "form"),
    [(NOVA, FORM), ("vendor.new-v1:0", FORM), (SONNET, ANY_JSON), (NOVA, ANY_JSON)],
)
def test_by_tool(model: str, form: TextFormat) -> None:
    """Else a tool that must be called stands for the answer (STRUCT-02, STRUCT-04)."""
    ready, told = shaped(model, form)

    (tool,) = ready.tools
    assert tool.name == "__json_response"
    assert bytes(tool.input_schema).decode() == (form.schema or '{"type":"object","properties":{}}')
    assert ready.tool_choice == NamedChoice(name="__json_response")
    assert ready.text_format is None
    assert told == ["the answer is asked for by the tool __json_response"]


@pytest.mark.parametrize(
    "schema",
    [
        '{"type":"object","additionalProperties":{"type":"integer"}}',
        '{"type":"object","properties":{"a":{"$ref":"#"}}}',
    ],
)
def test_schema_that_is_not_sayable_as_such(schema: str) -> None:
    """A map of any names has no closed form: the tool takes it, the grammar does not."""
    ready, _ = shaped(SONNET, TextFormat(schema=schema))

    assert [tool.name for tool in ready.tools] == [JSON_TOOL]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, AnyChoice()),
        (AutoChoice(), AnyChoice()),
        (AnyChoice(), AnyChoice()),
        (NamedChoice(name="f"), NamedChoice(name="f")),
        (NoChoice(), NamedChoice(name=JSON_TOOL)),
    ],
)
def test_other_tools_stay_usable(choice: Any, sent: Any) -> None:
    ready, _ = shaped(NOVA, tools=(F,), tool_choice=choice)

    assert [tool.name for tool in ready.tools] == ["f", JSON_TOOL]
    assert ready.tool_choice == sent


@pytest.mark.parametrize(
    ("model", "form", "more"),
    [
        (SONNET, ANY_JSON, {"reasoning": ReasoningOptions(budget_tokens=2000)}),
        (
            SONNET,
            ANY_JSON,
            {
                "additional_model_request_fields": msgspec.Raw(
                    b'{"thinking":{"type":"enabled","budget_tokens":2000}}'
                )
            },
        ),
        (SONNET_55, ANY_JSON, {}),
    ],
)
def test_by_words(model: str, form: TextFormat, more: Any) -> None:
    """A model that thinks cannot be forced: it is asked."""
    ready, told = shaped(model, form, **more)

    assert ready.system == (Text(text=ASK),)
    assert (ready.tools, ready.tool_choice, ready.text_format) == ((), None, None)
    assert told == ["the answer's form is asked for in words"]


def test_words_tell_the_schema() -> None:
    form = TextFormat(schema='{"type":"object"}')

    ready, _ = shaped(SONNET_55, form, system=(Text(text="Be kind."),))

    assert ready.system == (
        Text(text="Be kind."),
        Text(text=f'{ASK} It must match this JSON schema:\n{{"type":"object"}}'),
    )


def test_other_wires() -> None:
    """Claude's own Messages have the same two ways; OpenAI's have a word for every form."""
    claude, _ = shaped(SONNET, ANY_JSON, invoke_wire("anthropic"))
    openai, told = shaped("openai.gpt-oss-120b-1:0", ANY_JSON, invoke_wire("openai_chat"))

    assert [tool.name for tool in claude.tools] == [JSON_TOOL]
    assert (openai.text_format, openai.tools, told) == (ANY_JSON, (), [])


@pytest.mark.parametrize("schema", ["", "[]", "{", "null"])
def test_schema_that_is_none(schema: str) -> None:
    with pytest.raises(BadRequestError, match="the schema of text_format must be one JSON object"):
        shaped(NOVA, TextFormat(schema=schema))


@given(
    st.sampled_from([SONNET, SONNET_55, NOVA, "vendor.new-v1:0"]),
    st.sampled_from([FORM, ANY_JSON, TextFormat(schema='{"type":"object"}')]),
    st.sampled_from([None, AutoChoice(), AnyChoice(), NoChoice()]),
    st.booleans(),
)
def test_laws(model: str, form: TextFormat, choice: Any, with_tool: bool) -> None:  # noqa: FBT001
    """Once is enough, and what was asked for is never only left out."""
    tools = (F,) if with_tool else ()

    ready, told = shaped(model, form, tools=tools, tool_choice=choice)

    again, _ = prepare(ready, strict=False)
    assert again == ready
    assert len(told) == 1
    assert ready.text_format is None or "outputConfig" in converse.encode_request(ready).decode()


CALL = ToolUse(id="t1", name=JSON_TOOL, arguments=msgspec.Raw(b'{"n":1}'))
OTHER = ToolUse(id="t2", name="f", arguments=msgspec.Raw(b"{}"))
CUT = ToolUse(
    id="t1", name=JSON_TOOL, arguments=msgspec.Raw(b'"{\\"n\\""'), arguments_error="no object"
)
CALLED = Stop(kind="tool_calls", raw="tool_use")
STOPPED = Stop(kind="stop", raw="tool_use")
LENGTH = Stop(kind="length", raw="max_tokens")
N = Text(text='{"n":1}')


@pytest.mark.parametrize(
    ("content", "stop", "shown", "shown_stop"),
    [
        ((CALL,), CALLED, (N,), STOPPED),
        ((CALL, OTHER), CALLED, (N, OTHER), CALLED),
        ((OTHER,), CALLED, (OTHER,), CALLED),
        ((CUT,), LENGTH, (Text(text='{"n"'),), LENGTH),
        ((Text(text="No"),), Stop(kind="stop"), (Text(text="No"),), Stop(kind="stop")),
    ],
    ids=["call", "beside-another", "another", "cut", "words"],
)
def test_reveal(content: Any, stop: Stop, shown: Any, shown_stop: Stop) -> None:
    """The call was ours, and is nobody's to run."""
    answer = reveal(Response(content=content, stop=stop))

    assert answer == Response(content=shown, stop=shown_stop)


class Playing:
    """A reader whose events are given; the last comes at the end of the body."""

    def __init__(self, *events: e.Event) -> None:
        self._events = events

    def read(self, _data: bytes) -> Any:
        yield from self._events[:-1]

    def close(self) -> Any:
        yield self._events[-1]


def test_streamed() -> None:
    """The JSON arrives as text, piece by piece, and folds into what `reveal` gives (STRUCT-03)."""
    given_events: tuple[e.Event, ...] = (
        e.MessageStarted(),
        e.ToolStarted(index=0, id="t1", name=JSON_TOOL),
        e.ToolDelta(index=0, arguments="", id="t1"),
        e.ToolDelta(index=0, arguments='{"n"', id="t1"),
        e.ToolDelta(index=0, arguments=":1}", id="t1"),
        e.BlockEnded(index=0),
        e.MessageEnded(stop=CALLED),
    )
    reader = RevealingReader(Playing(*given_events))

    shown = [*reader.read(b""), *reader.close()]

    assert [event.type for event in shown] == ["start", "text", "text", "block_end", "finish"]
    plain, revealed = Accumulator(), Accumulator()
    for event in given_events:
        plain.add(event)
    for event in shown:
        revealed.add(event)
    assert revealed.response() == reveal(plain.response())
    assert revealed.response().text == '{"n":1}'


@pytest.mark.parametrize("names", [("f",), ("f", JSON_TOOL), (JSON_TOOL, "f")])
def test_streamed_beside_other_calls(names: tuple[str, ...]) -> None:
    """What remains to be called is still told as such."""
    calls = [
        event
        for index, name in enumerate(names)
        for event in (
            e.ToolStarted(index=index, id=f"t{index}", name=name),
            e.ToolDelta(index=index, arguments="{}", id=f"t{index}"),
            e.BlockEnded(index=index),
        )
    ]
    reader = RevealingReader(Playing(e.MessageStarted(), *calls, e.MessageEnded(stop=CALLED)))

    fold = Accumulator()
    for event in (*reader.read(b""), *reader.close()):
        fold.add(event)

    answer = fold.response()
    assert [call.name for call in answer.tool_calls] == ["f"]
    assert answer.text == ("{}" if JSON_TOOL in names else "")
    assert answer.stop == CALLED


def test_history_has_no_trace() -> None:
    """An answer goes back as text: the tool is declared for the one turn only."""
    turns = (HI, Message(role="assistant", content=(N,)), HI)

    ready, _ = shaped(NOVA, messages=turns)

    assert ready.messages == turns
    assert not any(isinstance(b, ToolUse | ToolResult) for turn in turns for b in turn.content)
