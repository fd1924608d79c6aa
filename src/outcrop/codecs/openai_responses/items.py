"""The items of a conversation: messages, calls, their results, and thoughts, both ways.

Place in the house: OpenAI Responses codec. An item is not a turn: what the model says in one go is
several items. They become the blocks of one message; members of a message item stand in `extra` of
its first text, under their path ``item.id``.

Source: OpenAI API reference, "Create a model response", "The response object"; recordings of
bedrock-mantle; behaviour specification, RESP-01, RESP-05, THINK-08.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.openai_responses import wire
from outcrop.codecs.openai_responses.extras import (
    API,
    lay_over,
    make_extra,
    members_of,
)
from outcrop.codecs.openai_responses.parts import (
    Entry,
    Raised,
    decode_content,
    encode_citation,
    read_within,
)
from outcrop.codecs.openai_responses.sealed import seal, unseal
from outcrop.errors import BadRequestError, WireError
from outcrop.protocols.lossless import Reader
from outcrop.protocols.refusal import refused
from outcrop.types.accumulate import fold_arguments
from outcrop.types.content import (
    Block,
    CitedText,
    Foreign,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolUse,
)
from outcrop.types.json import EMPTY_OBJECT, Extra, is_object

BETWEEN_SUMMARIES: Final = "\n\n"
"""What stands between the parts of a summary, told as one text."""

_OF_ITEM: Final = "item."
_COMPLETED: Final = msgspec.Raw(b'"completed"')
_EMPTY_LIST: Final = msgspec.Raw(b"[]")

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_item(raw: msgspec.Raw, path: str, raised: Raised) -> wire.Item:
    """Read one item.

    Raises:
        OutcropError: It is malformed; of the class given.
    """
    item: wire.Item = read_within(_ITEMS[raised], raw, path)
    return item


def _as_read(item: wire.Item, _context: None) -> wire.Item:
    return item


_ITEMS: Final[Mapping[Any, Reader[wire.Item, None, wire.Item]]] = MappingProxyType(
    {raised: Reader(wire.Item, _as_read, raised) for raised in (BadRequestError, WireError)}
)


def decode_said(item: wire.Item, raw: msgspec.Raw, path: str, raised: Raised) -> tuple[Block, ...]:
    """Read what the model said: a message, a call, a thought; anything else is kept whole.

    Raises:
        OutcropError: It is malformed; of the class given.
    """
    decode = _DECODERS.get(item.type or "message")
    if decode is None:
        return (Foreign(api=API, raw=raw.copy()),)
    return decode(item, path, raised)


def _decode_message(item: wire.Item, path: str, raised: Raised) -> tuple[Block, ...]:
    content = wire.given(item.content)
    blocks = () if content is None else decode_content(content, f"{path}.content", raised)
    kept = {_OF_ITEM + name: raw for name, raw in beside(item, but=_COMPLETED).items()}
    return _with_members(blocks, kept) if kept else blocks


def beside(item: wire.Item, *, but: msgspec.Raw | None = None) -> dict[str, msgspec.Raw]:
    """Return what an item says besides what its blocks say, without a status of `but`."""
    members = dict(item.surplus.members) if item.surplus is not None else {}
    for name in ("id", "status", "phase"):
        raw = wire.given(getattr(item, name))
        if raw is not None and (name != "status" or raw != but):
            members[name] = raw
    return members


def _with_members(blocks: tuple[Any, ...], kept: dict[str, msgspec.Raw]) -> tuple[Block, ...]:
    if not blocks:
        return (Text(text="", extra=make_extra(kept)),)
    first = blocks[0]
    if isinstance(first, Foreign):
        return (Text(text="", extra=make_extra(kept)), *blocks)
    extra = make_extra(kept | members_of(first.extra))
    return (msgspec.structs.replace(first, extra=extra), *blocks[1:])


def _decode_call(item: wire.Item, path: str, raised: Raised) -> tuple[Block, ...]:
    if raised is BadRequestError:
        arguments, error = _sent_arguments(item.arguments or "", path), None
    else:
        arguments, error = fold_arguments(item.arguments or "")
    call = ToolUse(
        id=_required(item.call_id, f"{path}.call_id", raised),
        name=_required(item.name, f"{path}.name", raised),
        arguments=arguments.copy(),
        arguments_error=error,
        extra=make_extra(beside(item, but=_COMPLETED)),
    )
    return (call,)


def _sent_arguments(text: str, path: str) -> msgspec.Raw:
    data = text.strip().encode()
    if data and not is_object(data):
        place = f"{path}.arguments"
        raise refused(f"{place} must be one JSON object", place)
    return msgspec.Raw(data) if data else EMPTY_OBJECT


def _required(value: str | None, path: str, raised: Raised) -> str:
    if value:
        return value
    raise (
        refused(f"{path} is required", path)
        if raised is BadRequestError
        else WireError(f"{path} is missing")
    )


def _decode_thought(item: wire.Item, path: str, raised: Raised) -> tuple[Block, ...]:
    extra = _thought_extra(item)
    sealed = None if item.encrypted_content is None else unseal(item.encrypted_content)
    if sealed is not None:
        return (msgspec.structs.replace(sealed, extra=extra),)
    content = wire.given(item.content)
    thought = () if content is None else decode_content(content, f"{path}.content", raised)
    text = BETWEEN_SUMMARIES.join(_words(item.summary or ())) or "".join(map(_word, thought))
    return (Reasoning(text=text, signature=item.encrypted_content, extra=extra),)


def _words(parts: tuple[wire.Part, ...]) -> Iterator[str]:
    return (part.text or "" for part in parts)


class _Thought(msgspec.Struct):
    text: str | None = None


_thoughts: Final = msgspec.json.Decoder(_Thought)


def _word(block: Any) -> str:
    said = _thoughts.decode(block.raw).text if isinstance(block, Foreign) else block.text
    return said or ""


# A summary of several parts, and a thought told whole, have forms of their own.
def _thought_extra(item: wire.Item) -> Extra | None:
    members = beside(item)
    content = wire.given(item.content)
    if content is not None and content != _EMPTY_LIST:
        members["content"] = content
    if len(item.summary or ()) > 1 or "content" in members:
        summary = list(map(_summary, item.summary or ()))
        members["summary"] = msgspec.Raw(msgspec.json.encode(summary))
    return make_extra(members)


def _summary(part: wire.Part) -> Entry:
    return {"type": part.type, "text": part.text or ""}


_Decoder = Callable[[wire.Item, str, Raised], tuple[Block, ...]]

_DECODERS: Final[Mapping[str, _Decoder]] = MappingProxyType(
    {"message": _decode_message, "function_call": _decode_call, "reasoning": _decode_thought}
)


def encode_call(call: ToolUse) -> Entry:
    """Write a call."""
    entry = {
        "type": "function_call",
        "call_id": call.id,
        "name": call.name,
        "arguments": arguments_text(call),
    }
    return lay_over(entry, call.extra)


def arguments_text(call: ToolUse) -> str:
    """Return the arguments as the model wrote them, even where they are no JSON."""
    text = bytes(call.arguments).decode()
    return text if call.arguments_error is None else msgspec.json.decode(text, type=str)


def encode_thought(block: Reasoning | RedactedReasoning, *, native: bool) -> Entry:
    """Write a thought; what only its provider can check or read goes along.

    Args:
        block: The thought.
        native: Whether its proof is for the model behind this API, which wants it as it is.
    """
    said = block.text if isinstance(block, Reasoning) else ""
    summary = [{"type": "summary_text", "text": said}] if said else []
    entry: Entry = {"type": "reasoning", "summary": summary}
    proof = proof_of(block, native=native)
    return lay_over(entry | ({} if proof is None else {"encrypted_content": proof}), block.extra)


def proof_of(block: Reasoning | RedactedReasoning, *, native: bool) -> str | None:
    """Return the ``encrypted_content`` of a thought: OpenAI's own, or the block sealed."""
    if isinstance(block, RedactedReasoning):
        return seal(block)
    if block.signature is None:
        return None
    return block.signature if native or is_own(block.extra) else seal(block)


def is_own(extra: Extra | None) -> bool:
    """Tell whether this API said it."""
    return extra is not None and extra.api == API


def begins_item(block: Any) -> bool:
    """Tell whether a text was the first of a message item."""
    return any(name.startswith(_OF_ITEM) for name in members_of(block.extra))


def item_members(block: Any) -> Extra | None:
    """Return what stood beside the members of the message item that `block` began."""
    members = members_of(block.extra)
    return make_extra(
        {name[len(_OF_ITEM) :]: raw for name, raw in members.items() if name.startswith(_OF_ITEM)}
    )


def encode_output_text(block: Text | CitedText) -> Entry:
    """Write a text of the model's."""
    citations = block.citations or () if isinstance(block, CitedText) else ()
    length = len(block.text)
    annotations = [encode_citation(citation, 0, length) for citation in citations]
    inner = (block.content or (block,))[0] if isinstance(block, CitedText) else block
    own = {
        name: raw
        for name, raw in (members_of(block.extra) | members_of(inner.extra)).items()
        if not name.startswith(_OF_ITEM)
    }
    part: Entry = {
        "type": "output_text",
        "text": block.text,
        "annotations": [each for each in annotations if each is not None],
    }
    return lay_over(part, make_extra(own))


def encode_foreign(block: Foreign) -> Entry | None:
    """Write an item of a kind that is not known here; None where another API wrote it."""
    return dict(_members.decode(block.raw)) if block.api == API else None
