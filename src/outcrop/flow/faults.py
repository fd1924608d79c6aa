"""What AWS's errors mean, and what to do about them.

Place in the house: flow. Turns an error reply, or an exception inside a stream, into one of
`outcrop.errors`. First the exception's name decides the class, then AWS's words may name a cause
that we know a remedy for (`flow.causes`).

Source: behaviour specification, ERR-01 to ERR-15, ERR-26, RETRY-02.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop import errors
from outcrop.errors import OutcropError
from outcrop.flow import causes
from outcrop.flow.causes import Facts, Place, find_cause
from outcrop.protocols.awserrors import AwsFault
from outcrop.types.events import StreamFault

__all__ = ["Place", "annotate", "error_of_reply", "error_of_stream", "is_clock_skew"]

_BY_NAME: Final[Mapping[str, type[OutcropError]]] = MappingProxyType(
    {
        "validation": errors.BadRequestError,
        "malformedinput": errors.BadRequestError,
        "serialization": errors.BadRequestError,
        "unrecognizedclient": errors.AuthenticationError,
        "invalidclienttokenid": errors.AuthenticationError,
        "invalidsignature": errors.AuthenticationError,
        "signaturedoesnotmatch": errors.AuthenticationError,
        "incompletesignature": errors.AuthenticationError,
        "missingauthenticationtoken": errors.AuthenticationError,
        "expiredtoken": errors.AuthenticationError,
        "requestexpired": errors.AuthenticationError,
        "requesttimetooskewed": errors.AuthenticationError,
        "accessdenied": errors.PermissionDeniedError,
        "resourcenotfound": errors.ModelNotFoundError,
        "throttling": errors.RateLimitError,
        "toomanyrequests": errors.RateLimitError,
        "servicequotaexceeded": errors.QuotaError,
        "modelnotready": errors.ServerError,
        "modeltimeout": errors.TimeoutError,
        "modelerror": errors.ModelError,
        "modelstreamerror": errors.ModelError,
        "internalserver": errors.ServerError,
        "internalfailure": errors.ServerError,
        "serviceunavailable": errors.ServerError,
    }
)

_BY_STATUS: Final[Mapping[int, type[OutcropError]]] = MappingProxyType(
    {
        401: errors.AuthenticationError,
        403: errors.PermissionDeniedError,
        404: errors.ModelNotFoundError,
        408: errors.TimeoutError,
        424: errors.ModelError,
        429: errors.RateLimitError,
        504: errors.TimeoutError,
    }
)

# Names whose status is not that of their class.
_UNAVAILABLE: Final = frozenset({"modelnotready", "serviceunavailable"})

# A filter that answers in plain words, or in JSON of its own.
_FILTERS: Final = re.compile(
    r"\b(firewall|waf|cloudflare|akamai|zscaler|forcepoint|fortinet|fortigate|imperva|proxy)\b",
    re.IGNORECASE,
)

# AWS quotes the request it expected, headers included; a proxy may show what it was sent.
_SECRETS: Final = (
    re.compile(r"(?i)(x-amz-security-token['\"]?\s*[:=]\s*['\"]?)[^\s'\"<&,]+"),
    re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?bearer\s+)[^\s'\"<&,]+"),
    re.compile(r"\b(bedrock-api-key-|ABSK)[A-Za-z0-9+/_=-]+"),
)

_STREAM_STATUS: Final = 200
_FORBIDDEN: Final = 403
_SERVICE_UNAVAILABLE: Final = 503
_FIRST_SERVER_ERROR: Final = 500
_FIRST_CLIENT_ERROR: Final = 400
_SHOWN: Final = 100


def error_of_reply(
    fault: AwsFault, place: Place, *, clock_offset_s: float | None = None
) -> OutcropError:
    """Turn an error reply into the exception it means.

    Args:
        fault: What the reply says.
        place: Where the call went.
        clock_offset_s: How far the other side's clock is ahead of ours; None where unknown.
    """
    fault = _redacted(fault)
    if _is_from_others(fault):
        return annotate(_not_aws(fault), place)
    return annotate(_error(fault, Facts(place, _said(fault), clock_offset_s)), place)


def error_of_stream(fault: StreamFault, place: Place, request_id: str) -> OutcropError:
    """Turn an exception inside a stream into the exception it means."""
    reply = _redacted(
        AwsFault(
            status=_STREAM_STATUS,
            code=fault.code,
            message=fault.original_message or fault.message,
            request_id=request_id,
            original_status=fault.original_status,
        )
    )
    return annotate(_error(reply, Facts(place, reply.message)), place)


def annotate(error: OutcropError, place: Place) -> OutcropError:
    """Say on an error where the call went; return it."""
    error.model = place.model
    error.region = place.region
    error.endpoint = place.endpoint
    error.operation = place.operation
    return error


def is_clock_skew(error: OutcropError) -> bool:
    """Tell whether AWS refused the signature because of its time."""
    return causes.is_clock_skew(_short_name(error.code), error.aws_message)


def _error(fault: AwsFault, facts: Facts) -> OutcropError:
    name = _short_name(fault.code)
    kind = _BY_NAME.get(name) or _kind_of_status(fault.status)
    message, hint, retryable = _plain_message(kind), "", None
    cause = find_cause(name, kind, facts)
    if cause is not None:
        kind = cause.kind or kind
        message, hint = cause.tell(facts)
        retryable = cause.retryable
    if retryable is None and kind is errors.ModelError:
        retryable = (fault.original_status or 0) >= _FIRST_SERVER_ERROR
    is_unavailable = name in _UNAVAILABLE or fault.status == _SERVICE_UNAVAILABLE
    return kind(
        message,
        hint=hint,
        status=_SERVICE_UNAVAILABLE if is_unavailable else 0,
        code=fault.code,
        aws_message=_said(fault),
        request_id=fault.request_id,
        retryable=retryable,
        retry_after_s=fault.retry_after_s,
    )


def _plain_message(kind: type[OutcropError]) -> str:
    if kind is errors.ServerError:
        return "AWS failed to answer"
    if issubclass(kind, errors.ModelError | errors.TimeoutError):
        return "The model failed to answer"
    return "AWS refused the request"


def _is_from_others(fault: AwsFault) -> bool:
    filtered = fault.status == _FORBIDDEN and not fault.code and _FILTERS.search(_said(fault))
    return fault.is_html or bool(filtered)


def _not_aws(fault: AwsFault) -> OutcropError:
    words = "" if fault.is_html else " ".join(_said(fault).split())[:_SHOWN]
    return errors.ServerError(
        f"A proxy or firewall answered, not AWS: {fault.title or words or fault.status}",
        hint="check the proxy, the firewall and the endpoint",
        status=502,
        aws_message=_said(fault),
        retryable=fault.status >= _FIRST_SERVER_ERROR,
        retry_after_s=fault.retry_after_s,
    )


def _said(fault: AwsFault) -> str:
    return fault.message or fault.excerpt


def _kind_of_status(status: int) -> type[OutcropError]:
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    is_callers = _FIRST_CLIENT_ERROR <= status < _FIRST_SERVER_ERROR
    return errors.BadRequestError if is_callers else errors.ServerError


def _short_name(code: str) -> str:
    name = code.lower().removesuffix("exception")
    return name if name in _BY_NAME else name.removesuffix("error")


def _redacted(fault: AwsFault) -> AwsFault:
    return msgspec.structs.replace(
        fault,
        message=_without_secrets(fault.message),
        excerpt=_without_secrets(fault.excerpt),
        title=_without_secrets(fault.title),
    )


def _without_secrets(text: str) -> str:
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***", text)
    return text
