"""What every reply of the gateway carries beside its body, and what a client is told of failures.

Place in the house: gateway.

Source: behaviour specification, GATE-08, ERR-04 to ERR-15.
"""

import logging
import math
import random
import re
from typing import Final

from outcrop.codecs import openai_chat
from outcrop.errors import OutcropError, ServerError
from outcrop.gateway.asgi import Fields, Scope, Send, answer
from outcrop.types.responses import Adjustment, Call

JSON: Final = (b"content-type", b"application/json")

_log: Final = logging.getLogger("outcrop.gateway")

_READABLE_ID: Final = re.compile(rb"[!-~]([ -~]{0,126}[!-~])?")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]+")


def request_id_of(scope: Scope) -> bytes:
    """Return the request id that the client gave, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _READABLE_ID.fullmatch(value):
            return bytes(value)
    return new_id().encode()


def new_id() -> str:
    """Return a name for one answer: unique, and no secret."""
    return f"{random.getrandbits(128):032x}"


def call_fields(call: Call, request_id: bytes) -> Fields:
    """Return the headers that say how an answer came about."""
    return _told(
        request_id,
        (b"x-outcrop-model", call.resolved_model),
        (b"x-outcrop-api", call.api),
        (b"x-outcrop-region", call.region),
        (b"x-outcrop-engine", call.served_by),
        (b"x-outcrop-adjustments", ",".join(_rules(call.adjustments))),
        (b"x-amzn-requestid", call.request_id),
    )


def error_of(failure: Exception, request_id: bytes) -> OutcropError:
    """Return what a client may be told of a failure.

    What no one foresaw is a defect of ours: it goes to the log, and the client learns no more
    than where to look.
    """
    if isinstance(failure, OutcropError):
        return failure
    name = request_id.decode("ascii")
    _log.error("request %s failed", name, exc_info=failure)
    return ServerError(
        "The gateway failed to answer", hint=f"its log says why, at request {name}", retryable=False
    )


async def answer_error(
    send: Send, error: OutcropError, request_id: bytes, *more: tuple[bytes, bytes]
) -> None:
    """Send an error in OpenAI's shape."""
    status, body = openai_chat.encode_error(error)
    fields = _told(
        request_id,
        (b"x-outcrop-model", error.model),
        (b"x-outcrop-region", error.region),
        (b"x-amzn-requestid", error.request_id),
    )
    if error.retry_after_s is not None:
        fields.append((b"retry-after", str(max(1, math.ceil(error.retry_after_s))).encode()))
    await answer(send, status, [JSON, *fields, *more], body)


def encode_field(value: str) -> bytes:
    """Write a text as the value of a header, which may hold no control characters."""
    return _CONTROL.sub(b" ", value.encode("latin-1", "replace"))


def _told(request_id: bytes, *told: tuple[bytes, str]) -> Fields:
    fields = [(name, encode_field(value)) for name, value in told if value]
    return [(b"x-request-id", request_id), *fields]


def _rules(adjustments: tuple[Adjustment, ...]) -> list[str]:
    return list(dict.fromkeys(adjustment.rule for adjustment in adjustments))
