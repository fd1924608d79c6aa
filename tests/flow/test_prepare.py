"""The repairs as a whole: their laws, and the order in which they say what they did."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcrop.codecs import converse
from outcrop.emulator.rules import check_rules
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.flow.prepare import prepare
from outcrop.types.content import CachePoint, Foreign, Image, Text, Url
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.responses import Adjustment
from outcrop.types.tools import NoChoice, Tool
from tests.flow.conversations import CLAUDE, LLAMA, MODELS, NOVA, problems, requests
from tests.recordings import Interaction, cases

HI = Message(role="user", content=(Text(text="Hi"),))
CLOSED = '{"type":"object","properties":{},"additionalProperties":false}'
F = Tool(name="f", description="Does f", input_schema=msgspec.Raw(b'{"type":"object"}'))


def is_claude_or_nova(model: str) -> bool:
    return "anthropic" in model or "nova" in model


def prepared_or_none(request: Request) -> tuple[Request, tuple[Adjustment, ...]] | None:
    """Return what is sent; None where nothing was said, and the caller is told so."""
    try:
        return prepare(request, strict=False)
    except BadRequestError as error:
        if error.message != "messages must contain at least one non-empty message":
            raise
        return None


@settings(max_examples=300)
@given(requests)
def test_prepared_is_acceptable(request: Request) -> None:
    """Whatever a caller sends, what leaves has none of the faults that Converse refuses."""
    done = prepared_or_none(request)

    if done is not None:
        found = problems(done[0], is_claude_or_nova=is_claude_or_nova(request.model))
        assert found == []


@settings(max_examples=200)
@given(requests)
def test_emulator_accepts_what_was_prepared(request: Request) -> None:
    """The second opinion: rules that were written apart from these repairs."""
    known = msgspec.structs.replace(request, model=CLAUDE)
    done = prepared_or_none(known)

    if done is not None:
        sent = converse.decode_request(converse.encode_request(done[0]), CLAUDE)
        check_rules(msgspec.structs.replace(sent, sampling=Sampling()), streamed=True)


@settings(max_examples=200)
@given(requests)
def test_prepared_once_is_prepared(request: Request) -> None:
    """What was repaired is left as it is, and nothing more is said about it."""
    done = prepared_or_none(request)

    if done is not None:
        again, changes = prepare(done[0], strict=False)
        told = converse.unsupported(done[0])
        assert again == done[0]
        assert changes == told


@settings(max_examples=200)
@given(requests)
def test_same_history_same_bytes(request: Request) -> None:
    """Caches and signed reasoning depend on it: no set's order, no counter, no chance."""
    copy = msgspec.structs.replace(
        request, messages=tuple(msgspec.structs.replace(each) for each in request.messages)
    )
    one, other = prepared_or_none(request), prepared_or_none(copy)

    assert one == other
    if one is not None and other is not None:
        assert converse.encode_request(one[0]) == converse.encode_request(other[0])


@settings(max_examples=300)
@given(requests)
def test_every_change_is_listed(request: Request) -> None:
    """Idea 5: where nothing is listed, what leaves says what was asked."""
    done = prepared_or_none(request)

    if done is not None and not done[1]:
        assert converse.encode_request(done[0]) == converse.encode_request(
            msgspec.structs.replace(
                request,
                reasoning=None,
                parallel_tool_calls=None,
                additional_model_request_fields=done[0].additional_model_request_fields,
                sampling=msgspec.structs.replace(request.sampling, top_k=None),
            )
        )


@settings(max_examples=100)
@given(requests)
def test_lists_no_content(request: Request) -> None:
    """An adjustment goes into headers and logs: the words of a prompt never do."""
    secret = Message(role="user", content=(Text(text="s3cret"), Text(text=" ")))
    told = msgspec.structs.replace(request, messages=(*request.messages, secret))

    _, changes = prepare(told, strict=False)

    assert "s3cret" not in repr(changes)


def was_accepted(recorded: Interaction) -> bool:
    return recorded.status == 200 and isinstance(recorded.request_body, dict)


@pytest.mark.parametrize("recorded", cases("converse", "converse_stream", where=was_accepted))
def test_leaves_alone_what_bedrock_accepted(recorded: Interaction) -> None:
    """A repair of what was no fault is a fault: recorded requests pass untouched.

    But for three that Bedrock accepted though its words say otherwise: two user turns in a row,
    and a text that is only a line's end.
    """
    asked = converse.decode_request(recorded.request.data, recorded.model_id or "m")

    ready, changes = prepare(asked, strict=False)

    repaired = {
        "98904caf94": ["merged_turns"],
        "775e7681e0": ["merged_turns"],
        "8c90466763": ["blank_text"],
        "c83c3869ed": ["blank_text"],
    }
    rules = [change.rule for change in changes]
    assert rules == repaired.get(recorded.id.rpartition("--")[2], [])
    assert (ready == asked) is not bool(rules)


@pytest.mark.parametrize("model", MODELS)
def test_plain_question_passes(model: str) -> None:
    asked = Request(
        model=model,
        messages=(HI,),
        system=(Text(text="Be brief."),),
        sampling=Sampling(max_tokens=5),
        tools=(F,),
    )

    assert prepare(asked, strict=True) == (asked, ())


@pytest.mark.parametrize(
    "change",
    [
        {"sampling": Sampling(seed=1)},
        {"sampling": Sampling(top_k=5)},
        {"reasoning": ReasoningOptions(effort="high")},
        {"parallel_tool_calls": False, "tools": (F,)},
        {"text_format": TextFormat(schema=CLOSED, strict=True), "model": CLAUDE},
        {
            "messages": (
                HI,
                Message(role="user", content=(Foreign(api="x", raw=msgspec.Raw(b"{}")),)),
            )
        },
        {"system": (Foreign(api="x", raw=msgspec.Raw(b"{}")),)},
    ],
)
def test_strict_refuses_what_would_be_lost(change: dict[str, object]) -> None:
    """CONF-17: with ``error``, what this model cannot be told is a 400, and says what."""
    asked = Request(**({"model": LLAMA, "messages": (HI,)} | change))  # type: ignore[arg-type]

    _, changes = prepare(asked, strict=False)
    with pytest.raises(
        UnsupportedError, match=f"what {asked.model} cannot be told here: "
    ) as caught:
        prepare(asked, strict=True)

    assert caught.value.message.endswith(changes[0].detail)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (CLAUDE, {"reasoning": ReasoningOptions(budget_tokens=2000)}),
        (CLAUDE, {"sampling": Sampling(top_k=5)}),
        (NOVA, {"reasoning": ReasoningOptions(effort="low")}),
        ("openai.gpt-oss-120b-1:0", {"reasoning": ReasoningOptions(effort="high")}),
        (LLAMA, {"tool_choice": NoChoice(), "tools": (F,)}),
        (LLAMA, {"parallel_tool_calls": True}),
    ],
)
def test_strict_accepts_what_can_be_told(model: str, change: dict[str, object]) -> None:
    """What Converse has no member for, but the model a way to take, is not lost."""
    asked = Request(**({"model": model, "messages": (HI,)} | change))  # type: ignore[arg-type]

    ready, _ = prepare(asked, strict=True)

    assert converse.unsupported(ready) == ()


def test_strict_refuses_what_a_model_refuses() -> None:
    """FALL-08: a temperature that would be dropped is lost as surely as an unknown parameter."""
    asked = Request(
        model="us.anthropic.claude-opus-4-7", messages=(HI,), sampling=Sampling(temperature=0.2)
    )

    with pytest.raises(UnsupportedError, match="temperature was left out: this model takes none"):
        prepare(asked, strict=True)


def test_paths_are_the_callers() -> None:
    """What is listed of the conversation is named as the caller wrote it, before any repair."""
    picture = Image(format="png", source=Url("https://example.com/a.png"))
    asked = Request(
        model=CLAUDE,
        messages=(
            Message(role="user", content=(Text(text=" "),)),
            Message(role="user", content=(Text(text="See"), picture)),
        ),
    )

    _, changes = prepare(asked, strict=False)

    assert changes[0].detail.startswith("messages[1].content[1].source cannot be sent")
    assert [change.rule for change in changes] == ["unsupported_source", "blank_text"]


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (Message(role="user", content=()),),
        (Message(role="user", content=(Text(text="\n "),)),),
        (Message(role="user", content=(CachePoint(),)),),
        (Message(role="system", content=(Text(text="Be brief."),)),),
        (Message(role="user", content=(Foreign(api="x", raw=msgspec.Raw(b"{}")),)),),
    ],
    ids=["none", "empty", "blank", "cache-point", "system-only", "foreign-only"],
)
def test_nothing_is_not_sent(messages: tuple[Message, ...]) -> None:
    """MSG-04: where nothing is left there is no call to pay for."""
    with pytest.raises(BadRequestError, match="at least one non-empty message"):
        prepare(Request(model=CLAUDE, messages=messages), strict=False)


@pytest.mark.parametrize(
    "asked",
    [
        Request(model="arn:aws:bedrock:us-east-1:123456789012:prompt/PROMPT12345:1"),
        Request(model="m", prompt_variables={"name": "x"}),
    ],
)
def test_prompts_bring_their_messages(asked: Request) -> None:
    """CONV-09: a prompt that is stored at Bedrock is called without a message."""
    assert prepare(asked, strict=True) == (asked, ())


@given(st.sampled_from(MODELS))
def test_model_is_never_changed(model: str) -> None:
    assert prepare(Request(model=model, messages=(HI,)), strict=False)[0].model == model
