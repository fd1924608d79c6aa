"""What jobs and their lists have in common: a road, a query, all pages.

Place in the house: flow. No I/O.

Source: behaviour specification, BATCH-01.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from outcrop.errors import BadRequestError
from outcrop.flow.effects import Flow
from outcrop.flow.invocation import Road, exchange, understand
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.protocols.percent import encode_component

Page = TypeVar("Page")
Row = TypeVar("Row")
Filters = Mapping[str, str | datetime | None]

MOST_ROWS: Final = 1000
"""AWS gives no more on one page."""

_TOKEN_PARTS: Final = 4
_PART: Final = 2**32


def ask(
    road: Road, body: bytes, decode: Callable[[bytes], Page], target: Target, session: Session
) -> Flow[Page]:
    """Send a request and read its answer.

    Raises:
        OutcropError: AWS refused, did not answer, or answered something else.
    """
    invoked = yield from exchange(road, body, target, session)
    return understand(invoked, decode, road, target)


def list_all(
    road: Road,
    filters: Filters,
    decode: Callable[[bytes], tuple[tuple[Row, ...], str]],
    target: Target,
    session: Session,
    *,
    limit: int | None,
) -> Flow[tuple[Row, ...]]:
    """List rows, page after page.

    Args:
        road: The list; what it is filtered by comes from `filters`.
        filters: AWS's names of parameters, and their values; None is left out.
        decode: Reads a page: its rows, and the token of the next, empty for none.
        target: Where and as whom.
        session: The client's memory.
        limit: How many rows are wanted; None for all.

    Raises:
        BadRequestError: A time has no time zone, or the limit is less than 1.
        OutcropError: AWS refused, or did not answer.
    """
    if limit is not None and limit < 1:
        raise BadRequestError(f"limit is {limit}", hint="say 1 or more, or leave it out for all")
    said = {name: _value(name, value) for name, value in filters.items() if value is not None}
    found: list[Row] = []
    seen: set[str] = set()
    token = ""
    while token not in seen and (limit is None or len(found) < limit):
        seen.add(token)
        left = MOST_ROWS if limit is None else min(MOST_ROWS, limit - len(found))
        query = said | {"maxResults": str(left)} | ({"nextToken": token} if token else {})
        page = Road(
            operation=road.operation,
            api=road.api,
            path=f"{road.path}?{_query(query)}",
            method="GET",
        )
        rows, token = yield from ask(page, b"", decode, target, session)
        found.extend(rows)
    return tuple(found[:limit])


def _query(said: Mapping[str, str]) -> str:
    return "&".join(f"{name}={encode_component(value)}" for name, value in sorted(said.items()))


def _value(name: str, value: str | datetime) -> str:
    if isinstance(value, str):
        return value
    if value.tzinfo is None:
        raise BadRequestError(
            f"{name} has no time zone", hint="say which: datetime(..., tzinfo=UTC)"
        )
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def request_token(session: Session) -> str:
    """Return a token that makes a request sent twice one job, not two."""
    return "".join(f"{int(session.random() * _PART):08x}" for _ in range(_TOKEN_PARTS))
