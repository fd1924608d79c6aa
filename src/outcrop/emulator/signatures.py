"""Checks AWS Signature Version 4 on requests that arrive: header form and presigned form.

Place in the house: emulator. Pure: the clock and the keys are arguments. It shares no line with
the signer in `protocols`, so that a mistake there cannot pass here too: it is written from AWS's
documentation, works from the received bytes alone, and is held against what botocore signs.

    check_signature(arrived, keys={"AKID": Key(secret="...")}, region="us-east-1", now=epoch_s)

What AWS does beyond comparing: the scope must name the day, region, service and terminator; the
signature must arrive within five minutes (presigned: within its own lifetime); ``host`` and every
``x-amz-*`` and ``x-amzn-*`` header must be signed. The hash is always that of the body that
came, whatever ``x-amz-content-sha256`` says.

Source: AWS IAM User Guide, "Create a signed AWS API request" and "Troubleshoot Signature Version
4 signing"; behaviour specification, WIRE-01 to WIRE-05.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote, unquote_to_bytes

import msgspec

from outcrop.emulator import wordings

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_TERMINATOR: Final = "aws4_request"
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_WINDOW_S: Final = 300
_LONGEST_LIFETIME_S: Final = 7 * 24 * 3600
# Load balancers in front of AWS add or change it, so clients must not sign it (WIRE-04).
_MAY_BE_UNSIGNED: Final = frozenset({"x-amzn-trace-id"})


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to an access key id."""

    secret: str
    token: str = ""
    """Session token that must come with it; empty for a long-term key."""

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"Key(secret=***, token={'***' if self.token else ''!r})"


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came in, nothing decoded."""

    method: str
    path: bytes
    """With its percent-encoding."""
    query: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case."""
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Return every value of one header, in wire order."""
        return [value for key, value in self.headers if key == name]

    def value(self, name: str) -> str:
        """Return the first value of one header, or nothing."""
        return next(iter(self.values(name)), "")


class _Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller claims."""

    credential: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    token: str
    lifetime_s: int | None
    """Of a presigned request; None for the header form."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed, and for where."""

    access_key: str
    region: str


def check_signature(
    arrived: Arrived,
    *,
    keys: Mapping[str, Key],
    region: str | None,
    now: float,
    service: str = "bedrock",
) -> Identity:
    """Return who signed this request.

    Args:
        arrived: The request, byte for byte.
        keys: The access key ids that exist.
        region: Region the scope must name; None accepts every region.
        now: Seconds since the epoch.
        service: Service the scope must name.

    Raises:
        Refusal: The signature is absent, incomplete, out of time or wrong.
    """
    query = list(_query_pairs(arrived.query))
    presented = _presented(arrived, dict(query))
    access_key, *scope = _split_credential(presented.credential)
    _check_scope(scope, presented.stamp, region, service)
    key = _find_key(keys, access_key, presented.token)
    _check_clock(presented, now)
    _check_coverage(arrived, presented.signed_headers)
    _compare(presented, _sign(key.secret, scope, _string_to_sign(arrived, presented, query, scope)))
    return Identity(access_key=access_key, region=scope[1])


def _presented(arrived: Arrived, query: Mapping[str, str]) -> _Presented:
    if arrived.value("authorization"):
        return _from_header(arrived)
    if any(name.startswith("X-Amz-") for name in query):
        return _from_query(query)
    raise wordings.MISSING.refusal()


_HEADER_PARTS: Final = ("Credential", "Signature", "SignedHeaders")


def _from_header(arrived: Arrived) -> _Presented:
    parts = _header_parts(arrived.value("authorization"))
    stamp = arrived.value("x-amz-date") or _basic_format(arrived.value("date"))
    complaints = [
        f"Authorization header requires '{name}' parameter."
        for name in _HEADER_PARTS
        if not parts.get(name)
    ]
    if not stamp:
        complaints.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if complaints:
        raise wordings.INCOMPLETE_HEADER.refusal(complaints=" ".join(complaints))
    return _Presented(
        credential=parts["Credential"],
        signed_headers=_names(parts["SignedHeaders"]),
        signature=parts["Signature"],
        stamp=stamp,
        token=arrived.value("x-amz-security-token"),
        lifetime_s=None,
    )


def _header_parts(header: str) -> dict[str, str]:
    scheme, _, rest = header.strip().partition(" ")
    if scheme != _ALGORITHM:
        return {}
    pairs: dict[str, str] = {}
    for part in rest.replace(",", " ").split():
        name, equals, value = part.partition("=")
        if not equals:
            raise wordings.NOT_A_PAIR.refusal(part=part)
        pairs[name] = value
    return pairs


def _basic_format(date: str) -> str:
    """Write the HTTP ``Date`` header the way it stands in a string to sign."""
    try:
        return parsedate_to_datetime(date).astimezone(UTC).strftime(_STAMP)
    except ValueError:
        return date


_QUERY_PARTS: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
)


def _from_query(query: Mapping[str, str]) -> _Presented:
    complaints = [
        f"AWS query-string parameters must include '{name}'."
        for name in _QUERY_PARTS
        if not query.get(name)
    ]
    if complaints:
        raise wordings.INCOMPLETE_QUERY.refusal(complaints=" ".join(complaints))
    return _Presented(
        credential=query["X-Amz-Credential"],
        signed_headers=_names(query["X-Amz-SignedHeaders"]),
        signature=query["X-Amz-Signature"],
        stamp=query["X-Amz-Date"],
        token=query.get("X-Amz-Security-Token", ""),
        lifetime_s=_lifetime(query.get("X-Amz-Expires", "")),
    )


def _lifetime(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _LONGEST_LIFETIME_S):
        raise wordings.MALFORMED_LIFETIME.refusal()
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.lower().split(";")))


def _split_credential(credential: str) -> list[str]:
    # The key id may hold slashes, the four parts of the scope cannot.
    parts = credential.rsplit("/", 4)
    if len(parts) != 5:  # noqa: PLR2004 - key id, day, region, service, terminator
        raise wordings.MALFORMED_CREDENTIAL.refusal(credential=credential)
    return parts


def _check_scope(scope: list[str], stamp: str, region: str | None, service: str) -> None:
    day, scope_region, scope_service, terminator = scope
    if terminator != _TERMINATOR:
        raise wordings.WRONG_TERMINATOR.refusal(terminator=terminator)
    if scope_service != service:
        raise wordings.WRONG_SERVICE.refusal(service=service)
    if not scope_region or region not in {None, scope_region}:
        raise wordings.WRONG_REGION.refusal()
    if stamp[:8] != day:
        raise wordings.WRONG_DAY.refusal(scope=day, day=stamp[:8], stamp=stamp)


def _find_key(keys: Mapping[str, Key], access_key: str, token: str) -> Key:
    key = keys.get(access_key)
    if key is None or not hmac.compare_digest(key.token.encode(), token.encode()):
        raise wordings.UNKNOWN_KEY.refusal()
    return key


def _check_clock(presented: _Presented, now: float) -> None:
    try:
        signed = datetime.strptime(presented.stamp, _STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise wordings.MALFORMED_DATE.refusal(stamp=presented.stamp) from None
    age = now - signed
    lifetime = _WINDOW_S if presented.lifetime_s is None else presented.lifetime_s
    if age > lifetime:
        raise wordings.TOO_OLD.refusal(
            stamp=presented.stamp,
            bound=_stamp(now - lifetime),
            now=_stamp(now),
            minutes=lifetime // 60,
        )
    if age < -_WINDOW_S:
        raise wordings.TOO_NEW.refusal(
            stamp=presented.stamp, bound=_stamp(now + _WINDOW_S), now=_stamp(now)
        )


def _stamp(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime(_STAMP)


def _check_coverage(arrived: Arrived, signed: Iterable[str]) -> None:
    covered = set(signed)
    if "host" not in covered:
        raise wordings.HOST_UNSIGNED.refusal()
    for name, _ in arrived.headers:
        if name.startswith(("x-amz-", "x-amzn-")) and name not in covered | _MAY_BE_UNSIGNED:
            raise wordings.MISMATCH.refusal()


def _compare(presented: _Presented, calculated: str) -> None:
    if not hmac.compare_digest(calculated.encode(), presented.signature.encode()):
        raise wordings.MISMATCH.refusal()


def _string_to_sign(
    arrived: Arrived, presented: _Presented, query: list[tuple[str, str]], scope: list[str]
) -> str:
    signed_query = query
    if presented.lifetime_s is not None:
        signed_query = [pair for pair in query if pair[0] != "X-Amz-Signature"]
    canonical = "\n".join(
        (
            arrived.method,
            _canonical_path(arrived.path),
            _canonical_query(signed_query),
            *(f"{name}:{_header_line(arrived, name)}" for name in presented.signed_headers),
            "",
            ";".join(presented.signed_headers),
            hashlib.sha256(arrived.body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join((_ALGORITHM, presented.stamp, "/".join(scope), digest))


def _canonical_path(path: bytes) -> str:
    """Resolve the path and encode it once more: every service but S3 is signed so."""
    kept: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            del kept[-1:]
        elif segment not in {b"", b"."}:
            kept.append(segment)
    slash = b"/" if kept and path.endswith(b"/") else b""
    return quote(b"/" + b"/".join(kept) + slash, safe="/")


def _query_pairs(query: bytes) -> Iterator[tuple[str, str]]:
    for part in query.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            yield _decode(name), _decode(value)


def _decode(text: bytes) -> str:
    # Reversible: bytes that are no UTF-8 come back as they were.
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")


def _canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    encoded = sorted((_encode(name), _encode(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encode(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


def _header_line(arrived: Arrived, name: str) -> str:
    return ",".join(" ".join(value.split()) for value in arrived.values(name))


def _sign(secret: str, scope: list[str], text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (*scope, text):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()
