"""An error in the middle of a stream of OpenAI's APIs, by AWS's names.

Place in the house: protocols. One policy reads the errors of all APIs, by the names AWS gives them.

Source: OpenAI API reference, "Errors"; behaviour specification, STREAM-04, OAI-18; shapes of
bedrock-runtime's stream exceptions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.types.events import StreamFault

_UNNAMED: Final = "ModelStreamErrorException"
_LONGEST: Final = 2048

_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rate_limit_exceeded": "ThrottlingException",
        "rate_limit_error": "ThrottlingException",
        "429": "ThrottlingException",
        "server_error": "InternalServerException",
        "internal_server_error": "InternalServerException",
        "internal_error": "InternalServerException",
        "api_error": "InternalServerException",
        "500": "InternalServerException",
        "invalid_request_error": "ValidationException",
        "context_length_exceeded": "ValidationException",
        "400": "ValidationException",
        "permission_denied": "AccessDeniedException",
        "permission_error": "AccessDeniedException",
        "403": "AccessDeniedException",
        "timeout": "ModelTimeoutException",
        "408": "ModelTimeoutException",
        "424": "ModelErrorException",
        "overloaded_error": "ServiceUnavailableException",
        "service_unavailable": "ServiceUnavailableException",
        "503": "ServiceUnavailableException",
    }
)


class _Error(msgspec.Struct):
    message: str | None = None
    type: str | None = None
    code: str | int | None = None


_errors: Final = msgspec.json.Decoder(_Error)


def decode_fault(raw: bytes | msgspec.Raw) -> StreamFault:
    """Read an error object; one of another form becomes the message."""
    try:
        error = _errors.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = bytes(raw)[:_LONGEST].decode(errors="replace")
        return StreamFault(code=_UNNAMED, message=text)
    words = [str(word) for word in (error.code, error.type) if word is not None]
    known = (_NAMES.get(word) for word in words)
    named = next((name for name in known if name), words[0] if words else _UNNAMED)
    return StreamFault(code=named, message=error.message or "")
