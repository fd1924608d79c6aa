"""Values that each native form can say, for the laws.

Place in the house: tests of the native codecs.
"""

from typing import Any

import msgspec
from hypothesis import strategies as st

from outcrop.types import events
from outcrop.types.content import (
    S3,
    CachePoint,
    Document,
    Image,
    Inline,
    JsonValue,
    Plain,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
    Video,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, Request, Sampling, TextFormat
from outcrop.types.responses import Response, Stop
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool
from outcrop.types.usage import Usage
from tests.codecs.native.forms import FORMS

MODEL = "a-model"
PNG = b"\x89PNG\r\n\x1a\nabc"

# No letter of a mark that tells turns apart: a text that holds one is refused, and tested apart.
texts = st.text('abc äé漢\n"\\', min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
names = st.text("abcdefgh_", min_size=1, max_size=6)
arguments = st.sampled_from([b"{}", b'{"place":"Bonn"}', b'{"n":[1,{"x":null}]}']).map(msgspec.Raw)
counts = st.integers(0, 10_000)
guardrails = st.sampled_from((None, Guardrail(stream_mode="sync"), Guardrail(stream_mode="async")))

_SAMPLING: dict[str, Any] = {
    "max_tokens": st.integers(1, 9999),
    "temperature": st.floats(0, 1),
    "top_p": st.floats(0, 1),
    "top_k": st.integers(0, 500),
    "stop_sequences": st.lists(texts, min_size=1, max_size=2).map(tuple),
    "seed": st.integers(0, 99),
    "presence_penalty": st.floats(0, 1),
    "frequency_penalty": st.floats(0, 1),
}
_SAMPLE: dict[str, Any] = {"stop_sequences": ("x",), "temperature": 0.5, "top_p": 0.5}


def _speaks(api: str, name: str) -> bool:
    asked = Request(model=MODEL, sampling=Sampling(**{name: _SAMPLE.get(name, 1)}))
    return not FORMS[api].unsupported(asked)


def samplings(api: str) -> st.SearchStrategy[Sampling]:
    """Return what a form can say of how to choose the next token."""
    spoken = {name: values for name, values in _SAMPLING.items() if _speaks(api, name)}
    needed = {"max_tokens": spoken.pop("max_tokens")} if api == "claude_text" else {}
    return st.fixed_dictionaries(needed, optional=spoken).map(lambda given: Sampling(**given))


def extras(api: str) -> st.SearchStrategy[Extra | None]:
    """Return members that a form does not know."""
    members = st.fixed_dictionaries({"unheard_of": arguments}, optional={"x-new": arguments})
    return st.none() | members.map(lambda given: Extra(api, given))


def said(role: str, *texts_said: str) -> Message:
    """Return a turn of texts."""
    return Message(role=role, content=tuple(Text(text=text) for text in texts_said))


def _turns(api: str) -> st.SearchStrategy[tuple[Message, ...]]:
    assistant = texts.map(lambda text: said("assistant", text))
    user = texts.map(lambda text: said("user", text))
    return (
        st.lists(user | assistant, min_size=1, max_size=4)
        .filter(
            # Without a question, such a prompt is one of those that follow no template.
            lambda turns: any(turn.role == "user" for turn in turns)
        )
        .map(tuple)
    )


def _films(messages: tuple[Message, ...]) -> st.SearchStrategy[tuple[Message, ...]]:
    film = st.binary(max_size=4).map(Inline) | st.just(S3(uri="s3://a/b", bucket_owner="1"))
    last = messages[-1]
    with_film = film.map(lambda source: (*last.content, Video(format="", source=source)))
    return with_film.map(
        lambda content: (*messages[:-1], msgspec.structs.replace(last, content=content))
    )


@st.composite
def prompt_requests(draw: st.DrawFn, api: str) -> Request:
    """Draw a request that a form with a prompt can say."""
    messages = draw(_turns(api))
    fields: dict[str, Any] = {}
    if api == "pegasus":
        messages = draw(st.just(messages) | _films(messages))
        form = st.none() | names.map(lambda name: TextFormat(schema='{"type":"object"}', name=name))
        fields["text_format"] = draw(form)
    has_system = api != "mistral_prompt" and draw(st.booleans())
    return Request(
        model=MODEL,
        system=(Text(text=draw(texts)),) if has_system else (),
        messages=messages,
        sampling=draw(samplings(api)),
        guardrail=draw(guardrails),
        extra=draw(extras(api)),
        **fields,
    )


def _tool(name: str) -> Tool:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"place": {"type": "string", "description": "Where"}},
    }
    schema["required"] = ["place"]
    return Tool(name=name, description="d", input_schema=msgspec.Raw(msgspec.json.encode(schema)))


def _outputs(api: str) -> st.SearchStrategy[Any]:
    text = texts.map(lambda given: Text(text=given))
    value = arguments.map(lambda given: JsonValue(value=given))
    return text if api in {"mistral", "ai21_chat"} else text | value


@st.composite
def _rounds(draw: st.DrawFn, api: str) -> tuple[Message, ...]:
    """Draw turns: questions, calls with their results, and a question at last."""
    turns: list[Message] = []
    called = 0
    for _ in range(draw(st.integers(0, 2))):
        turns.append(said("user", draw(texts)))
        calls = draw(st.lists(st.tuples(names, arguments), min_size=1, max_size=2))
        ids = [f"call_{called + place}" for place in range(len(calls))]
        called += len(calls)
        asked = tuple(
            ToolUse(id=call_id, name=name, arguments=given)
            for call_id, (name, given) in zip(ids, calls, strict=True)
        )
        spoken = draw(st.sampled_from(((), (Text(text="Let me see."),))))
        turns.append(Message(role="assistant", content=(*spoken, *asked)))
        results = tuple(ToolResult(id=call_id, content=(draw(_outputs(api)),)) for call_id in ids)
        turns.append(Message(role="user", content=results))
        turns.append(said("assistant", draw(texts)))
    return (*turns, draw(_last_turns(api)))


def _last_turns(api: str) -> st.SearchStrategy[Message]:
    plain = texts.map(lambda text: said("user", text))
    picture = Image(format="png", source=Inline(PNG))
    film = Video(format="mp4", source=S3(uri="s3://a/b"))
    page = Document(name="a", source=Plain("b"))
    file = Document(name="a", format="pdf", source=Inline(b"%PDF"))
    thought = Reasoning(text="hm", signature="s")
    sealed = RedactedReasoning(data=b"x")
    held: dict[str, tuple[Any, ...]] = {
        "mistral": (picture,),
        "cohere_chat": (page,),
        "nova": (picture, film, file, thought, sealed),
    }
    blocks = held.get(api, ())
    if not blocks:
        return plain
    some = st.lists(st.sampled_from(blocks), min_size=1, max_size=2)
    if api == "nova":
        some = some.flatmap(lambda given: st.sampled_from([given, [*given, CachePoint(ttl="5m")]]))
    with_blocks = st.tuples(some, texts).map(lambda pair: (*pair[0], Text(text=pair[1])))
    return plain | with_blocks.map(lambda content: Message(role="user", content=content))


_CHOICES: dict[str, tuple[Any, ...]] = {
    "mistral": (None, AutoChoice(), AnyChoice(), NoChoice()),
    "ai21_chat": (None, AutoChoice(), AnyChoice(), NoChoice()),
    "nova": (None, AutoChoice(), AnyChoice(), NamedChoice(name="a")),
}


@st.composite
def chat_requests(draw: st.DrawFn, api: str) -> Request:
    """Draw a request that a form with messages can say."""
    tools = draw(st.lists(names, max_size=2, unique=True))
    choices = _CHOICES.get(api, (None,))
    return Request(
        model=MODEL,
        system=(Text(text=draw(texts)),) if draw(st.booleans()) else (),
        messages=draw(_rounds(api)),
        sampling=draw(samplings(api)),
        tools=tuple(_tool(name) for name in tools),
        tool_choice=draw(st.sampled_from(choices)) if tools else None,
        guardrail=draw(guardrails),
        extra=draw(extras(api)),
    )


STOPS: dict[str, tuple[Stop, ...]] = {
    "llama": (Stop(kind="stop", raw="stop"), Stop(kind="length", raw="length")),
    "titan": (Stop(kind="stop", raw="FINISH"), Stop(kind="content_filter", raw="CONTENT_FILTERED")),
    "claude_text": (
        Stop(kind="stop", raw="stop_sequence", sequence="\n\nHuman:"),
        Stop(kind="length", raw="max_tokens"),
    ),
    "cohere_generate": (Stop(kind="stop", raw="COMPLETE"), Stop(kind="length", raw="MAX_TOKENS")),
    "cohere_chat": (Stop(kind="stop", raw="COMPLETE"), Stop(kind="length", raw="MAX_TOKENS")),
    "ai21_j2": (Stop(kind="stop", raw="endoftext"), Stop(kind="length", raw="length")),
    "nova": (Stop(kind="stop", raw="end_turn"), Stop(kind="tool_calls", raw="tool_use")),
}
STOPS |= dict.fromkeys(
    ("llama_4", "mistral_prompt", "pegasus", "mistral", "ai21_chat"), STOPS["llama"]
)
NEW_STOP = Stop(kind="other", raw="a_word_of_tomorrow")


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Draw counts."""
    asked, answered = draw(counts), draw(counts)
    return Usage(input_tokens=asked, output_tokens=answered, total_tokens=asked + answered)


@st.composite
def responses(draw: st.DrawFn, api: str) -> Response:
    """Draw an answer that a form can give."""
    text = draw(st.just("") | texts)
    calls: list[ToolUse] = []
    if api in {"mistral", "ai21_chat", "cohere_chat", "nova"}:
        given = draw(st.lists(st.tuples(names, arguments), max_size=2))
        calls = [
            ToolUse(id=f"call_{place}", name=name, arguments=said_so)
            for place, (name, said_so) in enumerate(given)
        ]
    stop = draw(st.sampled_from((*STOPS[api], NEW_STOP)))
    if calls and api == "cohere_chat" and stop.raw == "COMPLETE":
        stop = Stop(kind="tool_calls", raw="COMPLETE")
    return Response(
        content=((Text(text=text),) if text else ()) + tuple(calls),
        stop=stop,
        usage=draw(usages()),
        latency_ms=draw(counts),
        latency=draw(st.sampled_from((None, "optimized"))),
        service_tier=draw(st.sampled_from((None, "flex"))),
        trace=draw(st.sampled_from((None, msgspec.Raw(b'{"guardrail":{}}')))),
        extra=draw(extras(api)),
    )


def stream_of(response: Response, size: int) -> list[events.Event]:
    """Return the events of an answer, its texts cut into pieces of `size`."""
    told: list[events.Event] = [events.MessageStarted(role=response.role)]
    for index, block in enumerate(response.content):
        if isinstance(block, Text):
            pieces = [block.text[at : at + size] for at in range(0, len(block.text), size)]
            told += [events.TextDelta(index=index, text=piece) for piece in pieces]
        elif isinstance(block, ToolUse):
            written = bytes(block.arguments).decode()
            told.append(events.ToolStarted(index=index, id=block.id, name=block.name))
            told.append(events.ToolDelta(index=index, arguments=written, id=block.id))
        told.append(events.BlockEnded(index=index))
    told.append(events.MessageEnded(stop=response.stop, extra=response.extra))
    told.append(
        events.Metadata(usage=response.usage, latency_ms=response.latency_ms, trace=response.trace)
    )
    return told
