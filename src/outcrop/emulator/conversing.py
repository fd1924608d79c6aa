"""Converse and ConverseStream: a body in, an engine's answer out.

Place in the house: emulator. Decodes and checks requests, writes answers as Converse has them: one
body, or frames.

Source: behaviour specification, EMU-01, WIRE-06, STREAM-01; service model of bedrock-runtime.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from outcrop.codecs.converse.request import decode_request
from outcrop.codecs.converse.response import encode_response
from outcrop.codecs.converse.stream_encoding import StreamEncoder, encode_exception
from outcrop.emulator import frames, wordings
from outcrop.emulator.rules import check_rules
from outcrop.emulator.shapes import check_shape
from outcrop.errors import BadRequestError
from outcrop.types.events import Event, Metadata, StreamFault
from outcrop.types.json import EMPTY_OBJECT
from outcrop.types.requests import Request
from outcrop.types.responses import Response
from outcrop.types.usage import Usage


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


def encode_answer(response: Response) -> bytes:
    """Write the body of a Converse reply."""
    return encode_response(msgspec.structs.replace(response, usage=_counted(response.usage)))


def _counted(usage: Usage | None) -> Usage | None:
    """Add what AWS always says and engines need not know."""
    if usage is None or usage.server_tool_usage is not None:
        return usage
    return msgspec.structs.replace(usage, server_tool_usage=EMPTY_OBJECT)


class FrameWriter:
    """Writes one answer of ConverseStream."""

    def __init__(self, padding: Callable[[], int]) -> None:
        """Take what says how much each frame is padded."""
        self._encoder = StreamEncoder()
        self._padding = padding

    def write(self, event: Event) -> Iterator[bytes]:
        """Yield the frame of one event; nothing for what is not on the wire."""
        if isinstance(event, StreamFault):
            yield frames.encode_exception(*encode_exception(event))
            return
        if isinstance(event, Metadata):
            event = msgspec.structs.replace(event, usage=_counted(event.usage))
        encoded = self._encoder.encode(event)
        if encoded is not None:
            yield frames.encode_event(*encoded, self._padding())

    def close(self) -> Iterator[bytes]:
        """Yield nothing: the last frame ends the stream."""
        return iter(())

    def corrupt(self, piece: bytes) -> bytes:
        """Return the frame with a checksum that is wrong."""
        return frames.corrupt(piece)
