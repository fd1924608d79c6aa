"""What every reply of the gateway carries beside its body.

Place in the house: gateway.

Source: behaviour specification, GATE-08, ERR-04 to ERR-15.
"""

import random
from typing import Final

from outcrop.codecs import openai_chat
from outcrop.errors import OutcropError
from outcrop.gateway.asgi import Fields, Scope, Send, answer
from outcrop.types.responses import Adjustment, Call

JSON: Final = (b"content-type", b"application/json")

_MAX_ID: Final = 128


def request_id_of(scope: Scope) -> bytes:
    """Return the request id that the client gave, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and 0 < len(value) <= _MAX_ID:
            return bytes(value)
    return new_id().encode()


def new_id() -> str:
    """Return a name for one answer: unique, and no secret."""
    return f"{random.getrandbits(128):032x}"  # noqa: S311 - it is shown to everybody


def call_fields(call: Call, request_id: bytes) -> Fields:
    """Return the headers that say how an answer came about."""
    fields = [(b"x-request-id", request_id)]
    told = (
        (b"x-outcrop-model", call.resolved_model),
        (b"x-outcrop-api", call.api),
        (b"x-outcrop-region", call.region),
        (b"x-outcrop-engine", call.served_by),
        (b"x-outcrop-adjustments", ",".join(_rules(call.adjustments))),
        (b"x-amzn-requestid", call.request_id),
    )
    fields.extend((name, _latin(value)) for name, value in told if value)
    return fields


async def answer_error(send: Send, error: OutcropError, request_id: bytes) -> None:
    """Send an error in OpenAI's shape."""
    status, body = openai_chat.encode_error(error)
    fields: Fields = [JSON, (b"x-request-id", request_id)]
    if error.retry_after_s is not None:
        fields.append((b"retry-after", str(max(1, round(error.retry_after_s))).encode()))
    if error.request_id:
        fields.append((b"x-amzn-requestid", _latin(error.request_id)))
    await answer(send, status, fields, body)


def _rules(adjustments: tuple[Adjustment, ...]) -> list[str]:
    return list(dict.fromkeys(adjustment.rule for adjustment in adjustments))


def _latin(value: str) -> bytes:
    return value.encode("latin-1", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
