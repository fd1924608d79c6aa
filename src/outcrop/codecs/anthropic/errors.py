"""Errors as Anthropic's clients expect them.

Place in the house: the Anthropic codec. Which class is whose fault stands in `outcrop.errors`; here
stands what Anthropic calls it, and what AWS calls what Anthropic says in a stream.

Source: Anthropic API reference, "Errors"; behaviour specification, ANTH-06, ERR-04 to ERR-15.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop import errors
from outcrop.errors import OutcropError
from outcrop.types.events import StreamFault

_encode: Final = msgspec.json.Encoder().encode

EVENT: Final = "error"
"""Name of the event that tells of an error in the middle of a stream."""

_INVALID: Final = "invalid_request_error"
_AUTHENTICATION: Final = "authentication_error"
_PERMISSION: Final = "permission_error"
_NOT_FOUND: Final = "not_found_error"
_TOO_LARGE: Final = "request_too_large"
_RATE_LIMIT: Final = "rate_limit_error"
_TIMEOUT: Final = "timeout_error"
_OVERLOADED: Final = "overloaded_error"
_API: Final = "api_error"

_SUFFIX: Final = "_error"
_TOO_LARGE_STATUS: Final = 413
_UNAVAILABLE: Final = 503

# A subclass that is missing has the type of its base.
_TYPES: Final[Mapping[type[OutcropError], str]] = MappingProxyType(
    {
        errors.BadRequestError: _INVALID,
        errors.AuthenticationError: _AUTHENTICATION,
        errors.PermissionDeniedError: _PERMISSION,
        errors.ModelNotFoundError: _NOT_FOUND,
        errors.RateLimitError: _RATE_LIMIT,
        errors.QuotaError: _RATE_LIMIT,
        errors.TimeoutError: _TIMEOUT,
        errors.GuardrailError: _INVALID,
        errors.OutcropError: _API,
    }
)

# What AWS calls it, so that an error of a stream means the same on every API.
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        _INVALID: "ValidationException",
        _TOO_LARGE: "ValidationException",
        _AUTHENTICATION: "UnrecognizedClientException",
        _PERMISSION: "AccessDeniedException",
        "billing_error": "AccessDeniedException",
        _NOT_FOUND: "ResourceNotFoundException",
        _RATE_LIMIT: "ThrottlingException",
        _TIMEOUT: "ModelTimeoutException",
        _OVERLOADED: "ServiceUnavailableException",
        _API: "InternalServerException",
    }
)

# Clients back off from an overload, and take any other error of a stream as final.
_STREAMED: Final[Mapping[str, str]] = MappingProxyType(
    {code: kind for kind, code in _CODES.items() if kind not in {_TOO_LARGE, "billing_error"}}
    | {"ThrottlingException": _OVERLOADED, "ModelNotReadyException": _OVERLOADED}
)


def encode_error(error: OutcropError) -> tuple[int, bytes]:
    """Return the status and the body that tell a client of `error`."""
    return error.status, _body(_type_of(error), str(error), error.request_id)


def encode_stream_error(error: OutcropError) -> tuple[str, bytes]:
    """Write `error` as the last event of a stream: its name and its payload."""
    kind = _type_of(error)
    told = _OVERLOADED if kind == _RATE_LIMIT else kind
    return EVENT, _body(told, str(error), error.request_id)


def encode_fault(fault: StreamFault) -> tuple[str, bytes]:
    """Write an error that the service reported in the middle of a stream."""
    own = fault.code if fault.code.endswith(_SUFFIX) else _API
    return EVENT, _body(_STREAMED.get(fault.code, own), fault.message, "")


def code_of(kind: str) -> str:
    """Return what AWS calls an error of this type; types that are new keep their name."""
    return _CODES.get(kind, kind)


def _body(kind: str, message: str, request_id: str) -> bytes:
    detail = {"type": kind, "message": message}
    return _encode({"type": EVENT, "error": detail, "request_id": request_id or None})


def _type_of(error: OutcropError) -> str:
    if error.status == _TOO_LARGE_STATUS:
        return _TOO_LARGE
    if error.status == _UNAVAILABLE:
        return _OVERLOADED
    return next(_TYPES[base] for base in type(error).__mro__ if base in _TYPES)
