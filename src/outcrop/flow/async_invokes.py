"""Asynchronous calls: start, look at and list them.

Place in the house: flow. No I/O.

Source: behaviour specification, BATCH-01, WIRE-06; StartAsyncInvoke, GetAsyncInvoke and
ListAsyncInvokes of the Bedrock API reference.
"""

from typing import Final

from outcrop.codecs.jobs.async_invokes import (
    AsyncInvoke,
    AsyncInvokeRequest,
    decode_invoke,
    decode_page,
    decode_started,
)
from outcrop.flow.effects import Flow
from outcrop.flow.invocation import Road
from outcrop.flow.pages import Filters, ask, list_all
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.protocols.lossless import encode
from outcrop.protocols.percent import encode_segment

API: Final = "async_invoke"

_PATH: Final = "/async-invoke"


def start_async_invoke(request: AsyncInvokeRequest, target: Target, session: Session) -> Flow[str]:
    """Start an asynchronous call; return its ARN.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    road = Road(operation="StartAsyncInvoke", api=API, path=_PATH)
    started = yield from ask(road, encode(request), decode_started, target, session)
    return started.invocation_arn


def get_async_invoke(arn: str, target: Target, session: Session) -> Flow[AsyncInvoke]:
    """Return how far an asynchronous call is.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    path = f"{_PATH}/{encode_segment(arn)}"
    road = Road(operation="GetAsyncInvoke", api=API, path=path, method="GET")
    return (yield from ask(road, b"", decode_invoke, target, session))


def list_async_invokes(
    filters: Filters, limit: int | None, target: Target, session: Session
) -> Flow[tuple[AsyncInvoke, ...]]:
    """List asynchronous calls.

    Raises:
        BadRequestError: A filter has the wrong form.
        OutcropError: AWS refused, or did not answer.
    """
    road = Road(operation="ListAsyncInvokes", api=API, path=_PATH)
    return (yield from list_all(road, filters, _rows, target, session, limit=limit))


def _rows(body: bytes) -> tuple[tuple[AsyncInvoke, ...], str]:
    page = decode_page(body)
    return page.async_invoke_summaries or (), page.next_token or ""
