"""The messages of a request, as a system prompt and turns.

Place in the house: OpenAI Chat codec. Translates, and repairs nothing: what Converse cannot take
as it stands (blank text, two turns of one role, a first turn of the assistant) is mended, visibly,
by `flow.prepare`. Only the results of one turn's calls are put together here: that they are
several messages is Chat's form, not the client's meaning.

Source: behaviour specification, OAI-01, OAI-16, MSG-01, MSG-05, MSG-07, TOOL-06, THINK-08.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from outcrop.codecs.openai_chat import wire
from outcrop.codecs.openai_chat.history import decode_assistant
from outcrop.codecs.openai_chat.parts import cache_points, decode_content, extra_of
from outcrop.codecs.openai_chat.tools import decode_arguments
from outcrop.protocols.refusal import refused
from outcrop.types.content import (
    Audio,
    Block,
    CachePoint,
    SystemBlock,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.messages import Message
from outcrop.types.responses import Adjustment

_NAME_IGNORED: Final = Adjustment(
    rule="ignored_parameter", detail="name on messages was ignored: Bedrock has no such member"
)


def decode_messages(
    messages: Sequence[wire.Message], changes: list[Adjustment]
) -> tuple[tuple[SystemBlock, ...], tuple[Message, ...]]:
    """Read the conversation: its system prompt, and its turns.

    Raises:
        BadRequestError: A role or a part is unknown, or a message lacks what its role needs.
    """
    conversation = _Conversation(changes)
    for position, message in enumerate(messages):
        conversation.take(message, position)
    return conversation.finish()


class _Conversation:
    """Takes the messages one by one."""

    def __init__(self, changes: list[Adjustment]) -> None:
        self._changes = changes
        self._system: list[SystemBlock] = []
        self._turns: list[Message] = []
        self._results: list[tuple[Block, ...]] = []
        self._calls: list[str] = []
        self._functions: dict[str, str] = {}

    def take(self, message: wire.Message, position: int) -> None:
        role = message.role
        taker = _TAKERS.get(role)
        if taker is None:
            path = f"messages[{position}].role"
            raise refused(f"unsupported message role: {role}", path)
        if self._results and taker not in _RESULT_TAKERS:
            self._end_results()
        if message.name is not None and role != "function":
            self._changes.append(_NAME_IGNORED)
        taker(self, message, position)

    def finish(self) -> tuple[tuple[SystemBlock, ...], tuple[Message, ...]]:
        self._end_results()
        return tuple(self._system), tuple(self._turns)

    def _take_system(self, message: wire.Message, position: int) -> None:
        blocks = _plain(message) or self._decode_system(message, f"messages[{position}]")
        if self._turns:
            self._turns.append(Message(role="system", content=blocks))
        else:
            self._system += blocks

    def _decode_system(self, message: wire.Message, path: str) -> tuple[Text | CachePoint, ...]:
        blocks = decode_content(message.content, path, self._changes)
        texts = tuple(block for block in blocks if isinstance(block, Text | CachePoint))
        if len(texts) < len(blocks):
            raise refused(f"{message.role} messages take text only", f"{path}.content")
        if message.surplus and texts:
            texts = (_with_surplus(texts[0], message.surplus), *texts[1:])
        return texts + cache_points(message.cache_control, path)

    def _take_user(self, message: wire.Message, position: int) -> None:
        content = _plain(message) or self._decode_user(message, f"messages[{position}]")
        self._turns.append(Message(role="user", content=content, extra=extra_of(message.surplus)))

    def _decode_user(self, message: wire.Message, path: str) -> tuple[Block, ...]:
        blocks = decode_content(message.content, path, self._changes)
        return (*blocks, *cache_points(message.cache_control, path))

    def _take_assistant(self, message: wire.Message, position: int) -> None:
        path = f"messages[{position}]"
        content = decode_assistant(message, path, self._changes)
        if message.function_call is not None:
            content = (*content, self._decode_function_call(message.function_call, position))
        content += cache_points(message.cache_control, path)
        self._calls = [block.id for block in content if isinstance(block, ToolUse)]
        self._turns.append(
            Message(role="assistant", content=content, extra=extra_of(message.surplus))
        )

    def _decode_function_call(self, call: wire.FunctionCall, position: int) -> ToolUse:
        # Calls of the legacy form have no id; name and place make one that stays the same.
        path = f"messages[{position}].function_call"
        if not call.name:
            raise refused(f"{path}.name is required", f"{path}.name")
        self._functions[call.name] = f"function_{position}"
        return ToolUse(
            id=f"function_{position}",
            name=call.name,
            arguments=decode_arguments(call.arguments, f"{path}.arguments"),
        )

    def _take_tool(self, message: wire.Message, position: int) -> None:
        path = f"messages[{position}]"
        if not message.tool_call_id:
            raise refused("tool message is missing tool_call_id", f"{path}.tool_call_id")
        self._take_result(message.tool_call_id, message, path)

    def _take_function(self, message: wire.Message, position: int) -> None:
        path = f"messages[{position}]"
        if not message.name:
            raise refused("function message is missing name", f"{path}.name")
        self._take_result(self._functions.pop(message.name, f"function_{position}"), message, path)

    def _take_result(self, call: str, message: wire.Message, path: str) -> None:
        blocks = decode_content(message.content, path, self._changes)
        if any(isinstance(block, Audio) for block in blocks):
            raise refused("a tool cannot answer with audio", f"{path}.content")
        content = tuple(block for block in blocks if not isinstance(block, Audio | CachePoint))
        points = tuple(block for block in blocks if isinstance(block, CachePoint))
        result = ToolResult(id=call, content=content, extra=extra_of(message.surplus))
        self._results.append((result, *points, *cache_points(message.cache_control, path)))

    def _end_results(self) -> None:
        """Put the results that came in a row into one turn, in the order of the calls."""
        if not self._results:
            return
        order = {call: place for place, call in enumerate(self._calls)}
        self._results.sort(key=lambda blocks: _place(blocks, order))
        content = tuple(chain.from_iterable(self._results))
        self._turns.append(Message(role="user", content=content))
        self._results.clear()


def _plain(message: wire.Message) -> tuple[Text] | None:
    """Read the usual message: text, and nothing to say about it."""
    content = message.content
    if isinstance(content, str) and message.cache_control is None and not message.surplus:
        return (Text(text=content),)
    return None


def _with_surplus(block: Text | CachePoint, surplus: dict[str, msgspec.Raw]) -> Text | CachePoint:
    """Let the block carry what its message cannot: a system prompt is blocks, not messages."""
    own = block.extra.members if block.extra else {}
    return msgspec.structs.replace(block, extra=extra_of(own | surplus))


def _place(blocks: tuple[Block, ...], order: Mapping[str, int]) -> int:
    first = blocks[0]
    return order.get(first.id, len(order)) if isinstance(first, ToolResult) else len(order)


_Taker: TypeAlias = Callable[[_Conversation, wire.Message, int], None]

_TAKERS: Final[Mapping[str, _Taker]] = MappingProxyType(
    {
        "system": _Conversation._take_system,
        "developer": _Conversation._take_system,
        "user": _Conversation._take_user,
        "assistant": _Conversation._take_assistant,
        "tool": _Conversation._take_tool,
        "function": _Conversation._take_function,
    }
)
_RESULT_TAKERS: Final = (_Conversation._take_tool, _Conversation._take_function)
