"""AWS Signature Version 4, in pure Python and without I/O.

Place in the house: protocol layer. Knows requests, keys and hashes; knows nothing of models, of
where credentials come from, or of what time it is.

    signed = sign(request, credentials=keys, region="us-east-1", service="bedrock", now=epoch_s)

Sign anew for every attempt: a signature must reach AWS within five minutes. Signing a signed
request replaces its signature.

The target is sent as it stands and its path is encoded once more for the signature, so
``/model/arn%3Aa/converse`` is signed as ``/model/arn%253Aa/converse``. Signed are ``host``,
``content-type``, ``x-amz-*``, ``x-amzn-*`` and the hash of the body.

Three memos make this fast, and all are bounded: the key of a day, a region and a service; what
the headers of a client contribute; the canonical form of a target. They hold secrets, in memory
only, like the credentials themselves.

Source: AWS IAM User Guide, "Create a signed AWS API request"; RFC 2104 for the MAC; behaviour
specification, WIRE-01 to WIRE-05; held to the official vectors and to botocore by its tests.
"""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec

from outcrop.http import Headers, HttpRequest, Origin
from outcrop.protocols.percent import encode_component, encode_path, recode_component
from outcrop.types.credentials import KeyPair

ALGORITHM: Final = "AWS4-HMAC-SHA256"

NEVER_SIGNED: Final = frozenset(
    {
        "user-agent",
        "connection",
        "expect",
        "transfer-encoding",
        "x-amzn-trace-id",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "traceparent",
        "tracestate",
        "baggage",
    }
)
"""Headers that a hop on the way may change, so that a signature over them would break."""

_OWN: Final = frozenset({"host", "authorization", "x-amz-date", "x-amz-security-token"})
_SIGNED: Final = ("x-amz-", "x-amzn-")

# Targets of a client repeat; one longer than this does not, and would fill the memo.
_REPEATING: Final = 4096
_BLOCK_SIZE: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


class Rules(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a service wants signed beside the usual. Make one and keep it: memos know it by it."""

    normalise_path: bool = True
    """Whether ``//``, ``/./`` and ``/../`` are resolved for the signature; AWS does, S3 not."""
    token_signed: bool = True
    """False where the session token is added after signing."""
    body_hash_header: bool = False
    """Whether ``x-amz-content-sha256`` is sent, and so signed."""
    also_signed: frozenset[str] = frozenset()
    """Further headers to sign, lower case. Those in `NEVER_SIGNED` are left out all the same."""


BEDROCK: Final = Rules()
"""The rules of every service outcrop speaks to."""


def sign(
    request: HttpRequest,
    *,
    credentials: KeyPair,
    region: str,
    service: str,
    now: float,
    rules: Rules = BEDROCK,
) -> HttpRequest:
    """Return `request` with the headers that prove who sent it.

    Args:
        request: What to send; ``host`` is signed as the authority of its origin.
        credentials: Whose request it is.
        region: Code of the region the endpoint belongs to.
        service: Signing name, e.g. ``"bedrock"``; `endpoints.service_of` knows it.
        now: Seconds since the epoch, corrected by the clock offset where one is known.
        rules: What the service wants signed.
    """
    stamp, token = _stamp(int(now)), credentials.session_token
    plan = draft(request, stamp=stamp, token=token if rules.token_signed else "", rules=rules)
    scope, mac = _signer(credentials.secret_access_key, stamp[:8], region, service)
    signature = mac(string_to_sign(plan.canonical_request, stamp, scope))
    proof = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={plan.signed_headers}, Signature={signature}"
    )
    added: Headers = (("x-amz-date", stamp), ("authorization", proof))
    if token:
        added = (("x-amz-security-token", token), *added)
    return msgspec.structs.replace(request, headers=plan.headers + added)


def presign(
    request: HttpRequest,
    *,
    credentials: KeyPair,
    region: str,
    service: str,
    now: float,
    expires_s: int,
    rules: Rules = BEDROCK,
) -> HttpRequest:
    """Return `request` with its proof in the query, so that its URL alone can be handed on.

    Args:
        request: What to send; its query must not be signed already.
        credentials: Whose request it is.
        region: Code of the region the endpoint belongs to.
        service: Signing name, e.g. ``"bedrock"``.
        now: Seconds since the epoch.
        expires_s: How long the URL is good for, seconds.
        rules: What the service wants signed.
    """
    stamp, token = _stamp(int(now)), credentials.session_token
    scope, mac = _signer(credentials.secret_access_key, stamp[:8], region, service)
    names = _header_plan(request.headers, request.origin, "", rules, "", dated=False).names
    claims = (
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", f"{credentials.access_key_id}/{scope}"),
        ("X-Amz-Date", stamp),
        ("X-Amz-SignedHeaders", names),
        ("X-Amz-Expires", str(expires_s)),
    )
    bearer = (("X-Amz-Security-Token", token),) if token else ()

    signed = _with_query(request, claims + bearer if rules.token_signed else claims)
    canonical = draft(signed, rules=rules).canonical_request
    signature = mac(string_to_sign(canonical, stamp, scope))
    return _with_query(request, (*claims, *bearer, ("X-Amz-Signature", signature)))


class Draft(msgspec.Struct, frozen=True, gc=False):
    """What is about to be signed. When AWS refuses a signature, it quotes what it expected here."""

    headers: Headers
    """Those of the request, less any earlier signature."""
    signed_headers: str
    """Their names, lower case, sorted, joined by ``;``."""
    canonical_request: str


def draft(
    request: HttpRequest, *, stamp: str = "", token: str = "", rules: Rules = BEDROCK
) -> Draft:
    """Bring `request` to the form that is hashed and signed.

    Args:
        request: What to send.
        stamp: Value of ``x-amz-date``; empty where the date stands in the query.
        token: Session token to sign as a header; empty for none.
        rules: What the service wants signed.
    """
    body_hash = sha256(request.body).hexdigest()
    sent_hash = body_hash if stamp and rules.body_hash_header else ""
    plan = _header_plan(request.headers, request.origin, token, rules, sent_hash, dated=bool(stamp))
    read = _remembered_target if len(request.target) <= _REPEATING else _canonical_target
    target = read(request.target, rules.normalise_path)
    return Draft(
        plan.kept,
        plan.names,
        f"{request.method}\n{target}\n{plan.before}{stamp}{plan.after}\n{plan.names}\n{body_hash}",
    )


def string_to_sign(canonical_request: str, stamp: str, scope: str) -> str:
    """Return the text whose MAC is the signature."""
    digest = sha256(canonical_request.encode()).hexdigest()
    return f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}"


@lru_cache(maxsize=16)
def _stamp(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y%m%dT%H%M%SZ}"


class _HeaderPlan(msgspec.Struct, frozen=True):
    # Canonical header lines are `before`, the date, `after`; the date alone changes every second.
    kept: Headers
    names: str
    before: str
    after: str


@lru_cache(maxsize=256)
def _header_plan(
    headers: Headers, origin: Origin, token: str, rules: Rules, sent_hash: str, *, dated: bool
) -> _HeaderPlan:
    kept = tuple(pair for pair in headers if pair[0].lower() not in _OWN)
    if sent_hash:
        kept = (*kept, ("x-amz-content-sha256", sent_hash))
    values = _signed_values(kept, rules) | {"host": origin.authority}
    if token:
        values["x-amz-security-token"] = token
    if dated:
        values["x-amz-date"] = ""
    names = sorted(values)
    cut = names.index("x-amz-date") + 1 if dated else len(names)
    before = "".join(f"{name}:{values[name]}\n" for name in names[:cut])
    after = "".join(f"\n{name}:{values[name]}" for name in names[cut:])
    return _HeaderPlan(kept, ";".join(names), before.removesuffix("\n"), after + "\n")


def _signed_values(headers: Headers, rules: Rules) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in headers:
        key, text = name.lower(), " ".join(value.split())
        if _is_signed(key, rules):
            values[key] = f"{values[key]},{text}" if key in values else text
    return values


def _is_signed(name: str, rules: Rules) -> bool:
    if name in NEVER_SIGNED or name.startswith("proxy-"):
        return False
    return name == "content-type" or name.startswith(_SIGNED) or name in rules.also_signed


def _canonical_target(target: str, normalise: bool) -> str:  # noqa: FBT001 - the key of the memo
    path, _, query = target.partition("?")
    canonical = encode_path(_normalise(path) if normalise else path or "/")
    pairs = (part.partition("=") for part in query.split("&") if part)
    parameters = sorted((recode_component(key), recode_component(value)) for key, _, value in pairs)
    return f"{canonical}\n{'&'.join(f'{key}={value}' for key, value in parameters)}"


_remembered_target = lru_cache(maxsize=1024)(_canonical_target)


def _normalise(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return f"/{'/'.join(kept)}{'/' if kept and path.endswith('/') else ''}"


def _with_query(request: HttpRequest, pairs: tuple[tuple[str, str], ...]) -> HttpRequest:
    query = "&".join(f"{key}={encode_component(value)}" for key, value in pairs)
    joint = "&" if "?" in request.target else "?"
    return msgspec.structs.replace(request, target=f"{request.target}{joint}{query}")


@lru_cache(maxsize=64)
def _signer(secret: str, date: str, region: str, service: str) -> tuple[str, Callable[[str], str]]:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    block = key.ljust(_BLOCK_SIZE, b"\0")
    inner, outer = sha256(block.translate(_INNER)), sha256(block.translate(_OUTER))

    # HMAC, begun from the two states that depend on the key alone: a third of hmac.digest's time.
    def mac(text: str) -> str:
        first, second = inner.copy(), outer.copy()
        first.update(text.encode())
        second.update(first.digest())
        return second.hexdigest()

    return f"{date}/{region}/{service}/aws4_request", mac
