"""The conversation of a request: its instructions and items, both ways.

Place in the house: OpenAI Responses codec. Items in a row that one side said become one message.

Source: OpenAI API reference, "Create a model response"; behaviour specification, RESP-01, MSG-01,
TOOL-06.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from outcrop.codecs.openai_responses import wire
from outcrop.codecs.openai_responses.extras import lay_over, make_extra
from outcrop.codecs.openai_responses.items import (
    begins_item,
    beside,
    decode_said,
    encode_call,
    encode_foreign,
    encode_output_text,
    encode_thought,
    item_members,
    read_item,
)
from outcrop.codecs.openai_responses.parts import Entry, decode_content, encode_input_part
from outcrop.errors import BadRequestError
from outcrop.protocols.refusal import refused
from outcrop.types.content import (
    Block,
    CachePoint,
    CitedText,
    Foreign,
    Reasoning,
    SystemBlock,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request

_SYSTEM: Final = ("system", "developer")
_ROLES: Final = ("user", "assistant", *_SYSTEM)
_RESULT: Final = "function_call_output"
_STRING: Final = ord('"')

_texts: Final = msgspec.json.Decoder(str)
_lists: Final = msgspec.json.Decoder(list[msgspec.Raw])


def decode_conversation(
    instructions: str | None, given: msgspec.Raw | None
) -> tuple[tuple[SystemBlock, ...], tuple[Message, ...]]:
    """Read the system prompt and the turns.

    Raises:
        BadRequestError: The input is malformed; `param` names the item at fault.
    """
    reader = _Conversation(instructions)
    for position, raw in enumerate(_items(given)):
        reader.take(raw, f"input[{position}]")
    return tuple(reader.system), tuple(reader.turns())


def _items(given: msgspec.Raw | None) -> list[msgspec.Raw]:
    if given is None:
        raise refused("input is required", "input")
    try:
        if memoryview(given)[0] == _STRING:
            text = msgspec.json.encode(_texts.decode(given))
            return [msgspec.Raw(b'{"role":"user","content":' + text + b"}")]
        return _lists.decode(given)
    except msgspec.DecodeError:
        raise refused("input must be a text or a list of items", "input") from None


class _Conversation:
    """Takes the items one by one."""

    def __init__(self, instructions: str | None) -> None:
        self.system: list[SystemBlock] = [Text(text=instructions)] if instructions else []
        self._turns: list[tuple[str, list[Block], Any]] = []

    def turns(self) -> Iterator[Message]:
        return (
            Message(role=role, content=tuple(blocks), extra=extra)
            for role, blocks, extra in self._turns
        )

    def take(self, raw: msgspec.Raw, path: str) -> None:
        item = read_item(raw, path, BadRequestError)
        if item.type == _RESULT:
            self._add("user", (self._result(item, path),), joins=True)
        elif item.type in {None, "message"}:
            self._take_message(item, raw, path)
        else:
            self._add("assistant", decode_said(item, raw, path, BadRequestError), joins=True)

    def _take_message(self, item: wire.Item, raw: msgspec.Raw, path: str) -> None:
        if item.role not in _ROLES:
            raise refused(f"unsupported message role: {item.role}", f"{path}.role")
        if item.role == "assistant":
            self._add("assistant", decode_said(item, raw, path, BadRequestError), joins=True)
            return
        content = wire.given(item.content)
        if content is None:
            raise refused(f"{path}.content is required", f"{path}.content")
        blocks = decode_content(content, f"{path}.content", BadRequestError)
        if item.role == "user":
            self._add("user", blocks, extra=make_extra(beside(item)))
        elif self._turns:
            self._add("system", blocks, extra=make_extra(beside(item)))
        else:
            self.system += _system_texts(blocks, path)

    def _result(self, item: wire.Item, path: str) -> ToolResult:
        if not item.call_id:
            raise refused(f"{path}.call_id is required", f"{path}.call_id")
        output = wire.given(item.output)
        content = (
            () if output is None else decode_content(output, f"{path}.output", BadRequestError)
        )
        return ToolResult(id=item.call_id, content=content, extra=make_extra(beside(item)))

    def _add(
        self, role: str, blocks: Iterable[Block], *, joins: bool = False, extra: Any = None
    ) -> None:
        """Add blocks to the turn under way, if they join it; else begin another."""
        if joins and self._turns and self._turns[-1][0] == role and _joins(role, self._turns[-1]):
            self._turns[-1][1].extend(blocks)
        else:
            self._turns.append((role, list(blocks), extra))


def _joins(role: str, turn: tuple[str, list[Block], Any]) -> bool:
    return role == "assistant" or all(isinstance(block, ToolResult) for block in turn[1])


def _system_texts(blocks: tuple[Any, ...], path: str) -> list[SystemBlock]:
    if not all(isinstance(block, Text) for block in blocks):
        raise refused(f"{path}: system messages take text only", f"{path}.content")
    return list(blocks)


def encode_conversation(request: Request) -> Iterator[tuple[str, Any]]:
    """Yield the members that hold the system prompt and the turns.

    Raises:
        UnsupportedError: A file stands where this API cannot fetch it.
    """
    system = [block for block in request.system if isinstance(block, Text)]
    first = system[:1] if system and system[0].extra is None else []
    if first:
        yield "instructions", first[0].text
    rest = [_system_item(block) for block in request.system[len(first) :] if _is_text(block)]
    turns = [entry for turn in request.messages for entry in _encode_turn(turn)]
    yield "input", [*rest, *turns]


def _is_text(block: Any) -> bool:
    return encode_input_part(block) is not None


def _system_item(block: Any) -> Entry:
    return {"role": "system", "content": [encode_input_part(block)]}


def _encode_turn(turn: Message) -> Iterator[Entry]:
    if turn.role == "assistant":
        yield from _encode_said(turn.content)
        return
    # The results of calls are items of their own, and come right after the calls.
    yield from (_encode_result(block) for block in turn.content if isinstance(block, ToolResult))
    said = [block for block in turn.content if not isinstance(block, ToolResult)]
    if said or not turn.content:
        yield lay_over({"role": turn.role, "content": _encode_content(said)}, turn.extra)


def _encode_content(blocks: Iterable[Any]) -> str | list[Entry]:
    """Write parts; a single text as itself. A mark to cache up to here stands on its part."""
    parts: list[Entry] = []
    for block in blocks:
        if isinstance(block, CachePoint):
            if parts:
                parts[-1]["prompt_cache_breakpoint"] = lay_over({"mode": "explicit"}, block.extra)
            continue
        part = encode_input_part(block)
        parts += [] if part is None else [part]
    if len(parts) == 1 and parts[0].keys() == _PLAIN:
        text: str = parts[0]["text"]
        return text
    return parts


_PLAIN: Final = {"type", "text"}


def _encode_result(result: ToolResult) -> Entry:
    entry: Entry = {
        "type": _RESULT,
        "call_id": result.id,
        "output": _encode_content(result.content),
    }
    return lay_over(entry, result.extra)


def _encode_said(blocks: tuple[Block, ...]) -> Iterator[Entry]:
    """Write what the model said, item by item; texts in a row are parts of one message."""
    message: Entry | None = None
    for block in blocks:
        if isinstance(block, Text | CitedText):
            if message is None or begins_item(block):
                yield from () if message is None else (message,)
                message = _new_message(block)
            message["content"].append(encode_output_text(block))
            continue
        entry = _encode_item(block)
        if entry is not None:
            yield from () if message is None else (message,)
            message = None
            yield entry
    if message is not None:
        yield message


def _new_message(block: Text | CitedText) -> Entry:
    message: Entry = {"type": "message", "role": "assistant", "status": "completed", "content": []}
    return lay_over(message, item_members(block))


def _encode_item(block: Block) -> Entry | None:
    if isinstance(block, ToolUse):
        return None if block.by_server else encode_call(block)
    if isinstance(block, Reasoning):
        return encode_thought(block, native=True)
    return encode_foreign(block) if isinstance(block, Foreign) else None
