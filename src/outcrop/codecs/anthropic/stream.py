"""Streams: an answer event by event, as the client reads it.

Place in the house: the Anthropic codec. Knows the JSON of events; who took it out of an
event-stream frame or a server-sent event is the caller's business. The way back is
`stream_encoding`.

    decoder = StreamDecoder()
    for payload in payloads:
        events += decoder.decode("", payload)
    events += decoder.close()

The first event holds the counts of the input, the last but one those of the output: they are told
together at the end. Pings say nothing.

Source: behaviour specification, STREAM-01, STREAM-02, WIRE-12; Anthropic API reference,
"Streaming Messages"; recordings of InvokeModelWithResponseStream.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

import msgspec

from outcrop.codecs.anthropic import wire
from outcrop.codecs.anthropic import wire_blocks as blocks
from outcrop.codecs.anthropic.blocks import SERVER_RESULTS
from outcrop.codecs.anthropic.citations import decode_citation
from outcrop.codecs.anthropic.errors import code_of
from outcrop.codecs.anthropic.stops import decode_stop, unknown_word
from outcrop.codecs.anthropic.surplus import (
    API,
    decode_extra,
    decode_foreign,
    gather_extra,
)
from outcrop.codecs.anthropic.usage import (
    decode_tier_used,
    decode_usage,
    merge_usage,
    usage_of_metrics,
)
from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader
from outcrop.protocols.wire_type import Surplus
from outcrop.types import events
from outcrop.types.content import SERVER_TOOL_USE, JsonValue
from outcrop.types.json import EMPTY_OBJECT

_NULL: Final = msgspec.Raw(b"null")
_NOTHING: Final = (_NULL, EMPTY_OBJECT, msgspec.Raw(b'""'))


def _itself(event: Any, _context: None) -> Any:
    return event


_EVENT: Final[Any] = wire.StreamEvent
_EVENTS: Final[Reader[Any, None, Any]] = Reader(_EVENT, _itself, WireError)


class _Named(msgspec.Struct):
    type: str


_NAMED: Final = msgspec.json.Decoder(_Named)


class StreamDecoder:
    """Reads the events of one stream. Remembers what later events refer to."""

    def __init__(self) -> None:
        """Start before the first event."""
        self._ids: dict[int, str] = {}
        self._foreign: set[int] = set()
        self._usage: wire.Usage | None = None
        self._untold = False

    def decode(self, name: str, payload: bytes) -> tuple[events.Event, ...]:  # noqa: ARG002
        """Read one event; its `name` stands in the payload too, and is read there.

        Raises:
            WireError: The payload is malformed; the message names the path of the problem.
        """
        event = _EVENTS.read(payload, None)
        return tuple(self._TAKERS[type(event)](self, event))

    def close(self) -> tuple[events.Event, ...]:
        """Return what the end of the stream completes: counts that no last event told."""
        return self._metadata() if self._untold else ()

    def _take_start(self, event: wire.MessageStart) -> Iterable[events.Event]:
        message = event.message
        self._usage = message.usage
        beside = {"content": message.content or None}
        extra = gather_extra(message.surplus, event.surplus, beside=beside)
        yield events.MessageStarted(role=message.role, extra=extra)

    def _take_block_start(self, event: wire.ContentBlockStart) -> Iterable[events.Event]:
        found = event.content_block
        if isinstance(found, Surplus):
            self._foreign.add(event.index)
        else:
            self._foreign.discard(event.index)
        return _START_DECODERS[type(found)](self, event, found)

    def _start_foreign(
        self, event: wire.ContentBlockStart, found: Surplus
    ) -> Iterable[events.Event]:
        start, extra = decode_foreign(found), decode_extra(event.surplus)
        yield events.ForeignStarted(index=event.index, start=start, extra=extra)

    def _start_text(
        self, event: wire.ContentBlockStart, found: wire.TextStart
    ) -> Iterable[events.Event]:
        extra = decode_extra(event.surplus)
        if found.text or extra is not None:
            yield events.TextDelta(index=event.index, text=found.text or "", extra=extra)
        for citation in found.citations or ():
            yield events.CitationDelta(index=event.index, citation=decode_citation(citation))

    def _start_thinking(
        self, event: wire.ContentBlockStart, found: wire.ThinkingStart
    ) -> Iterable[events.Event]:
        extra = decode_extra(event.surplus)
        if found.thinking or extra is not None:
            text = found.thinking or ""
            yield events.ReasoningDelta(index=event.index, text=text, extra=extra)
        if found.signature:
            yield events.SignatureDelta(index=event.index, signature=found.signature)

    def _start_redacted(
        self, event: wire.ContentBlockStart, found: wire.RedactedStart
    ) -> Iterable[events.Event]:
        extra = decode_extra(event.surplus)
        yield events.RedactedDelta(index=event.index, data=found.data.encode(), extra=extra)

    def _start_tool(
        self, event: wire.ContentBlockStart, found: blocks.ToolUseBlock
    ) -> Iterable[events.Event]:
        self._ids[event.index] = found.id
        yield events.ToolStarted(
            index=event.index,
            id=found.id,
            name=found.name,
            tool_type=SERVER_TOOL_USE if type(found) is blocks.ServerToolUseBlock else None,
            start_extra=decode_extra(found.surplus),
            extra=decode_extra(event.surplus),
        )
        # Usually empty, and the arguments follow; a call without fragments may bring them here.
        if found.input not in _NOTHING:
            text = bytes(found.input).decode()
            yield events.ToolDelta(index=event.index, arguments=text, id=found.id)

    def _start_result(
        self, event: wire.ContentBlockStart, found: blocks.ServerResult
    ) -> Iterable[events.Event]:
        yield events.ToolResultStarted(
            index=event.index,
            id=found.tool_use_id,
            result_type=str(found.__struct_config__.tag),
            start_extra=decode_extra(found.surplus),
            extra=decode_extra(event.surplus),
        )
        content = (JsonValue(value=found.content.copy()),)
        yield events.ToolResultDelta(index=event.index, content=content)

    def _take_delta(self, event: wire.ContentBlockDelta) -> Iterable[events.Event]:
        found = event.delta
        extra = decode_extra(event.surplus)
        if isinstance(found, Surplus) or event.index in self._foreign:
            delta = decode_foreign(found)
            return (events.ForeignDelta(index=event.index, delta=delta, extra=extra),)
        if type(found) is wire.InputDelta:
            call = self._ids.get(event.index, "")
            arguments = found.partial_json
            return (events.ToolDelta(index=event.index, arguments=arguments, id=call, extra=extra),)
        return (_DELTA_DECODERS[type(found)](event.index, found, extra),)

    def _take_block_stop(self, event: wire.ContentBlockStop) -> Iterable[events.Event]:
        return (events.BlockEnded(index=event.index, extra=decode_extra(event.surplus)),)

    def _take_end(self, event: wire.MessageDelta) -> Iterable[events.Event]:
        delta = event.delta
        self._usage = merge_usage(self._usage, event.usage)
        self._untold = True
        yield events.MessageEnded(
            stop=decode_stop(delta.stop_reason, delta.stop_sequence or None),
            extra=gather_extra(
                delta.surplus,
                event.surplus,
                beside={"stop_reason": unknown_word(delta.stop_reason)},
            ),
        )

    def _take_stop(self, event: wire.MessageStop) -> Iterable[events.Event]:
        return self._metadata(event)

    def _metadata(self, event: wire.MessageStop | None = None) -> tuple[events.Event, ...]:
        self._untold = False
        event = event or wire.MessageStop()
        usage, metrics = self._usage, event.metrics
        return (
            events.Metadata(
                usage=usage_of_metrics(metrics) if usage is None else decode_usage(usage),
                latency_ms=None if metrics is None else metrics.invocation_latency,
                trace=None if event.trace is msgspec.UNSET else event.trace.copy(),
                service_tier=decode_tier_used(usage),
                metrics_extra=None if metrics is None else _metrics_extra(metrics),
                extra=decode_extra(event.surplus),
            ),
        )

    def _take_ping(self, _event: wire.Ping) -> Iterable[events.Event]:
        return ()

    def _take_error(self, event: wire.ErrorEvent) -> Iterable[events.Event]:
        error = event.error
        beside = {"type": error.type, "request_id": event.request_id}
        yield events.StreamFault(
            code=code_of(error.type),
            message=error.message,
            extra=gather_extra(error.surplus, event.surplus, beside=beside),
        )

    def _take_unknown(self, event: Surplus) -> Iterable[events.Event]:
        raw = decode_foreign(event).raw
        yield events.ForeignEvent(api=API, name=_NAMED.decode(raw).type, raw=raw)

    _TAKERS: ClassVar[Mapping[type, Callable[[Any, Any], Iterable[events.Event]]]] = (
        MappingProxyType(
            {
                wire.ContentBlockDelta: _take_delta,
                wire.ContentBlockStart: _take_block_start,
                wire.ContentBlockStop: _take_block_stop,
                wire.MessageStart: _take_start,
                wire.MessageDelta: _take_end,
                wire.MessageStop: _take_stop,
                wire.Ping: _take_ping,
                wire.ErrorEvent: _take_error,
                Surplus: _take_unknown,
            }
        )
    )


_START_DECODERS: Final[Mapping[type, Callable[[Any, Any, Any], Iterable[events.Event]]]] = (
    MappingProxyType(
        {
            wire.TextStart: StreamDecoder._start_text,
            wire.ThinkingStart: StreamDecoder._start_thinking,
            wire.RedactedStart: StreamDecoder._start_redacted,
            blocks.ToolUseBlock: StreamDecoder._start_tool,
            blocks.ServerToolUseBlock: StreamDecoder._start_tool,
            **dict.fromkeys(SERVER_RESULTS.values(), StreamDecoder._start_result),
            Surplus: StreamDecoder._start_foreign,
        }
    )
)

_DELTA_DECODERS: Final[Mapping[type, Callable[[int, Any, Any], events.Event]]] = MappingProxyType(
    {
        wire.TextDelta: lambda index, delta, extra: events.TextDelta(
            index=index, text=delta.text, extra=extra
        ),
        wire.ThinkingDelta: lambda index, delta, extra: events.ReasoningDelta(
            index=index, text=delta.thinking, extra=extra
        ),
        wire.SignatureDelta: lambda index, delta, extra: events.SignatureDelta(
            index=index, signature=delta.signature, extra=extra
        ),
        wire.CitationsDelta: lambda index, delta, extra: events.CitationDelta(
            index=index, citation=decode_citation(delta.citation), extra=extra
        ),
    }
)


def _metrics_extra(metrics: wire.InvocationMetrics) -> Any:
    """Keep what AWS counted: it may differ from what the model's provider counted."""
    counted = {
        name: getattr(metrics, attribute)
        for name, attribute in zip(
            metrics.__struct_encode_fields__, metrics.__struct_fields__, strict=True
        )
        if attribute.endswith("_count")
    }
    return gather_extra(metrics.surplus, beside=counted)
