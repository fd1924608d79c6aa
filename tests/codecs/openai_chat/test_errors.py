"""Errors in OpenAI's shape."""

from typing import Any

import msgspec
import openai
import pytest

from outcrop import errors
from outcrop.codecs.openai_chat import encode_error
from outcrop.errors import OutcropError
from tests.codecs.openai_chat.asking import ask
from tests.codecs.openai_chat.sdk import client_of


def told(error: OutcropError) -> tuple[int, Any]:
    status, body = encode_error(error)
    return status, msgspec.json.decode(body)["error"]


@pytest.mark.parametrize(
    ("error", "status", "kind", "code"),
    [
        (errors.BadRequestError("x"), 400, "invalid_request_error", None),
        (errors.UnsupportedError("x"), 400, "invalid_request_error", None),
        (errors.ContextLengthError("x"), 400, "invalid_request_error", "context_length_exceeded"),
        (errors.AuthenticationError("x"), 401, "authentication_error", "invalid_api_key"),
        (errors.PermissionDeniedError("x"), 403, "permission_error", "access_denied"),
        (errors.ModelNotFoundError("x"), 404, "invalid_request_error", "model_not_found"),
        (errors.RateLimitError("x"), 429, "rate_limit_error", "rate_limit_exceeded"),
        (errors.QuotaError("x"), 429, "insufficient_quota", "insufficient_quota"),
        (
            errors.ServerError("x", status=503, code="ModelNotReadyException"),
            503,
            "server_error",
            "model_not_ready",
        ),
        (errors.TimeoutError("x"), 504, "server_error", "timeout"),
        (errors.ModelError("x"), 502, "server_error", "model_error"),
        (errors.ServerError("x"), 500, "server_error", "provider_error"),
        (errors.ConnectionError("x"), 502, "server_error", "provider_error"),
        (
            errors.ServerError("x", status=503, code="serviceUnavailableException"),
            503,
            "server_error",
            "overloaded",
        ),
        (errors.ServerError("x", status=503), 503, "server_error", "overloaded"),
        (errors.StreamError("x"), 502, "server_error", "provider_error"),
        (errors.WireError("x"), 502, "server_error", "provider_error"),
        (errors.ConfigError("x"), 500, "server_error", "provider_error"),
        (errors.GuardrailError("x"), 400, "invalid_request_error", "content_filter"),
    ],
)
def test_table(error: OutcropError, status: int, kind: str, code: str | None) -> None:
    """ERR-04 to ERR-15; a throttled client must see 429, a refused one 403."""
    answered, body = told(error)

    assert answered == status
    assert body["message"].startswith("outcrop: x.")
    assert (body["type"], body["code"]) == (kind, code)
    assert body["param"] == ("model" if code == "model_not_found" else None)


def test_all_that_is_known_is_told() -> None:
    """What to do, and what AWS said, with the id to quote to its support."""
    error = errors.RateLimitError(
        "The AWS quota is reached",
        hint="lower max_tokens",
        code="ThrottlingException",
        aws_message="Too many tokens",
        request_id="r1",
    )

    assert told(error)[1]["message"] == (
        "outcrop: The AWS quota is reached. Lower max_tokens. "
        "[ThrottlingException: Too many tokens; request r1]"
    )


def test_param_of_a_refusal() -> None:
    """OpenAI's clients show which member was wrong."""
    with pytest.raises(errors.BadRequestError) as raised:
        ask({"role": "robot"})

    assert told(raised.value) == (
        400,
        {
            "message": "outcrop: unsupported message role: robot. See messages[0].role.",
            "type": "invalid_request_error",
            "param": "messages[0].role",
            "code": None,
        },
    )


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (errors.BadRequestError("x"), openai.BadRequestError),
        (errors.AuthenticationError("x"), openai.AuthenticationError),
        (errors.PermissionDeniedError("x"), openai.PermissionDeniedError),
        (errors.ModelNotFoundError("x"), openai.NotFoundError),
        (errors.RateLimitError("x"), openai.RateLimitError),
        (errors.ModelError("x"), openai.InternalServerError),
    ],
)
def test_sdk_raises_its_own(error: OutcropError, raised: type[openai.APIStatusError]) -> None:
    """A program written for OpenAI handles our errors as it handles theirs."""
    status, body = encode_error(error)

    with client_of(status, "application/json", body) as client, pytest.raises(raised) as caught:
        client.chat.completions.create(model="m", messages=[])

    assert caught.value.code == told(error)[1]["code"]
    assert caught.value.type == told(error)[1]["type"]
