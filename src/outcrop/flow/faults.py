"""What AWS's errors mean, and what to do about them.

Place in the house: flow. Turns an error reply, or an exception inside a stream, into one of
`outcrop.errors`. First the exception's name decides the class, then AWS's words may name a cause
that we know a remedy for. Two tables, read from the top.

Source: behaviour specification, ERR-03 to ERR-21, RETRY-02.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop import errors
from outcrop.errors import OutcropError
from outcrop.protocols.awserrors import AwsFault, normalise
from outcrop.types.events import StreamFault

_BY_NAME: Final[Mapping[str, type[OutcropError]]] = MappingProxyType(
    {
        "validation": errors.BadRequestError,
        "malformedinput": errors.BadRequestError,
        "serialization": errors.BadRequestError,
        "unrecognizedclient": errors.AuthenticationError,
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

# What the gateway answers where AWS's own status would mislead its client.
_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {"modelnotready": 503, "serviceunavailable": 503, "internalserver": 500}
)

SKEW_NAMES: Final = frozenset({"requestexpired", "requesttimetooskewed"})
_SKEW_WORDS: Final = ("signature expired", "signature not yet current")

_STREAM_STATUS: Final = 200
_FIRST_SERVER_ERROR: Final = 500
_FIRST_CLIENT_ERROR: Final = 400


class _Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A cause known by AWS's words: any of `words` (all of one group) names it."""

    words: tuple[tuple[str, ...], ...]
    kind: type[OutcropError] | None
    message: str
    hint: str
    retryable: bool | None = None


_CAUSES: Final = (
    _Cause(
        words=(
            ("on-demand throughput isn't supported",),
            ("on-demand throughput is not supported",),
        ),
        kind=errors.ModelNotFoundError,
        message="Model {model} needs an inference profile",
        hint="use the id of a profile that contains it, such as us.{model} or global.{model}",
    ),
    _Cause(
        words=(("model identifier is invalid",),),
        kind=errors.ModelNotFoundError,
        message="Model {model} is unknown in {region}",
        hint="run `outcrop models` for the ids that are known there",
    ),
    _Cause(
        words=(("end of its life",), ("marked by provider as legacy",)),
        kind=errors.ModelNotFoundError,
        message="Model {model} is retired or dormant",
        hint="move to its successor",
    ),
    _Cause(
        words=(
            ("prompt is too long",),
            ("input is too long for requested model",),
            ("exceeds the context window",),
        ),
        kind=errors.ContextLengthError,
        message="The input exceeds the context window of {model}",
        hint="shorten it or pick a model with a larger one",
    ),
    _Cause(
        words=(("tokens per day",),),
        kind=errors.RateLimitError,
        message="The daily token quota for {model} in {region} is used up",
        hint="raise it in Service Quotas, or use another region or model",
        retryable=False,
    ),
    _Cause(
        words=(("too many tokens",), ("too many requests",)),
        kind=errors.RateLimitError,
        message="The AWS quota for {model} in {region} is reached",
        hint=(
            "lower max_tokens (it is reserved in full when a call starts), "
            "or raise the quota in Service Quotas"
        ),
    ),
    _Cause(
        words=(("don't have access to the model",), ("not authorized to perform",)),
        kind=errors.PermissionDeniedError,
        message="No access to {model}",
        hint=(
            "request it in the Bedrock console under Model access, and allow bedrock:InvokeModel "
            "on the model and profile ARN"
        ),
    ),
    _Cause(
        words=(
            ("security token included in the request is invalid",),
            ("security token included in the request is expired",),
        ),
        kind=errors.AuthenticationError,
        message="The AWS credentials are wrong, expired, or lack AWS_SESSION_TOKEN",
        hint="renew them",
    ),
    _Cause(
        words=(("the request signature we calculated does not match",),),
        kind=errors.AuthenticationError,
        message="AWS does not accept the signature",
        hint="check that the secret access key belongs to the access key id",
    ),
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call went; for messages."""

    model: str = ""
    region: str = ""
    endpoint: str = ""
    operation: str = ""


def error_of_reply(fault: AwsFault, place: Place) -> OutcropError:
    """Turn an error reply into the exception it means."""
    if fault.is_html:
        return annotate(_not_aws(fault), place)
    return annotate(_error(fault, place), place)


def error_of_stream(fault: StreamFault, place: Place, request_id: str) -> OutcropError:
    """Turn an exception inside a stream into the exception it means."""
    reply = AwsFault(
        status=_STREAM_STATUS,
        code=fault.code,
        message=fault.original_message or fault.message,
        request_id=request_id,
        original_status=fault.original_status,
    )
    return annotate(_error(reply, place), place)


def is_clock_skew(error: OutcropError) -> bool:
    """Tell whether AWS refused the signature because of its time."""
    words = normalise(error.aws_message)
    return _short_name(error.code) in SKEW_NAMES or any(word in words for word in _SKEW_WORDS)


def _error(fault: AwsFault, place: Place) -> OutcropError:
    name = _short_name(fault.code)
    kind = _BY_NAME.get(name) or _kind_of_status(fault.status)
    cause = _cause_of(fault.message)
    message, hint = "AWS refused the request", ""
    retryable = _retryable(kind, fault)
    if cause is not None:
        kind = cause.kind or kind
        message = cause.message.format(model=place.model, region=place.region)
        hint = cause.hint.format(model=place.model, region=place.region)
        retryable = cause.retryable
    elif kind is errors.ServerError:
        message = "AWS failed to answer"
    elif issubclass(kind, errors.ModelError | errors.TimeoutError):
        message = "The model failed to answer"
    return kind(
        message,
        hint=hint,
        status=_STATUS.get(name, 0),
        code=fault.code,
        aws_message=fault.message,
        request_id=fault.request_id,
        retryable=retryable,
        retry_after_s=fault.retry_after_s,
    )


def _not_aws(fault: AwsFault) -> OutcropError:
    return errors.ServerError(
        f"A proxy or firewall answered, not AWS: {fault.title or fault.status}",
        hint="check the proxy, the firewall and the endpoint",
        status=502,
        aws_message=fault.excerpt,
        retryable=fault.status >= _FIRST_SERVER_ERROR,
        retry_after_s=fault.retry_after_s,
    )


def _kind_of_status(status: int) -> type[OutcropError]:
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    is_callers = _FIRST_CLIENT_ERROR <= status < _FIRST_SERVER_ERROR
    return errors.BadRequestError if is_callers else errors.ServerError


def _retryable(kind: type[OutcropError], fault: AwsFault) -> bool | None:
    if kind is errors.ModelError:
        return (fault.original_status or 0) >= _FIRST_SERVER_ERROR
    return None


def _cause_of(message: str) -> _Cause | None:
    words = normalise(message)
    return next(
        (
            cause
            for cause in _CAUSES
            if any(all(word in words for word in group) for group in cause.words)
        ),
        None,
    )


def _short_name(code: str) -> str:
    return code.lower().removesuffix("exception")


def annotate(error: OutcropError, place: Place) -> OutcropError:
    """Say on an error where the call went; return it."""
    error.model = place.model
    error.region = place.region
    error.endpoint = place.endpoint
    error.operation = place.operation
    return error
