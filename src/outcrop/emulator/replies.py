"""Writes replies as AWS does: request ids, dates, error headers, JSON bodies.

Place in the house: emulator. Pure; id and date are arguments.

Source: recordings; behaviour specification, WIRE-08, EMU-02.
"""

from email.utils import formatdate
from typing import Any

import msgspec

from outcrop.emulator.asgi import Reply
from outcrop.emulator.refusals import Refusal

JSON = "application/json"
EVENT_STREAM = "application/vnd.amazon.eventstream"
SERVER_EVENTS = "text/event-stream"


def common_headers(
    content_type: str, request_id: str, now: float, engine: str = ""
) -> tuple[tuple[str, str], ...]:
    """Return what every reply carries; `engine` where one spoke."""
    spoke = (("x-outcrop-engine", engine),) if engine else ()
    return (
        ("date", formatdate(now, usegmt=True)),
        ("content-type", content_type),
        ("x-amzn-requestid", request_id),
        *spoke,
    )


def json_reply(value: Any, headers: tuple[tuple[str, str], ...]) -> Reply:
    """Return a reply with a JSON body; bytes are JSON already."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return Reply(status=200, headers=headers, body=body)


def error_reply(refusal: Refusal, headers: tuple[tuple[str, str], ...]) -> Reply:
    """Return the reply to a request that is refused."""
    extra = [("x-amzn-errortype", f"{refusal.code}:{refusal.speaker}")]
    if refusal.retry_after_s is not None:
        extra.append(("retry-after", f"{refusal.retry_after_s:g}"))
    body = msgspec.json.encode({refusal.message_key: refusal.message})
    return Reply(status=refusal.status, headers=(*headers, *extra), body=body)
