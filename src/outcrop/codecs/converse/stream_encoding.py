"""Streams: an answer event by event, as the emulator writes it.

Place in the house: the Converse codec. Knows the payloads of events; whoever writes the frames
adds the padding (``p``). The way back is `stream`.

    name, payload = StreamEncoder().encode(event)

Source: behaviour specification, STREAM-01, WIRE-10; shape ConverseStreamOutput; recordings.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from outcrop.codecs.converse import wire, wire_blocks
from outcrop.codecs.converse.blocks import encode_blocks
from outcrop.codecs.converse.citations import encode_citation_delta
from outcrop.codecs.converse.media import encode_error, encode_media_source
from outcrop.codecs.converse.members import encode_performance, encode_raw, encode_tier
from outcrop.codecs.converse.response import encode_metrics, encode_usage
from outcrop.codecs.converse.stops import encode_stop
from outcrop.codecs.converse.surplus import API, encode_extra, encode_foreign
from outcrop.errors import UnsupportedError
from outcrop.protocols.lossless import encode, encode_plain
from outcrop.types import events

Encoded: TypeAlias = tuple[str, bytes] | None
"""The ``:event-type`` and the payload."""


class StreamEncoder:
    """Writes the events of one stream."""

    def encode(self, event: events.Event) -> Encoded:
        """Write one event: its ``:event-type`` and its payload, without padding.

        None for what is never on this wire: `ToolCalled`, and what another API wrote.

        Raises:
            UnsupportedError: `event` is a `StreamFault`, which is no event on this wire but an
                exception (`encode_exception`); or its media cannot be said.
            BadRequestError: A text cannot be written as JSON.
        """
        return _ENCODERS[type(event)](event)


def encode_exception(fault: events.StreamFault) -> tuple[str, bytes]:
    """Write an error in the middle of a stream: its ``:exception-type`` and its payload."""
    payload = wire.StreamException(
        message=fault.message,
        original_message=fault.original_message,
        original_status_code=fault.original_status,
        surplus=encode_extra(fault.extra),
    )
    return fault.code[:1].lower() + fault.code[1:], encode(payload)


def _encode_text(event: events.TextDelta) -> Encoded:
    if event.extra is not None:
        return _encode_delta(event, wire.BlockDelta(text=event.text))
    # Nearly every event is of this kind: a template takes 60 % of what wire values take.
    text = encode_plain(event.text)
    return "contentBlockDelta", b'{"contentBlockIndex":%d,"delta":{"text":%b}}' % (
        event.index,
        text,
    )


def _encode_message_start(event: events.MessageStarted) -> Encoded:
    payload = wire.MessageStart(role=event.role, surplus=encode_extra(event.extra))
    return "messageStart", encode(payload)


def _encode_start(event: Any, start: wire.BlockStart) -> Encoded:
    payload = wire.ContentBlockStart(
        content_block_index=event.index, start=start, surplus=encode_extra(event.extra)
    )
    return "contentBlockStart", encode(payload)


def _encode_tool_start(event: events.ToolStarted) -> Encoded:
    start = wire.ToolUseStart(
        tool_use_id=event.id,
        name=event.name,
        type=event.tool_type,
        surplus=encode_extra(event.start_extra),
    )
    return _encode_start(event, wire.BlockStart(tool_use=start))


def _encode_tool_result_start(event: events.ToolResultStarted) -> Encoded:
    start = wire.ToolResultStart(
        tool_use_id=event.id,
        type=event.result_type,
        status=event.status,
        surplus=encode_extra(event.start_extra),
    )
    return _encode_start(event, wire.BlockStart(tool_result=start))


def _encode_image_start(event: events.ImageStarted) -> Encoded:
    start = wire.ImageStart(format=event.format, surplus=encode_extra(event.start_extra))
    return _encode_start(event, wire.BlockStart(image=start))


def _encode_foreign_start(event: events.ForeignStarted) -> Encoded:
    whole = encode_foreign(event.start.api, event.start.raw)
    return None if whole is None else _encode_start(event, wire.BlockStart(surplus=whole))


def _encode_delta(event: Any, delta: wire.BlockDelta) -> Encoded:
    payload = wire.ContentBlockDelta(
        content_block_index=event.index, delta=delta, surplus=encode_extra(event.extra)
    )
    return "contentBlockDelta", encode(payload)


def _encode_tool_delta(event: events.ToolDelta) -> Encoded:
    delta = wire.ToolUseDelta(input=event.arguments, surplus=encode_extra(event.delta_extra))
    return _encode_delta(event, wire.BlockDelta(tool_use=delta))


def _encode_reasoning_delta(event: Any, **delta: Any) -> Encoded:
    content = wire.ReasoningDelta(**delta)
    return _encode_delta(event, wire.BlockDelta(reasoning_content=content))


def _encode_tool_result_delta(event: events.ToolResultDelta) -> Encoded:
    parts = encode_blocks(wire_blocks.ToolResultDelta, event.content)
    return _encode_delta(event, wire.BlockDelta(tool_result=parts))


def _encode_citation_delta(event: events.CitationDelta) -> Encoded:
    citation = encode_citation_delta(event.citation)
    return _encode_delta(event, wire.BlockDelta(citation=citation))


def _encode_image_delta(event: events.ImageDelta) -> Encoded:
    image = wire.ImageDelta(
        source=None if event.source is None else encode_media_source(event.source),
        error=encode_error(event.error),
        surplus=encode_extra(event.delta_extra),
    )
    return _encode_delta(event, wire.BlockDelta(image=image))


def _encode_foreign_delta(event: events.ForeignDelta) -> Encoded:
    whole = encode_foreign(event.delta.api, event.delta.raw)
    return None if whole is None else _encode_delta(event, wire.BlockDelta(surplus=whole))


def _encode_block_stop(event: events.BlockEnded) -> Encoded:
    payload = wire.ContentBlockStop(
        content_block_index=event.index, surplus=encode_extra(event.extra)
    )
    return "contentBlockStop", encode(payload)


def _encode_message_stop(event: events.MessageEnded) -> Encoded:
    payload = wire.MessageStop(
        additional_model_response_fields=encode_raw(event.additional_response_fields),
        stop_reason=encode_stop(event.stop),
        surplus=encode_extra(event.extra),
    )
    return "messageStop", encode(payload)


def _encode_metadata(event: events.Metadata) -> Encoded:
    payload = wire.Metadata(
        metrics=encode_metrics(event.latency_ms, event.metrics_extra),
        performance_config=encode_performance(event.latency),
        service_tier=encode_tier(event.service_tier),
        trace=encode_raw(event.trace),
        usage=encode_usage(event.usage),
        surplus=encode_extra(event.extra),
    )
    return "metadata", encode(payload)


def _encode_unknown(event: events.ForeignEvent) -> Encoded:
    return (event.name, bytes(event.raw)) if event.api == API else None


def _encode_nothing(_event: events.ToolCalled) -> Encoded:
    return None


def _refuse_fault(_event: events.StreamFault) -> Encoded:
    raise UnsupportedError("an error is no event on this wire: write it by encode_exception")


_ENCODERS: Final[Mapping[type, Callable[[Any], Encoded]]] = MappingProxyType(
    {
        events.TextDelta: _encode_text,
        events.MessageStarted: _encode_message_start,
        events.ToolStarted: _encode_tool_start,
        events.ToolResultStarted: _encode_tool_result_start,
        events.ImageStarted: _encode_image_start,
        events.ForeignStarted: _encode_foreign_start,
        events.ReasoningDelta: lambda event: _encode_reasoning_delta(event, text=event.text),
        events.SignatureDelta: lambda event: _encode_reasoning_delta(
            event, signature=event.signature
        ),
        events.RedactedDelta: lambda event: _encode_reasoning_delta(
            event, redacted_content=event.data
        ),
        events.ToolDelta: _encode_tool_delta,
        events.ToolResultDelta: _encode_tool_result_delta,
        events.CitationDelta: _encode_citation_delta,
        events.ImageDelta: _encode_image_delta,
        events.ForeignDelta: _encode_foreign_delta,
        events.BlockEnded: _encode_block_stop,
        events.ToolCalled: _encode_nothing,
        events.MessageEnded: _encode_message_stop,
        events.Metadata: _encode_metadata,
        events.ForeignEvent: _encode_unknown,
        events.StreamFault: _refuse_fault,
    }
)
