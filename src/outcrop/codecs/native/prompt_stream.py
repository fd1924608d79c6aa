"""Bodies that are one prompt and a few numbers: streams.

Place in the house: the native codecs. A stream is a row of JSON documents without names, each with
more of the text; the last one says why the model stopped and what it used.

On the way back the end comes with the document that tells what the answer used, so the encoder
holds it until then; the last text stands in a document of its own.

Source: behaviour specification, ROUTE-07, STREAM-01; recordings of InvokeModelWithResponseStream.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from outcrop.codecs.native.beside import Encoded
from outcrop.codecs.native.counts import (
    METRICS,
    TRACE,
    counts_of,
    decode_metrics,
    encode_metrics,
    take_counts,
    usage_of,
)
from outcrop.codecs.native.members import Members, keep, kept_by, tree, write
from outcrop.codecs.native.prompting import (
    Known,
    PromptForm,
    Read,
    others_of,
    read_answer,
    stop_of,
    write_answer,
)
from outcrop.codecs.native.stops import is_intervened
from outcrop.errors import UnsupportedError, WireError
from outcrop.types import events
from outcrop.types.json import Extra

CHUNK: Final = "chunk"
"""The name of a document that says nothing we know."""

_NOTHING: Final = (msgspec.Raw(b"null"), msgspec.Raw(b"false"))


class PromptDecoder:
    """Reads the documents of one stream."""

    def __init__(self, form: PromptForm) -> None:
        """Begin a stream of this form."""
        self._form = form
        self._started = False
        self._said = False
        self._ended = False
        self._intervened = False
        self._counts: dict[str, int | None] = {}
        self._others: dict[int, str] = {}

    def decode(self, _name: str, payload: bytes) -> tuple[events.Event, ...]:
        """Read one document.

        Raises:
            WireError: It is malformed.
        """
        found = () if self._started else (events.MessageStarted(),)
        self._started = True
        return (*found, *self._iter_events(Members(payload, WireError), payload))

    def close(self) -> tuple[events.Event, ...]:
        """Say that the stream has ended. Nothing was held back: its end is in its last document."""
        return ()

    def _iter_events(self, chunk: Members, payload: bytes) -> Iterator[events.Event]:
        form = self._form
        self._intervened |= is_intervened(chunk)
        if self._ended:
            yield self._late(chunk, payload)
            return
        for name, path in form.chunk_counts.items():
            count = chunk.peek_count(path[0])
            self._counts[name] = self._counts.get(name) if count is None else count
        is_last = METRICS in chunk or (form.last and chunk.peek(form.last) not in _NOTHING)
        number = chunk.peek_count(form.index) if form.index else 0
        read, others = self._read(chunk)
        if number and read.text:
            self._others[number] = self._others.get(number, "") + read.text
            read = msgspec.structs.replace(read, text="")
        if is_last or read.stop is not None:
            yield from self._end(chunk, read, others)
        elif read.text is None:
            yield events.ForeignEvent(api=form.api, name=CHUNK, raw=msgspec.Raw(payload))
        elif not number:
            self._said = True
            extra = keep(form.api, chunk.rest())
            yield events.TextDelta(index=0, text=read.text, extra=extra)

    def _late(self, chunk: Members, payload: bytes) -> events.Event:
        if METRICS in chunk:
            return self._metadata(chunk)
        return events.ForeignEvent(api=self._form.api, name=CHUNK, raw=msgspec.Raw(payload))

    def _read(self, chunk: Members) -> tuple[Read, list[dict[str, msgspec.Raw]]]:
        form = self._form
        listed = chunk.take_list((form.answers,)) if form.answers else ()
        if listed:
            read = read_answer(form.answer, listed[0])
            chunk.add(listed[0].rest())
            return read, [other.rest() for other in listed[1:]]
        for name, value in (*form.constants.items(), *form.ends.items()):
            chunk.drop((name,), value)
        return read_answer(form.chunk or form.answer, chunk), []

    def _end(
        self, chunk: Members, read: Read, others: list[dict[str, msgspec.Raw]]
    ) -> Iterator[events.Event]:
        form = self._form
        self._ended = True
        if read.text:
            self._said = True
            yield events.TextDelta(index=0, text=read.text)
        if self._said:
            yield events.BlockEnded(index=0)
        self._counts |= {n: c for n, c in read.counts.items() if c is not None}
        take_counts(chunk, form.chunk_counts)
        metadata = self._metadata(chunk)
        stop = stop_of(form, read, intervened=self._intervened)
        yield events.MessageEnded(stop=stop, extra=self._end_extra(chunk, others))
        yield metadata

    def _end_extra(self, chunk: Members, others: list[dict[str, msgspec.Raw]]) -> Extra | None:
        rest = chunk.rest()
        told = [{"index": n, "text": text} for n, text in sorted(self._others.items())]
        if others or told:
            rest[self._form.answers] = msgspec.Raw(msgspec.json.encode([*others, *told]))
        return keep(self._form.api, rest)

    def _metadata(self, chunk: Members) -> events.Metadata:
        raw = chunk.take(msgspec.Raw, (METRICS,))
        trace = chunk.take(msgspec.Raw, (TRACE,))
        if raw is None:
            metadata = events.Metadata(usage=usage_of(self._counts))
        else:
            metadata = decode_metrics(Members(raw, WireError, METRICS), self._form.api)
        if trace is None:
            return metadata
        return msgspec.structs.replace(metadata, trace=trace.copy())


class PromptEncoder:
    """Writes the documents of one stream."""

    def __init__(self, form: PromptForm) -> None:
        """Begin a stream of this form."""
        self._form = form
        self._end: events.MessageEnded | None = None
        self._told: set[str] = set()

    def encode(self, event: events.Event) -> Encoded:
        """Write one event; nothing for what this wire has no word for.

        Raises:
            UnsupportedError: `event` is a `StreamFault`, which is no document but an exception.
            BadRequestError: A text cannot be written as JSON.
        """
        match event:
            case events.TextDelta():
                return (self._text(event),)
            case events.MessageEnded():
                self._end = event
                return ()
            case events.Metadata():
                return self._last(event)
            case events.ForeignEvent() if event.api == self._form.api:
                return (("", bytes(event.raw)),)
            case events.StreamFault():
                raise UnsupportedError("an error is no document on this wire, but an exception")
            case _:
                return ()

    def close(self) -> Encoded:
        """Write the end, where no event told what the answer used."""
        return () if self._end is None else self._last(events.Metadata())

    def _text(self, event: events.TextDelta) -> tuple[str, bytes]:
        kept = kept_by(self._form.api, event.extra)
        self._told |= kept.keys()
        return self._piece(event.text, kept)

    def _piece(self, text: str, kept: dict[str, msgspec.Raw]) -> tuple[str, bytes]:
        form = self._form
        named = self._place({(form.chunk or form.answer).text: text})
        named |= {(name,): value for name, value in form.constants.items()}
        return "", write(named, kept)

    def _other(self, raw: msgspec.Raw) -> tuple[str, bytes]:
        other = Members(raw, WireError)
        text = other.take(str, ("text",)) or ""
        return self._piece(text, other.rest())

    def _place(self, named: Known) -> Known:
        form = self._form
        listed = form.answers and form.chunk is None
        return {(form.answers,): [tree(named)]} if listed else named

    def _last(self, event: events.Metadata) -> Encoded:
        form, end = self._form, self._end
        named = encode_metrics(event, form.api)
        named[TRACE,] = event.trace
        if end is None:
            return (("", write(named)),)
        self._end = None
        kept = kept_by(form.api, end.extra)
        others = [self._other(raw) for raw in others_of(form, kept)] if form.answers else []
        return (*others, ("", write(self._named_end(event, end, kept) | named, kept)))

    def _named_end(
        self, event: events.Metadata, end: events.MessageEnded, kept: dict[str, msgspec.Raw]
    ) -> Known:
        form = self._form
        answer = form.chunk or form.answer
        said = write_answer(form, answer, "", end.stop, kept)
        if form.ends_silently:
            del said[answer.text]
        named = self._place(said)
        named |= {(name,): value for name, value in (form.ends or form.constants).items()}
        counts = counts_of(event.usage)
        for name, path in form.chunk_counts.items():
            # The input is counted once, at the beginning, where the stream tells it at all.
            named[path] = None if path[0] in self._told and name == "input" else counts.get(name)
        return named
