"""Each error has the type that Anthropic's clients act on (ERR-04 to ERR-15)."""

import msgspec
import pytest

from outcrop import errors
from outcrop.codecs.anthropic import StreamDecoder, StreamEncoder, encode_error, encode_stream_error
from outcrop.errors import OutcropError
from outcrop.types.events import StreamFault


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.BadRequestError("x"), 400, "invalid_request_error"),
        (errors.ContextLengthError("x"), 400, "invalid_request_error"),
        (errors.UnsupportedError("x"), 400, "invalid_request_error"),
        (errors.BadRequestError("x", status=413), 413, "request_too_large"),
        (errors.AuthenticationError("x"), 401, "authentication_error"),
        (errors.PermissionDeniedError("x"), 403, "permission_error"),
        (errors.ModelNotFoundError("x"), 404, "not_found_error"),
        (errors.RateLimitError("x"), 429, "rate_limit_error"),
        (errors.QuotaError("x"), 429, "rate_limit_error"),
        (errors.ServerError("x", status=503), 503, "overloaded_error"),
        (errors.TimeoutError("x"), 504, "timeout_error"),
        (errors.ModelError("x"), 502, "api_error"),
        (errors.ServerError("x"), 500, "api_error"),
        (errors.ConnectionError("x"), 502, "api_error"),
        (errors.StreamError("x"), 502, "api_error"),
        (errors.GuardrailError("x"), 400, "invalid_request_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, OutcropError) else str(value),
)
def test_types(error: OutcropError, status: int, kind: str) -> None:
    told, body = encode_error(error)

    assert told == status
    assert msgspec.json.decode(body) == {
        "type": "error",
        "error": {"type": kind, "message": "outcrop: x."},
        "request_id": None,
    }


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.RateLimitError("x"), "overloaded_error"),
        (errors.ServerError("x"), "api_error"),
    ],
)
def test_streamed_types(error: OutcropError, kind: str) -> None:
    """Throttling in the middle of a stream is told as an overload (ANTH-06)."""
    name, body = encode_stream_error(error)

    assert name == "error"
    assert msgspec.json.decode(body)["error"]["type"] == kind


@pytest.mark.parametrize(
    ("kind", "code", "again"),
    [
        ("overloaded_error", "ServiceUnavailableException", "overloaded_error"),
        ("rate_limit_error", "ThrottlingException", "overloaded_error"),
        ("invalid_request_error", "ValidationException", "invalid_request_error"),
        ("api_error", "InternalServerException", "api_error"),
        ("billing_error", "AccessDeniedException", "permission_error"),
        ("zz_new_error", "zz_new_error", "zz_new_error"),
    ],
)
def test_an_error_of_a_stream_means_what_aws_says(kind: str, code: str, again: str) -> None:
    """Whoever retries asks for AWS's names, whichever API spoke."""
    payload = f'{{"type":"error","error":{{"type":"{kind}","message":"Too much"}}}}'

    (fault,) = StreamDecoder().decode("error", payload.encode())

    assert isinstance(fault, StreamFault)
    assert (fault.code, fault.message) == (code, "Too much")
    ((name, written),) = StreamEncoder(model="m", response_id="i").encode(fault)
    assert name == "error"
    assert msgspec.json.decode(written)["error"] == {"type": again, "message": "Too much"}


def test_an_unknown_fault_is_the_service_s() -> None:
    fault = StreamFault(code="ModelStreamErrorException", message="broke")

    ((_, written),) = StreamEncoder(model="m", response_id="i").encode(fault)

    assert msgspec.json.decode(written)["error"]["type"] == "api_error"
