"""Bodies that are a list of messages, as Chat Completions has it: streams.

Place in the house: the native codecs. Each document adds to the first choice: text, the beginning
of a call, a fragment of its arguments, and at last why the model stopped.

Source: behaviour specification, ROUTE-07, STREAM-01.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from outcrop.codecs.native.beside import Encoded
from outcrop.codecs.native.calls import FUNCTION
from outcrop.codecs.native.chatting import CHOICES, ChatForm, encode_counts
from outcrop.codecs.native.counts import (
    METRICS,
    TRACE,
    decode_metrics,
    encode_metrics,
    take_counts,
    usage_of,
)
from outcrop.codecs.native.members import Members, Path, keep, kept_by, tree, write
from outcrop.codecs.native.stops import decode_stop, encode_stop, is_intervened
from outcrop.errors import UnsupportedError, WireError
from outcrop.types import events
from outcrop.types.json import Extra
from outcrop.types.responses import Response, Stop

_MISSING: Final = -1


class ChatDecoder:
    """Reads the documents of one stream."""

    def __init__(self, form: ChatForm) -> None:
        """Begin a stream of this form."""
        self._form = form
        self._started = False
        self._open: int | None = None
        self._is_text = False
        self._intervened = False
        self._next = 0
        self._calls: dict[int, tuple[int, str]] = {}

    def decode(self, _name: str, payload: bytes) -> tuple[events.Event, ...]:
        """Read one document.

        Raises:
            WireError: It is malformed.
        """
        chunk = Members(payload, WireError)
        self._intervened |= is_intervened(chunk)
        choices = chunk.take_list((CHOICES,))
        found: list[events.Event] = []
        if not self._started:
            self._started = True
            found.append(events.MessageStarted())
        stop = self._read_choice(choices[0], found) if choices else None
        metadata = self._metadata(chunk)
        extra = self._extra(chunk, choices)
        if stop is not None:
            found.extend(self._close_block())
            reason = decode_stop(stop, self._form.words, intervened=self._intervened)
            found.append(events.MessageEnded(stop=reason, extra=extra))
        elif extra is not None:
            found.append(events.TextDelta(index=self._text_index(), text="", extra=extra))
        if metadata is not None:
            found.append(metadata)
        return tuple(found)

    def close(self) -> tuple[events.Event, ...]:
        """Say that the stream has ended. Nothing was held back."""
        return ()

    def _read_choice(self, choice: Members, found: list[events.Event]) -> str | None:
        choice.drop(("index",), 0)
        for piece in ("message", "delta"):
            choice.take(str, (piece, "role"))
            text = choice.take(str, (piece, "content"))
            if text:
                found.extend(self._say(text))
            for place, call in enumerate(choice.take_list((piece, "tool_calls"))):
                found.extend(self._call(call, place))
        return choice.take(str, (self._form.stop,))

    def _say(self, text: str) -> Iterator[events.Event]:
        if not self._is_text:
            yield from self._open_block()
            self._is_text = True
        yield events.TextDelta(index=self._text_index(), text=text)

    def _text_index(self) -> int:
        return self._next if self._open is None else self._open

    def _call(self, call: Members, place: int) -> Iterator[events.Event]:
        number = call.take_count(("index",))
        number = place if number is None else number
        name = call.take(str, (FUNCTION, "name"))
        call_id = call.take(str, ("id",)) or ""
        arguments = call.take(str, (FUNCTION, "arguments"))
        known = self._calls.get(number, (_MISSING, ""))
        if name and (known[0] == _MISSING or call_id not in {"", known[1]}):
            yield from self._open_block()
            call.drop(("type",), FUNCTION)
            extra = keep(self._form.api, call.rest())
            index = self._text_index()
            known = self._calls[number] = (index, call_id)
            yield events.ToolStarted(index=index, id=call_id, name=name, start_extra=extra)
        if arguments and known[0] != _MISSING:
            yield events.ToolDelta(index=known[0], arguments=arguments, id=known[1])

    def _open_block(self) -> Iterator[events.Event]:
        yield from self._close_block()
        self._open = self._next
        self._next += 1

    def _close_block(self) -> Iterator[events.Event]:
        if self._open is not None:
            yield events.BlockEnded(index=self._open)
        self._open, self._is_text = None, False

    def _metadata(self, chunk: Members) -> events.Metadata | None:
        raw = chunk.take(msgspec.Raw, (METRICS,))
        trace = chunk.take(msgspec.Raw, (TRACE,))
        form = self._form
        total = chunk.take_count(form.total) if form.total else None
        usage = usage_of(take_counts(chunk, form.counts), total)
        if raw is None:
            found = events.Metadata(usage=usage, trace=trace)
            return None if found == events.Metadata() else found
        metrics = decode_metrics(Members(raw, WireError, METRICS), form.api)
        return msgspec.structs.replace(
            metrics,
            usage=usage or metrics.usage,
            trace=None if trace is None else trace.copy(),
        )

    def _extra(self, chunk: Members, choices: tuple[Members, ...]) -> Extra | None:
        rest = chunk.rest()
        left = [choice.rest() for choice in choices]
        if any(left):
            rest[CHOICES] = msgspec.Raw(msgspec.json.encode(left))
        return keep(self._form.api, rest)


class ChatEncoder:
    """Writes the documents of one stream."""

    def __init__(self, form: ChatForm) -> None:
        """Begin a stream of this form."""
        self._form = form
        self._calls: dict[int, int] = {}
        self._end: events.MessageEnded | None = None

    def encode(self, event: events.Event) -> Encoded:
        """Write one event; nothing for what this wire has no word for.

        Raises:
            UnsupportedError: `event` is a `StreamFault`, which is no document but an exception.
            BadRequestError: A text cannot be written as JSON.
        """
        match event:
            case events.MessageStarted():
                return self._piece({"role": event.role, "content": ""}, None)
            case events.TextDelta():
                return self._piece({"content": event.text}, event.extra)
            case events.ToolStarted():
                return self._begin(event)
            case events.ToolDelta():
                return self._go_on(event)
            case events.MessageEnded():
                self._end = event
                return ()
            case events.Metadata():
                return self._last(event)
            case events.StreamFault():
                raise UnsupportedError("an error is no document on this wire, but an exception")
            case _:
                return ()

    def close(self) -> Encoded:
        """Write the end, where no event told what the answer used."""
        return () if self._end is None else self._last(events.Metadata())

    def _begin(self, event: events.ToolStarted) -> Encoded:
        number = self._calls[event.index] = len(self._calls)
        named: dict[Path, Any] = {
            ("index",): number,
            ("id",): event.id,
            ("type",): FUNCTION,
            (FUNCTION, "name"): event.name,
            (FUNCTION, "arguments"): "",
        }
        call = tree(named, kept_by(self._form.api, event.start_extra))
        return self._piece({"tool_calls": [call]}, event.extra)

    def _go_on(self, event: events.ToolDelta) -> Encoded:
        number = self._calls.get(event.index, 0)
        call = {"index": number, FUNCTION: {"arguments": event.arguments}}
        return self._piece({"tool_calls": [call]}, event.extra)

    def _piece(self, said: dict[str, Any], extra: Extra | None) -> Encoded:
        return (("", write(*self._choice(said, None, extra))),)

    def _choice(
        self, said: dict[str, Any], stop: Stop | None, extra: Extra | None
    ) -> tuple[dict[Path, Any], dict[str, msgspec.Raw]]:
        form = self._form
        kept = kept_by(form.api, extra)
        left = msgspec.json.decode(kept.pop(CHOICES, b"[{}]"), type=list[dict[str, msgspec.Raw]])
        word = None if stop is None else encode_stop(stop, form.words)
        named: dict[Path, Any] = {("index",): 0, (form.piece,): said, (form.stop,): word}
        return {(CHOICES,): [tree(named, left[0]), *left[1:]]}, kept

    def _last(self, event: events.Metadata) -> Encoded:
        form, end = self._form, self._end
        named = encode_metrics(event, form.api)
        named[TRACE,] = event.trace
        told = Response(stop=Stop(kind="stop"), usage=event.usage)
        named |= encode_counts(form, told)
        if end is None:
            return (("", write(named)),)
        self._end = None
        choice, kept = self._choice({"content": ""}, end.stop, end.extra)
        return (("", write(choice | named, kept)),)
