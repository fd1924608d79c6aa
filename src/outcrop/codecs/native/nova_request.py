"""Nova: requests of the schema ``messages-v1``.

Place in the house: the native codecs.

Source: Amazon Nova User Guide, complete request schema; recordings of InvokeModel.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.native import sampling
from outcrop.codecs.native.beside import decode_rest, encode_body
from outcrop.codecs.native.members import (
    Members,
    Path,
    keep,
    kept_by,
    tree,
)
from outcrop.codecs.native.nova_blocks import (
    API,
    decode_blocks,
    encode_blocks,
    is_sayable,
)
from outcrop.codecs.native.sampling import Names
from outcrop.codecs.native.texts import TEXTS
from outcrop.codecs.native.unsupported import Vocabulary, unsupported_by
from outcrop.errors import BadRequestError
from outcrop.types.content import (
    Audio,
    CachePoint,
    Document,
    Foreign,
    Image,
    JsonValue,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
    Video,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    SystemTool,
    Tool,
    ToolChoice,
    ToolEntry,
)

_SAMPLING: Final[Names] = MappingProxyType(
    {
        "max_tokens": ("inferenceConfig", "maxTokens"),
        "temperature": ("inferenceConfig", "temperature"),
        "top_p": ("inferenceConfig", "topP"),
        "top_k": ("inferenceConfig", "topK"),
        "stop_sequences": ("inferenceConfig", "stopSequences"),
    }
)


def encode_request(request: Request, *, stream: bool, invoke: bool = True) -> bytes:
    """Write the body of a request.

    Args:
        request: What is asked.
        stream: Whether the answer shall be streamed, which stands in the path.
        invoke: Always so: this body is InvokeModel's alone.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    del stream, invoke
    tools = [each for each in map(_encode_tool, request.tools) if each is not None]
    named: dict[Path, Any] = {
        ("system",): encode_blocks(request.system) or None,
        ("messages",): [_encode_message(each) for each in request.messages],
        ("toolConfig", "tools"): tools or None,
        ("toolConfig", "toolChoice"): _encode_choice(request.tool_choice) if tools else None,
    }
    named |= sampling.encode(request.sampling, _SAMPLING)
    return encode_body(API, named, request)


def _encode_message(message: Message) -> dict[str, Any]:
    named: dict[Path, Any] = {
        ("role",): message.role,
        ("content",): encode_blocks(message.content),
    }
    return tree(named, kept_by(API, message.extra))


def _encode_tool(tool: ToolEntry) -> Any:
    match tool:
        case Tool():
            named: dict[Path, Any] = {
                ("name",): tool.name,
                ("description",): tool.description,
                ("inputSchema", "json"): tool.input_schema,
                ("strict",): tool.strict,
            }
            return {"toolSpec": tree(named, kept_by(API, tool.extra))}
        case SystemTool():
            return {"systemTool": tree({("name",): tool.name}, kept_by(API, tool.extra))}
        case CachePoint():
            return encode_blocks((tool,))[0]
        case Foreign():
            return tool.raw if tool.api == API else None


def _encode_choice(choice: ToolChoice | None) -> Any:
    match choice:
        case AutoChoice():
            return {"auto": kept_by(API, choice.extra)}
        case AnyChoice():
            return {"any": kept_by(API, choice.extra)}
        case NamedChoice():
            return {"tool": tree({("name",): choice.name}, kept_by(API, choice.extra))}
        case Foreign() if choice.api == API:
            return choice.raw
        case _:
            return None


def decode_request(body: bytes, model: str) -> Request:
    """Read the body of a request to `model`, which stood in the path.

    Raises:
        BadRequestError: The body is malformed; message and `param` name the place.
    """
    members = Members(body, BadRequestError)
    messages = members.take_list(("messages",))
    if not messages:
        raise members.refuse("lacks the member messages")
    system = decode_blocks(members, ("system",), BadRequestError)
    taken = sampling.decode(members, _SAMPLING)
    tools = tuple(map(_decode_tool, members.take_list(("toolConfig", "tools"))))
    choice = _decode_choice(members)
    guardrail, extra = decode_rest(API, members)
    return Request(
        model=model,
        system=system,
        messages=tuple(map(_decode_message, messages)),
        sampling=taken,
        tools=tools,
        tool_choice=choice,
        guardrail=guardrail,
        extra=extra,
    )


def _decode_message(members: Members) -> Message:
    return Message(
        role=members.take(str, ("role",)) or "",
        content=decode_blocks(members, ("content",), BadRequestError),
        extra=keep(API, members.rest()),
    )


def _decode_tool(members: Members) -> ToolEntry:
    found = next((name for name in _TOOLS if name in members), None)
    inner = None if found is None else members.open(found)
    if found is None or inner is None:
        return Foreign(api=API, raw=msgspec.Raw(msgspec.json.encode(members.rest())))
    return _TOOLS[found](inner)


def _decode_spec(members: Members) -> Tool:
    schema = members.take(msgspec.Raw, ("inputSchema", "json"))
    if schema is None:
        raise members.refuse("lacks the member inputSchema.json")
    return Tool(
        name=members.take(str, ("name",)) or "",
        input_schema=schema.copy(),
        description=members.take(str, ("description",)),
        strict=members.take(bool, ("strict",)),
        extra=keep(API, members.rest()),
    )


def _decode_system_tool(members: Members) -> SystemTool:
    name = members.take(str, ("name",)) or ""
    return SystemTool(name=name, extra=keep(API, members.rest()))


def _decode_point(members: Members) -> CachePoint:
    return CachePoint(
        type=members.take(str, ("type",)) or "default",
        ttl=members.take(str, ("ttl",)),
        extra=keep(API, members.rest()),
    )


_TOOLS: Final[Mapping[str, Callable[[Members], ToolEntry]]] = MappingProxyType(
    {"toolSpec": _decode_spec, "systemTool": _decode_system_tool, "cachePoint": _decode_point}
)


def _decode_choice(members: Members) -> ToolChoice | None:
    raw = members.take(msgspec.Raw, ("toolConfig", "toolChoice"))
    if raw is None:
        return None
    choice = Members(raw, BadRequestError, "toolConfig.toolChoice")
    found = next((name for name in ("auto", "any", "tool") if name in choice), None)
    inner = None if found is None else choice.open(found)
    if inner is None:
        return Foreign(api=API, raw=raw.copy())
    name = inner.take(str, ("name",)) or ""
    extra = keep(API, inner.rest())
    if found == "tool":
        return NamedChoice(name=name, extra=extra)
    return AutoChoice(extra=extra) if found == "auto" else AnyChoice(extra=extra)


def unsupported(request: Request) -> tuple[Adjustment, ...]:
    """List what the encoder would leave out."""
    return unsupported_by(_WORDS, request)


def _is_sayable(value: Any) -> bool:
    match value:
        case NoChoice():
            return False
        case Foreign():
            return value.api == API
        case Image() | Video() | Audio() | Document():
            return is_sayable(value)
        case _:
            return True


_WORDS: Final = Vocabulary(
    api=API,
    sampling=frozenset(_SAMPLING),
    blocks=(
        *TEXTS,
        CachePoint,
        Image,
        Video,
        Audio,
        Document,
        ToolUse,
        ToolResult,
        Reasoning,
        RedactedReasoning,
    ),
    results=(Text, JsonValue, Image, Video, Document),
    fields=("tools", "tool_choice"),
    says=_is_sayable,
)
