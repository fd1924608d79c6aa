"""Conversations as lines of a batch, and a batch's lines as answers.

Place in the house: flow. Pure. Conversations are prepared as for a call.

Source: behaviour specification, BATCH-01.
"""

from typing import Final

import msgspec

from outcrop.codecs import converse
from outcrop.codecs.jobs.records import Record, RecordError, decode_records, encode_record
from outcrop.errors import BadRequestError, OutcropError, WireError
from outcrop.flow.faults import Place, error_of_reply
from outcrop.flow.prepare import prepare
from outcrop.flow.target import Target
from outcrop.protocols.awserrors import AwsFault
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Response

_OPERATION: Final = "CreateModelInvocationJob"
_BAD_REQUEST: Final = 400


class BatchLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a batch's input."""

    record_id: str
    data: bytes
    """JSON, and the end of the line."""
    adjustments: tuple[Adjustment, ...] = ()
    """Every change outcrop made to what was asked."""


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a batch's output. It has an answer or an error."""

    record_id: str
    """Of the request that it belongs to; lines come in any order."""
    response: Response | None = None
    """The answer; None where the batch's type is not ``"Converse"``, or where there is none."""
    output: msgspec.Raw | None = None
    """The answer as it stands, whatever the batch's type."""
    error: OutcropError | None = None
    """Why there is none."""


def write_line(record_id: str, request: Request, target: Target) -> BatchLine:
    """Return the line that asks `request`, for batches of the type ``"Converse"``.

    Raises:
        BadRequestError: The conversation cannot be sent, or the record has no id.
    """
    if not record_id:
        raise BadRequestError(
            "the record has no id", hint="name it: answers are told apart by it alone"
        )
    asked = msgspec.structs.replace(request, model=target.model)
    prepared, changes = prepare(asked, strict=target.strict_parameters)
    data = encode_record(record_id, converse.encode_request(prepared))
    return BatchLine(record_id=record_id, data=data, adjustments=target.adjustments + changes)


def read_lines(data: bytes, *, is_converse: bool) -> tuple[BatchAnswer, ...]:
    """Read a batch's output.

    Args:
        data: The whole file.
        is_converse: Whether the batch was of the type ``"Converse"``.

    Raises:
        WireError: A line is no record.
    """
    return tuple(_answer(record, is_converse=is_converse) for record in decode_records(data))


def _answer(record: Record, *, is_converse: bool) -> BatchAnswer:
    if isinstance(record.model_output, msgspec.UnsetType):
        return BatchAnswer(record_id=record.record_id, error=_error(record.error))
    output = record.model_output.copy()
    if not is_converse:
        return BatchAnswer(record_id=record.record_id, output=output)
    try:
        response = converse.decode_response(bytes(output))
    except WireError as error:
        return BatchAnswer(record_id=record.record_id, output=output, error=error)
    return BatchAnswer(record_id=record.record_id, output=output, response=response)


def _error(said: RecordError | None) -> OutcropError:
    if said is None:
        return WireError("The record has neither an answer nor an error")
    fault = AwsFault(status=said.error_code or _BAD_REQUEST, message=said.error_message or "")
    return error_of_reply(fault, Place(operation=_OPERATION))
