"""The visible repairs: makes a conversation one that Converse accepts, and says what it changed.

Place in the house: flow. Canonical values in, canonical values and `Adjustment` out; no wire. Each
repair is one function of `_PASSES`, run in order. The same conversation always gives the same
result, byte for byte, because caches and signed reasoning depend on it.

What the chosen wire cannot say at all is listed by its codec (`unsupported`) and comes in here, so
that there is one list of everything that was changed, and one place that refuses in strict mode.

Source: behaviour specification, MSG-01 to -04, TOOL-02, -04, -05, -06, -09, CONF-17.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Final, TypeAlias

import msgspec

from outcrop.codecs import converse
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.types.content import (
    Block,
    CachePoint,
    Foreign,
    GuardImage,
    GuardText,
    SystemBlock,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment
from outcrop.types.tools import NoChoice, Tool, ToolEntry

Repair: TypeAlias = Callable[[Request, list[Adjustment]], Request]

OPENING: Final = "(continue)"
NO_OUTPUT: Final = "(no output)"
NO_TOOLS_PLEASE: Final = "Do not call tools."
NOT_EXECUTED: Final = "Tool call was not executed"
_OPEN_SCHEMA: Final = msgspec.Raw(b'{"type":"object","properties":{}}')


def prepare(
    request: Request, unsupported: Iterable[Adjustment], *, strict: bool
) -> tuple[Request, tuple[Adjustment, ...]]:
    """Return the request as it can be sent, and everything that was changed to get there.

    Args:
        request: The conversation as asked.
        unsupported: What the wire that was chosen has no word for.
        strict: Refuse parameters that would have to be dropped (CONF-17 ``error``).

    Raises:
        UnsupportedError: `strict`, and something would have to be dropped.
        BadRequestError: Nothing is left to send.
    """
    changes = list(unsupported)
    if strict and changes:
        dropped = "; ".join(change.detail for change in changes)
        raise UnsupportedError(
            f"The request asks for what {request.model} cannot be told here: {dropped}",
            hint="leave it out, or set OUTCROP_UNSUPPORTED_PARAMS=warn",
        )
    for repair in _PASSES:
        request = repair(request, changes)
    return request, tuple(changes)


def _move_system_turns(request: Request, changes: list[Adjustment]) -> Request:
    late = tuple(message for message in request.messages if message.role == "system")
    if not late:
        return request
    changes.append(
        Adjustment(
            rule="system_moved", detail=f"{len(late)} later system messages joined the first"
        )
    )
    moved = tuple(
        block
        for message in late
        for block in message.content
        if isinstance(block, Text | GuardText | GuardImage | CachePoint | Foreign)
    )
    messages = tuple(message for message in request.messages if message.role != "system")
    return msgspec.structs.replace(request, system=request.system + moved, messages=messages)


def _open_with_user(request: Request, changes: list[Adjustment]) -> Request:
    if not request.messages or request.messages[0].role != "assistant":
        return request
    changes.append(
        Adjustment(rule="user_turn_added", detail=f"a first user turn {OPENING!r} was added")
    )
    opening = Message(role="user", content=(Text(text=OPENING),))
    return msgspec.structs.replace(request, messages=(opening, *request.messages))


def _drop_blank_text(request: Request, changes: list[Adjustment]) -> Request:
    if not request.messages:
        return request
    dropped = 0
    messages: list[Message] = []
    for message in request.messages:
        kept = tuple(block for block in message.content if not _is_blank(block))
        dropped += len(message.content) - len(kept)
        if not any(not isinstance(block, CachePoint) for block in kept):
            continue
        same = len(kept) == len(message.content)
        messages.append(message if same else msgspec.structs.replace(message, content=kept))
    if not messages:
        raise BadRequestError("messages must contain at least one non-empty message")
    system = tuple(block for block in request.system if not _is_blank(block))
    dropped += len(request.system) - len(system)
    if not dropped and len(messages) == len(request.messages):
        return request
    changes.append(Adjustment(rule="blank_text", detail=f"{dropped} blank text blocks left out"))
    return msgspec.structs.replace(request, messages=tuple(messages), system=system)


def _is_blank(block: Block | SystemBlock) -> bool:
    return isinstance(block, Text) and not block.text.strip()


def _merge_neighbours(request: Request, changes: list[Adjustment]) -> Request:
    merged: list[Message] = []
    for message in request.messages:
        last = merged[-1] if merged else None
        if last is None or last.role != message.role or last.extra or message.extra:
            merged.append(message)
            continue
        merged[-1] = msgspec.structs.replace(last, content=last.content + message.content)
    if len(merged) == len(request.messages):
        return request
    count = len(request.messages) - len(merged)
    changes.append(
        Adjustment(rule="merged_turns", detail=f"{count} messages joined to a same-role neighbour")
    )
    return msgspec.structs.replace(request, messages=tuple(merged))


def _pair_tool_results(request: Request, changes: list[Adjustment]) -> Request:
    messages: list[Message] = []
    open_calls: tuple[str, ...] = ()
    for message in request.messages:
        paired = _pair(message, open_calls, changes) if message.role == "user" else (message,)
        if message.role == "assistant" and open_calls:
            messages.append(_answer_for(open_calls, changes))
        open_calls = _calls_of(message)
        messages.extend(paired)
    if open_calls and request.messages:
        messages.append(_answer_for(open_calls, changes))
    if len(messages) == len(request.messages) and all(
        new is old for new, old in zip(messages, request.messages, strict=True)
    ):
        return request
    return msgspec.structs.replace(request, messages=tuple(messages))


def _calls_of(message: Message) -> tuple[str, ...]:
    return tuple(
        block.id for block in message.content if isinstance(block, ToolUse) and not block.by_server
    )


def _pair(
    message: Message, open_calls: tuple[str, ...], changes: list[Adjustment]
) -> tuple[Message, ...]:
    results = [block for block in message.content if isinstance(block, ToolResult)]
    if not results and not open_calls:
        return (message,)
    known = {result.id: result for result in reversed(results) if result.id in open_calls}
    answers = tuple(known.get(call) or _not_executed(call, changes) for call in open_calls)
    rest = tuple(
        _orphan(block, changes) if isinstance(block, ToolResult) else block
        for block in message.content
        if not (isinstance(block, ToolResult) and known.get(block.id) is block)
    )
    content = answers + rest
    same = len(content) == len(message.content) and all(
        new is old for new, old in zip(content, message.content, strict=True)
    )
    return (message if same else msgspec.structs.replace(message, content=content),)


def _answer_for(calls: tuple[str, ...], changes: list[Adjustment]) -> Message:
    return Message(role="user", content=tuple(_not_executed(call, changes) for call in calls))


def _not_executed(call: str, changes: list[Adjustment]) -> ToolResult:
    changes.append(Adjustment(rule="tool_result_added", detail=f"call {call} had no result"))
    return ToolResult(id=call, content=(Text(text=NOT_EXECUTED),), status="error")


def _orphan(result: ToolResult, changes: list[Adjustment]) -> Block:
    changes.append(
        Adjustment(rule="tool_result_as_text", detail=f"result {result.id} belongs to no call")
    )
    texts = [part.text for part in result.content if isinstance(part, Text)]
    values = [bytes(part.value).decode() for part in result.content if hasattr(part, "value")]
    return Text(text="\n".join(chain(texts, values)) or NO_OUTPUT)


def _fill_tool_results(request: Request, changes: list[Adjustment]) -> Request:
    filled = 0
    messages: list[Message] = []
    for message in request.messages:
        content = tuple(_fill(block) for block in message.content)
        changed = sum(new is not old for new, old in zip(content, message.content, strict=True))
        filled += changed
        messages.append(msgspec.structs.replace(message, content=content) if changed else message)
    if not filled:
        return request
    changes.append(
        Adjustment(rule="empty_tool_result", detail=f"{filled} empty results say {NO_OUTPUT}")
    )
    return msgspec.structs.replace(request, messages=tuple(messages))


def _fill(block: Block) -> Block:
    if not isinstance(block, ToolResult):
        return block
    if all(isinstance(part, Text) and not part.text for part in block.content):
        return msgspec.structs.replace(block, content=(Text(text=NO_OUTPUT),))
    return block


def _describe_tools(request: Request, _changes: list[Adjustment]) -> Request:
    if not any(isinstance(tool, Tool) and tool.description == "" for tool in request.tools):
        return request
    return msgspec.structs.replace(request, tools=tuple(_described(t) for t in request.tools))


def _described(tool: ToolEntry) -> ToolEntry:
    if isinstance(tool, Tool) and tool.description == "":
        return msgspec.structs.replace(tool, description=tool.name)
    return tool


def _honour_no_choice(request: Request, changes: list[Adjustment]) -> Request:
    if not isinstance(request.tool_choice, NoChoice):
        return request
    if not _names_in_history(request.messages):
        return msgspec.structs.replace(request, tools=(), tool_choice=None)
    changes.append(
        Adjustment(
            rule="tool_choice_none",
            detail="Converse has no tool choice none: the system prompt asks for no calls",
        )
    )
    system = (*request.system, Text(text=NO_TOOLS_PLEASE))
    return msgspec.structs.replace(request, tool_choice=None, system=system)


def _rebuild_tools(request: Request, changes: list[Adjustment]) -> Request:
    if request.tools:
        return request
    names = _names_in_history(request.messages)
    if not names:
        return request
    changes.append(
        Adjustment(rule="tools_rebuilt", detail=f"history calls tools that were not given: {names}")
    )
    tools = tuple(Tool(name=name, description=name, input_schema=_OPEN_SCHEMA) for name in names)
    return msgspec.structs.replace(request, tools=tools)


def _names_in_history(messages: Sequence[Message]) -> tuple[str, ...]:
    blocks = chain.from_iterable(message.content for message in messages)
    calls = (block for block in blocks if isinstance(block, ToolUse) and not block.by_server)
    return tuple(dict.fromkeys(call.name for call in calls))


def _drop_foreign(request: Request, _changes: list[Adjustment]) -> Request:
    # Listed by the codec already; a message that held nothing else must not go out empty.
    messages = tuple(message for message in request.messages if _has_own(message))
    if len(messages) == len(request.messages):
        return request
    return msgspec.structs.replace(request, messages=messages)


def _has_own(message: Message) -> bool:
    return any(
        not isinstance(block, Foreign) or block.api == converse.API for block in message.content
    )


_PASSES: Final[tuple[Repair, ...]] = (
    _drop_foreign,
    _move_system_turns,
    _drop_blank_text,
    _open_with_user,
    _merge_neighbours,
    _pair_tool_results,
    _fill_tool_results,
    _describe_tools,
    _honour_no_choice,
    _rebuild_tools,
)
