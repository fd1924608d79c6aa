"""A streamed answer, event by event.

Place in the house: types. Each class carries its name in `type`, so that callers may compare
strings instead of classes.

Text and reasoning blocks have no start event on the wire: a delta with an index not seen before
opens its block. Folded by `accumulate` into the same `Response` that an unstreamed call gives.

Source: behaviour specification, STREAM-01, STREAM-02.
"""

from typing import ClassVar, TypeAlias

import msgspec

from outcrop.types.content import (
    Citation,
    Foreign,
    JsonValue,
    MediaSource,
    Text,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.responses import Stop
from outcrop.types.usage import Usage


class MessageStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer begins."""

    type: ClassVar[str] = "start"
    role: str = "assistant"
    extra: Extra | None = None


class ToolStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The model begins to call a tool; its arguments follow in fragments."""

    type: ClassVar[str] = "tool_start"
    index: int
    id: str
    name: str
    tool_type: str | None = None
    """As `ToolUse.type`."""
    start_extra: Extra | None = None
    extra: Extra | None = None


class ToolResultStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a server tool begins."""

    type: ClassVar[str] = "tool_result_start"
    index: int
    id: str
    result_type: str | None = None
    """As `ToolResult.type`."""
    status: str | None = None
    start_extra: Extra | None = None
    extra: Extra | None = None


class ImageStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A picture begins."""

    type: ClassVar[str] = "image_start"
    index: int
    format: str
    start_extra: Extra | None = None
    extra: Extra | None = None


class ForeignStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A block begins that this model has no word for."""

    type: ClassVar[str] = "foreign_start"
    index: int
    start: Foreign
    extra: Extra | None = None


class TextDelta(msgspec.Struct, frozen=True, kw_only=True):
    """More of what is said."""

    type: ClassVar[str] = "text"
    index: int
    text: str
    extra: Extra | None = None


class ReasoningDelta(msgspec.Struct, frozen=True, kw_only=True):
    """More of what is thought."""

    type: ClassVar[str] = "reasoning"
    index: int
    text: str
    extra: Extra | None = None


class SignatureDelta(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of a reasoning block."""

    type: ClassVar[str] = "reasoning_signature"
    index: int
    signature: str
    extra: Extra | None = None


class RedactedDelta(msgspec.Struct, frozen=True, kw_only=True):
    """More of a reasoning block that only the provider can read."""

    type: ClassVar[str] = "reasoning_redacted"
    index: int
    data: bytes
    extra: Extra | None = None


class ToolDelta(msgspec.Struct, frozen=True, kw_only=True):
    """More of a tool's arguments: a fragment of JSON text, possibly empty."""

    type: ClassVar[str] = "tool_delta"
    index: int
    arguments: str
    id: str = ""
    """The call's id, as in its `ToolStarted`; empty if that never came."""
    delta_extra: Extra | None = None
    extra: Extra | None = None


class ToolResultDelta(msgspec.Struct, frozen=True, kw_only=True):
    """More of a server tool's result."""

    type: ClassVar[str] = "tool_result_delta"
    index: int
    content: tuple[Text | JsonValue | Foreign, ...]
    extra: Extra | None = None


class CitationDelta(msgspec.Struct, frozen=True, kw_only=True):
    """A source of what is being said."""

    type: ClassVar[str] = "citation"
    index: int
    citation: Citation
    extra: Extra | None = None


class ImageDelta(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, or why there is none."""

    type: ClassVar[str] = "image"
    index: int
    source: MediaSource | None = None
    error: str | None = None
    delta_extra: Extra | None = None
    extra: Extra | None = None


class ForeignDelta(msgspec.Struct, frozen=True, kw_only=True):
    """More of a block, of a kind that this model has no word for."""

    type: ClassVar[str] = "foreign_delta"
    index: int
    delta: Foreign
    extra: Extra | None = None


class BlockEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A block is complete."""

    type: ClassVar[str] = "block_end"
    index: int
    extra: Extra | None = None


class ToolCalled(msgspec.Struct, frozen=True, kw_only=True):
    """A call is complete. Made from the events before it; never on the wire."""

    type: ClassVar[str] = "tool_call"
    index: int
    call: ToolUse


class MessageEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The answer is complete."""

    type: ClassVar[str] = "finish"
    stop: Stop
    additional_response_fields: msgspec.Raw | None = None
    extra: Extra | None = None


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer used."""

    type: ClassVar[str] = "usage"
    usage: Usage | None = None
    latency_ms: int | None = None
    trace: msgspec.Raw | None = None
    latency: str | None = None
    service_tier: str | None = None
    metrics_extra: Extra | None = None
    extra: Extra | None = None


class ForeignEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that this model has no word for."""

    type: ClassVar[str] = "foreign"
    api: str
    name: str
    """The wire's name of the event."""
    raw: msgspec.Raw


class StreamFault(msgspec.Struct, frozen=True, kw_only=True):
    """The service reports an error in the middle of the stream. Nothing follows."""

    type: ClassVar[str] = "error"
    code: str
    """AWS's exception name, e.g. ``"ThrottlingException"``."""
    message: str
    original_status: int | None = None
    original_message: str | None = None
    extra: Extra | None = None


Event: TypeAlias = (
    MessageStarted
    | ToolStarted
    | ToolResultStarted
    | ImageStarted
    | ForeignStarted
    | TextDelta
    | ReasoningDelta
    | SignatureDelta
    | RedactedDelta
    | ToolDelta
    | ToolResultDelta
    | CitationDelta
    | ImageDelta
    | ForeignDelta
    | BlockEnded
    | ToolCalled
    | MessageEnded
    | Metadata
    | ForeignEvent
    | StreamFault
)
"""Anything a stream can say."""
