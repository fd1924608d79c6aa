"""An engine's answer to one request, folded or event by event, whatever the wire.

Place in the house: emulator. Between the operations and the engines: what an engine says becomes
events that are complete, and what it does wrong becomes what Bedrock would do.

    response = await fold_answer(engine, request, elapsed_ms)
    async for piece in stream_answer(engine, request, elapsed_ms, writer): ...

Source: behaviour specification, EMU-01, EMU-05, STREAM-01.
"""

import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from outcrop.emulator import wordings
from outcrop.emulator.engines.interface import Engine, Step
from outcrop.emulator.faults import CorruptNext, CutNext, Fault
from outcrop.emulator.refusals import Refusal
from outcrop.types.accumulate import Accumulator
from outcrop.types.events import Event, Metadata, StreamFault
from outcrop.types.requests import Request
from outcrop.types.responses import Response

_log: Final = logging.getLogger("outcrop.emulator")


class CutError(Exception):
    """The connection is to be closed here, after `last` was sent."""

    def __init__(self, last: bytes) -> None:
        """Keep what is still to be sent."""
        super().__init__("cut on purpose")
        self.last = last


class Folded(msgspec.Struct, frozen=True):
    """An answer in one piece."""

    response: Response
    cut: bool
    """Whether the connection shall close in the middle of it."""

    def body(self, encoded: bytes) -> bytes:
        """Return the body to be sent.

        Raises:
            CutError: Only half of it is.
        """
        if self.cut:
            raise CutError(encoded[: len(encoded) // 2])
        return encoded


class Writer(Protocol):
    """Writes the events of one answer for the wire."""

    def write(self, event: Event) -> Iterator[bytes]:
        """Yield what one event adds."""

    def close(self) -> Iterator[bytes]:
        """Yield what ends the body."""

    def corrupt(self, piece: bytes) -> bytes:
        """Return a piece with a checksum that is wrong; as it is, where the wire has none."""


async def fold_answer(engine: Engine, request: Request, elapsed_ms: Callable[[], int]) -> Folded:
    """Return what the engine answers.

    Raises:
        Refusal: The engine refused, or failed in the middle.
    """
    fold = Accumulator()
    cut = False
    async with aclosing(_steps(engine, request)) as steps:
        async for step in steps:
            match step:
                case StreamFault():
                    raise refusal_of(step)
                case CutNext():
                    cut = True
                case CorruptNext():
                    pass  # An unstreamed reply has no checksum.
                case _:
                    fold.add(_timed(step, elapsed_ms))
    return Folded(fold.response(), cut)


async def stream_answer(
    engine: Engine, request: Request, elapsed_ms: Callable[[], int], writer: Writer
) -> AsyncGenerator[bytes, None]:
    """Yield the pieces of a streamed reply.

    Raises:
        Refusal: Before the first piece: the reply is an error.
        CutError: The connection shall close in the middle of a piece.
    """
    fault: Fault | None = None
    async with aclosing(_steps(engine, request)) as steps:
        async for step in steps:
            if isinstance(step, CorruptNext | CutNext):
                fault = step
                continue
            for piece in writer.write(_timed(step, elapsed_ms)):
                yield _spoil(writer, piece, fault)
                fault = None
            if isinstance(step, StreamFault):
                return
    for piece in writer.close():
        yield piece


def _spoil(writer: Writer, piece: bytes, fault: Fault | None) -> bytes:
    if isinstance(fault, CutNext):
        raise CutError(piece[: len(piece) // 2])
    return piece if fault is None else writer.corrupt(piece)


async def _steps(engine: Engine, request: Request) -> AsyncGenerator[Step, None]:
    """Yield what the engine yields; once it has begun, it fails as a stream does."""
    started = False
    async with aclosing(engine.answer(request)) as steps:
        try:
            async for step in steps:
                started = True
                yield step
        except Exception as error:
            if not started:
                raise
            yield _fault_of(error)
    if not started:
        raise RuntimeError(f"the engine {engine.name} said nothing")


def _fault_of(error: Exception) -> StreamFault:
    if isinstance(error, Refusal):
        return StreamFault(code=error.code, message=error.message)
    _log.error("the engine failed in the middle of an answer", exc_info=error)
    return StreamFault(code=wordings.INTERNAL.code, message=wordings.INTERNAL.text)


def _timed(event: Event, elapsed_ms: Callable[[], int]) -> Event:
    """Add the latency to what is told of the answer, where the engine does not know it."""
    if not isinstance(event, Metadata) or event.latency_ms is not None:
        return event
    return msgspec.structs.replace(event, latency_ms=elapsed_ms())


# Source: error shapes of bedrock-runtime. What breaks a stream as 424 ModelStreamErrorException
# breaks an unstreamed call as ModelErrorException.
_STATUSES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "InternalServerException": 500,
        "ModelErrorException": 424,
        "ModelNotReadyException": 429,
        "ModelStreamErrorException": 424,
        "ModelTimeoutException": 408,
        "ServiceUnavailableException": 503,
        "ThrottlingException": 429,
        "ValidationException": 400,
    }
)


def refusal_of(fault: StreamFault) -> Refusal:
    """Return what an unstreamed call answers where a stream would break off."""
    code = "ModelErrorException" if fault.code == "ModelStreamErrorException" else fault.code
    return Refusal(_STATUSES.get(code, 500), code, fault.message)
