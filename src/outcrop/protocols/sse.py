"""Server-Sent Events, both ways, without I/O.

Place in the house: protocol layer. Knows lines and fields; knows nothing of JSON, models or
sockets. Whoever has a socket feeds it:

    decoder = EventDecoder()
    for chunk in response.iter_bytes():
        decoder.feed(chunk)
        for event in decoder.events():
            ...

Data stays bytes: what reads it next is a JSON decoder. A stream may end anywhere; an event whose
blank line never came is dropped, as the standard says, so the codec above has to know the last
event of its dialect.

Source: WHATWG HTML, section 9.2, "Server-sent events".
"""

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from outcrop.errors import BadRequestError, WireError

MAX_EVENT: Final = 32 * 1024 * 1024
"""Longest event, bytes: room for a payload of the event-stream protocol in base64."""

_BOM: Final = b"\xef\xbb\xbf"
_FORBIDDEN: Final = frozenset("\r\n\0")
_MAX_DIGITS: Final = 10


class ServerEvent(msgspec.Struct, frozen=True, gc=False):
    """One event."""

    data: bytes
    """Lines joined by a line feed; UTF-8."""
    name: str = ""
    """The ``event`` field; empty where there is none, which a browser calls ``message``."""
    id: str = ""
    """The last ``id`` field of the stream so far."""


class EventDecoder:
    """Turns a byte stream, cut anywhere, into events. Not thread-safe; one per response.

    Attributes:
        retry_ms: Pause before a reconnection that the stream asked for last; None for none.
    """

    def __init__(self) -> None:
        """Begin before the first byte."""
        self.retry_ms: int | None = None
        self._lines: deque[bytes] = deque()
        self._begun: list[bytes] = []
        self._first = True
        self._after_return = False
        self._begun_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._name = ""
        self._id = ""

    def feed(self, data: bytes) -> None:
        """Take bytes as they came. Cannot fail."""
        if self._after_return or b"\r" in data:
            data = self._unify(data)
        end, *lines = data.split(b"\n")
        self._begun.append(end)
        self._begun_size += len(end)
        if lines:
            self._lines.append(b"".join(self._begun))
            self._begun = [lines.pop()]
            self._begun_size = len(self._begun[0])
            self._lines += lines

    def events(self) -> Iterator[ServerEvent]:
        """Yield the events that are complete, and forget them.

        Raises:
            WireError: An event is longer than `MAX_EVENT`. The decoder is then unusable.
        """
        while self._lines:
            line = self._lines.popleft()
            if self._first:
                line, self._first = line.removeprefix(_BOM), False
            if line:
                self._read(line)
            elif event := self._dispatch():
                yield event
        if self._data_size + self._begun_size > MAX_EVENT:
            raise WireError(f"server-sent event of more than {MAX_EVENT} bytes")

    def _unify(self, data: bytes) -> bytes:
        # A return at the very end may be the first half of a line end. It counts as a whole one at
        # once, so that no event waits for the next chunk, and the other half is then passed over.
        if self._after_return and data:
            data = data.removeprefix(b"\n")
            self._after_return = False
        self._after_return = self._after_return or data.endswith(b"\r")
        return _with_line_feeds(data)

    def _read(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match field:
            case b"data":
                self._data.append(value)
                self._data_size += len(value)
            case b"event":
                self._name = value.decode(errors="replace")
            case b"id" if b"\0" not in value:
                self._id = value.decode(errors="replace")
            case b"retry" if value.isdigit() and len(value) < _MAX_DIGITS:
                self.retry_ms = int(value)

    def _dispatch(self) -> ServerEvent | None:
        name, self._name = self._name, ""
        if not self._data:
            return None
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data.clear()
        self._data_size = 0
        return ServerEvent(data, name, self._id)


def encode_event(data: bytes, *, name: str = "", event_id: str = "") -> bytes:
    """Write one event.

    Args:
        data: UTF-8; every line of it becomes a ``data`` line.
        name: The ``event`` field; empty for none.
        event_id: The ``id`` field; empty for none.

    Raises:
        BadRequestError: `name` or `event_id` holds a line end.
    """
    if b"\n" in data or b"\r" in data:
        data = b"\ndata: ".join(_with_line_feeds(data).split(b"\n"))
    head = b"event: %b\n" % _one_line(name) if name else b""
    if event_id:
        head += b"id: %b\n" % _one_line(event_id)
    return b"%bdata: %b\n\n" % (head, data)


def encode_comment(text: str = "") -> bytes:
    """Write a line that says nothing, to keep a connection from looking dead.

    Raises:
        BadRequestError: `text` holds a line end.
    """
    return b": %b\n\n" % _one_line(text)


def _with_line_feeds(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


@lru_cache(maxsize=256)
def _one_line(text: str) -> bytes:
    if set(text) & _FORBIDDEN:
        raise BadRequestError("a field of a server-sent event holds a line end or a NUL")
    return text.encode()
