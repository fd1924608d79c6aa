"""Lines of a batch's files: a request each in the input, an answer each in the output.

Place in the house: the codec of jobs. What stands inside a record is another codec's.

Source: behaviour specification, BATCH-01; Bedrock User Guide, "Format and upload your batch
inference data" and "View the results of a batch inference job", read 2026-11-20.
"""

from typing import Final

import msgspec

from outcrop.errors import WireError
from outcrop.protocols.lossless import encode
from outcrop.protocols.shape import Shape, reader_of

OptionalRaw = msgspec.Raw | msgspec.UnsetType


class RecordError(Shape):
    """Why a record has no answer."""

    error_code: int | None = None
    """HTTP status."""
    error_message: str | None = None


class Record(Shape, kw_only=True):
    """One line."""

    record_id: str
    model_input: OptionalRaw = msgspec.UNSET
    """What was asked."""
    model_output: OptionalRaw = msgspec.UNSET
    """What the model answered; missing where there is an error."""
    error: RecordError | None = None


_read: Final = reader_of(Record)


def encode_record(record_id: str, body: bytes) -> bytes:
    """Write one line of a batch's input; `body` is JSON, and brought to one line."""
    return encode(Record(record_id=record_id, model_input=_in_one_line(body))) + b"\n"


def _in_one_line(body: bytes) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.format(body, indent=-1) if b"\n" in body else body)


def decode_records(data: bytes) -> tuple[Record, ...]:
    """Read all lines of a batch's file; empty ones are passed over.

    Raises:
        WireError: A line is no record; the message says which, counted from 1.
    """
    lines = enumerate(data.splitlines(), 1)
    return tuple(_decode_line(number, line) for number, line in lines if line.strip())


def _decode_line(number: int, line: bytes) -> Record:
    try:
        return _read(line)
    except WireError as error:
        raise WireError(f"line {number} is no record of a batch: {error.message}") from error
