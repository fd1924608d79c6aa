"""Repairs of who says what when: turns alternate, begin with the user, and none is empty.

Place in the house: flow. Part of `flow.prepare`; each function is one repair, from canonical
request to canonical request.

Source: behaviour specification, MSG-01 to MSG-04, MSG-06, MSG-07, THINK-08.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import eq, is_
from typing import Any, Final

import msgspec

from outcrop.errors import BadRequestError
from outcrop.models.ids import parse_model_id
from outcrop.models.quirks import Quirks
from outcrop.types.content import (
    Block,
    CachePoint,
    CitedText,
    Foreign,
    GuardImage,
    GuardText,
    Reasoning,
    SystemBlock,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment

OPENING: Final = "(continue)"


def leave_out_foreign(request: Request, api: str) -> Request:
    """Leave out what only another API than `api` understands. Its codec has listed it."""

    def is_foreign(value: Any) -> bool:
        return isinstance(value, Foreign) and value.api != api

    def own(block: Block) -> Block | None:
        if is_foreign(block):
            return None
        if isinstance(block, ToolResult) and any(map(is_foreign, block.content)):
            content = tuple(part for part in block.content if not is_foreign(part))
            return msgspec.structs.replace(block, content=content)
        return block

    tools = tuple(tool for tool in request.tools if not is_foreign(tool))
    system = tuple(block for block in request.system if not is_foreign(block))
    messages = tuple(_without_surplus(message, api) for message in request.messages)
    request = _with_messages(request, _filtered(messages, own))
    if len(tools) == len(request.tools) and len(system) == len(request.system):
        return request
    return msgspec.structs.replace(request, tools=tools, system=system)


def drop_unsigned_reasoning(request: Request, quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Leave out reasoning that its model would refuse for want of a signature."""
    if not quirks.signed_reasoning:
        return request
    messages = _filtered(request.messages, _signed)
    if messages is not request.messages:
        changes.append(
            Adjustment(
                rule="unsigned_reasoning",
                detail="reasoning without a signature was left out of the history",
            )
        )
    return _with_messages(request, messages)


def _signed(block: Block) -> Block | None:
    return None if isinstance(block, Reasoning) and not block.signature else block


def drop_blank_text(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Leave out blank texts, then messages that hold nothing, or nothing but a cache point."""
    if all(map(_is_spoken, request.messages)) and not any(map(_is_blank, request.system)):
        return request
    messages = tuple(filter(_says_anything, _filtered(request.messages, _said)))
    system = tuple(block for block in request.system if not _is_blank(block))
    changes.append(
        Adjustment(rule="blank_text", detail="blank texts and empty messages were left out")
    )
    return msgspec.structs.replace(request, messages=messages, system=system)


def _is_spoken(message: Message) -> bool:
    """Tell whether a message says something, and holds no blank text."""
    said = False
    for block in message.content:
        if block.__class__ is not CachePoint:
            said = True
            if _is_blank(block):
                return False
    return said


def _said(block: Block) -> Block | None:
    return None if _is_blank(block) else block


def _is_blank(block: Block | SystemBlock) -> bool:
    return block.__class__ is Text and (not block.text or block.text.isspace())


def _says_anything(message: Message) -> bool:
    return any(not isinstance(block, CachePoint) for block in message.content)


def place_system_turns(request: Request, quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Move system messages out of the conversation, but where the model takes them there.

    What one of them stood between joins then.

    Raises:
        BadRequestError: One holds what a system prompt cannot hold.
    """
    turns = request.messages
    late = [place for place, turn in enumerate(turns) if turn.role == "system"]
    if not late:
        return request
    moved = [place for place in late if not (quirks.late_system and _may_stay(turns, place))]
    if not moved:
        return request
    changes.append(
        Adjustment(
            rule="system_moved",
            detail=f"{len(moved)} system messages of the conversation joined the system prompt",
        )
    )
    system = tuple(block for place in moved for block in _system_blocks(turns[place]))
    freed = msgspec.structs.replace(
        request,
        system=request.system + system,
        messages=tuple(turn for place, turn in enumerate(turns) if place not in moved),
    )
    return merge_neighbours(freed, quirks, changes)


def _may_stay(turns: Sequence[Message], place: int) -> bool:
    follows_user = place > 0 and turns[place - 1].role == "user"
    precedes_model = place == len(turns) - 1 or turns[place + 1].role == "assistant"
    return follows_user and precedes_model


def _system_blocks(turn: Message) -> Iterable[SystemBlock]:
    for block in turn.content:
        if not isinstance(block, Text | GuardText | GuardImage | CachePoint | Foreign):
            raise BadRequestError(
                f"A system message holds a block of type {type(block).__name__}",
                hint="a system prompt holds text, guarded content and cache points",
            )
        yield block


def open_with_user(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Put a user's turn before a conversation that the model began."""
    if not request.messages or request.messages[0].role != "assistant":
        return request
    changes.append(
        Adjustment(rule="user_turn_added", detail=f"a first user turn {OPENING!r} was added")
    )
    opening = Message(role="user", content=(Text(text=OPENING),))
    return msgspec.structs.replace(request, messages=(opening, *request.messages))


def merge_neighbours(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Join messages that follow one another in the same role."""
    roles = [message.role for message in request.messages]
    if not any(map(eq, roles, roles[1:])):
        return request
    merged: list[Message] = []
    for message in request.messages:
        if merged and merged[-1].role == message.role:
            merged[-1] = _joined(merged[-1], message)
        else:
            merged.append(message)
    count = len(request.messages) - len(merged)
    changes.append(
        Adjustment(rule="merged_turns", detail=f"{count} messages joined to a same-role neighbour")
    )
    return msgspec.structs.replace(request, messages=tuple(merged))


def _joined(first: Message, second: Message) -> Message:
    return msgspec.structs.replace(
        first,
        content=first.content + second.content,
        extra=_joined_extra(first.extra, second.extra),
    )


def _without_surplus(message: Message, api: str) -> Message:
    if message.extra is None or message.extra.api == api:
        return message
    return msgspec.structs.replace(message, extra=None)


def _joined_extra(first: Extra | None, second: Extra | None) -> Extra | None:
    if first is None or second is None:
        return first or second
    return Extra(first.api, first.members | second.members)


def text_before_calls(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Let the model speak before it calls: text after a client's tool call moves before it."""
    messages = tuple(map(_text_first, request.messages))
    if all(map(is_, messages, request.messages)):
        return request
    changes.append(
        Adjustment(rule="text_moved", detail="text after a tool call was moved before it")
    )
    return msgspec.structs.replace(request, messages=messages)


def _text_first(message: Message) -> Message:
    content = message.content
    if message.role != "assistant" or len(content) == 1:
        return message
    call = next((place for place, block in enumerate(content) if _is_call(block)), len(content))
    late = tuple(block for block in content[call:] if isinstance(block, Text | CitedText))
    if not late:
        return message
    rest = tuple(block for block in content[call:] if not isinstance(block, Text | CitedText))
    return msgspec.structs.replace(message, content=content[:call] + late + rest)


def _is_call(block: Block) -> bool:
    return isinstance(block, ToolUse) and not block.by_server


def trim_prefill(request: Request, quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Take the white space from the end of a turn that the model shall go on with."""
    last = request.messages[-1] if request.messages else None
    if not quirks.bare_prefill or last is None or last.role != "assistant":
        return request
    end = last.content[-1]
    if not isinstance(end, Text) or end.text == end.text.rstrip():
        return request
    changes.append(
        Adjustment(rule="prefill_trimmed", detail="white space at the end of the last turn")
    )
    bare = msgspec.structs.replace(end, text=end.text.rstrip())
    turn = msgspec.structs.replace(last, content=(*last.content[:-1], bare))
    return msgspec.structs.replace(request, messages=(*request.messages[:-1], turn))


def refuse_nothing(request: Request, _quirks: Quirks, _changes: list[Adjustment]) -> Request:
    """Refuse a conversation in which nothing is said. A prompt of Bedrock's own needs none.

    Raises:
        BadRequestError: Nothing is left to send.
    """
    if not request.messages and not _is_prompt(request):
        raise BadRequestError("messages must contain at least one non-empty message")
    return request


def _is_prompt(request: Request) -> bool:
    return request.prompt_variables is not None or parse_model_id(request.model).kind == "prompt"


def _filtered(
    messages: tuple[Message, ...], keep: Callable[[Block], Block | None]
) -> tuple[Message, ...]:
    """Return the messages with what `keep` makes of their blocks; the very same if nothing."""
    kept = tuple(_kept(message, keep) for message in messages)
    return messages if all(map(is_, kept, messages)) else kept


def _kept(message: Message, keep: Callable[[Block], Block | None]) -> Message:
    blocks = list(map(keep, message.content))
    if all(map(is_, blocks, message.content)):
        return message
    content = tuple(block for block in blocks if block is not None)
    return msgspec.structs.replace(message, content=content)


def _with_messages(request: Request, messages: tuple[Message, ...]) -> Request:
    if messages is request.messages:
        return request
    return msgspec.structs.replace(request, messages=messages)
