"""Errors as OpenAI's clients expect them.

Place in the house: OpenAI Chat codec. Which class is whose fault stands in `outcrop.errors`; here
stands what OpenAI calls it.

Source: OpenAI API reference, "Error codes"; behaviour specification, ERR-04 to ERR-15, OAI-18.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop import errors
from outcrop.errors import OutcropError

_encode: Final = msgspec.json.Encoder().encode

_BAD_REQUEST: Final = "invalid_request_error"
_SERVER: Final = "server_error"

# The type and the code of each class; a subclass that is missing has those of its base.
_KINDS: Final[Mapping[type[OutcropError], tuple[str, str | None]]] = MappingProxyType(
    {
        errors.BadRequestError: (_BAD_REQUEST, None),
        errors.ContextLengthError: (_BAD_REQUEST, "context_length_exceeded"),
        errors.AuthenticationError: ("authentication_error", "invalid_api_key"),
        errors.PermissionDeniedError: ("permission_error", "access_denied"),
        errors.ModelNotFoundError: (_BAD_REQUEST, "model_not_found"),
        errors.RateLimitError: ("rate_limit_error", "rate_limit_exceeded"),
        errors.QuotaError: ("insufficient_quota", "insufficient_quota"),
        errors.TimeoutError: (_SERVER, "timeout"),
        errors.ModelError: (_SERVER, "model_error"),
        errors.GuardrailError: (_BAD_REQUEST, "content_filter"),
        errors.OutcropError: (_SERVER, "provider_error"),
    }
)
# AWS's own name tells apart two kinds of "not now" (ERR-11, ERR-15).
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "modelnotreadyexception": "model_not_ready",
        "serviceunavailableexception": "overloaded",
    }
)
_OVERLOADED: Final = 503
_PARAMS: Final[Mapping[str | None, str]] = MappingProxyType({"model_not_found": "model"})


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The ``error`` member."""

    message: str
    type: str
    param: str | None
    code: str | None


def encode_error(error: OutcropError) -> tuple[int, bytes]:
    """Return the status and the body that tell a client of `error`."""
    return error.status, encode_error_body(error)


def encode_error_body(error: OutcropError) -> bytes:
    """Write `error` as ``{"error": {...}}``, for a body or a chunk of a stream."""
    kind, code = _kind_of(error)
    param = error.param or _PARAMS.get(code)
    return _encode({"error": ErrorBody(message=str(error), type=kind, param=param, code=code)})


def _kind_of(error: OutcropError) -> tuple[str, str | None]:
    kind, code = next(_KINDS[base] for base in type(error).__mro__ if base in _KINDS)
    if isinstance(error, errors.ServerError):
        overloaded = "overloaded" if error.status == _OVERLOADED else code
        return kind, _CODES.get(error.code.lower(), overloaded)
    return kind, code
