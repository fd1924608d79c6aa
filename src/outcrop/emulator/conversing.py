"""Converse and ConverseStream: a body in, an engine's answer out.

Place in the house: emulator. Between the HTTP face and the engines: decodes and checks requests,
folds events for Converse, writes them as frames for ConverseStream.

Source: behaviour specification, EMU-01, WIRE-06, STREAM-01; service model of bedrock-runtime.
"""

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.converse.request import decode_request
from outcrop.codecs.converse.response import encode_response
from outcrop.codecs.converse.stream_encoding import StreamEncoder, encode_exception
from outcrop.emulator import frames, wordings
from outcrop.emulator.engines.interface import Engine, Step
from outcrop.emulator.faults import CorruptNext, CutNext, Fault
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.rules import check_rules
from outcrop.emulator.shapes import check_shape
from outcrop.errors import BadRequestError
from outcrop.types.accumulate import Accumulator
from outcrop.types.events import Event, Metadata, StreamFault
from outcrop.types.json import EMPTY_OBJECT
from outcrop.types.requests import Request

_log: Final = logging.getLogger("outcrop.emulator")


class CutError(Exception):
    """The connection is to be closed here, after `last` was sent."""

    def __init__(self, last: bytes) -> None:
        """Keep what is still to be sent."""
        super().__init__("cut on purpose")
        self.last = last


def read_converse(operation: str, model: str, body: bytes) -> Request:
    """Read and check one request.

    Args:
        operation: ``"Converse"`` or ``"ConverseStream"``.
        model: Id from the path, percent-decoded.
        body: As it came.

    Raises:
        Refusal: Bedrock would refuse it.
    """
    check_shape(operation, {**read_object(body), "modelId": model})
    try:
        request = decode_request(body, model)
    except BadRequestError as error:
        raise wordings.MALFORMED_BODY.refusal(reason=error.message) from error
    check_rules(request, streamed=operation == "ConverseStream")
    return request


def read_object(body: bytes) -> Mapping[str, Any]:
    """Read a body that must be a JSON object.

    Raises:
        Refusal: It is none.
    """
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise wordings.MALFORMED_BODY.refusal(reason=error) from error


async def answer_whole(engine: Engine, request: Request, elapsed_ms: Callable[[], int]) -> bytes:
    """Return the body of a Converse reply.

    Raises:
        Refusal: The engine refused, or failed in the middle.
        CutError: The connection shall close in the middle of the body.
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
                    fold.add(complete(step, elapsed_ms))
    body = encode_response(fold.response())
    if cut:
        raise CutError(body[: len(body) // 2])
    return body


async def answer_stream(
    engine: Engine,
    request: Request,
    elapsed_ms: Callable[[], int],
    padding: Callable[[], int],
) -> AsyncGenerator[bytes, None]:
    """Yield the frames of a ConverseStream reply.

    Raises:
        Refusal: Before the first frame: the reply is an error.
        CutError: The connection shall close in the middle of a frame.
    """
    writer = _FrameWriter(elapsed_ms, padding)
    async with aclosing(_steps(engine, request)) as steps:
        async for step in steps:
            frame = writer.write(step)
            if frame is not None:
                yield frame


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


class _FrameWriter:
    """Writes the steps of one answer as frames, whole or spoiled."""

    def __init__(self, elapsed_ms: Callable[[], int], padding: Callable[[], int]) -> None:
        self._encoder = StreamEncoder()
        self._elapsed_ms = elapsed_ms
        self._padding = padding
        self._fault: Fault | None = None

    def write(self, step: Step) -> bytes | None:
        """Return the frame of one step; None for what is not on the wire."""
        if isinstance(step, CorruptNext | CutNext):
            self._fault = step
            return None
        frame = self._frame(complete(step, self._elapsed_ms))
        return None if frame is None else self._spoil(frame)

    def _frame(self, event: Event) -> bytes | None:
        if isinstance(event, StreamFault):
            return frames.encode_exception(*encode_exception(event))
        encoded = self._encoder.encode(event)
        return None if encoded is None else frames.encode_event(*encoded, self._padding())

    def _spoil(self, frame: bytes) -> bytes:
        fault, self._fault = self._fault, None
        if isinstance(fault, CutNext):
            raise CutError(frame[: len(frame) // 2])
        return frame if fault is None else frames.corrupt(frame)


def complete(event: Event, elapsed_ms: Callable[[], int]) -> Event:
    """Add to the metadata what AWS always says and engines need not know."""
    if not isinstance(event, Metadata):
        return event
    usage = event.usage
    if usage is not None and usage.server_tool_usage is None:
        usage = msgspec.structs.replace(usage, server_tool_usage=EMPTY_OBJECT)
    latency = event.latency_ms if event.latency_ms is not None else elapsed_ms()
    return msgspec.structs.replace(event, usage=usage, latency_ms=latency)


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
