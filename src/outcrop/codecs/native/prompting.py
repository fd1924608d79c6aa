"""Bodies that are one prompt and a few numbers: requests and answers.

Place in the house: the native codecs. What each form calls things is a `PromptForm`; the modules
of the forms make a `PromptCodec` of it. Streams stand in `prompt_stream`.

The conversation is written as the family's own prompt (`template`) and read back from it, or from
one of the prompts that clients write instead (`others`); its first turn is marked with the number
of that one. A prompt that follows no template is one turn of the user, marked as ``bare``. So
whatever was read is written as it was.

Source: behaviour specification, ROUTE-07; recordings of InvokeModel.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.native import sampling
from outcrop.codecs.native.beside import decode_headers, decode_rest, encode_body
from outcrop.codecs.native.counts import (
    TRACE,
    complete,
    counts_of,
    take_counts,
    usage_of,
)
from outcrop.codecs.native.members import (
    Members,
    Path,
    keep,
    kept_by,
    tree,
    write,
)
from outcrop.codecs.native.sampling import Names
from outcrop.codecs.native.stops import ACTION, decode_stop, encode_stop, is_intervened
from outcrop.codecs.native.template import Template, Turn
from outcrop.codecs.native.texts import system_text, text_of
from outcrop.errors import BadRequestError, UnsupportedError, WireError
from outcrop.http import Headers
from outcrop.types.content import Block, Text
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Response, Stop, StopKind

BARE: Final = "bare"
"""Marks a turn that is the whole prompt."""
OTHER: Final = "template"
"""Marks the first turn of a prompt of another template, by its number."""

Known: TypeAlias = dict[Path, Any]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Where one answer says what."""

    text: Path
    stop: Path
    sequence: Path = ()
    """The stop sequence that matched; empty where the form does not tell."""
    counts: Mapping[str, Path] = MappingProxyType({})
    """Counts that stand beside the text."""


class More(msgspec.Struct, frozen=True, kw_only=True):
    """What a form takes beside a prompt and numbers."""

    encode: Callable[[Request], Known]
    decode: Callable[[Members], tuple[tuple[Block, ...], dict[str, Any]]]
    """Returns further blocks of the turn, and further fields of the request."""
    blocks: tuple[type, ...]
    """Kinds of blocks that it can say."""
    says: Callable[[Any], bool]
    """Tells of a block, or of a field, whether it can be said."""
    fields: tuple[str, ...] = ()
    """Fields of the request that it can say."""


class PromptForm(msgspec.Struct, frozen=True, kw_only=True):
    """What one form calls things."""

    api: str
    prompt: Path = ("prompt",)
    template: Template
    others: tuple[Template, ...] = ()
    """What clients write instead: read, and written only where it was read."""
    sampling: Names
    needs: Mapping[Path, Any] = MappingProxyType({})
    """What the model refuses to go without, and is told where nobody says it."""
    more: More | None = None
    stream_flag: bool = False
    """Whether the body of a request says that its answer shall be streamed."""
    answers: str = ""
    """The list that holds the answers; empty where there is just one, at the top."""
    answer: Answer
    counts: Mapping[str, Path] = MappingProxyType({})
    """Counts that stand at the top."""
    words: Mapping[str, StopKind]
    """Stop words; the first of a kind is the one written."""
    chunk: Answer | None = None
    """Where a chunk of a stream says what, unless as an answer does."""
    chunk_counts: Mapping[str, Path] = MappingProxyType({})
    constants: Mapping[str, Any] = MappingProxyType({})
    """What every chunk says."""
    ends: Mapping[str, Any] = MappingProxyType({})
    """What the last chunk says instead."""
    last: str = ""
    """A member that only the last chunk has, or that is true only there."""
    ends_silently: bool = False
    """Whether the last chunk has no text."""
    index: str = ""
    """The member that numbers the answers of one stream; empty where there is just one."""


def encode_request(form: PromptForm, request: Request, *, stream: bool) -> bytes:
    """Write the body of a request.

    Raises:
        UnsupportedError: A text holds the marks that tell turns apart.
        BadRequestError: A text cannot be written as JSON.
    """
    named: Known = {form.prompt: _prompt(form, request)}
    named |= {**form.needs, **sampling.encode(request.sampling, form.sampling)}
    if form.more is not None:
        named |= form.more.encode(request)
    if form.stream_flag and stream:
        request = msgspec.structs.replace(request, extra=_streaming(form.api, request.extra))
    return encode_body(form.api, named, request)


def _streaming(api: str, extra: Extra | None) -> Extra:
    return Extra(api, kept_by(api, extra) | {"stream": msgspec.Raw(b"true")})


def _prompt(form: PromptForm, request: Request) -> str:
    bare = _bare(form, request)
    if bare is not None:
        return bare
    template = _template(form, request)
    turns = _turns(template, request)
    prompt = template.render(turns)
    # A text that holds a mark would speak in another's name.
    if turns and template.parse(prompt) != tuple(turns):
        raise UnsupportedError(
            "a text holds the marks by which this model's prompt tells turns apart",
            hint="use the Converse API, or take the marks out of the text",
        )
    return prompt


def _bare(form: PromptForm, request: Request) -> str | None:
    if request.system or len(request.messages) != 1:
        return None
    message = request.messages[0]
    return text_of(message) if BARE in kept_by(form.api, message.extra) else None


def _template(form: PromptForm, request: Request) -> Template:
    first = request.messages[0].extra if request.messages else None
    number = kept_by(form.api, first).get(OTHER)
    if number is None:
        return form.template
    return form.others[msgspec.json.decode(number, type=int)]


def _turns(template: Template, request: Request) -> list[Turn]:
    system = system_text(request.system)
    turns = [Turn("system", system)] if system else []
    for message in request.messages:
        text = text_of(message)
        if text:
            turns.append(Turn(_role(template, message.role), text))
    return turns if "system" in template.turns else _fold_system(turns)


def _role(template: Template, role: str) -> str:
    # Where the system prompt has no mark of its own, it can stand only before all others.
    marked = role in template.turns and template.turns[role][0]
    return role if marked else "user"


def moved(form: PromptForm, request: Request) -> Iterator[Adjustment]:
    """List what stands elsewhere in the prompt than in the conversation."""
    template = _template(form, request)
    if system_text(request.system) and "system" not in template.turns:
        detail = f"the system prompt opens the first turn: {form.api} has no place for it"
        yield Adjustment(rule="system_moved", detail=detail)
    for number, message in enumerate(request.messages):
        if message.role != _role(template, message.role):
            detail = f"messages[{number}] became a turn of the user: {form.api} knows no other"
            yield Adjustment(rule="system_moved", detail=detail)


def _fold_system(turns: list[Turn]) -> list[Turn]:
    if not turns or turns[0].role != "system":
        return turns
    system, *others = turns
    if others and others[0].role == "user":
        return [Turn("user", f"{system.text}\n\n{others[0].text}"), *others[1:]]
    return [Turn("user", system.text), *others]


def decode_request(form: PromptForm, body: bytes, model: str) -> Request:
    """Read the body of a request to `model`, which stood in the path.

    Raises:
        BadRequestError: The body is malformed; message and `param` name the place.
    """
    members = Members(body, BadRequestError)
    prompt = members.take(str, form.prompt)
    if prompt is None:
        raise members.refuse(f"lacks the member {'.'.join(form.prompt)}")
    taken = sampling.decode(members, form.sampling)
    blocks, fields = form.more.decode(members) if form.more is not None else ((), {})
    system, messages = _conversation(form, prompt, blocks)
    guardrail, extra = decode_rest(form.api, members)
    return Request(
        model=model,
        system=system,
        messages=messages,
        sampling=taken,
        guardrail=guardrail,
        extra=extra,
        **fields,
    )


def _conversation(
    form: PromptForm, prompt: str, blocks: tuple[Block, ...]
) -> tuple[tuple[Text, ...], tuple[Message, ...]]:
    system, messages = _parse(form, prompt)
    if blocks:
        last = messages.pop()
        messages.append(msgspec.structs.replace(last, content=(*last.content, *blocks)))
    return system, tuple(messages)


def _parse(form: PromptForm, prompt: str) -> tuple[tuple[Text, ...], list[Message]]:
    for number, template in enumerate((form.template, *form.others), start=-1):
        turns = template.parse(prompt) or ()
        leads = bool(turns) and turns[0].role == "system"
        said = [Message(role=turn.role, content=(Text(text=turn.text),)) for turn in turns[leads:]]
        if said:
            mark = {} if number < 0 else {OTHER: msgspec.Raw(b"%d" % number)}
            said[0] = msgspec.structs.replace(said[0], extra=keep(form.api, mark))
            return (Text(text=turns[0].text),) if leads else (), said
    extra = keep(form.api, {BARE: msgspec.Raw(b"true")})
    return (), [Message(role="user", content=(Text(text=prompt),), extra=extra)]


def decode_response(form: PromptForm, body: bytes, headers: Headers) -> Response:
    """Read the body of an answer; counts may stand in its headers.

    Raises:
        WireError: The body is malformed.
    """
    members = Members(body, WireError)
    listed = members.take_list((form.answers,)) if form.answers else (members,)
    if not listed:
        raise WireError(f"the answer has no {form.answers}")
    trace = members.take(msgspec.Raw, (TRACE,))
    counts = take_counts(members, form.counts)
    read = read_answer(form.answer, listed[0])
    counts |= read.counts
    kept = listed[0].rest() if form.answers else {}
    others = [other.rest() for other in listed[1:]]
    rest = members.rest()
    if others:
        rest[form.answers] = msgspec.Raw(msgspec.json.encode(others))
    return Response(
        content=(Text(text=read.text),) if read.text else (),
        stop=stop_of(form, read, intervened=is_intervened(members)),
        usage=usage_of(complete(counts, headers)),
        trace=None if trace is None else trace.copy(),
        message_extra=keep(form.api, kept),
        extra=keep(form.api, rest),
        **decode_headers(headers),
    )


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer or chunk said."""

    text: str | None
    stop: str | None
    sequence: str | None
    counts: dict[str, int | None]


def read_answer(answer: Answer, members: Members) -> Read:
    """Take what an answer or a chunk says."""
    return Read(
        text=members.take(str, answer.text),
        stop=members.take(str, answer.stop),
        sequence=members.take(str, answer.sequence) if answer.sequence else None,
        counts=take_counts(members, answer.counts),
    )


def stop_of(form: PromptForm, read: Read, *, intervened: bool) -> Stop:
    """Return why the model stopped."""
    return decode_stop(read.stop, form.words, intervened=intervened, sequence=read.sequence)


def encode_response(form: PromptForm, response: Response) -> bytes:
    """Write the body of an answer; what it used goes into its headers too.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    kept = kept_by(form.api, response.extra)
    counts = counts_of(response.usage)
    answer = write_answer(form, form.answer, response.text, response.stop, kept)
    answer |= {path: counts.get(name) for name, path in form.answer.counts.items()}
    named: Known = {path: counts.get(name) for name, path in form.counts.items()}
    named[TRACE,] = response.trace
    if not form.answers:
        return write(answer | named, kept)
    first = tree(answer, kept_by(form.api, response.message_extra))
    named[form.answers,] = [first, *others_of(form, kept)]
    return write(named, kept)


def others_of(form: PromptForm, kept: dict[str, msgspec.Raw]) -> list[msgspec.Raw]:
    """Take from `kept` the answers beside the first."""
    raw = kept.pop(form.answers, None)
    return [] if raw is None else msgspec.json.decode(raw, type=list[msgspec.Raw])


def write_answer(
    form: PromptForm, answer: Answer, text: str, stop: Stop, kept: Mapping[str, msgspec.Raw]
) -> Known:
    """Write what an answer or the last chunk says."""
    # A guardrail that blocks says no stop word.
    silent = not stop.raw and stop.kind == "content_filter" and ACTION in kept
    named: Known = {
        answer.text: text,
        answer.stop: None if silent else encode_stop(stop, form.words),
    }
    if answer.sequence:
        named[answer.sequence] = stop.sequence
    return named
