"""Bodies that are a list of messages, as Chat Completions has it: requests and answers.

Place in the house: the native codecs. What each form calls things is a `ChatForm`; the modules of
the forms make a `ChatCodec` of it. Streams stand in `chat_stream`.

Source: Amazon Bedrock User Guide, Mistral AI chat completion and AI21 Labs Jamba models; behaviour
specification, ROUTE-07.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from outcrop.codecs.native import sampling
from outcrop.codecs.native.beside import decode_headers, decode_rest, encode_body
from outcrop.codecs.native.calls import (
    decode_call,
    decode_choice,
    decode_tools,
    encode_call,
    encode_choice,
    encode_tools,
    result_text,
)
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
from outcrop.codecs.native.stops import decode_stop, encode_stop, is_intervened
from outcrop.codecs.native.texts import TEXTS, system_text, text_of
from outcrop.errors import BadRequestError, WireError
from outcrop.http import Headers
from outcrop.protocols.media import data_url, read_image
from outcrop.types.content import (
    Block,
    Foreign,
    Image,
    Inline,
    Text,
    ToolResult,
    ToolUse,
    Url,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Response, StopKind

CHOICES: Final = "choices"


class ChatForm(msgspec.Struct, frozen=True, kw_only=True):
    """What one form calls things."""

    api: str
    sampling: Names
    stop: str
    """The member of a choice that says why the model stopped."""
    words: Mapping[str, StopKind]
    """Stop words; the first of a kind is the one written."""
    piece: str
    """The member of a choice that holds what a chunk adds."""
    counts: Mapping[str, Path]
    """Counts in the body; empty where they stand in the headers alone."""
    total: Path = ()
    pictures: bool = False
    """Whether a turn of the user may hold pictures."""


def encode_request(form: ChatForm, request: Request) -> bytes:
    """Write the body of a request.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    named: dict[Path, Any] = {("messages",): list(_encode_messages(form, request))}
    named |= sampling.encode(request.sampling, form.sampling)
    named["tools",] = encode_tools(request.tools, form.api)
    named["tool_choice",] = encode_choice(request.tool_choice, form.api)
    return encode_body(form.api, named, request)


def _encode_messages(form: ChatForm, request: Request) -> Iterator[dict[str, Any]]:
    system = system_text(request.system)
    if system:
        yield {"role": "system", "content": system}
    for message in request.messages:
        results = [block for block in message.content if isinstance(block, ToolResult)]
        for result in results:
            yield _encode_result(form, result)
        if len(results) < len(message.content) or not results:
            yield _encode_message(form, message)


def _encode_result(form: ChatForm, result: ToolResult) -> dict[str, Any]:
    named: dict[Path, Any] = {
        ("role",): "tool",
        ("tool_call_id",): result.id,
        ("content",): result_text(result),
    }
    return tree(named, kept_by(form.api, result.extra))


def _encode_message(form: ChatForm, message: Message) -> dict[str, Any]:
    calls = [block for block in message.content if isinstance(block, ToolUse)]
    named: dict[Path, Any] = {
        ("role",): message.role,
        ("content",): _encode_content(form, message),
        ("tool_calls",): [encode_call(call, form.api) for call in calls] or None,
    }
    return tree(named, kept_by(form.api, message.extra))


def _encode_content(form: ChatForm, message: Message) -> Any:
    parts = [part for part in message.content if is_part(form, part)]
    plain = [part.text for part in parts if isinstance(part, Text) and part.extra is None]
    if parts and (len(parts) > 1 or not plain) and form.pictures:
        return [_encode_part(form, part) for part in parts]
    return text_of(message)


def is_part(form: ChatForm, block: Any) -> bool:
    """Tell whether a block can be a part of a message's content."""
    if isinstance(block, Image):
        return form.pictures and isinstance(block.source, Inline | Url)
    return isinstance(block, TEXTS) or (isinstance(block, Foreign) and block.api == form.api)


def _encode_part(form: ChatForm, part: Any) -> Any:
    if isinstance(part, Foreign):
        return part.raw
    kept = kept_by(form.api, part.extra)
    if isinstance(part, Image):
        return tree({("type",): "image_url", ("image_url", "url"): _address(part)}, kept)
    return tree({("type",): "text", ("text",): part.text}, kept)


def _address(image: Image) -> str:
    if isinstance(image.source, Inline):
        return data_url(f"image/{image.format}", image.source.data)
    assert isinstance(image.source, Url), "others are no parts of this wire"
    return image.source.url


def decode_request(form: ChatForm, body: bytes, model: str) -> Request:
    """Read the body of a request to `model`, which stood in the path.

    Raises:
        BadRequestError: The body is malformed; message and `param` name the place.
    """
    members = Members(body, BadRequestError)
    messages = [_decode_message(form, each) for each in members.take_list(("messages",))]
    if not messages:
        raise members.refuse("lacks the member messages")
    first = messages[0]
    taken = sampling.decode(members, form.sampling)
    tools, choice = decode_tools(members, form.api), decode_choice(members, form.api)
    guardrail, extra = decode_rest(form.api, members)
    leads = first.role == "system" and first.extra is None and len(first.content) == 1
    return Request(
        model=model,
        system=tuple(block for block in first.content if isinstance(block, Text)) if leads else (),
        messages=_join_results(messages[leads:]),
        sampling=taken,
        tools=tools,
        tool_choice=choice,
        guardrail=guardrail,
        extra=extra,
    )


def _decode_message(form: ChatForm, members: Members) -> Message:
    role = members.take(str, ("role",)) or ""
    if role == "tool":
        return Message(role="user", content=(_decode_result(form, members),))
    content = _decode_content(form, members)
    calls = tuple(decode_call(call, form.api) for call in members.take_list(("tool_calls",)))
    return Message(role=role, content=(*content, *calls), extra=keep(form.api, members.rest()))


def _decode_result(form: ChatForm, members: Members) -> ToolResult:
    content = _decode_content(form, members)
    return ToolResult(
        id=members.take(str, ("tool_call_id",)) or "",
        content=tuple(part for part in content if isinstance(part, Text)),
        extra=keep(form.api, members.rest()),
    )


def _decode_content(form: ChatForm, members: Members) -> tuple[Block, ...]:
    raw = members.peek("content")
    if bytes(raw)[:1] != b"[":
        text = members.take(str, ("content",))
        return (Text(text=text),) if text else ()
    raws = members.take(list[msgspec.Raw], ("content",)) or ()
    parts = members.each(("content",), raws)
    return tuple(_decode_part(form, part, raw) for part, raw in zip(parts, raws, strict=True))


def _decode_part(form: ChatForm, part: Members, raw: msgspec.Raw) -> Block:
    kind = part.take(str, ("type",))
    if kind == "text":
        text = part.take(str, ("text",)) or ""
        return Text(text=text, extra=keep(form.api, part.rest()))
    if kind == "image_url" and form.pictures:
        url = part.take(str, ("image_url", "url")) or ""
        image = read_image(url, "", "image_url.url")
        return msgspec.structs.replace(image, extra=keep(form.api, part.rest()))
    return Foreign(api=form.api, raw=raw.copy())


def _join_results(messages: list[Message]) -> tuple[Message, ...]:
    """Join results that follow each other: they answer one turn of the assistant."""
    joined: list[Message] = []
    for message in messages:
        if joined and _is_result(message) and _is_result(joined[-1]):
            content = (*joined[-1].content, *message.content)
            joined[-1] = msgspec.structs.replace(joined[-1], content=content)
        else:
            joined.append(message)
    return tuple(joined)


def _is_result(message: Message) -> bool:
    return bool(message.content) and isinstance(message.content[-1], ToolResult)


def decode_response(form: ChatForm, body: bytes, headers: Headers) -> Response:
    """Read the body of an answer; counts may stand in its headers.

    Raises:
        WireError: The body is malformed.
    """
    members = Members(body, WireError)
    choices = members.take_list((CHOICES,))
    if not choices:
        raise WireError("the answer has no choices")
    choice, *others = choices
    trace = members.take(msgspec.Raw, (TRACE,))
    total = members.take_count(form.total) if form.total else None
    counts = complete(take_counts(members, form.counts), headers)
    text = choice.take(str, ("message", "content"))
    calls = [decode_call(call, form.api) for call in choice.take_list(("message", "tool_calls"))]
    raw = choice.take(str, (form.stop,))
    role = choice.take(str, ("message", "role")) or "assistant"
    choice.drop(("index",), 0)
    rest = members.rest()
    if others:
        rest[CHOICES] = msgspec.Raw(msgspec.json.encode([other.rest() for other in others]))
    return Response(
        content=((Text(text=text),) if text else ()) + tuple(calls),
        stop=decode_stop(raw, form.words, intervened=is_intervened(members)),
        role=role,
        usage=usage_of(counts, total),
        trace=None if trace is None else trace.copy(),
        message_extra=keep(form.api, choice.rest()),
        extra=keep(form.api, rest),
        **decode_headers(headers),
    )


def encode_response(form: ChatForm, response: Response) -> bytes:
    """Write the body of an answer; what it used may stand in its headers alone.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    kept = kept_by(form.api, response.extra)
    others = msgspec.json.decode(kept.pop(CHOICES, b"[]"), type=list[msgspec.Raw])
    calls = [encode_call(call, form.api) for call in response.tool_calls]
    choice: dict[Path, Any] = {
        ("index",): 0,
        ("message", "role"): response.role,
        ("message", "content"): response.text,
        ("message", "tool_calls"): calls or None,
        (form.stop,): encode_stop(response.stop, form.words),
    }
    first = tree(choice, kept_by(form.api, response.message_extra))
    named: dict[Path, Any] = {(CHOICES,): [first, *others], (TRACE,): response.trace}
    named |= encode_counts(form, response)
    return write(named, kept)


def encode_counts(form: ChatForm, response: Response) -> dict[Path, Any]:
    """Write the counts that stand in the body."""
    counts = counts_of(response.usage)
    named: dict[Path, Any] = {path: counts.get(name) for name, path in form.counts.items()}
    if form.total and response.usage is not None:
        named[form.total] = response.usage.total_tokens
    return named
