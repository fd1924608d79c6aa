"""The conversation, as a Chat Completions service takes it.

Place in the house: OpenAI Chat codec, the client's half. What Chat has no form for is left out;
`unsupported` lists it before anything is sent.

Source: OpenAI API reference, "Create chat completion"; behaviour specification, MSG-01, TOOL-06,
THINK-08.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from outcrop.codecs.openai_chat.answer import Entry
from outcrop.codecs.openai_chat.extras import lay_over
from outcrop.codecs.openai_chat.upstream_blocks import is_detail
from outcrop.codecs.openai_chat.upstream_parts import encode_part
from outcrop.codecs.openai_chat.upstream_reply import encode_thoughts, encode_tool_call
from outcrop.types.content import CachePoint, Image, ToolResult, ToolUse
from outcrop.types.messages import Message
from outcrop.types.requests import Request

_PLAIN: Final = {"type", "text"}


def encode_messages(request: Request) -> list[Entry]:
    """Write the system prompt and the turns.

    Raises:
        UnsupportedError: A file stands where this API cannot fetch it.
    """
    system = _encode_said(request.system)
    first = [{"role": "system", "content": system}] if system else []
    return [*first, *(entry for turn in request.messages for entry in _encode_turn(turn))]


def _encode_turn(turn: Message) -> Iterator[Entry]:
    if turn.role == "assistant":
        yield _encode_assistant(turn)
        return
    # The results of calls are messages of their own, and come right after the calls.
    yield from (_encode_result(block) for block in turn.content if isinstance(block, ToolResult))
    said = [block for block in turn.content if not isinstance(block, ToolResult)]
    content = _encode_said(said)
    if content or len(said) == len(turn.content):
        yield lay_over({"role": turn.role, "content": content}, turn.extra)


def _encode_assistant(turn: Message) -> Entry:
    calls = [block for block in turn.content if _is_call(block)]
    thoughts = [block for block in turn.content if is_detail(block)]
    said = [block for block in turn.content if is_said(block)]
    message: Entry = {"role": "assistant"}
    message["content"] = _encode_said(said) if said or not calls else None
    message |= encode_thoughts(thoughts)
    message |= {"tool_calls": list(map(encode_tool_call, calls))} if calls else {}
    return lay_over(message, turn.extra)


def is_said(block: Any) -> bool:
    """Tell whether a block of an earlier answer is sent back among its parts."""
    return not (_is_call(block) or is_detail(block) or isinstance(block, Image))


def _is_call(block: Any) -> bool:
    return isinstance(block, ToolUse) and not block.by_server


def _encode_result(result: ToolResult) -> Entry:
    content = _encode_said(result.content)
    entry: Entry = {"role": "tool", "tool_call_id": result.id, "content": content}
    return lay_over(entry, result.extra)


def _encode_said(blocks: Iterable[Any]) -> str | list[Entry]:
    """Write parts; a single text as itself, since not every service takes a list of it."""
    parts = [part for part in map(encode_part, _spoken(blocks)) if part is not None]
    if not parts:
        return ""
    return parts[0]["text"] if len(parts) == 1 and parts[0].keys() == _PLAIN else parts


def _spoken(blocks: Iterable[Any]) -> Iterator[Any]:
    return (block for block in blocks if not isinstance(block, CachePoint))
