"""Repairs of tool results: each stands right after its call, and says something.

Place in the house: flow. Part of `flow.prepare`; each function is one repair, from canonical
request to canonical request. Calls that the service runs itself, and their results, keep their
place (TOOL-13).

Source: behaviour specification, MSG-02, TOOL-06, TOOL-08, TOOL-09.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

import msgspec

from outcrop.models.quirks import Quirks
from outcrop.types.content import (
    Block,
    JsonValue,
    Text,
    ToolResult,
    ToolResultContent,
    ToolUse,
)
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
    if not left and not calls:
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
    elif not left and len(order) == len(calls):
        return message
    said = chain.from_iterable(
        _as_said(left[place], changes) if place in left else (content[place],) for place in rest
    )
    return msgspec.structs.replace(message, content=(*answers, *said))


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
        # New ids of the last turn's calls that still wait for their result, by their old ids.
        self._open: dict[str, deque[str]] = {}

    def rename(self, message: Message) -> Message:
        if message.role == "assistant":
            self._open.clear()
        content = tuple(map(self._rename_block, message.content))
        return msgspec.structs.replace(message, content=content)

    def _rename_block(self, block: Block) -> Block:
        if isinstance(block, ToolUse):
            new = self._fresh(block.id)
            self._open.setdefault(block.id, deque()).append(new)
            return msgspec.structs.replace(block, id=new)
        if isinstance(block, ToolResult) and self._open.get(block.id):
            return msgspec.structs.replace(block, id=self._open[block.id].popleft())
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


def fill_results(request: Request, quirks: Quirks, changes: list[Adjustment]) -> Request:
    """Let every result say something, and a failed one say so in a way its model understands."""
    messages = [_filled_turn(message, quirks, changes) for message in request.messages]
    return _replaced(request, messages)


def _filled_turn(message: Message, quirks: Quirks, changes: list[Adjustment]) -> Message:
    if message.role != "user" or not any(isinstance(each, ToolResult) for each in message.content):
        return message
    content = tuple(
        _filled(block, quirks, changes) if isinstance(block, ToolResult) else block
        for block in message.content
    )
    if all(new is old for new, old in zip(content, message.content, strict=True)):
        return message
    return msgspec.structs.replace(message, content=content)


def _filled(result: ToolResult, quirks: Quirks, changes: list[Adjustment]) -> ToolResult:
    parts = tuple(part for part in result.content if not _is_blank(part))
    if len(parts) < len(result.content) or not parts:
        changes.append(
            Adjustment(rule="empty_tool_result", detail=f"result {result.id} held blank text")
        )
        parts = parts or (Text(text=NO_OUTPUT),)
        result = msgspec.structs.replace(result, content=parts)
    if result.status != _FAILED or quirks.tool_status:
        return result
    changes.append(
        Adjustment(
            rule="tool_error_as_text", detail=f"result {result.id} says in its text that it failed"
        )
    )
    return msgspec.structs.replace(result, status=None, content=_with_prefix(parts))


def _is_blank(part: ToolResultContent) -> bool:
    return isinstance(part, Text) and not part.text.strip()


def _with_prefix(parts: tuple[ToolResultContent, ...]) -> tuple[ToolResultContent, ...]:
    first = parts[0]
    if isinstance(first, Text):
        return (msgspec.structs.replace(first, text=ERROR_PREFIX + first.text), *parts[1:])
    return (Text(text=ERROR_PREFIX.strip()), *parts)


def _replaced(request: Request, messages: Sequence[Message]) -> Request:
    if len(messages) == len(request.messages) and all(
        new is old for new, old in zip(messages, request.messages, strict=True)
    ):
        return request
    return msgspec.structs.replace(request, messages=tuple(messages))
