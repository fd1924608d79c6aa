"""Cohere Command R: streams.

Place in the house: the native codecs. Each document names its kind of event; the last one repeats
the whole answer, of which only what is new is read.

Source: Cohere's reference of streamed chat, version 1; behaviour specification, ROUTE-07,
STREAM-01.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

import msgspec

from outcrop.codecs.native.beside import Encoded
from outcrop.codecs.native.cohere_answer import (
    answer_members,
    decode_calls,
    decode_citation,
    encode_citation,
    prefix_of,
    stop_of,
)
from outcrop.codecs.native.cohere_tools import API, encode_call
from outcrop.codecs.native.counts import METRICS, TRACE, decode_metrics, encode_metrics
from outcrop.codecs.native.members import Members, Path, keep, kept_by, tree, write
from outcrop.codecs.native.stops import is_intervened
from outcrop.errors import UnsupportedError, WireError
from outcrop.types import events
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import ToolUse
from outcrop.types.json import Extra

_KIND: Final = "event_type"
_DONE: Final = "is_finished"


class StreamDecoder:
    """Reads the documents of one stream."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._started = False
        self._open = False
        self._next = 0
        self._called = 0
        self._intervened = False
        self._prefix = "call"

    def decode(self, _name: str, payload: bytes) -> tuple[events.Event, ...]:
        """Read one document.

        Raises:
            WireError: It is malformed.
        """
        chunk = Members(payload, WireError)
        self._intervened |= is_intervened(chunk)
        kind = chunk.take(str, (_KIND,))
        done = chunk.take(bool, (_DONE,)) or False
        if kind is None:
            kind = "stream-end" if done else "text-generation"
        reader = self._READERS.get(kind)
        if kind == "stream-start" and not self._started:
            self._started = True
            self._prefix = prefix_of(chunk)
            return (events.MessageStarted(extra=keep(API, chunk.rest())),)
        opening = () if self._started else (events.MessageStarted(),)
        self._started = True
        if reader is None:
            foreign = events.ForeignEvent(api=API, name=kind, raw=msgspec.Raw(payload))
            return (*opening, foreign)
        return (*opening, *reader(self, chunk))

    def close(self) -> tuple[events.Event, ...]:
        """Say that the stream has ended. Nothing was held back."""
        return ()

    def _text(self, chunk: Members) -> Iterator[events.Event]:
        text = chunk.take(str, ("text",)) or ""
        self._open = True
        yield events.TextDelta(index=self._next, text=text, extra=keep(API, chunk.rest()))

    def _citations(self, chunk: Members) -> Iterator[events.Event]:
        self._open = True
        for each in chunk.take_list(("citations",)):
            yield events.CitationDelta(index=self._next, citation=decode_citation(each))

    def _calls(self, chunk: Members) -> Iterator[events.Event]:
        yield from self._end_block()
        calls = decode_calls(chunk.take_list(("tool_calls",)), self._prefix, self._called)
        self._called += len(calls)
        for call in calls:
            yield from self._call(call)

    def _call(self, call: ToolUse) -> Iterator[events.Event]:
        index = self._next
        yield events.ToolStarted(index=index, id=call.id, name=call.name, start_extra=call.extra)
        arguments = bytes(call.arguments).decode()
        yield events.ToolDelta(index=index, arguments=arguments, id=call.id)
        self._open = True
        yield from self._end_block()

    def _end_block(self) -> Iterator[events.Event]:
        if self._open:
            yield events.BlockEnded(index=self._next)
            self._next += 1
        self._open = False

    def _end(self, chunk: Members) -> Iterator[events.Event]:
        raw = chunk.take(str, ("finish_reason",))
        answer = chunk.open("response")
        if answer is not None:
            raw = answer.take(str, ("finish_reason",)) or raw
            if not self._called:
                yield from self._calls(answer)
            for name in ("text", "citations", "tool_calls"):
                answer.take(msgspec.Raw, (name,))
        yield from self._end_block()
        metadata = _metadata(chunk)
        stop = stop_of(raw, calls=bool(self._called), intervened=self._intervened)
        yield events.MessageEnded(stop=stop, extra=_end_extra(chunk, answer))
        yield metadata

    _READERS: ClassVar[Mapping[str, Callable[[Any, Members], Iterator[events.Event]]]] = (
        MappingProxyType(
            {
                "text-generation": _text,
                "citation-generation": _citations,
                "tool-calls-generation": _calls,
                "stream-end": _end,
            }
        )
    )


def _metadata(chunk: Members) -> events.Metadata:
    raw = chunk.take(msgspec.Raw, (METRICS,))
    trace = chunk.take(msgspec.Raw, (TRACE,))
    found = events.Metadata()
    if raw is not None:
        found = decode_metrics(Members(raw, WireError, METRICS), API)
    return found if trace is None else msgspec.structs.replace(found, trace=trace.copy())


def _end_extra(chunk: Members, answer: Members | None) -> Extra | None:
    # What an answer that is not streamed has at the top stands one level deeper here.
    rest = chunk.rest()
    rest.pop("response", None)
    return keep(API, rest | (answer.rest() if answer is not None else {}))


class StreamEncoder:
    """Writes the documents of one stream."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._fold = Accumulator()
        self._ended = False

    def encode(self, event: events.Event) -> Encoded:
        """Write one event; nothing for what this wire has no word for.

        Raises:
            UnsupportedError: `event` is a `StreamFault`, which is no document but an exception.
            BadRequestError: A text cannot be written as JSON.
        """
        called = [each for each in self._fold.add(event) if isinstance(each, events.ToolCalled)]
        if called:
            calls = [encode_call(each.call) for each in called]
            return _document("tool-calls-generation", {("tool_calls",): calls}, None)
        match event:
            case events.MessageStarted():
                return _document("stream-start", {}, event.extra)
            case events.TextDelta():
                return _document("text-generation", {("text",): event.text}, event.extra)
            case events.CitationDelta():
                cited = [encode_citation(event.citation)]
                return _document("citation-generation", {("citations",): cited}, event.extra)
            case events.MessageEnded():
                self._ended = True
                return ()
            case events.Metadata():
                return self._last(event)
            case events.ForeignEvent() if event.api == API:
                return (("", bytes(event.raw)),)
            case events.StreamFault():
                raise UnsupportedError("an error is no document on this wire, but an exception")
            case _:
                return ()

    def close(self) -> Encoded:
        """Write the end, where no event told what the answer used."""
        return self._last(events.Metadata()) if self._ended else ()

    def _last(self, event: events.Metadata) -> Encoded:
        named = encode_metrics(event, API)
        named[TRACE,] = event.trace
        if not self._ended:
            return (("", write(named)),)
        self._ended = False
        said = answer_members(msgspec.structs.replace(self._fold.response(), trace=None))
        kept = kept_by(API, self._fold.response().extra)
        ended: dict[Path, Any] = {
            (_DONE,): True,
            (_KIND,): "stream-end",
            ("finish_reason",): said["finish_reason",],
            ("response",): tree(said, kept),
        }
        return (("", write(ended | named)),)


def _document(kind: str, named: dict[Path, Any], extra: Extra | None) -> Encoded:
    members: dict[Path, Any] = {(_DONE,): False, (_KIND,): kind} | named
    return (("", write(members, kept_by(API, extra))),)
