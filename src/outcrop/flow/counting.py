"""How many tokens a conversation has: AWS counts, and where it does not, we guess.

Place in the house: flow. No I/O. The conversation is prepared as for a call, so that what is
counted is what would be sent: over Converse, or in the model's own body. AWS takes the bare id of a
model alone; for profiles it says that the model does not support counting.

Source: behaviour specification, COUNT-01, MODEL-02; CountTokens of the Bedrock API reference.
"""

from typing import Final

import msgspec

from outcrop.codecs import converse
from outcrop.errors import BadRequestError, WireError
from outcrop.flow.attempt import place_of
from outcrop.flow.effects import Flow
from outcrop.flow.estimate import estimate_tokens
from outcrop.flow.invocation import Road, exchange, model_behind, understand
from outcrop.flow.prepare import prepare
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.flow.wires import CONVERSE, Wire, wire_for
from outcrop.models.ids import parse_model_id
from outcrop.protocols.percent import encode_segment
from outcrop.types.counting import TokenCount
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Call

API: Final = "count_tokens"
UNCOUNTED_S: Final = 24 * 3600.0
"""How long it is believed that AWS does not count for a model, seconds."""

_OPERATION: Final = "CountTokens"
_INVOKE: Final = "InvokeModel"
_NOT_OFFERED: Final = "doesn't support counting tokens"


def count_tokens(
    request: Request, target: Target, control: Target, session: Session
) -> Flow[TokenCount]:
    """Count the tokens of a conversation.

    Args:
        request: The conversation, as it would be sent.
        target: Where its model is called.
        control: Where profiles are looked up.
        session: The client's memory.

    Raises:
        BadRequestError: The conversation cannot be sent.
        OutcropError: AWS refused, or did not answer.
    """
    asked = msgspec.structs.replace(request, model=target.model)
    wire = _countable(target.wire or wire_for(asked, target.vendor))
    prepared, changes = prepare(asked, wire, strict=target.strict_parameters)
    body = encode_count(prepared, wire)
    model = yield from _bare_id(target, control, session)
    place = msgspec.structs.replace(target, model=model)
    if session.kept(_memory(model)):
        return _estimate(prepared, _call(place, changes))
    try:
        return (yield from _ask(body, place, session, changes))
    except BadRequestError as error:
        if _NOT_OFFERED not in error.aws_message:
            raise
        session.keep(_memory(model), value=True, seconds=UNCOUNTED_S)
        call = _call(place, changes)
        return _estimate(
            prepared,
            msgspec.structs.replace(call, request_id=error.request_id, attempts=error.attempts),
        )


def _bare_id(target: Target, control: Target, session: Session) -> Flow[str]:
    behind = yield from model_behind(target, control, session)
    read = parse_model_id(behind)
    return read.base or read.wire


def _memory(model: str) -> str:
    return f"uncounted/{model}"


def _ask(
    body: bytes, target: Target, session: Session, changes: tuple[Adjustment, ...]
) -> Flow[TokenCount]:
    path = f"/model/{encode_segment(target.model)}/count-tokens"
    road = Road(operation=_OPERATION, api=API, path=path)
    invoked = yield from exchange(road, body, target, session, changes)
    counted = understand(invoked, decode_count, road, target)
    return TokenCount(input_tokens=counted, call=invoked.call)


def _countable(wire: Wire) -> Wire:
    """Return the wire whose body is counted: AWS knows two."""
    return wire if wire.whole.name == _INVOKE else CONVERSE


def encode_count(request: Request, wire: Wire = CONVERSE) -> bytes:
    """Write the body of CountTokens: of Converse, what it has a word for; a native body whole.

    Raises:
        BadRequestError: A text or a medium cannot be sent.
    """
    if wire is not CONVERSE:
        native = {"invokeModel": {"body": wire.encode(request, False)}}  # noqa: FBT003
        return msgspec.json.encode({"input": native})
    counted = Request(
        model=request.model,
        messages=request.messages,
        system=request.system,
        tools=request.tools,
        tool_choice=request.tool_choice,
        additional_model_request_fields=request.additional_model_request_fields,
    )
    return b'{"input":{"converse":%b}}' % converse.encode_request(counted)


class _Count(msgspec.Struct, frozen=True, rename="camel"):
    input_tokens: int


_count: Final = msgspec.json.Decoder(_Count)


def decode_count(body: bytes) -> int:
    """Read the answer of CountTokens.

    Raises:
        WireError: It holds no count.
    """
    try:
        return _count.decode(body).input_tokens
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError(f"{_OPERATION} answered without a count: {error}") from error


def _estimate(request: Request, call: Call) -> TokenCount:
    return TokenCount(input_tokens=estimate_tokens(request), estimated=True, call=call)


def _call(target: Target, changes: tuple[Adjustment, ...]) -> Call:
    return Call(
        api=API,
        endpoint=place_of(target, _OPERATION).endpoint,
        region=target.region,
        resolved_model=target.model,
        attempts=0,
        adjustments=target.adjustments + changes,
    )
