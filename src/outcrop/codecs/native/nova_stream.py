"""Nova: streams.

Place in the house: the native codecs. Each document is one event under its name. Nova closes the
block after every piece of text and numbers the next piece anew: pieces of text that follow each
other are one block here, and are taken apart again on the way back.

Source: behaviour specification, ROUTE-07, STREAM-01; recordings of InvokeModelWithResponseStream.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from outcrop.codecs.native.beside import Encoded
from outcrop.codecs.native.counts import (
    METRICS,
    TRACE,
    decode_metrics,
    encode_metrics,
    take_counts,
    usage_of,
)
from outcrop.codecs.native.members import Members, Path, keep, kept_by, write
from outcrop.codecs.native.nova_answer import COUNTS, WORDS, encode_usage
from outcrop.codecs.native.nova_blocks import API
from outcrop.codecs.native.stops import decode_stop, encode_stop, is_intervened
from outcrop.errors import UnsupportedError, WireError
from outcrop.types import events
from outcrop.types.content import Foreign
from outcrop.types.json import Extra

Events: TypeAlias = Iterator[events.Event]

_INDEX: Final = "contentBlockIndex"
_START: Final = "contentBlockStart"
_DELTA: Final = "contentBlockDelta"
_STOP: Final = "contentBlockStop"
_EMPTY: Final = ("metrics", "trace")
"""What stands beside the counts, and is always empty."""


class StreamDecoder:
    """Reads the documents of one stream."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._index = -1
        self._open = False
        self._is_text = False
        self._intervened = False
        self._id = ""

    def decode(self, _name: str, payload: bytes) -> tuple[events.Event, ...]:
        """Read one document.

        Raises:
            WireError: It is malformed.
        """
        chunk = Members(payload, WireError)
        self._intervened |= is_intervened(chunk)
        name = next((name for name in self._READERS if name in chunk), None)
        if name is None:
            raw = msgspec.Raw(payload)
            return (events.ForeignEvent(api=API, name="chunk", raw=raw),)
        return tuple(self._READERS[name](self, chunk))

    def close(self) -> tuple[events.Event, ...]:
        """Return the end of the last block, where nothing followed it."""
        return tuple(self._end_block())

    def _message_start(self, chunk: Members) -> Events:
        role = chunk.take(str, ("messageStart", "role")) or "assistant"
        yield events.MessageStarted(role=role, extra=_kept(chunk))

    def _block_start(self, chunk: Members) -> Events:
        chunk.take_count((_START, _INDEX))
        yield from self._begin(is_text=False)
        name = chunk.take(str, (_START, "start", "toolUse", "name"))
        if name is None:
            start = chunk.take(msgspec.Raw, (_START, "start")) or msgspec.Raw(b"{}")
            foreign = Foreign(api=API, raw=start.copy())
            yield events.ForeignStarted(index=self._index, start=foreign, extra=_kept(chunk))
            return
        self._id = chunk.take(str, (_START, "start", "toolUse", "toolUseId")) or ""
        yield events.ToolStarted(index=self._index, id=self._id, name=name, extra=_kept(chunk))

    def _block_delta(self, chunk: Members) -> Events:
        chunk.take_count((_DELTA, _INDEX))
        text = chunk.take(str, (_DELTA, "delta", "text"))
        if text is not None:
            if not self._is_text:
                yield from self._begin(is_text=True)
            yield events.TextDelta(index=self._index, text=text, extra=_kept(chunk))
            return
        if not self._open or self._is_text:
            yield from self._begin(is_text=False)
        yield self._delta(chunk)

    def _delta(self, chunk: Members) -> events.Event:
        given = chunk.take(str, (_DELTA, "delta", "toolUse", "input"))
        if given is not None:
            extra = _kept(chunk)
            return events.ToolDelta(index=self._index, arguments=given, id=self._id, extra=extra)
        thought = (_DELTA, "delta", "reasoningContent")
        text = chunk.take(str, (*thought, "text"))
        if text is not None:
            return events.ReasoningDelta(index=self._index, text=text, extra=_kept(chunk))
        signature = chunk.take(str, (*thought, "signature"))
        if signature is not None:
            extra = _kept(chunk)
            return events.SignatureDelta(index=self._index, signature=signature, extra=extra)
        delta = chunk.take(msgspec.Raw, (_DELTA, "delta")) or msgspec.Raw(b"{}")
        foreign = Foreign(api=API, raw=delta.copy())
        return events.ForeignDelta(index=self._index, delta=foreign, extra=_kept(chunk))

    def _block_stop(self, chunk: Members) -> Events:
        chunk.take_count((_STOP, _INDEX))
        extra = _kept(chunk)
        # What follows may be more of the same text.
        if self._open and not (self._is_text and extra is None):
            self._open = self._is_text = False
            yield events.BlockEnded(index=self._index, extra=extra)

    def _begin(self, *, is_text: bool) -> Events:
        yield from self._end_block()
        self._index += 1
        self._open, self._is_text = True, is_text

    def _end_block(self) -> Events:
        if self._open:
            yield events.BlockEnded(index=self._index)
        self._open = self._is_text = False

    def _message_stop(self, chunk: Members) -> Events:
        yield from self._end_block()
        raw = chunk.take(str, ("messageStop", "stopReason"))
        stop = decode_stop(raw, WORDS, intervened=self._intervened)
        yield events.MessageEnded(stop=stop, extra=_kept(chunk))

    def _metadata(self, chunk: Members) -> Events:
        paths = {name: ("metadata", "usage", member) for name, member in COUNTS.items()}
        usage = usage_of(take_counts(chunk, paths))
        for name in _EMPTY:
            chunk.drop(("metadata", name), {})
        trace = chunk.take(msgspec.Raw, (TRACE,))
        raw = chunk.take(msgspec.Raw, (METRICS,))
        found = events.Metadata()
        if raw is not None:
            found = decode_metrics(Members(raw, WireError, METRICS), API)
        yield msgspec.structs.replace(
            found,
            usage=usage or found.usage,
            trace=None if trace is None else trace.copy(),
            extra=_kept(chunk),
        )

    _READERS: ClassVar[Mapping[str, Callable[[Any, Members], Events]]] = MappingProxyType(
        {
            _DELTA: _block_delta,
            _STOP: _block_stop,
            _START: _block_start,
            "messageStart": _message_start,
            "messageStop": _message_stop,
            "metadata": _metadata,
            METRICS: _metadata,
        }
    )


def _kept(chunk: Members) -> Extra | None:
    return keep(API, chunk.rest())


class StreamEncoder:
    """Writes the documents of one stream."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._index = 0
        self._open = False

    def encode(self, event: events.Event) -> Encoded:
        """Write one event; nothing for what this wire has no word for.

        Raises:
            UnsupportedError: `event` is a `StreamFault`, which is no document but an exception.
            BadRequestError: A text cannot be written as JSON.
        """
        writer = self._WRITERS.get(type(event))
        return () if writer is None else tuple(("", each) for each in writer(self, event))

    def close(self) -> Encoded:
        """Say that the stream has ended. Nothing was held back."""
        return ()

    def _message_start(self, event: events.MessageStarted) -> Iterator[bytes]:
        yield _document({("messageStart", "role"): event.role}, event.extra)

    def _text(self, event: events.TextDelta) -> Iterator[bytes]:
        yield self._delta({("text",): event.text}, event.extra)
        yield self._stop(None)

    def _tool_start(self, event: events.ToolStarted) -> Iterator[bytes]:
        self._open = True
        start = (_START, "start", "toolUse")
        named: dict[Path, Any] = {
            (*start, "toolUseId"): event.id,
            (*start, "name"): event.name,
            (_START, _INDEX): self._index,
        }
        yield _document(named, event.extra)

    def _foreign_start(self, event: events.ForeignStarted) -> Iterator[bytes]:
        if event.start.api == API:
            self._open = True
            named: dict[Path, Any] = {
                (_START, "start"): event.start.raw,
                (_START, _INDEX): self._index,
            }
            yield _document(named, event.extra)

    def _tool(self, event: events.ToolDelta) -> Iterator[bytes]:
        yield self._delta({("toolUse", "input"): event.arguments}, event.extra)

    def _reasoning(self, event: events.ReasoningDelta) -> Iterator[bytes]:
        yield self._delta({("reasoningContent", "text"): event.text}, event.extra)

    def _signature(self, event: events.SignatureDelta) -> Iterator[bytes]:
        yield self._delta({("reasoningContent", "signature"): event.signature}, event.extra)

    def _foreign_delta(self, event: events.ForeignDelta) -> Iterator[bytes]:
        if event.delta.api == API:
            yield self._delta({(): event.delta.raw}, event.extra)

    def _delta(self, said: Mapping[Path, Any], extra: Extra | None) -> bytes:
        self._open = True
        named: dict[Path, Any] = {(_DELTA, "delta", *path): value for path, value in said.items()}
        named[_DELTA, _INDEX] = self._index
        return _document(named, extra)

    def _block_end(self, event: events.BlockEnded) -> Iterator[bytes]:
        if self._open:
            yield self._stop(event.extra)

    def _stop(self, extra: Extra | None) -> bytes:
        document = _document({(_STOP, _INDEX): self._index}, extra)
        self._index += 1
        self._open = False
        return document

    def _message_end(self, event: events.MessageEnded) -> Iterator[bytes]:
        word = encode_stop(event.stop, WORDS)
        yield _document({("messageStop", "stopReason"): word}, event.extra)

    def _metadata(self, event: events.Metadata) -> Iterator[bytes]:
        usage = encode_usage(event.usage)
        named: dict[Path, Any] = {
            ("metadata", "usage", member): count for member, count in usage.items()
        }
        named |= {("metadata", name): {} for name in _EMPTY}
        named |= encode_metrics(event, API)
        named[TRACE,] = event.trace
        yield _document(named, event.extra)

    def _foreign(self, event: events.ForeignEvent) -> Iterator[bytes]:
        if event.api == API:
            yield bytes(event.raw)

    def _fault(self, _event: events.StreamFault) -> Iterator[bytes]:
        raise UnsupportedError("an error is no document on this wire, but an exception")

    _WRITERS: ClassVar[Mapping[type, Callable[[Any, Any], Iterator[bytes]]]] = MappingProxyType(
        {
            events.MessageStarted: _message_start,
            events.TextDelta: _text,
            events.ToolStarted: _tool_start,
            events.ForeignStarted: _foreign_start,
            events.ToolDelta: _tool,
            events.ReasoningDelta: _reasoning,
            events.SignatureDelta: _signature,
            events.ForeignDelta: _foreign_delta,
            events.BlockEnded: _block_end,
            events.MessageEnded: _message_end,
            events.Metadata: _metadata,
            events.ForeignEvent: _foreign,
            events.StreamFault: _fault,
        }
    )


def _document(named: Mapping[Path, Any], extra: Extra | None) -> bytes:
    return write(named, kept_by(API, extra))
