"""Streams: an answer event by event, as gateway and emulator write it.

Place in the house: the Anthropic codec. Writes names and payloads; who puts them into server-sent
events or event-stream frames is the caller's business. The way back is `stream`.

    encoder = StreamEncoder(model="...", response_id="msg_...")
    for event in events:
        for name, payload in encoder.encode(event):
            ...
    for name, payload in encoder.close():
        ...

Clients take blocks by their place in a list, so they are numbered anew, without gaps; an index that
changes its kind becomes two blocks. What this wire can only say in one piece (sealed reasoning, the
result of a server tool) is written when it is complete. What it cannot say is left out; the call of
a server tool waits for what follows, since it goes with its result.

Source: behaviour specification, ANTH-05, ANTH-06, WIRE-12; Anthropic API reference, "Streaming
Messages"; recordings of InvokeModelWithResponseStream.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from outcrop.codecs.anthropic import wire
from outcrop.codecs.anthropic import wire_blocks as blocks
from outcrop.codecs.anthropic.blocks import SERVER_RESULTS, redacted_text
from outcrop.codecs.anthropic.citations import encode_citation
from outcrop.codecs.anthropic.errors import encode_fault
from outcrop.codecs.anthropic.stops import encode_stop
from outcrop.codecs.anthropic.surplus import API, encode_extra, encode_foreign, members_of
from outcrop.codecs.anthropic.usage import encode_metrics, encode_usage
from outcrop.protocols.lossless import encode, encode_plain
from outcrop.protocols.wire_type import Surplus, Wire
from outcrop.types import events
from outcrop.types.content import SERVER_TOOL_USE, JsonValue
from outcrop.types.json import EMPTY_OBJECT, Extra
from outcrop.types.usage import Usage

Encoded: TypeAlias = tuple[tuple[str, bytes], ...]
"""Names and payloads."""

_TEXT: Final = "text"
_THINKING: Final = "thinking"
_REDACTED: Final = "redacted"
_TOOL: Final = "tool"
_SERVER_TOOL: Final = "server_tool"
_RESULT: Final = "result"
_FOREIGN: Final = "foreign"
_SKIPPED: Final = "skipped"
_WRITTEN_WHOLE: Final = frozenset({_REDACTED, _RESULT})

_DELTA: Final = "delta"
_TEXT_EVENT: Final = "content_block_delta"
_TEXT_TEMPLATE: Final = (
    b'{"type":"content_block_delta","index":%d,"delta":{"type":"text_delta","text":%b}}'
)
_BESIDE_DELTA: Final = frozenset({"context_management"})
"""Members of a whole answer that stand beside ``delta`` in a stream, not in it."""

_NO_USAGE: Final = Usage()
_NO_METADATA: Final = events.Metadata()


class _Open:
    """A block that has begun."""

    __slots__ = ("content", "data", "end", "extra", "kind", "number", "start")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.number = -1
        self.start: Any = None
        self.content: list[Any] = []
        self.data = bytearray()
        self.extra: Extra | None = None
        self.end: Extra | None = None


class StreamEncoder:
    """Writes the events of one stream. One per answer; not thread-safe."""

    def __init__(self, *, model: str, response_id: str, invoke: bool = False) -> None:
        """Prepare.

        Args:
            model: As the client named it.
            response_id: ``msg_...``.
            invoke: Whether this is a stream of InvokeModel, where AWS adds to the last event what
                it counted and measured.
        """
        self._envelope = {"id": response_id, "model": model}
        self._invoke = invoke
        self._count = 0
        self._open: dict[int, _Open] = {}
        self._waiting: _Open | None = None
        self._end: events.MessageEnded | None = None
        self._written: list[tuple[str, bytes]] = []

    def encode(self, event: events.Event) -> Encoded:
        """Write what one event adds: any number of events of this wire, or none.

        Raises:
            BadRequestError: A text cannot be written as JSON.
        """
        self._written = []
        if self._waiting is not None:
            self._release(event)
        self._WRITERS[type(event)](self, event)
        return tuple(self._written)

    def close(self) -> Encoded:
        """Write the end of an answer whose counts never came; nothing if they did."""
        return () if self._end is None else self.encode(_NO_METADATA)

    def _add(self, event: Wire) -> None:
        self._written.append((str(event.__struct_config__.tag), encode(event)))

    def _begin(self, index: int, kind: str, start: Any = None, extra: Extra | None = None) -> _Open:
        """Begin a block, ending the one that had its index."""
        self._finish(index)
        block = self._open[index] = _Open(kind)
        if start is not None:
            self._write_block_start(block, start, extra)
        return block

    def _write_block_start(self, block: _Open, start: Any, extra: Extra | None) -> None:
        block.number = self._count
        self._count += 1
        self._add(
            wire.ContentBlockStart(
                index=block.number, content_block=start, surplus=encode_extra(extra)
            )
        )

    def _finish(self, index: int, extra: Extra | None = None) -> None:
        block = self._open.pop(index, None)
        if block is None:
            return
        if block.kind == _SERVER_TOOL:
            block.end = extra
            self._waiting = block
            return
        if block.kind in _WRITTEN_WHOLE:
            start = _whole(block)
            if start is not None:
                self._write_block_start(block, start, block.extra)
        self._write_block_stop(block, extra)

    def _write_block_stop(self, block: _Open, extra: Extra | None) -> None:
        if block.number >= 0:
            self._add(wire.ContentBlockStop(index=block.number, surplus=encode_extra(extra)))

    def _release(self, event: events.Event) -> None:
        """Write the call that waits, unless its result follows and cannot be said."""
        block, self._waiting = self._waiting, None
        assert block is not None, "asked for where one waits"
        if type(event) is events.ToolResultStarted and not _is_sayable(event):
            return
        self._write_block_start(block, block.start, block.extra)
        for each in block.content:
            self._tell(block, each)
        self._write_block_stop(block, block.end)

    def _take_start(self, event: events.MessageStarted) -> None:
        # What was counted is told at the end; clients want counts here too (ANTH-05).
        counts = {"input_tokens": 0, "output_tokens": 0}
        message: dict[str, Any] = {
            **self._envelope,
            "type": "message",
            "role": event.role,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": counts,
        }
        started = {"type": "message_start", "message": message | members_of(event.extra)}
        self._written.append(("message_start", encode_plain(started)))

    def _take_text(self, event: events.TextDelta) -> None:
        block = self._open.get(event.index)
        if block is None or block.kind != _TEXT:
            self._begin_telling(event, _TEXT, wire.TextStart(text=""))
        elif event.extra is None:
            # Nearly every event is of this kind: a template takes a third of what values take.
            text = encode_plain(event.text)
            self._written.append((_TEXT_EVENT, _TEXT_TEMPLATE % (block.number, text)))
        else:
            self._tell(block, event)

    def _take_reasoning(self, event: events.ReasoningDelta) -> None:
        block = self._open.get(event.index)
        if block is None or block.kind != _THINKING:
            start = wire.ThinkingStart(thinking="", signature="")
            self._begin_telling(event, _THINKING, start)
        else:
            self._tell(block, event)

    def _begin_telling(self, event: Any, kind: str, start: Wire) -> None:
        # The start of a block is no event of ours: what stood beside it came with an empty delta.
        of_start = _DELTA not in members_of(event.extra)
        block = self._begin(event.index, kind, start, event.extra if of_start else None)
        if not of_start:
            self._tell(block, event)
        elif event.text or event.extra is None:
            self._tell(block, msgspec.structs.replace(event, extra=None))

    def _tell(self, block: _Open, event: Any) -> None:
        delta = _DELTAS[type(event)](event)
        if delta is not None:
            self._add(
                wire.ContentBlockDelta(
                    index=block.number, delta=delta, surplus=encode_extra(event.extra)
                )
            )

    def _take_signature(self, event: events.SignatureDelta) -> None:
        block = self._open.get(event.index)
        if block is None or block.kind != _THINKING:
            start = wire.ThinkingStart(thinking="", signature="")
            block = self._begin(event.index, _THINKING, start)
        self._tell(block, event)

    def _take_citation(self, event: events.CitationDelta) -> None:
        block = self._open.get(event.index)
        if block is None or block.kind != _TEXT:
            block = self._begin(event.index, _TEXT, wire.TextStart(text=""))
        self._tell(block, event)

    def _take_redacted(self, event: events.RedactedDelta) -> None:
        block = self._open.get(event.index)
        if block is None or block.kind != _REDACTED:
            block = self._begin(event.index, _REDACTED)
        block.data += event.data
        block.extra = event.extra or block.extra

    def _take_tool_start(self, event: events.ToolStarted) -> None:
        is_servers = event.tool_type == SERVER_TOOL_USE
        kind = blocks.ServerToolUseBlock if is_servers else blocks.ToolUseBlock
        start = kind(
            id=event.id,
            name=event.name,
            input=EMPTY_OBJECT,
            surplus=encode_extra(event.start_extra),
        )
        if not is_servers:
            self._begin(event.index, _TOOL, start, event.extra)
            return
        block = self._begin(event.index, _SERVER_TOOL)
        block.start, block.extra = start, event.extra

    def _take_arguments(self, event: events.ToolDelta) -> None:
        block = self._open.get(event.index)
        if block is not None and block.kind == _TOOL:
            self._tell(block, event)
        elif block is not None and block.kind == _SERVER_TOOL:
            block.content.append(event)

    def _take_result_start(self, event: events.ToolResultStarted) -> None:
        block = self._begin(event.index, _RESULT if _is_sayable(event) else _SKIPPED)
        block.start, block.extra = event, event.extra

    def _take_result(self, event: events.ToolResultDelta) -> None:
        block = self._open.get(event.index)
        if block is not None:
            block.content += event.content

    def _take_image_start(self, event: events.ImageStarted) -> None:
        self._begin(event.index, _SKIPPED)

    def _take_foreign_start(self, event: events.ForeignStarted) -> None:
        start = encode_foreign(event.start)
        if start is None:
            self._begin(event.index, _SKIPPED)
        else:
            self._begin(event.index, _FOREIGN, start, event.extra)

    def _take_foreign_delta(self, event: events.ForeignDelta) -> None:
        block = self._open.get(event.index)
        if block is not None and block.number >= 0:
            self._tell(block, event)

    def _take_block_end(self, event: events.BlockEnded) -> None:
        self._finish(event.index, event.extra)

    def _take_end(self, event: events.MessageEnded) -> None:
        for index in sorted(self._open):
            self._finish(index)
        if self._waiting is not None:
            self._release(event)
        self._end = event

    def _take_metadata(self, event: events.Metadata) -> None:
        end, self._end = self._end, None
        if end is None:
            return
        members = members_of(end.extra)
        beside = {name: members.pop(name) for name in _BESIDE_DELTA & members.keys()}
        delta = wire.StopDelta(
            stop_reason=encode_stop(end.stop),
            stop_sequence=end.stop.sequence,
            surplus=Surplus(members) if members else None,
        )
        usage = encode_usage(event.usage or _NO_USAGE, event.service_tier)
        self._add(
            wire.MessageDelta(delta=delta, usage=usage, surplus=Surplus(beside) if beside else None)
        )
        self._add(
            wire.MessageStop(
                metrics=encode_metrics(event) if self._invoke else None,
                trace=msgspec.UNSET if event.trace is None else event.trace,
                surplus=encode_extra(event.extra),
            )
        )

    def _take_fault(self, event: events.StreamFault) -> None:
        # Nothing follows: an answer that broke off has no end.
        self._end = None
        self._written.append(encode_fault(event))

    def _take_unknown(self, event: events.ForeignEvent) -> None:
        if event.api == API:
            self._written.append((event.name, bytes(event.raw)))

    def _take_nothing(self, event: events.Event) -> None:
        """Leave out what is never on this wire."""

    _WRITERS: ClassVar[Mapping[type, Callable[[Any, Any], None]]] = MappingProxyType(
        {
            events.TextDelta: _take_text,
            events.MessageStarted: _take_start,
            events.ToolStarted: _take_tool_start,
            events.ToolResultStarted: _take_result_start,
            events.ImageStarted: _take_image_start,
            events.ForeignStarted: _take_foreign_start,
            events.ReasoningDelta: _take_reasoning,
            events.SignatureDelta: _take_signature,
            events.RedactedDelta: _take_redacted,
            events.ToolDelta: _take_arguments,
            events.ToolResultDelta: _take_result,
            events.CitationDelta: _take_citation,
            events.ImageDelta: _take_nothing,
            events.ForeignDelta: _take_foreign_delta,
            events.BlockEnded: _take_block_end,
            events.ToolCalled: _take_nothing,
            events.MessageEnded: _take_end,
            events.Metadata: _take_metadata,
            events.ForeignEvent: _take_unknown,
            events.StreamFault: _take_fault,
        }
    )


def _is_sayable(event: events.ToolResultStarted) -> bool:
    return event.result_type in SERVER_RESULTS


def _encode_citation_delta(event: events.CitationDelta) -> wire.CitationsDelta | None:
    citation = encode_citation(event.citation)
    return None if citation is None else wire.CitationsDelta(citation=citation)


_DELTAS: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        events.TextDelta: lambda event: wire.TextDelta(text=event.text),
        events.ReasoningDelta: lambda event: wire.ThinkingDelta(thinking=event.text),
        events.SignatureDelta: lambda event: wire.SignatureDelta(signature=event.signature),
        events.ToolDelta: lambda event: wire.InputDelta(partial_json=event.arguments),
        events.CitationDelta: _encode_citation_delta,
        events.ForeignDelta: lambda event: encode_foreign(event.delta),
    }
)


def _whole(block: _Open) -> Wire | None:
    """Return a block that comes in one piece, now that it is complete."""
    if block.kind == _REDACTED:
        data = redacted_text(bytes(block.data))
        return None if data is None else wire.RedactedStart(data=data)
    if len(block.content) != 1 or not isinstance(block.content[0], JsonValue):
        return None
    return SERVER_RESULTS[block.start.result_type](
        tool_use_id=block.start.id,
        content=block.content[0].value,
        surplus=encode_extra(block.start.start_extra),
    )
