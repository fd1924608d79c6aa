"""The dates of HTTP headers, as seconds since the epoch.

Place in the house: protocol layer. Knows three spellings of a moment; does not know the time.
(`email.utils` reads them too; importing it costs more than everything else here.)

    offset = clock_offset(response.headers, now)
    if offset is not None:
        sign(request, ..., now=now + offset)

Source: RFC 9110, section 5.6.7; behaviour specification, WIRE-05.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from outcrop.http import header

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_TIME: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_FORMS: Final = (
    # Sun, 06 Nov 1994 08:49:37 GMT
    re.compile(rf"[A-Za-z]{{3}}, (?P<day>\d\d) (?P<month>\w{{3}}) (?P<year>\d{{4}}) {_TIME} GMT"),
    # Sunday, 06-Nov-94 08:49:37 GMT
    re.compile(rf"[A-Za-z]+, (?P<day>\d\d)-(?P<month>\w{{3}})-(?P<year>\d\d) {_TIME} GMT"),
    # Sun Nov  6 08:49:37 1994
    re.compile(rf"[A-Za-z]{{3}} (?P<month>\w{{3}}) +(?P<day>\d+) {_TIME} (?P<year>\d{{4}})"),
)


def decode_http_date(text: str) -> float | None:
    """Return seconds since the epoch; None where `text` is not a date of HTTP."""
    for form in _FORMS:
        if match := form.fullmatch(text.strip()):
            return _moment(match.groupdict())
    return None


def clock_offset(headers: Iterable[tuple[str, str]], now: float) -> float | None:
    """Return by how many seconds the service's clock is ahead of `now`.

    Args:
        headers: Those of a reply that has just arrived.
        now: The local clock, seconds since the epoch.

    Returns:
        Seconds to add to the local clock; None where the reply does not tell the time.
    """
    moment = decode_http_date(header(headers, "date"))
    return None if moment is None else moment - now


def _moment(parts: dict[str, str]) -> float | None:
    try:
        return datetime(
            _year(parts["year"]),
            _MONTHS.index(parts["month"].lower()) + 1,
            int(parts["day"]),
            int(parts["hour"]),
            int(parts["minute"]),
            min(int(parts["second"]), 59),  # 60 is a leap second, which has no moment of its own
            tzinfo=UTC,
        ).timestamp()
    except ValueError:
        return None


def _year(text: str) -> int:
    # Two digits stand for 1970 to 2069. RFC 9110 wants the 50 years around today, which is not
    # known here; no service of AWS writes this form.
    if len(text) > 2:  # noqa: PLR2004
        return int(text)
    return int(f"20{text}" if text < "70" else f"19{text}")
