"""Repairs of tool results: each stands right after its call, and says something.

Place in the house: flow. Part of `flow.prepare`; each function is one repair, from canonical
request to canonical request. Calls that the service runs itself, and their results, keep their
place (TOOL-13).

Source: behaviour specification, MSG-02, TOOL-06 to TOOL-09, FALL-12.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import eq, is_
from typing import Final

import msgspec

from outcrop.errors import BadRequestError
from outcrop.models.quirks import Quirks
from outcrop.types.content import (
    Block,
    JsonValue,
    Text,
    ToolResult,
    ToolResultContent,
    ToolUse,
)
from outcrop.types.json import is_object, raw_value
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment

NO_OUTPUT: Final = "(no output)"
NOT_EXECUTED: Final = "Tool call was not executed"
ERROR_PREFIX: Final = "Error: "

_FAILED: Final = "error"
_MAX_ID: Final = 64
_LEGAL_ID: Final = re.compile(rf"[a-zA-Z0-9_.:-]{{1,{_MAX_ID}}}")
_ILLEGAL: Final = re.compile(r"[^a-zA-Z0-9_.:-]")


def pair_results(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Put the results of a turn's calls, in their order, at the head of the turn after it.

    A call without a result gets one that says so; a result without a call becomes text.
    """
    messages: list[Message] = []
    calls: tuple[str, ...] = ()
    for message in request.messages:
        if message.role == "user":
            messages.append(_answered(message, calls, changes))
        else:
            messages.extend(_answers_to(calls, changes))
            messages.append(message)
        calls = _calls_of(message)
    messages.extend(_answers_to(calls, changes))
    return _replaced(request, messages)


def _calls_of(message: Message) -> tuple[str, ...]:
    if message.role != "assistant":
        return ()
    return tuple(
        block.id for block in message.content if isinstance(block, ToolUse) and not block.by_server
    )


def _answers_to(calls: Sequence[str], changes: list[Adjustment]) -> Iterator[Message]:
    if calls:
        content = tuple(_not_executed(call, changes) for call in calls)
        yield Message(role="user", content=content)


def _answered(message: Message, calls: tuple[str, ...], changes: list[Adjustment]) -> Message:
    content = message.content
    left = {place: each for place, each in enumerate(content) if isinstance(each, ToolResult)}
    if tuple(each.id for each in left.values()) == calls and _is_head(left):
        return message
    answers: list[Block] = []
    order: list[int] = []
    for call in calls:
        place = next((place for place, each in left.items() if each.id == call), None)
        if place is None:
            answers.append(_not_executed(call, changes))
        else:
            order.append(place)
            answers.append(left.pop(place))
    rest = [place for place in range(len(content)) if place not in order]
    if order + rest != sorted(rest + order):
        detail = "tool results moved to the head of their turn, in the order of the calls"
        changes.append(Adjustment(rule="tool_results_moved", detail=detail))
    said = chain.from_iterable(
        _as_said(left[place], changes) if place in left else (content[place],) for place in rest
    )
    return msgspec.structs.replace(message, content=(*answers, *said))


def _is_head(results: Mapping[int, ToolResult]) -> bool:
    return all(map(eq, results, range(len(results))))


def _not_executed(call: str, changes: list[Adjustment]) -> ToolResult:
    changes.append(Adjustment(rule="tool_result_added", detail=f"call {call} had no result"))
    return ToolResult(id=call, content=(Text(text=NOT_EXECUTED),), status=_FAILED)


def _as_said(result: ToolResult, changes: list[Adjustment]) -> tuple[Block, ...]:
    """Return what a result says that answers no call."""
    changes.append(
        Adjustment(rule="tool_result_as_text", detail=f"result {result.id} belongs to no call")
    )
    return tuple(map(_part_as_block, result.content)) or (Text(text=NO_OUTPUT),)


def _part_as_block(part: ToolResultContent) -> Block:
    if isinstance(part, JsonValue):
        return Text(text=bytes(part.value).decode())
    if isinstance(part, Text) and not part.text.strip():
        return Text(text=NO_OUTPUT)
    return part


def separate_ids(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Give calls whose id Bedrock refuses, or that was used before, an id of their own."""
    calls = [block.id for block in _blocks(request) if isinstance(block, ToolUse)]
    if len(set(calls)) == len(calls) and all(map(_LEGAL_ID.fullmatch, calls)):
        return request
    results = (block.id for block in _blocks(request) if isinstance(block, ToolResult))
    renamer = _Renamer(frozenset(chain(calls, results)))
    messages = [renamer.rename(message) for message in request.messages]
    changes.append(
        Adjustment(
            rule="tool_id_rewritten",
            detail=f"ids of {renamer.count} tool calls were illegal, or repeated over turns",
        )
    )
    return _replaced(request, messages)


def _blocks(request: Request) -> Iterator[Block]:
    return chain.from_iterable(message.content for message in request.messages)


class _Renamer:
    """Hands out ids, turn by turn. The same history always gets the same."""

    def __init__(self, known: frozenset[str]) -> None:
        self.count = 0
        self._known = known
        self._used: set[str] = set()
        # New ids of the last turn's calls that wait for their result, by their old ids: those of
        # the service, answered in the turn itself, and those of the caller, answered after it.
        self._own: dict[str, deque[str]] = {}
        self._callers: dict[str, deque[str]] = {}

    def rename(self, message: Message) -> Message:
        is_models = message.role == "assistant"
        if is_models:
            self._own, self._callers = {}, {}
        waiting = self._own if is_models else self._callers
        content = tuple(self._rename_block(block, waiting) for block in message.content)
        return msgspec.structs.replace(message, content=content)

    def _rename_block(self, block: Block, waiting: dict[str, deque[str]]) -> Block:
        if isinstance(block, ToolUse):
            new = self._fresh(block.id)
            kin = self._own if block.by_server else self._callers
            kin.setdefault(block.id, deque()).append(new)
            return msgspec.structs.replace(block, id=new)
        if isinstance(block, ToolResult) and waiting.get(block.id):
            return msgspec.structs.replace(block, id=waiting[block.id].popleft())
        return block

    def _fresh(self, old: str) -> str:
        if old not in self._used and _LEGAL_ID.fullmatch(old):
            self._used.add(old)
            return old
        self.count += 1
        clean = _ILLEGAL.sub("_", old)
        number = 1
        while (new := _numbered(clean, number)) in self._used or new in self._known:
            number += 1
        self._used.add(new)
        return new


def _numbered(clean: str, number: int) -> str:
    # The tail is kept, not the head: Bedrock's ids all begin with "tooluse_".
    end = f"-{number}"
    return f"{clean[-(_MAX_ID - len(end)) :]}{end}"


def wrap_arguments(request: Request, _quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Make an object of what a model wrote as arguments and Bedrock would not take back.

    Raises:
        BadRequestError: A call that no model wrote so has arguments that are no JSON object.
    """
    wrap = partial(_wrapped, changes=changes)
    messages = [
        _with_blocks(turn, wrap) if turn.role == "assistant" else turn for turn in request.messages
    ]
    return _replaced(request, messages)


def _wrapped(block: Block, changes: list[Adjustment]) -> Block:
    if not isinstance(block, ToolUse) or is_object(block.arguments):
        return block
    if block.arguments_error is None:
        raise BadRequestError(f"the arguments of call {block.id} must be one JSON object")
    changes.append(
        Adjustment(
            rule="tool_arguments_wrapped",
            detail=f"the arguments of call {block.id}, no JSON object, were put into one",
        )
    )
    said = raw_value(bytes(block.arguments), f"what call {block.id} has for arguments")
    wrapped = msgspec.json.encode({"arguments": said})
    return msgspec.structs.replace(block, arguments=msgspec.Raw(wrapped), arguments_error=None)


def fill_results(request: Request, quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Let every result say something, and a failed one say so in a way its model understands."""
    fill = partial(_filled, quirks=quirks, changes=changes)
    messages = [
        _with_blocks(turn, fill) if turn.role == "user" else turn for turn in request.messages
    ]
    return _replaced(request, messages)


def _filled(block: Block, quirks: Quirks, changes: list[Adjustment]) -> Block:
    if not isinstance(block, ToolResult):
        return block
    parts = tuple(_as_object(part) for part in block.content if not _is_blank(part))
    parts = parts or (Text(text=NO_OUTPUT),)
    if len(parts) != len(block.content) or not all(map(is_, parts, block.content)):
        detail = f"result {block.id} held blank text, or JSON that is no object"
        changes.append(Adjustment(rule="tool_result_completed", detail=detail))
        block = msgspec.structs.replace(block, content=parts)
    if block.status != _FAILED or quirks.tool_status:
        return block
    detail = f"result {block.id} says in its text that it failed"
    changes.append(Adjustment(rule="tool_error_as_text", detail=detail))
    return msgspec.structs.replace(block, status=None, content=_with_prefix(parts))


def _as_object(part: ToolResultContent) -> ToolResultContent:
    if isinstance(part, JsonValue) and not is_object(part.value):
        return Text(text=bytes(part.value).decode())
    return part


def _is_blank(part: ToolResultContent) -> bool:
    return isinstance(part, Text) and not part.text.strip()


def _with_prefix(parts: tuple[ToolResultContent, ...]) -> tuple[ToolResultContent, ...]:
    first = parts[0]
    if isinstance(first, Text):
        return (msgspec.structs.replace(first, text=ERROR_PREFIX + first.text), *parts[1:])
    return (Text(text=ERROR_PREFIX.strip()), *parts)


def seat_words(request: Request, quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Move the user's words into the last result before them, where both may not stand together."""
    if not quirks.results_alone:
        return request
    messages = list(map(_seated, request.messages))
    seated = _replaced(request, messages)
    if seated is not request:
        detail = "the user's words beside tool results were moved into the last of them"
        changes.append(Adjustment(rule="text_in_tool_result", detail=detail))
    return seated


def _seated(message: Message) -> Message:
    words = tuple(block for block in message.content if isinstance(block, Text))
    last = next((each for each in reversed(message.content) if isinstance(each, ToolResult)), None)
    if message.role != "user" or last is None or not words:
        return message
    told = msgspec.structs.replace(last, content=last.content + words)
    content = tuple(
        told if block is last else block for block in message.content if not isinstance(block, Text)
    )
    return msgspec.structs.replace(message, content=content)


def _with_blocks(message: Message, change: Callable[[Block], Block]) -> Message:
    content = tuple(map(change, message.content))
    if all(map(is_, content, message.content)):
        return message
    return msgspec.structs.replace(message, content=content)


def _replaced(request: Request, messages: Sequence[Message]) -> Request:
    if len(messages) == len(request.messages) and all(map(is_, messages, request.messages)):
        return request
    return msgspec.structs.replace(request, messages=tuple(messages))
