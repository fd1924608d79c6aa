"""Cohere Command R: requests.

Place in the house: the native codecs. The last turn of the user stands apart from the others, and
so does what the tools answered last; documents stand beside the conversation.

Source: Amazon Bedrock User Guide, Cohere Command R and Command R+ models.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.native import sampling
from outcrop.codecs.native.beside import decode_rest, encode_body
from outcrop.codecs.native.cohere_tools import (
    API,
    decode_call,
    decode_result,
    decode_tool,
    encode_call,
    encode_result,
    encode_tool,
    is_flat,
)
from outcrop.codecs.native.members import (
    Members,
    Path,
    keep,
    kept_by,
    tree,
)
from outcrop.codecs.native.sampling import Names
from outcrop.codecs.native.texts import TEXTS, system_text, text_of
from outcrop.codecs.native.unsupported import Vocabulary, unsupported_by
from outcrop.errors import BadRequestError
from outcrop.types.content import CachePoint, Document, Foreign, Plain, Text, ToolResult, ToolUse
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment
from outcrop.types.tools import SystemTool, Tool

_SAMPLING: Final[Names] = MappingProxyType(
    {
        "max_tokens": ("max_tokens",),
        "temperature": ("temperature",),
        "top_p": ("p",),
        "top_k": ("k",),
        "seed": ("seed",),
        "stop_sequences": ("stop_sequences",),
        "presence_penalty": ("presence_penalty",),
        "frequency_penalty": ("frequency_penalty",),
    }
)

_IMPLIED: Final = "implied"
"""Marks a turn that stands on the wire only where its calls are answered."""


def encode_request(request: Request, *, stream: bool, invoke: bool = True) -> bytes:
    """Write the body of a request.

    Args:
        request: What is asked.
        stream: Whether the answer shall be streamed, which stands in the path.
        invoke: Always so: this body is InvokeModel's alone.

    Raises:
        BadRequestError: A tool result answers no call, or a text cannot be written as JSON.
    """
    del stream, invoke
    *earlier, last = request.messages or (Message(role="user", content=()),)
    if last.role != "user":
        earlier, last = [*earlier, last], Message(role="user", content=())
    calls = _calls(request)
    results = [each for each in last.content if isinstance(each, ToolResult)]
    named: dict[Path, Any] = {
        ("message",): text_of(last),
        ("chat_history",): [e for turn in earlier for e in _encode_turn(turn, calls)] or None,
        ("preamble",): system_text(request.system) or None,
        ("documents",): _encode_documents(request),
        ("tools",): [each for each in map(encode_tool, request.tools) if each is not None] or None,
        ("tool_results",): [encode_result(each, calls) for each in results] or None,
    }
    named |= sampling.encode(request.sampling, _SAMPLING)
    return encode_body(API, named, request)


def _calls(request: Request) -> dict[str, ToolUse]:
    blocks = (block for turn in request.messages for block in turn.content)
    return {block.id: block for block in blocks if isinstance(block, ToolUse)}


def _encode_turn(turn: Message, calls: dict[str, ToolUse]) -> Iterator[dict[str, Any]]:
    kept = kept_by(API, turn.extra)
    if _IMPLIED in kept:
        return
    results = [each for each in turn.content if isinstance(each, ToolResult)]
    if results:
        written = [encode_result(each, calls) for each in results]
        yield {"role": "TOOL", "tool_results": written}
    text = text_of(turn)
    asked = [encode_call(each) for each in turn.content if isinstance(each, ToolUse)]
    if text or asked or not results:
        named: dict[Path, Any] = {
            ("role",): _ROLES.get(turn.role, turn.role),
            ("message",): text,
            ("tool_calls",): asked or None,
        }
        yield tree(named, kept)


_ROLES: Final = MappingProxyType({"user": "USER", "assistant": "CHATBOT", "system": "SYSTEM"})
_OUR_ROLES: Final = MappingProxyType({theirs: ours for ours, theirs in _ROLES.items()})


def _encode_documents(request: Request) -> list[dict[str, str]] | None:
    blocks = (block for turn in request.messages for block in turn.content)
    written = [
        {"title": block.name, "snippet": block.source.text}
        for block in blocks
        if isinstance(block, Document) and isinstance(block.source, Plain)
    ]
    return written or None


def decode_request(body: bytes, model: str) -> Request:
    """Read the body of a request to `model`, which stood in the path.

    Raises:
        BadRequestError: The body is malformed; message and `param` name the place.
    """
    members = Members(body, BadRequestError)
    text = members.take(str, ("message",))
    if text is None:
        raise members.refuse("lacks the member message")
    turns = _History()
    for entry in members.take_list(("chat_history",)):
        turns.add(entry)
    results = turns.results(members.take_list(("tool_results",)))
    said = (Text(text=text),) if text else ()
    preamble = members.take(str, ("preamble",))
    taken = sampling.decode(members, _SAMPLING)
    tools = tuple(map(decode_tool, members.take_list(("tools",))))
    last = Message(role="user", content=(*results, *_decode_documents(members), *said))
    guardrail, extra = decode_rest(API, members)
    return Request(
        model=model,
        system=(Text(text=preamble),) if preamble else (),
        messages=(*turns.messages, last) if last.content else tuple(turns.messages),
        sampling=taken,
        tools=tools,
        guardrail=guardrail,
        extra=extra,
    )


class _History:
    """Reads the turns in order, and gives every call an id that its result finds again."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._asked: list[str] = []
        self._count = 0

    def add(self, entry: Members) -> None:
        results = entry.take_list(("tool_results",))
        if results:
            entry.take(str, ("role",))
            content = self.results(results)
            extra = keep(API, entry.rest())
            self.messages.append(Message(role="user", content=content, extra=extra))
            return
        role = entry.take(str, ("role",)) or ""
        text = entry.take(str, ("message",))
        calls = tuple(map(self._call, entry.take_list(("tool_calls",))))
        said = (Text(text=text),) if text else ()
        extra = keep(API, entry.rest())
        role = _OUR_ROLES.get(role, role)
        self.messages.append(Message(role=role, content=(*said, *calls), extra=extra))

    def results(self, given: tuple[Members, ...]) -> tuple[ToolResult, ...]:
        if len(given) > len(self._asked):
            self._imply(given[len(self._asked) :])
        asked, self._asked = self._asked[: len(given)], self._asked[len(given) :]
        return tuple(decode_result(each, name) for each, name in zip(given, asked, strict=True))

    def _imply(self, given: tuple[Members, ...]) -> None:
        calls = [each.open("call") for each in given]
        content = tuple(self._call(call) for call in calls if call is not None)
        if len(content) < len(given):
            raise BadRequestError("tool_results: a result lacks its call")
        extra = keep(API, {_IMPLIED: msgspec.Raw(b"true")})
        self.messages.append(Message(role="assistant", content=content, extra=extra))

    def _call(self, call: Members) -> ToolUse:
        call_id = f"call_{self._count}"
        self._count += 1
        self._asked.append(call_id)
        return decode_call(call, call_id)


def _decode_documents(members: Members) -> tuple[Document, ...]:
    try:
        given = msgspec.json.decode(members.peek("documents"), type=list[_Document] | None)
    except msgspec.ValidationError:
        # Of another shape: kept as they are, beside the conversation.
        return ()
    members.take(msgspec.Raw, ("documents",))
    return tuple(Document(name=each.title, source=Plain(each.snippet)) for each in given or ())


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    snippet: str


def unsupported(request: Request) -> tuple[Adjustment, ...]:
    """List what the encoder would leave out."""
    flattened = (
        Adjustment(
            rule="tool_schema",
            detail=f"the schema of tool {tool.name} was flattened: {API} knows only a table of "
            "parameters",
        )
        for tool in request.tools
        if isinstance(tool, Tool) and not is_flat(tool.input_schema)
    )
    return (*unsupported_by(_WORDS, request), *flattened)


def _is_sayable(value: Any) -> bool:
    match value:
        case Document():
            return isinstance(value.source, Plain)
        case Foreign():
            return value.api == API
        case SystemTool() | CachePoint():
            return False
        case _:
            return True


_WORDS: Final = Vocabulary(
    api=API,
    sampling=frozenset(_SAMPLING),
    blocks=(*TEXTS, ToolUse, ToolResult, Document),
    fields=("tools",),
    says=_is_sayable,
)
