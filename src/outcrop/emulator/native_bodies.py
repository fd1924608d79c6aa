"""InvokeModel of text models: a native body in, an engine's answer out in the same form.

Place in the house: emulator. Reads and checks requests by `dialects`, writes what engines say as
one body, or as chunks of InvokeModelWithResponseStream.

Source: behaviour specification, EMU-01, ROUTE-07, WIRE-12; recordings of InvokeModel and
InvokeModelWithResponseStream.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from outcrop.codecs.converse.stream_encoding import encode_exception
from outcrop.codecs.native.counts import METRICS
from outcrop.emulator import frames, wordings
from outcrop.emulator.answers import read_body
from outcrop.emulator.dialects import DIALECTS, Dialect, Encoder
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.rules import reach_model
from outcrop.errors import BadRequestError
from outcrop.models.card import ModelCard
from outcrop.models.catalogue import native_form
from outcrop.types.events import Event, Metadata, StreamFault
from outcrop.types.requests import Request
from outcrop.types.responses import Response

_ANY_FORM: Final = ("amazon-bedrock-guardrailConfig",)
_CHUNK: Final = "chunk"
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def dialect_of(model: str) -> Dialect | None:
    """Return the form in which a model takes text; None where it takes none that is known here."""
    return DIALECTS.get(native_form(model))


def read_native(dialect: Dialect, model: str, body: bytes, *, streamed: bool) -> Request:
    """Read and check one request.

    Args:
        dialect: The form that the model takes.
        model: Id from the path, percent-decoded.
        body: As it came.
        streamed: Whether the answer shall be.

    Raises:
        Refusal: Bedrock would refuse it.
    """
    card = reach_model(model)
    if streamed and not (dialect.streams and (card is None or card.streaming is not False)):
        raise wordings.NO_STREAM.refusal()
    return decode_native(dialect, model, body, card)


def decode_native(dialect: Dialect, model: str, body: bytes, card: ModelCard | None) -> Request:
    """Read and check a body to a model that may be asked.

    Raises:
        Refusal: Bedrock would refuse it.
    """
    request = _read(dialect, model, body)
    refusal = next(dialect.rules(request, card), None)
    if refusal is not None:
        raise refusal
    return request


def _read(dialect: Dialect, model: str, body: bytes) -> Request:
    if dialect.pointed:
        return _read_pointed(dialect, model, body)
    permitted = (*dialect.required, *dialect.permitted, *_ANY_FORM) if dialect.permitted else None
    return read_body(
        None,
        body,
        lambda given: dialect.decode(given, model),
        required=dialect.required,
        permitted=permitted,
    )


def _read_pointed(dialect: Dialect, model: str, body: bytes) -> Request:
    members = read_body(None, body, _members.decode)
    for name in dialect.required:
        if name not in members:
            raise wordings.FIELD_REQUIRED.refusal(where=name)
    try:
        return dialect.decode(body, model)
    except BadRequestError as error:
        raise _pointed(error) from error


def _pointed(error: BadRequestError) -> Refusal:
    where = (error.param or "body").replace("[", ".").replace("]", "")
    problem = error.message.removeprefix(f"{error.param}: ")
    return wordings.POINTED.refusal(where=where, problem=problem)


def count_headers(response: Response) -> tuple[tuple[str, str], ...]:
    """Return the headers that tell what an answer in one piece used."""
    usage = response.usage
    counts = {
        "cache-read-input-token-count": usage and usage.cache_read_tokens,
        "cache-write-input-token-count": usage and usage.cache_write_tokens,
        "input-token-count": usage and usage.input_tokens,
        "invocation-latency": response.latency_ms,
        "output-token-count": usage and usage.output_tokens,
    }
    known = ((name, count) for name, count in counts.items() if count is not None)
    return tuple((f"x-amzn-bedrock-{name}", str(count)) for name, count in known)


class ChunkWriter:
    """Writes one answer of InvokeModelWithResponseStream."""

    def __init__(
        self, encoder: Encoder, elapsed_ms: Callable[[], int], padding: Callable[[], int]
    ) -> None:
        """Take what writes the documents, what measures them, and what says how to pad them."""
        self._encoder = encoder
        self._elapsed_ms = elapsed_ms
        self._padding = padding
        self._first_ms: int | None = None

    def write(self, event: Event) -> Iterator[bytes]:
        """Yield the chunks of one event; nothing for what the form has no word for."""
        if isinstance(event, StreamFault):
            yield frames.encode_exception(*encode_exception(event))
            return
        if self._first_ms is None:
            self._first_ms = self._elapsed_ms()
        documents = [payload for _, payload in self._encoder.encode(event)]
        if isinstance(event, Metadata) and documents:
            documents[-1] = self._measured(documents[-1], event)
        yield from map(self._frame, documents)

    def close(self) -> Iterator[bytes]:
        """Yield the chunks of an answer whose counts were never told."""
        return (self._frame(payload) for _, payload in self._encoder.close())

    def corrupt(self, piece: bytes) -> bytes:
        """Return the frame with a checksum that is wrong."""
        return frames.corrupt(piece)

    def _frame(self, document: bytes) -> bytes:
        wrapped = msgspec.json.encode({"bytes": b64encode(document).decode()})
        return frames.encode_event(_CHUNK, wrapped, self._padding())

    def _measured(self, document: bytes, told: Metadata) -> bytes:
        """Add what AWS counted and measured, in its own order."""
        usage = told.usage
        metrics: dict[str, Any] = {
            "inputTokenCount": usage and usage.input_tokens,
            "outputTokenCount": usage and usage.output_tokens,
            "invocationLatency": told.latency_ms,
            "firstByteLatency": self._first_ms,
            "cacheReadInputTokenCount": usage and usage.cache_read_tokens,
            "cacheWriteInputTokenCount": usage and usage.cache_write_tokens,
        }
        known = {name: value for name, value in metrics.items() if value is not None}
        members: dict[str, Any] = dict(_members.decode(document))
        return msgspec.json.encode(members | {METRICS: known})
