"""How the body of a streamed reply becomes canonical events, for each way Bedrock frames one.

Place in the house: flow. Joins framing (`protocols`) and a dialect (`codecs`); no I/O.

    reader = FrameReader(...)
    for event in reader.read(chunk):
        ...
    for event in reader.close():
        ...

Converse names its frames by event. InvokeModel wraps each document of the model's own dialect into
a frame called ``chunk``. The OpenAI- and Anthropic-compatible paths send server-sent events.

Source: behaviour specification, WIRE-09 to WIRE-12, ROUTE-06, ROUTE-07.
"""

from collections.abc import Iterator
from typing import Final, Protocol

import msgspec

from outcrop.codecs import converse
from outcrop.errors import WireError
from outcrop.protocols.eventstream import Event as EventFrame
from outcrop.protocols.eventstream import FrameDecoder, ModeledException, decode_message
from outcrop.protocols.sse import EventDecoder
from outcrop.types.events import Event, ForeignEvent, StreamFault
from outcrop.types.json import raw_value

_DONE: Final = b"[DONE]"
_CHUNK: Final = "chunk"


class Reader(Protocol):
    """Reads one body. Not thread-safe; one per reply."""

    def read(self, data: bytes) -> Iterator[Event]:
        """Yield the events that `data` completes; a `StreamFault` is the last one.

        Raises:
            WireError: The bytes are not what the protocol allows.
        """

    def close(self) -> Iterator[Event]:
        """Yield what the end of the body completes.

        Raises:
            WireError: It ended inside a frame.
        """


class DialectDecoder(Protocol):
    """Reads the documents of a streamed answer in one dialect."""

    def decode(self, name: str, payload: bytes) -> tuple[Event, ...]:
        """Read one document; `name` is its server-sent event's, else empty."""

    def close(self) -> tuple[Event, ...]:
        """Return what the end of the body completes."""


class ConverseReader:
    """Reads ConverseStream."""

    def __init__(self) -> None:
        """Begin before the first byte."""
        self._frames = FrameDecoder()
        self._codec = converse.StreamDecoder()

    def read(self, data: bytes) -> Iterator[Event]:
        """Yield the events that `data` completes."""
        self._frames.feed(data)
        for frame in self._frames.frames():
            message = decode_message(frame)
            if isinstance(message, EventFrame):
                yield self._codec.decode(message.name, message.payload)
            elif isinstance(message, ModeledException):
                yield converse.decode_exception(message.name, message.payload)
            else:
                yield StreamFault(code=message.code, message=message.message)

    def close(self) -> Iterator[Event]:
        """Say that the body has ended."""
        self._frames.close()
        yield from ()


class _Chunk(msgspec.Struct, frozen=True):
    bytes: bytes


_chunk: Final = msgspec.json.Decoder(_Chunk)


class ChunkReader:
    """Reads InvokeModelWithResponseStream."""

    def __init__(self, decoder: DialectDecoder) -> None:
        """Take the decoder of the model's own dialect."""
        self._frames = FrameDecoder()
        self._decoder = decoder

    def read(self, data: bytes) -> Iterator[Event]:
        """Yield the events that `data` completes.

        Raises:
            WireError: A frame is broken, or holds no chunk.
        """
        self._frames.feed(data)
        for frame in self._frames.frames():
            message = decode_message(frame)
            if isinstance(message, ModeledException):
                yield converse.decode_exception(message.name, message.payload)
            elif not isinstance(message, EventFrame):
                yield StreamFault(code=message.code, message=message.message)
            elif message.name == _CHUNK:
                yield from self._decoder.decode("", _document(message.payload))
            else:
                raw = raw_value(message.payload, f"the {message.name} event")
                yield ForeignEvent(api="invoke", name=message.name, raw=raw)

    def close(self) -> Iterator[Event]:
        """Yield what the end of the body completes."""
        self._frames.close()
        yield from self._decoder.close()


class ServerEventReader:
    """Reads server-sent events."""

    def __init__(self, decoder: DialectDecoder) -> None:
        """Take the decoder of the dialect."""
        self._events = EventDecoder()
        self._decoder = decoder

    def read(self, data: bytes) -> Iterator[Event]:
        """Yield the events that `data` completes."""
        self._events.feed(data)
        for event in self._events.events():
            if event.data != _DONE:
                yield from self._decoder.decode(event.name, event.data)

    def close(self) -> Iterator[Event]:
        """Yield what the end of the body completes."""
        yield from self._decoder.close()


def _document(payload: bytes) -> bytes:
    try:
        return _chunk.decode(payload).bytes
    except msgspec.DecodeError as error:
        raise WireError(f"a chunk without its bytes: {error}") from error
