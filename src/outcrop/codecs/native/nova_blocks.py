"""Nova's content blocks: what a message, a system prompt and a tool's answer hold.

Place in the house: the native codecs. Used by `nova_request`, `nova_answer` and `nova_stream`.

A block has one member that says what it is; a cache point stands beside it, in the same object.
What this form has no word for is `Foreign`, whole.

Source: Amazon Nova User Guide, complete request schema; recordings of InvokeModel.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.native.members import Members, Path, keep, kept_by, tree
from outcrop.errors import OutcropError, UnsupportedError
from outcrop.types.content import (
    S3,
    Audio,
    CachePoint,
    CitedText,
    Document,
    Foreign,
    GuardText,
    Image,
    Inline,
    JsonValue,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
    Video,
)
from outcrop.types.json import EMPTY_OBJECT, is_object

API: Final = "nova"

_MEDIA: Final[Mapping[str, Any]] = MappingProxyType(
    {"image": Image, "video": Video, "audio": Audio, "document": Document}
)


def encode_blocks(blocks: Iterable[Any]) -> list[Any]:
    """Write blocks; a cache point joins the block before it.

    Raises:
        UnsupportedError: Media stands where this form cannot fetch it.
    """
    written: list[Any] = []
    for block in blocks:
        if isinstance(block, CachePoint) and written and isinstance(written[-1], dict):
            written[-1] |= _encode_cache_point(block)
        elif is_sayable(block):
            written.append(_ENCODERS[type(block)](block))
    return written


def is_sayable(block: Any) -> bool:
    """Tell whether this form has a word for a block."""
    if isinstance(block, Foreign):
        return block.api == API
    if isinstance(block, Image | Video | Audio | Document):
        return isinstance(block.source, Inline | S3)
    return type(block) in _ENCODERS


def _encode_text(block: Text | CitedText | GuardText) -> dict[str, Any]:
    return tree({("text",): block.text}, kept_by(API, block.extra))


def _encode_cache_point(block: CachePoint) -> dict[str, Any]:
    inner = tree({("type",): block.type, ("ttl",): block.ttl}, kept_by(API, block.extra))
    return {"cachePoint": inner}


def _encode_media(block: Any) -> dict[str, Any]:
    name = next(name for name, kind in _MEDIA.items() if isinstance(block, kind))
    named: dict[Path, Any] = {
        ("format",): block.format or None,
        ("name",): getattr(block, "name", None),
        ("source",): _encode_source(block.source),
    }
    return {name: tree(named, kept_by(API, block.extra))}


def _encode_source(source: Any) -> dict[str, Any]:
    match source:
        case Inline():
            return {"bytes": b64encode(source.data).decode()}
        case S3():
            named: dict[Path, Any] = {
                ("uri",): source.uri,
                ("bucketOwner",): source.bucket_owner or None,
            }
            return {"s3Location": tree(named, kept_by(API, source.extra))}
        case _:
            raise UnsupportedError("media is sent as bytes or from S3, not from elsewhere")


def _encode_tool_use(block: ToolUse) -> dict[str, Any]:
    named: dict[Path, Any] = {
        ("toolUseId",): block.id,
        ("name",): block.name,
        ("input",): block.arguments,
        ("type",): block.type,
    }
    return {"toolUse": tree(named, kept_by(API, block.extra))}


def _encode_tool_result(block: ToolResult) -> dict[str, Any]:
    inner = tree(
        {("toolUseId",): block.id, ("status",): block.status, ("type",): block.type},
        kept_by(API, block.extra),
    )
    return {"toolResult": inner | {"content": encode_blocks(block.content)}}


def _encode_json(block: JsonValue) -> dict[str, Any]:
    return tree({("json",): block.value}, kept_by(API, block.extra))


def _encode_reasoning(block: Reasoning) -> dict[str, Any]:
    named: dict[Path, Any] = {("text",): block.text, ("signature",): block.signature}
    return {"reasoningContent": {"reasoningText": tree(named, kept_by(API, block.extra))}}


def _encode_redacted(block: RedactedReasoning) -> dict[str, Any]:
    named: dict[Path, Any] = {("redactedContent",): b64encode(block.data).decode()}
    return {"reasoningContent": tree(named, kept_by(API, block.extra))}


_ENCODERS: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        Text: _encode_text,
        CitedText: _encode_text,
        GuardText: _encode_text,
        CachePoint: _encode_cache_point,
        **dict.fromkeys(_MEDIA.values(), _encode_media),
        ToolUse: _encode_tool_use,
        ToolResult: _encode_tool_result,
        JsonValue: _encode_json,
        Reasoning: _encode_reasoning,
        RedactedReasoning: _encode_redacted,
        Foreign: lambda block: block.raw,
    }
)


def decode_blocks(members: Members, path: Path, error: type[OutcropError]) -> tuple[Any, ...]:
    """Read blocks.

    Raises:
        OutcropError: A block is malformed; `param` names the place.
    """
    raws = members.take(list[msgspec.Raw], path) or ()
    place = members.place(path)
    return tuple(
        block
        for number, raw in enumerate(raws)
        for block in _decode_block(raw, f"{place}[{number}]", error)
    )


def _decode_block(raw: msgspec.Raw, path: str, error: type[OutcropError]) -> Iterator[Any]:
    members = Members(raw, error, path)
    point = members.take(msgspec.Raw, ("cachePoint",))
    name = next((name for name in _DECODERS if name in members), None)
    if name is not None:
        yield _DECODERS[name](members, raw, error)
    elif point is None or members.rest():
        yield Foreign(api=API, raw=raw.copy())
        return
    if point is not None:
        yield _decode_cache_point(Members(point, error, f"{path}.cachePoint"))


def _decode_cache_point(members: Members) -> CachePoint:
    return CachePoint(
        type=members.take(str, ("type",)) or "default",
        ttl=members.take(str, ("ttl",)),
        extra=keep(API, members.rest()),
    )


def _decode_text(members: Members, _raw: msgspec.Raw, _error: type[OutcropError]) -> Text:
    text = members.take(str, ("text",)) or ""
    return Text(text=text, extra=keep(API, members.rest()))


def _decode_json(members: Members, _raw: msgspec.Raw, _error: type[OutcropError]) -> JsonValue:
    value = members.take(msgspec.Raw, ("json",)) or msgspec.Raw(b"null")
    return JsonValue(value=value.copy(), extra=keep(API, members.rest()))


def _inner(members: Members, name: str) -> Members:
    inner = members.open(name)
    assert inner is not None, "the name was found there"
    return inner


def _decode_media(name: str) -> Callable[[Members, msgspec.Raw, type[OutcropError]], Any]:
    def decode(members: Members, raw: msgspec.Raw, error: type[OutcropError]) -> Any:
        inner = _inner(members, name)
        source = _decode_source(inner, error)
        if source is None:
            return Foreign(api=API, raw=raw.copy())
        fields: dict[str, Any] = {"format": inner.take(str, ("format",)) or "", "source": source}
        if name == "document":
            fields["name"] = inner.take(str, ("name",)) or ""
        return _MEDIA[name](**fields, extra=keep(API, inner.rest()))

    return decode


def _decode_source(members: Members, error: type[OutcropError]) -> Inline | S3 | None:
    data = members.take(bytes, ("source", "bytes"))
    if data is not None:
        return Inline(data)
    raw = members.take(msgspec.Raw, ("source", "s3Location"))
    if raw is None:
        return None
    place = Members(raw, error, "s3Location")
    return S3(
        uri=place.take(str, ("uri",)) or "",
        bucket_owner=place.take(str, ("bucketOwner",)) or "",
        extra=keep(API, place.rest()),
    )


def _decode_tool_use(members: Members, _raw: msgspec.Raw, _error: type[OutcropError]) -> ToolUse:
    inner = _inner(members, "toolUse")
    given = inner.take(msgspec.Raw, ("input",))
    arguments = EMPTY_OBJECT if given is None else given.copy()
    return ToolUse(
        id=inner.take(str, ("toolUseId",)) or "",
        name=inner.take(str, ("name",)) or "",
        arguments=arguments,
        type=inner.take(str, ("type",)),
        arguments_error=None if is_object(arguments) else "the arguments are not a JSON object",
        extra=keep(API, inner.rest()),
    )


def _decode_tool_result(
    members: Members, _raw: msgspec.Raw, error: type[OutcropError]
) -> ToolResult:
    inner = _inner(members, "toolResult")
    return ToolResult(
        id=inner.take(str, ("toolUseId",)) or "",
        content=decode_blocks(inner, ("content",), error),
        status=inner.take(str, ("status",)),
        type=inner.take(str, ("type",)),
        extra=keep(API, inner.rest()),
    )


def _decode_reasoning(
    members: Members, raw: msgspec.Raw, _error: type[OutcropError]
) -> Reasoning | RedactedReasoning | Foreign:
    inner = _inner(members, "reasoningContent")
    data = inner.take(bytes, ("redactedContent",))
    if data is not None:
        return RedactedReasoning(data=data, extra=keep(API, inner.rest()))
    told = inner.open("reasoningText")
    if told is None:
        return Foreign(api=API, raw=raw.copy())
    return Reasoning(
        text=told.take(str, ("text",)) or "",
        signature=told.take(str, ("signature",)),
        extra=keep(API, told.rest()),
    )


_DECODERS: Final[Mapping[str, Callable[[Members, msgspec.Raw, type[OutcropError]], Any]]] = (
    MappingProxyType(
        {
            "text": _decode_text,
            "toolUse": _decode_tool_use,
            "toolResult": _decode_tool_result,
            "json": _decode_json,
            "reasoningContent": _decode_reasoning,
            **{name: _decode_media(name) for name in _MEDIA},
        }
    )
)
