"""Canonical values that Chat has words for, drawn by Hypothesis.

Place in the house: tests only.
"""

from typing import Any

import msgspec
from hypothesis import strategies as st

from outcrop.codecs.openai_chat import API
from outcrop.types import content as c
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, Sampling, TextFormat
from outcrop.types.responses import Response, Stop
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool
from outcrop.types.usage import Usage

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
words = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=5)
counts = st.integers(0, 2**31 - 1)
objects = st.dictionaries(words, st.integers(0, 9) | texts | st.none(), max_size=2)


def raw(values: st.SearchStrategy[Any]) -> st.SearchStrategy[msgspec.Raw]:
    return values.map(lambda value: msgspec.Raw(msgspec.json.encode(value)))


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def tuples(values: st.SearchStrategy[Any], least: int = 0, most: int = 2) -> Any:
    return st.lists(values, min_size=least, max_size=most).map(tuple)


# Names that no API has, rarely: most values take the fast way.
extras = st.one_of(
    *[st.none()] * 3,
    st.dictionaries(
        st.sampled_from(["zz_one", "zz_two"]), raw(objects), min_size=1, max_size=2
    ).map(lambda members: Extra(API, members)),
)

said = st.builds(c.Text, text=texts, extra=extras)
pictures = st.builds(
    c.Image,
    format=st.just("png"),
    source=st.binary(max_size=4).map(lambda data: c.Inline(b"\x89PNG\r\n\x1a\n" + data)),
    extra=extras,
) | st.builds(c.Image, format=st.just(""), source=st.just(c.Url("https://a.test/b")))
sounds = st.builds(
    c.Audio, format=st.just("wav"), source=st.binary(max_size=4).map(c.Inline), extra=extras
)
files = st.builds(
    c.Document,
    name=words.map(lambda name: f"{name}.pdf"),
    format=st.just("pdf"),
    source=st.binary(max_size=4).map(c.Inline),
    extra=extras,
)
calls = st.builds(
    c.ToolUse, id=words, name=words, arguments=raw(objects), type=st.none(), extra=extras
)
signed = st.builds(c.Reasoning, text=texts, signature=texts, extra=extras) | st.builds(
    c.RedactedReasoning, data=st.binary(min_size=1, max_size=4), extra=extras
)
thoughts = st.one_of(
    st.just(()), st.builds(c.Reasoning, text=texts).map(lambda one: (one,)), tuples(signed, least=1)
)
results = st.builds(c.ToolResult, id=words, content=tuples(said | pictures, least=1), extra=extras)
asked = st.builds(
    Message,
    role=st.just("user"),
    content=tuples(said | pictures | sounds | files, least=1),
    extra=extras,
)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Message, ...]:
    """An answer with calls, and the turn of their results, in the order of the calls."""
    called = draw(st.lists(calls, max_size=2, unique_by=lambda call: call.id))
    content = (*draw(thoughts), *draw(tuples(said, least=0 if called else 1)), *called)
    answer = Message(role="assistant", content=content, extra=draw(extras))
    found = tuple(msgspec.structs.replace(draw(results), id=call.id) for call in called)
    return (answer, Message(role="user", content=found)) if found else (answer,)


conversations = st.builds(
    lambda first, rest: (first, *(turn for turns in rest for turn in turns)),
    asked,
    st.lists(answered(), max_size=2),
)
tools = st.builds(
    Tool,
    name=words,
    input_schema=raw(objects),
    description=maybe(texts),
    strict=maybe(st.booleans()),
    extra=extras,
)


@st.composite
def toolboxes(draw: st.DrawFn) -> dict[str, Any]:
    given = draw(tuples(tools))
    if not given:
        return {}
    named = NamedChoice(name=given[0].name)
    choices = st.sampled_from([None, AutoChoice(), AnyChoice(), NoChoice(), named])
    return {
        "tools": given,
        "tool_choice": draw(choices),
        "parallel_tool_calls": draw(maybe(st.booleans())),
    }


samplings = st.builds(
    Sampling,
    max_tokens=maybe(st.integers(1, 2**31 - 1)),
    temperature=maybe(st.floats(0, 1)),
    top_p=maybe(st.floats(0, 1)),
    stop_sequences=tuples(texts),
    seed=maybe(counts),
    presence_penalty=maybe(st.floats(-2, 2)),
    frequency_penalty=maybe(st.floats(-2, 2)),
    logit_bias=maybe(raw(st.just({"5": 1}))),
    logprobs=maybe(st.booleans()),
    top_logprobs=maybe(st.integers(0, 20)),
)
forms = st.just(TextFormat(type="json_object")) | st.builds(
    TextFormat,
    schema=objects.map(lambda value: msgspec.json.encode(value).decode()),
    name=words,
    description=maybe(texts),
    strict=maybe(st.booleans()),
)
efforts = st.sampled_from(["none", "minimal", "low", "medium", "high", "xhigh", "max"])
requests = st.builds(
    lambda toolbox, **rest: Request(model="m", **toolbox, **rest),
    toolbox=toolboxes(),
    messages=conversations,
    system=tuples(said),
    sampling=samplings,
    reasoning=maybe(st.builds(ReasoningOptions, effort=efforts)),
    text_format=maybe(forms),
    service_tier=st.sampled_from([None, "default", "flex", "priority", "reserved"]),
    request_metadata=maybe(st.dictionaries(words, words, min_size=1, max_size=2)),
    extra=extras,
)

stops = st.sampled_from(
    [
        Stop(kind="stop", raw="stop"),
        Stop(kind="length", raw="length"),
        Stop(kind="tool_calls", raw="tool_calls"),
        Stop(kind="content_filter", raw="content_filter"),
        Stop(kind="other", raw="zz_new"),
    ]
)
plain_usages = st.builds(
    lambda plain, read, written, out, thought: Usage(
        input_tokens=plain,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=out,
        total_tokens=plain + read + written + out,
        reasoning_tokens=thought,
    ),
    counts,
    counts,
    counts,
    counts,
    maybe(counts),
)


@st.composite
def contents(draw: st.DrawFn) -> tuple[c.Block, ...]:
    called = draw(st.lists(calls, max_size=2, unique_by=lambda call: call.id))
    text = draw(st.lists(texts.filter(lambda text: "<" not in text), max_size=1))
    return (*draw(thoughts), *(c.Text(text=one) for one in text), *called)


responses = st.builds(
    Response,
    content=contents(),
    stop=stops,
    usage=maybe(plain_usages),
    service_tier=maybe(words),
    message_extra=extras,
    extra=extras,
)
