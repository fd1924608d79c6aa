"""Canonical values that the Responses API has words for, drawn by Hypothesis.

Place in the house: tests only.
"""

from typing import Any

import msgspec
from hypothesis import strategies as st

from outcrop.codecs.openai_responses import API
from outcrop.types import content as c
from outcrop.types import events as ev
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
thoughts = st.builds(c.Reasoning, text=texts | st.just(""), signature=maybe(texts), extra=extras)
results = st.builds(c.ToolResult, id=words, content=tuples(said | pictures, least=1), extra=extras)
asked = st.builds(
    Message,
    role=st.just("user"),
    content=tuples(said | pictures | files, least=1),
    extra=extras,
)
foreign = st.builds(
    c.Foreign, api=st.just(API), raw=st.just(msgspec.Raw(b'{"type":"zz_call","id":"z"}'))
)
answers = tuples(st.one_of(said, calls, thoughts, foreign), least=1, most=4)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Message, ...]:
    """An answer with calls, and the turn of their results."""
    answer = Message(role="assistant", content=draw(answers))
    called = [block for block in answer.content if isinstance(block, c.ToolUse)]
    found = tuple(msgspec.structs.replace(draw(results), id=call.id) for call in called)
    following = (Message(role="user", content=found),) if found else ()
    return (answer, *following, draw(asked))


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
    reasoning=maybe(
        st.builds(ReasoningOptions, effort=efforts, display=st.sampled_from([None, "summarized"]))
    ),
    text_format=maybe(forms),
    service_tier=st.sampled_from([None, "default", "flex", "priority", "reserved"]),
    request_metadata=maybe(st.dictionaries(words, words, min_size=1, max_size=2)),
    extra=extras,
)

usages = st.builds(
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
    counts,
)
sealed = st.builds(c.RedactedReasoning, data=st.binary(min_size=1, max_size=4))


def stop_for(content: tuple[c.Block, ...], stop: Stop) -> Stop:
    """Return a reason that this wire can tell of such an answer."""
    if stop.kind == "stop" and any(isinstance(block, c.ToolUse) for block in content):
        return Stop(kind="tool_calls", raw="completed")
    return stop


stops = st.sampled_from(
    [
        Stop(kind="stop", raw="completed"),
        Stop(kind="length", raw="max_output_tokens"),
        Stop(kind="content_filter", raw="content_filter"),
    ]
)
responses = st.builds(
    lambda content, stop, **rest: Response(content=content, stop=stop_for(content, stop), **rest),
    content=tuples(st.one_of(said, calls, thoughts, sealed, foreign), most=4),
    stop=stops,
    usage=maybe(usages),
    service_tier=st.sampled_from([None, "default", "flex", "priority"]),
    extra=extras,
)


def events_of(response: Response, data: st.DataObject) -> list[ev.Event]:
    """Cut an answer into the events that a service could have streamed it in."""
    found: list[ev.Event] = [ev.MessageStarted()]
    for index, block in enumerate(response.content):
        found += _deltas(block, index, data)
        found.append(ev.BlockEnded(index=index))
    found.append(ev.MessageEnded(stop=response.stop, extra=response.extra))
    if response.usage is not None or response.service_tier is not None:
        found.append(ev.Metadata(usage=response.usage, service_tier=response.service_tier))
    return found


def _deltas(block: Any, index: int, data: st.DataObject) -> list[ev.Event]:
    match block:
        case c.Text():
            return [ev.TextDelta(index=index, text=piece) for piece in _cut(block.text, data)]
        case c.Reasoning():
            told: list[ev.Event] = [
                ev.ReasoningDelta(index=index, text=piece) for piece in _cut(block.text, data)
            ]
            signature = block.signature
            signed = (
                [] if signature is None else [ev.SignatureDelta(index=index, signature=signature)]
            )
            return [*told, *signed]
        case c.RedactedReasoning():
            return [ev.RedactedDelta(index=index, data=block.data)]
        case c.ToolUse():
            text = bytes(block.arguments).decode()
            start = ev.ToolStarted(
                index=index, id=block.id, name=block.name, start_extra=block.extra
            )
            return [
                start,
                *(ev.ToolDelta(index=index, arguments=piece) for piece in _cut(text, data)),
            ]
        case _:
            return [ev.ForeignDelta(index=index, delta=block)]


def _cut(text: str, data: st.DataObject) -> list[str]:
    place = data.draw(st.integers(0, len(text)))
    return [text[:place], text[place:]]
