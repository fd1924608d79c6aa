"""Writes that go out together: head and body of a reply in one packet, for one system call.

Place in the house: transport floor, the listening side. Stands before a transport of any loop.

    protocol.connection_made(JoinedWrites(transport, loop))

A server writes head and body apart; a second write costs a fifteenth of a request, and wakes the
client once more. What is written goes out at the end of the loop's turn, or as soon as there is
much of it: nothing waits for a clock.
"""

import asyncio
from typing import Any, Final

_ENOUGH: Final = 16 * 1024
"""Bytes from which copying costs more than joining saves."""


class JoinedWrites(asyncio.Transport):
    """Passes everything on to another transport: writes together, all else at once."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Write to `transport`, which belongs to `loop`."""
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`, with what else is written in this turn of the loop."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(bytes(data))
        self._size += len(data)
        # A transport stops a writer that is too fast, but only by what it knows of.
        if self._size >= _ENOUGH:
            self._flush()

    def close(self) -> None:
        """Send what was written, then close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether it is closed or about to be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Take nothing more from the other side."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport knows of itself."""
        return self._transport.get_extra_info(name, default)

    def _flush(self) -> None:
        joined = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        # The other side may have left since.
        if joined and not self._transport.is_closing():
            self._transport.write(joined)
