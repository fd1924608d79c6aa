"""A streamed answer of the Responses API, event by event, as the client reads it.

Place in the house: OpenAI Responses codec. Knows the JSON of events; where each begins and ends is
for the reader of the frames. The way back is `stream_encoding`.

    decoder = StreamDecoder()
    for name, payload in ...:
        for event in decoder.decode(name, payload):
            ...
    for event in decoder.close(): ...

An item, or a part of a message, is one block. What the last event repeats is not told again; what
nobody names is kept in `extra` of the end, or as a `ForeignEvent`.

Source: OpenAI API reference, "Streaming events"; recordings of bedrock-mantle; behaviour
specification, STREAM-01 to STREAM-04, STREAM-08.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from outcrop.codecs.openai_responses import wire
from outcrop.codecs.openai_responses.extras import API, make_extra
from outcrop.codecs.openai_responses.items import (
    BETWEEN_SUMMARIES,
    arguments_text,
    beside,
    decode_said,
    read_item,
)
from outcrop.codecs.openai_responses.parts import decode_citation
from outcrop.codecs.openai_responses.response import (
    is_refusal,
    read_response,
    stop_of,
    surplus_of,
)
from outcrop.codecs.openai_responses.stops import REFUSAL
from outcrop.codecs.openai_responses.usage import decode_usage
from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader
from outcrop.protocols.openaierrors import decode_fault
from outcrop.types import events
from outcrop.types.content import (
    Citation,
    CitedText,
    Foreign,
    Reasoning,
    RedactedReasoning,
    ToolUse,
)

_Key: TypeAlias = tuple[int, int]
"""An item by its place in the output, and a part by its place in the item; a whole item is -1."""

_WHOLE: Final = -1
_REFUSING: Final = make_extra({REFUSAL: msgspec.Raw(b"true")})
"""Marks text that says no, for whoever writes it as an event of this API again."""

_string: Final = msgspec.json.Decoder(str)


class StreamDecoder:
    """Reads the events of one stream. One per stream; not thread-safe."""

    def __init__(self) -> None:
        self._ready: list[events.Event] = []
        self._indexes: dict[_Key, int] = {}
        self._open: dict[_Key, int] = {}
        self._calls: dict[int, str] = {}
        self._summaries: dict[int, int] = {}
        self._cited: Counter[int] = Counter()
        self._argued: set[int] = set()
        self._called = False
        self._refused = False

    def decode(self, name: str, payload: bytes) -> tuple[events.Event, ...]:
        """Read one event; `name` repeats its type, where it is given at all.

        Raises:
            WireError: The payload is malformed; the message names the path of the problem.
        """
        event = _EVENTS.read(payload, None)
        taker = self._TAKERS.get(event.type)
        if taker is not None:
            taker(self, event)
        elif event.type not in _REPEATING:
            raw = msgspec.Raw(payload)
            self._ready.append(events.ForeignEvent(api=API, name=event.type or name, raw=raw))
        taken = tuple(self._ready)
        self._ready.clear()
        return taken

    def close(self) -> tuple[events.Event, ...]:
        """Return what the end of the body completes: nothing, the last event says all."""
        return ()

    def _take_start(self, _event: wire.Event) -> None:
        self._ready.append(events.MessageStarted())

    def _take_item(self, event: wire.Event) -> None:
        item, _ = _item_of(event)
        if item.type == "function_call":
            index = self._enter((event.output_index, _WHOLE))
            call_id = item.call_id or ""
            self._calls[event.output_index] = call_id
            self._ready.append(
                events.ToolStarted(
                    index=index,
                    id=call_id,
                    name=item.name or "",
                    start_extra=_call_extra(item),
                )
            )

    def _take_text(self, event: wire.Event) -> None:
        index = self._enter((event.output_index, event.content_index))
        self._ready.append(events.TextDelta(index=index, text=_text_of(event)))

    def _take_refusal(self, event: wire.Event) -> None:
        self._refused = True
        index = self._enter((event.output_index, event.content_index))
        text = _text_of(event)
        self._ready.append(events.TextDelta(index=index, text=text, extra=_REFUSING))

    def _take_thought(self, event: wire.Event) -> None:
        index = self._enter((event.output_index, _WHOLE))
        text = _text_of(event)
        # The parts of a summary are one text, as in the whole answer.
        if event.summary_index > self._summaries.get(event.output_index, 0):
            text = BETWEEN_SUMMARIES + text
            self._summaries[event.output_index] = event.summary_index
        self._ready.append(events.ReasoningDelta(index=index, text=text))

    def _take_arguments(self, event: wire.Event) -> None:
        index = self._enter((event.output_index, _WHOLE))
        self._argued.add(index)
        call_id = self._calls.get(event.output_index, "")
        self._ready.append(events.ToolDelta(index=index, arguments=_text_of(event), id=call_id))

    def _take_annotation(self, event: wire.Event) -> None:
        raw = wire.given(event.annotation)
        if raw is not None:
            index = self._enter((event.output_index, event.content_index))
            self._cite(index, decode_citation(raw))

    def _take_item_end(self, event: wire.Event) -> None:
        item, raw = _item_of(event)
        self._refused = self._refused or is_refusal(item)
        content = decode_said(item, raw, "item", WireError)
        whole = item.type not in {None, "message"}
        for place, block in enumerate(content):
            self._complete((event.output_index, _WHOLE if whole else place), block)
        for key in [key for key in self._open if key[0] == event.output_index]:
            self._ready.append(events.BlockEnded(index=self._open.pop(key)))

    def _complete(self, key: _Key, block: Any) -> None:
        """Tell what of a block no delta told."""
        told = key in self._indexes
        index = self._enter(key)
        if isinstance(block, Reasoning):
            self._complete_thought(index, block, told=told)
        elif isinstance(block, RedactedReasoning):
            self._ready.append(
                events.RedactedDelta(index=index, data=block.data, extra=block.extra)
            )
        elif isinstance(block, Foreign):
            self._ready.append(events.ForeignDelta(index=index, delta=block))
        elif isinstance(block, ToolUse):
            self._complete_call(index, block, told=told)
        else:
            self._complete_text(index, block, told=told)

    def _complete_thought(self, index: int, block: Reasoning, *, told: bool) -> None:
        if not told:
            self._ready.append(
                events.ReasoningDelta(index=index, text=block.text, extra=block.extra)
            )
        if block.signature is not None:
            self._ready.append(
                events.SignatureDelta(index=index, signature=block.signature, extra=block.extra)
            )

    def _complete_text(self, index: int, block: Any, *, told: bool) -> None:
        if not told:
            self._ready.append(events.TextDelta(index=index, text=block.text))
        # Not every service tells on the way which pages a text draws on.
        sources = (block.citations or ()) if isinstance(block, CitedText) else ()
        for citation in sources[self._cited[index] :]:
            self._cite(index, citation)

    def _complete_call(self, index: int, call: ToolUse, *, told: bool) -> None:
        self._called = True
        if not told:
            self._ready.append(
                events.ToolStarted(index=index, id=call.id, name=call.name, start_extra=call.extra)
            )
        if index not in self._argued:
            text = arguments_text(call)
            self._ready.append(events.ToolDelta(index=index, arguments=text, id=call.id))

    def _cite(self, index: int, citation: Citation) -> None:
        self._cited[index] += 1
        self._ready.append(events.CitationDelta(index=index, citation=citation))

    def _enter(self, key: _Key) -> int:
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = len(self._indexes)
        self._open[key] = index
        return index

    def _take_end(self, event: wire.Event) -> None:
        body = read_response(wire.given(event.response) or msgspec.Raw(b"{}"))
        for index in self._open.values():
            self._ready.append(events.BlockEnded(index=index))
        self._open.clear()
        stop = stop_of(body, calls=self._called, refused=self._refused)
        self._ready.append(events.MessageEnded(stop=stop, extra=surplus_of(body)))
        usage = decode_usage(body.usage)
        if usage is not None or body.service_tier is not None:
            self._ready.append(events.Metadata(usage=usage, service_tier=body.service_tier))

    def _take_failure(self, event: wire.Event) -> None:
        body = read_response(wire.given(event.response) or msgspec.Raw(b"{}"))
        self._ready.append(decode_fault(wire.given(body.error) or b"{}"))

    def _take_error(self, event: wire.Event) -> None:
        members = {"code": event.code, "message": event.message}
        if event.surplus is not None and "error" in event.surplus.members:
            self._ready.append(decode_fault(event.surplus.members["error"]))
            return
        given = {name: raw for name, raw in members.items() if wire.given(raw) is not None}
        self._ready.append(decode_fault(msgspec.json.encode(given)))

    _TAKERS: ClassVar[Mapping[str, Callable[["StreamDecoder", wire.Event], None]]] = (
        MappingProxyType(
            {
                "response.created": _take_start,
                "response.output_item.added": _take_item,
                "response.output_text.delta": _take_text,
                "response.refusal.delta": _take_refusal,
                "response.reasoning_summary_text.delta": _take_thought,
                "response.reasoning_text.delta": _take_thought,
                "response.function_call_arguments.delta": _take_arguments,
                "response.output_text.annotation.added": _take_annotation,
                "response.output_item.done": _take_item_end,
                "response.completed": _take_end,
                "response.incomplete": _take_end,
                "response.failed": _take_failure,
                "error": _take_error,
            }
        )
    )


_REPEATING: Final = frozenset(
    {
        "response.in_progress",
        "response.queued",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_text.done",
        "response.refusal.done",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_part.done",
        "response.reasoning_summary_text.done",
        "response.reasoning_text.done",
        "response.function_call_arguments.done",
    }
)
"""Events that say what other events say too."""


def _as_read(event: wire.Event, _context: None) -> wire.Event:
    return event


_EVENTS: Final = Reader(wire.Event, _as_read, WireError)


def _text_of(event: wire.Event) -> str:
    raw = wire.given(event.delta)
    try:
        return "" if raw is None else _string.decode(raw)
    except msgspec.DecodeError:
        raise WireError(f"the delta of {event.type} is no text") from None


def _item_of(event: wire.Event) -> tuple[wire.Item, msgspec.Raw]:
    raw = wire.given(event.item)
    if raw is None:
        raise WireError(f"{event.type} has no item")
    return read_item(raw, "item", WireError), raw


def _call_extra(item: wire.Item) -> Any:
    """Keep what a call says besides its own, but not how far it has come."""
    return make_extra({name: raw for name, raw in beside(item).items() if name != "status"})
