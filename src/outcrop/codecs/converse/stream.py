"""Streams: an answer event by event, as the client reads it.

Place in the house: the Converse codec. Knows the payloads of events; frames are the protocol's.
The padding (``p``) of an event is dropped. The way back is `stream_encoding`.

    decoder = StreamDecoder()
    event = decoder.decode("contentBlockDelta", payload)

Source: behaviour specification, STREAM-01, STREAM-02, WIRE-10, WIRE-12; shape
ConverseStreamOutput; recordings.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.converse import wire, wire_blocks
from outcrop.codecs.converse.blocks import (
    decode_foreign,
    decode_result_delta,
)
from outcrop.codecs.converse.citations import decode_citation
from outcrop.codecs.converse.media import (
    decode_error,
    decode_source,
)
from outcrop.codecs.converse.members import (
    decode_performance,
    decode_raw_copy,
    decode_tier,
)
from outcrop.codecs.converse.response import decode_usage
from outcrop.codecs.converse.stops import decode_full_stop
from outcrop.codecs.converse.surplus import API, decode_extra
from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader, member
from outcrop.protocols.wire_type import Surplus
from outcrop.types import events
from outcrop.types.json import Extra

ToolIds: TypeAlias = dict[int, str]
"""Ids of the tools called so far, by the index of their block."""


class StreamDecoder:
    """Reads the events of one stream. Remembers the tools' ids: a fragment names its index only."""

    def __init__(self) -> None:
        """Start with no tool called."""
        self._ids: ToolIds = {}

    def decode(self, name: str, payload: bytes) -> events.Event:
        """Read one event; `name` is its ``:event-type``.

        Raises:
            WireError: The payload is malformed; the message names the path of the problem.
        """
        if name == "contentBlockDelta":
            plain = _decode_plain(payload)
            if plain is not None:
                return plain
        reader = _READERS.get(name)
        if reader is None:
            return _decode_unknown(name, payload)
        event = reader.read(payload, self._ids)
        if type(event) is events.ToolStarted:
            self._ids[event.index] = event.id
        return event


# Nearly every event is one of these two, written like this. A type that can be nothing else is read
# in less than half the time; whatever it turns out to be after all is read as any other event.
_TEXT_AHEAD: Final = b'"delta":{"text":'
_THOUGHT_AHEAD: Final = b'"delta":{"reasoningContent":{"text":'


class _Text(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: str


class _Thought(msgspec.Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    reasoning_content: _Text


class _TextEvent(msgspec.Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    content_block_index: int
    delta: _Text
    p: Any = None


class _ThoughtEvent(msgspec.Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    content_block_index: int
    delta: _Thought
    p: Any = None


_read_text: Final = msgspec.json.Decoder(_TextEvent).decode
_read_thought: Final = msgspec.json.Decoder(_ThoughtEvent).decode


def _decode_plain(payload: bytes) -> events.Event | None:
    try:
        if _TEXT_AHEAD in payload:
            said = _read_text(payload)
            return events.TextDelta(index=said.content_block_index, text=said.delta.text)
        if _THOUGHT_AHEAD in payload:
            thought = _read_thought(payload)
            text = thought.delta.reasoning_content.text
            return events.ReasoningDelta(index=thought.content_block_index, text=text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None


def decode_exception(name: str, payload: bytes) -> events.StreamFault:
    """Read an error in the middle of a stream; `name` is its ``:exception-type``.

    A payload that is malformed becomes the message: the name alone says what went wrong.
    """
    code = name[:1].upper() + name[1:]
    try:
        return _EXCEPTIONS.read(payload, code)
    except WireError:
        text = payload[:_EXCERPT_LIMIT].decode(errors="replace")
        return events.StreamFault(code=code, message=text)


_EXCERPT_LIMIT: Final = 2048


def _decode_unknown(name: str, payload: bytes) -> events.ForeignEvent:
    try:
        members = _MEMBERS.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"a {name} event is not one JSON object") from error
    padded = members.pop("p", None) is not None
    raw = msgspec.json.encode(members) if padded else payload
    return events.ForeignEvent(api=API, name=name, raw=msgspec.Raw(raw))


_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _decode_message_start(event: wire.MessageStart, _ids: ToolIds) -> events.MessageStarted:
    return events.MessageStarted(role=event.role, extra=decode_extra(event.surplus))


def _decode_block_start(event: wire.ContentBlockStart, _ids: ToolIds) -> events.Event:
    found = member(event.start)
    decode = _START_DECODERS[type(found)]
    return decode(event.content_block_index, found, decode_extra(event.surplus))


def _decode_tool_start(
    index: int, start: wire.ToolUseStart, extra: Extra | None
) -> events.ToolStarted:
    return events.ToolStarted(
        index=index,
        id=start.tool_use_id,
        name=start.name,
        tool_type=start.type,
        start_extra=decode_extra(start.surplus),
        extra=extra,
    )


def _decode_tool_result_start(
    index: int, start: wire.ToolResultStart, extra: Extra | None
) -> events.ToolResultStarted:
    return events.ToolResultStarted(
        index=index,
        id=start.tool_use_id,
        result_type=start.type,
        status=start.status,
        start_extra=decode_extra(start.surplus),
        extra=extra,
    )


def _decode_image_start(
    index: int, start: wire.ImageStart, extra: Extra | None
) -> events.ImageStarted:
    return events.ImageStarted(
        index=index, format=start.format, start_extra=decode_extra(start.surplus), extra=extra
    )


def _decode_foreign_start(index: int, start: Surplus, extra: Extra | None) -> events.ForeignStarted:
    return events.ForeignStarted(index=index, start=decode_foreign(start), extra=extra)


_START_DECODERS: Final[Mapping[type, Callable[[int, Any, Extra | None], events.Event]]] = (
    MappingProxyType(
        {
            wire.ToolUseStart: _decode_tool_start,
            wire.ToolResultStart: _decode_tool_result_start,
            wire.ImageStart: _decode_image_start,
            Surplus: _decode_foreign_start,
        }
    )
)


def _decode_block_delta(event: wire.ContentBlockDelta, ids: ToolIds) -> events.Event:
    found = member(event.delta)
    index, extra = event.content_block_index, decode_extra(event.surplus)
    if type(found) is str:
        return events.TextDelta(index=index, text=found, extra=extra)
    if type(found) is wire.ToolUseDelta:
        return events.ToolDelta(
            index=index,
            arguments=found.input,
            id=ids.get(index, ""),
            delta_extra=decode_extra(found.surplus),
            extra=extra,
        )
    return _DELTA_DECODERS[type(found)](index, found, extra)


def _decode_reasoning_delta(
    index: int, delta: wire.ReasoningDelta, extra: Extra | None
) -> events.Event:
    found = member(delta)
    if delta.text is not None:
        return events.ReasoningDelta(index=index, text=found, extra=extra)
    if delta.signature is not None:
        return events.SignatureDelta(index=index, signature=found, extra=extra)
    return events.RedactedDelta(index=index, data=found, extra=extra)


def _decode_tool_result_delta(
    index: int, delta: tuple[wire_blocks.ToolResultDelta, ...], extra: Extra | None
) -> events.ToolResultDelta:
    content = tuple(map(decode_result_delta, delta))
    return events.ToolResultDelta(index=index, content=content, extra=extra)


def _decode_citation_delta(
    index: int, delta: wire_blocks.CitationDelta, extra: Extra | None
) -> events.CitationDelta:
    return events.CitationDelta(index=index, citation=decode_citation(delta), extra=extra)


def _decode_image_delta(
    index: int, delta: wire.ImageDelta, extra: Extra | None
) -> events.ImageDelta:
    return events.ImageDelta(
        index=index,
        source=None if delta.source is None else decode_source(delta.source),
        error=decode_error(delta.error),
        delta_extra=decode_extra(delta.surplus),
        extra=extra,
    )


def _decode_foreign_delta(index: int, delta: Surplus, extra: Extra | None) -> events.ForeignDelta:
    return events.ForeignDelta(index=index, delta=decode_foreign(delta), extra=extra)


_DELTA_DECODERS: Final[Mapping[type, Callable[[int, Any, Extra | None], events.Event]]] = (
    MappingProxyType(
        {
            wire.ReasoningDelta: _decode_reasoning_delta,
            tuple: _decode_tool_result_delta,
            wire_blocks.CitationDelta: _decode_citation_delta,
            wire.ImageDelta: _decode_image_delta,
            Surplus: _decode_foreign_delta,
        }
    )
)


def _decode_block_stop(event: wire.ContentBlockStop, _ids: ToolIds) -> events.BlockEnded:
    return events.BlockEnded(index=event.content_block_index, extra=decode_extra(event.surplus))


def _decode_message_stop(event: wire.MessageStop, _ids: ToolIds) -> events.MessageEnded:
    fields = decode_raw_copy(event.additional_model_response_fields)
    return events.MessageEnded(
        stop=decode_full_stop(event.stop_reason, fields),
        additional_response_fields=fields,
        extra=decode_extra(event.surplus),
    )


def _decode_metadata(event: wire.Metadata, _ids: ToolIds) -> events.Metadata:
    metrics = event.metrics
    return events.Metadata(
        usage=decode_usage(event.usage),
        latency_ms=None if metrics is None else metrics.latency_ms,
        trace=decode_raw_copy(event.trace),
        latency=decode_performance(event.performance_config),
        service_tier=decode_tier(event.service_tier),
        metrics_extra=None if metrics is None else decode_extra(metrics.surplus),
        extra=decode_extra(event.surplus),
    )


_READERS: Final[Mapping[str, Reader[Any, ToolIds, events.Event]]] = MappingProxyType(
    {
        "messageStart": Reader(wire.MessageStart, _decode_message_start, WireError),
        "contentBlockStart": Reader(wire.ContentBlockStart, _decode_block_start, WireError),
        "contentBlockDelta": Reader(wire.ContentBlockDelta, _decode_block_delta, WireError),
        "contentBlockStop": Reader(wire.ContentBlockStop, _decode_block_stop, WireError),
        "messageStop": Reader(wire.MessageStop, _decode_message_stop, WireError),
        "metadata": Reader(wire.Metadata, _decode_metadata, WireError),
    }
)


def _decode_exception(payload: wire.StreamException, code: str) -> events.StreamFault:
    return events.StreamFault(
        code=code,
        message=payload.message or "",
        original_status=payload.original_status_code,
        original_message=payload.original_message,
        extra=decode_extra(payload.surplus),
    )


_EXCEPTIONS: Final = Reader(wire.StreamException, _decode_exception, WireError)
