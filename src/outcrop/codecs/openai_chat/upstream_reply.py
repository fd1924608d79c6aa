"""A whole answer of a Chat Completions service, read and written without loss.

Place in the house: OpenAI Chat codec, the client's half. The gateway answers its clients by
`response`, which says more; this writes what Bedrock itself would, for the emulator.

The envelope (``id``, ``object``, ``created``, ``model``) is not part of the canonical answer: it
is given again when one is written.

Source: OpenAI API reference, "The chat completion object"; recordings of bedrock-mantle;
behaviour specification, ROUTE-07, THINK-07, THINK-08.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from outcrop.codecs.openai_chat import upstream_wire as wire
from outcrop.codecs.openai_chat.answer import Entry, encode_call
from outcrop.codecs.openai_chat.extras import decode_extra, lay_over, make_extra, members_of
from outcrop.codecs.openai_chat.inline_reasoning import InlineReasoning
from outcrop.codecs.openai_chat.parts import API
from outcrop.codecs.openai_chat.upstream_blocks import (
    REFUSAL,
    decode_call,
    decode_citation,
    decode_part,
    decode_stop,
    decode_thoughts,
    encode_citation,
    encode_details,
    encode_stop,
    is_detail,
    plain_thought,
)
from outcrop.codecs.openai_chat.upstream_parts import encode_part
from outcrop.codecs.openai_chat.upstream_usage import (
    decode_usage,
    encode_usage,
    latency_of_headers,
    usage_of_headers,
    usage_of_metrics,
)
from outcrop.errors import WireError
from outcrop.http import Headers
from outcrop.protocols.lossless import Reader, encode, encode_plain
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import Block, CitedText, Reasoning, Text, ToolUse
from outcrop.types.json import Extra
from outcrop.types.responses import Response

_NULL: Final = msgspec.Raw(b"null")
_FIRST: Final = "choices[0]."
LOGPROBS: Final = "choices[0].logprobs"


def decode_response(body: bytes, headers: Headers = ()) -> Response:
    """Read the body of an answer, with the token counts that InvokeModel puts into headers.

    Raises:
        WireError: The body is malformed, or reports an error under a status of success.
    """
    return _COMPLETIONS.read(body, headers)


def encode_completion(
    response: Response, *, model: str, response_id: str, created: int = 0
) -> bytes:
    """Write the body of an answer as Bedrock does.

    Args:
        response: The answer. Blocks that Chat has no form for are left out.
        model: Who answered.
        response_id: ``chatcmpl-...``.
        created: Seconds since 1970.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    members = members_of(response.extra)
    above = {name: raw for name, raw in members.items() if not name.startswith("choices[")}
    others = [
        raw for name, raw in members.items() if name.startswith("choices[") and "." not in name
    ]
    completion: Entry = {
        "id": response_id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [_encode_choice(response), *others],
        "usage": encode_usage(response.usage),
        "service_tier": response.service_tier,
    }
    given = {name: value for name, value in completion.items() if value is not None}
    return encode_plain(lay_over(given, Extra(API, above)))


def _convert(completion: wire.Completion, headers: Headers) -> Response:
    choices = completion.choices or ()
    if not choices and wire.given(completion.error) is not None:
        raise WireError("the service answered with an error under a status of success")
    choice = choices[0] if choices else _NO_CHOICE
    message = choice.message or _NO_MESSAGE
    metrics = completion.metrics
    counted = decode_usage(completion.usage) or usage_of_headers(headers)
    return Response(
        content=tuple(decode_content(message)),
        stop=decode_stop(choice.finish_reason, refused=bool(message.refusal)),
        role=message.role or "assistant",
        usage=counted or (usage_of_metrics(metrics) if metrics else None),
        latency_ms=metrics.invocation_latency if metrics else latency_of_headers(headers),
        service_tier=completion.service_tier,
        message_extra=make_extra(dict(present(message.surplus))),
        metrics_extra=decode_extra(metrics.surplus) if metrics else None,
        extra=make_extra(dict(_surplus(completion))),
    )


_NO_CHOICE: Final = wire.Choice()
_NO_MESSAGE: Final = wire.Message()
_COMPLETIONS: Final = Reader(wire.Completion, _convert, WireError)


def _surplus(completion: wire.Completion) -> Iterator[tuple[str, msgspec.Raw]]:
    yield from present(completion.surplus)
    choices = completion.choices or ()
    for choice in choices[:1]:
        yield from choice_surplus(choice)
        logprobs = wire.given(choice.logprobs)
        if logprobs is not None:
            yield LOGPROBS, logprobs
    for place, choice in enumerate(choices[1:], start=1):
        yield f"choices[{place}]", msgspec.Raw(encode(choice))


def choice_surplus(choice: wire.Choice) -> Iterator[tuple[str, msgspec.Raw]]:
    """Yield what stands beside the members of the first choice that are named."""
    return ((_FIRST + name, raw) for name, raw in present(choice.surplus))


def present(surplus: Surplus | None) -> Iterator[tuple[str, msgspec.Raw]]:
    """Yield what stands beside the named members, but for nulls.

    Services spell out what they do not have: ``"audio": null`` is nothing to send back.
    """
    members = surplus.members if surplus is not None else {}
    return ((name, raw) for name, raw in members.items() if raw != _NULL)


def decode_content(message: wire.Message) -> Iterator[Block]:
    """Yield what the model thought, said and called, in this order."""
    yield from decode_thoughts(message)
    annotations = tuple(map(decode_citation, message.annotations or ()))
    for block in _said(message):
        if annotations and isinstance(block, Text):
            yield CitedText(content=(block,), citations=annotations)
            annotations = ()
        else:
            yield block
    if annotations:
        yield CitedText(citations=annotations)
    for position, call in enumerate(message.tool_calls or ()):
        yield decode_call(call, position)


def _said(message: wire.Message) -> Iterator[Block]:
    if isinstance(message.content, str):
        splitter = InlineReasoning()
        for thought, text in (*splitter.feed(message.content), *splitter.close()):
            yield Reasoning(text=text) if thought else Text(text=text)
    else:
        yield from map(decode_part, message.content or ())
    if message.refusal:
        yield Text(text=message.refusal)


def _encode_choice(response: Response) -> Entry:
    calls = [block for block in response.content if _is_call(block)]
    choice: Entry = {
        "index": 0,
        "message": _encode_message(response),
        "finish_reason": encode_stop(response.stop, calls=bool(calls)),
    }
    members = members_of(response.extra)
    own = {name[len(_FIRST) :]: raw for name, raw in members.items() if name.startswith(_FIRST)}
    return lay_over(choice, Extra(API, own))


def _encode_message(response: Response) -> Entry:
    message: Entry = {"role": response.role}
    said = [block for block in response.content if not _is_call(block) and not is_detail(block)]
    last = said[-1] if said else None
    if response.stop.raw == REFUSAL and isinstance(last, Text):
        message["refusal"] = last.text
        said = said[:-1]
    calls = list(filter(_is_call, response.content))
    message["content"] = _encode_said(said) if said or not (calls or "refusal" in message) else None
    citations = [
        entry
        for block in said
        if isinstance(block, CitedText)
        for entry in map(encode_citation, block.citations or ())
        if entry is not None
    ]
    message |= {"annotations": citations} if citations else {}
    message |= encode_thoughts(list(filter(is_detail, response.content)))
    message |= {"tool_calls": list(map(encode_tool_call, calls))} if calls else {}
    return lay_over(message, response.message_extra)


def _encode_said(blocks: Iterable[Block]) -> str | list[Entry]:
    parts = [part for part in map(encode_part, blocks) if part is not None]
    if all(part.keys() == _PLAIN for part in parts):
        return "".join(part["text"] for part in parts)
    return parts


_PLAIN: Final = {"type", "text"}


def encode_thoughts(blocks: list[Block]) -> Entry:
    """Write what was thought: as text, where that says all, else as details."""
    thought = plain_thought(blocks)
    if thought is not None:
        return {"reasoning": thought}
    details = encode_details(blocks)
    return {"reasoning_details": details} if details else {}


def _is_call(block: Any) -> bool:
    return isinstance(block, ToolUse) and not block.by_server


def encode_tool_call(call: Any) -> Entry:
    """Write a call with what stood beside it."""
    entry = encode_call(call)
    if call.type is not None:
        entry["type"] = call.type
    if not call.name:
        del entry["function"]
    return lay_over(entry, call.extra)
