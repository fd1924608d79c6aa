"""What AWS says when it refuses, read from status, headers and body.

Place in the house: protocol layer. Knows where AWS writes the name and the reason of a failure;
does not judge it: what is retried, and what is told to whom, is decided above.

    fault = decode_fault(response.status, response.headers, response.body, now=epoch_s)
    if "is not supported" in normalise(fault.message):
        ...

Whatever answered may be a proxy, so no body is unexpected: one that is not JSON is kept.

Source: behaviour specification, WIRE-08, RETRY-01, ERR-03, ERR-26; replies of status 400 and above
among the recordings.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.http import header
from outcrop.protocols.httpdate import decode_http_date

EXCERPT_LIMIT: Final = 2048
"""How much of a body that is not JSON is kept, bytes."""

_TITLE_WITHIN: Final = 65536
_TITLE: Final = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_HTML: Final = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,9})?")
_ENTITIES: Final = MappingProxyType(
    {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}
)
_QUOTES: Final = str.maketrans({"‘": "'", "’": "'", "`": None, '"': None})  # noqa: RUF001


class AwsFault(msgspec.Struct, frozen=True, kw_only=True):
    """One refusal, as it was worded."""

    status: int
    """HTTP status, 400 to 599."""
    code: str = ""
    """Name of the exception, e.g. ``"ThrottlingException"``; empty when none was given."""
    message: str = ""
    request_id: str = ""
    """``x-amzn-requestid``, to quote to AWS support."""
    retry_after_s: float | None = None
    """Seconds the service asked us to wait; None when it did not say."""
    original_status: int | None = None
    """Status that the model itself answered with, where AWS tells (``originalStatusCode``)."""
    excerpt: str = ""
    """The first 2 KB of a body that is not a JSON object; else empty."""
    is_html: bool = False
    """A page: a proxy or a firewall answered, not AWS."""
    title: str = ""
    """That of the page."""


def decode_fault(
    status: int, headers: Iterable[tuple[str, str]], body: bytes, *, now: float | None = None
) -> AwsFault:
    """Read a reply of status 400 or above. Never fails.

    Args:
        status: HTTP status.
        headers: Those of the reply.
        body: All of it, on streaming paths too.
        now: Seconds since the epoch, for a ``Retry-After`` that is a date; None to ignore dates.
    """
    headers = tuple(headers)
    members = _members(body)
    page = not members and bool(_HTML.search(body[:EXCERPT_LIMIT]))
    return AwsFault(
        status=status,
        code=_code(header(headers, "x-amzn-errortype"), members),
        message=_message(members),
        request_id=header(headers, "x-amzn-requestid"),
        retry_after_s=_retry_after(headers, now),
        original_status=_status(members.get("originalStatusCode")),
        excerpt="" if members else body[:EXCERPT_LIMIT].decode(errors="replace"),
        is_html=page,
        title=_title(body) if page else "",
    )


def normalise(text: str) -> str:
    """Bring AWS's words to the form that triggers are written in.

    Lower case, typographic apostrophes made plain, backticks and double quotes left out, runs of
    white space made one blank.
    """
    return " ".join(text.lower().translate(_QUOTES).split())


def _members(body: bytes) -> Mapping[str, object]:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    # The OpenAI-compatible endpoints put the same members one level down.
    inner = document.get("error")
    return inner if isinstance(inner, dict) else document


def _code(from_header: str, members: Mapping[str, object]) -> str:
    for said in (from_header, members.get("__type"), members.get("code"), members.get("type")):
        if isinstance(said, str) and said:
            return said.rpartition("#")[2].partition(":")[0].strip()
    return ""


def _message(members: Mapping[str, object]) -> str:
    said = members.get("message") or members.get("Message")
    return said if isinstance(said, str) else ""


def _status(said: object) -> int | None:
    return said if isinstance(said, int) else None


def _retry_after(headers: Iterable[tuple[str, str]], now: float | None) -> float | None:
    # The finer unit first: a service that sends both means the same and rounds the other.
    for name in ("retry-after-ms", "x-amz-retry-after"):
        if (milliseconds := _number(header(headers, name))) is not None:
            return milliseconds / 1000
    said = header(headers, "retry-after")
    if (seconds := _number(said)) is not None:
        return seconds
    moment = None if now is None else decode_http_date(said)
    return None if moment is None or now is None else max(moment - now, 0.0)


def _number(text: str) -> float | None:
    bare = text.strip(" \t")
    return float(bare) if _SECONDS.fullmatch(bare) else None


def _title(body: bytes) -> str:
    match = _TITLE.search(body[:_TITLE_WITHIN])
    text = match[1].decode(errors="replace") if match else ""
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return " ".join(text.split())[:EXCERPT_LIMIT]
