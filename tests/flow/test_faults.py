"""What a refusal becomes: its class, its status, and whether it is tried again."""

import pickle

import pytest

from outcrop import errors
from outcrop.errors import OutcropError
from outcrop.flow.faults import Place, error_of_reply, error_of_stream, is_clock_skew
from outcrop.http import header
from outcrop.protocols.awserrors import AwsFault, decode_fault
from outcrop.types.events import StreamFault
from tests.flow.script import REQUEST_ID, refusal
from tests.recordings import Interaction, cases

PLACE = Place(
    model="us.anthropic.claude-haiku-4-5-20251001-v1:0",
    region="us-east-1",
    endpoint="https://bedrock-runtime.us-east-1.amazonaws.com",
    operation="Converse",
)


def read(
    status: int, name: str = "", message: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> OutcropError:
    """Return what a reply of AWS becomes."""
    reply = refusal(status, name, message, headers)
    return error_of_reply(decode_fault(status, reply.headers, reply.body, now=0.0), PLACE)


def read_body(status: int, body: bytes, *headers: tuple[str, str]) -> OutcropError:
    """Return what a reply of anybody becomes."""
    return error_of_reply(decode_fault(status, headers, body, now=0.0), PLACE)


@pytest.mark.parametrize(
    ("answered", "name", "kind", "status", "retried"),
    [
        pytest.param(400, "ValidationException", errors.BadRequestError, 400, False, id="ERR-04"),
        pytest.param(400, "SerializationException", errors.BadRequestError, 400, False, id="json"),
        pytest.param(
            403, "UnrecognizedClientException", errors.AuthenticationError, 401, False, id="ERR-06"
        ),
        pytest.param(
            403, "InvalidSignatureException", errors.AuthenticationError, 401, False, id="signature"
        ),
        pytest.param(
            403, "ExpiredTokenException", errors.AuthenticationError, 401, False, id="expired"
        ),
        pytest.param(
            403, "IncompleteSignature", errors.AuthenticationError, 401, False, id="incomplete"
        ),
        pytest.param(
            403,
            "MissingAuthenticationTokenException",
            errors.AuthenticationError,
            401,
            False,
            id="no-token",
        ),
        pytest.param(
            403, "AccessDeniedException", errors.PermissionDeniedError, 403, False, id="ERR-07"
        ),
        pytest.param(
            404, "ResourceNotFoundException", errors.ModelNotFoundError, 404, False, id="ERR-08"
        ),
        pytest.param(429, "ThrottlingException", errors.RateLimitError, 429, True, id="ERR-09"),
        pytest.param(400, "ThrottlingException", errors.RateLimitError, 429, True, id="as-400"),
        pytest.param(
            429, "TooManyRequestsException", errors.RateLimitError, 429, True, id="too-many"
        ),
        pytest.param(
            400, "ServiceQuotaExceededException", errors.QuotaError, 429, False, id="ERR-10"
        ),
        pytest.param(429, "ModelNotReadyException", errors.ServerError, 503, True, id="ERR-11"),
        pytest.param(408, "ModelTimeoutException", errors.TimeoutError, 504, True, id="ERR-12"),
        pytest.param(424, "ModelErrorException", errors.ModelError, 502, False, id="ERR-13"),
        pytest.param(424, "ModelStreamErrorException", errors.ModelError, 502, False, id="stream"),
        pytest.param(500, "InternalServerException", errors.ServerError, 500, True, id="ERR-14"),
        pytest.param(500, "InternalServerError", errors.ServerError, 500, True, id="old-name"),
        pytest.param(
            503, "ServiceUnavailableException", errors.ServerError, 503, True, id="ERR-15"
        ),
        # Of names that we have never seen, and of none, the status speaks.
        pytest.param(
            400, "SomethingNewException", errors.BadRequestError, 400, False, id="new-400"
        ),
        pytest.param(401, "", errors.AuthenticationError, 401, False, id="401"),
        pytest.param(403, "", errors.PermissionDeniedError, 403, False, id="403"),
        pytest.param(404, "", errors.ModelNotFoundError, 404, False, id="404"),
        pytest.param(408, "", errors.TimeoutError, 504, True, id="408"),
        pytest.param(413, "", errors.BadRequestError, 400, False, id="413"),
        pytest.param(424, "", errors.ModelError, 502, False, id="424"),
        pytest.param(429, "", errors.RateLimitError, 429, True, id="429"),
        pytest.param(500, "", errors.ServerError, 500, True, id="500"),
        pytest.param(502, "", errors.ServerError, 500, True, id="502"),
        pytest.param(503, "", errors.ServerError, 503, True, id="503"),
        pytest.param(504, "", errors.TimeoutError, 504, True, id="504"),
        pytest.param(302, "", errors.ServerError, 500, True, id="redirect"),
    ],
)
def test_class_and_status(
    answered: int, name: str, kind: type[OutcropError], status: int, *, retried: bool
) -> None:
    """The error table of the specification, row by row."""
    error = read(answered, name, "something")

    assert (type(error), error.status, error.retryable) == (kind, status, retried)
    assert (error.code, error.aws_message) == (name, "something")
    assert error.request_id == REQUEST_ID


def test_model_error_is_retried_where_the_model_broke() -> None:
    """RETRY-02: 424 with an original 5xx."""
    body = b'{"message": "x", "originalStatusCode": 500}'

    broken = read_body(424, body, ("x-amzn-errortype", "ModelErrorException"))
    refused = read_body(
        424, body.replace(b"500", b"400"), ("x-amzn-errortype", "ModelErrorException")
    )

    assert (broken.retryable, refused.retryable) == (True, False)


def test_error_says_where() -> None:
    error = read(429, "ThrottlingException", "Slow", (("retry-after", "7"),))

    assert (error.model, error.region) == (PLACE.model, "us-east-1")
    assert (error.endpoint, error.operation) == (PLACE.endpoint, "Converse")
    assert error.retry_after_s == 7.0


def test_text_of_an_error() -> None:
    """ERR-02: what happened, what to do, what AWS said, where."""
    error = read(400, "ValidationException", "messages.0.content: is blank")

    assert str(error) == (
        "outcrop: AWS refused the request. [ValidationException: messages.0.content: is blank; "
        f"request {REQUEST_ID}; us-east-1; us.anthropic.claude-haiku-4-5-20251001-v1:0]"
    )


def test_error_survives_a_process_pool() -> None:
    error = read(429, "ThrottlingException", "Too many tokens, please wait before trying again.")

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (type(again), str(again), again.retryable) == (type(error), str(error), True)


def test_words_that_are_no_json_are_kept() -> None:
    """WIRE-08: of other bodies the first 2 KB."""
    error = read_body(500, b"upstream connect error" + b"." * 4000)

    assert error.aws_message.startswith("upstream connect error...")
    assert len(error.aws_message) == 2048


@pytest.mark.parametrize(
    ("status", "body", "shown", "retried"),
    [
        (
            403,
            b"<!DOCTYPE html><html><head><title>Access &amp; Policy</title></head></html>",
            "Access & Policy",
            False,
        ),
        (502, b"<html><body>Bad gateway</body></html>", "502", True),
        (
            403,
            b"Blocked by Corporate Firewall,\n call IT",
            "Blocked by Corporate Firewall, call IT",
            False,
        ),
        (403, b'{"message": "Request blocked by AWS WAF"}', "Request blocked by AWS WAF", False),
    ],
)
def test_somebody_else_answered(status: int, body: bytes, shown: str, *, retried: bool) -> None:
    """ERR-26: a page, or a filter that names itself, is no word of Bedrock's."""
    error = read_body(status, body)

    assert error.message == f"A proxy or firewall answered, not AWS: {shown}"
    assert (type(error), error.status, error.retryable) == (errors.ServerError, 502, retried)


def test_aws_may_speak_of_firewalls() -> None:
    """A refusal with AWS's own name is AWS's, whatever it mentions."""
    error = read(403, "AccessDeniedException", "blocked by a network firewall policy")

    assert type(error) is errors.PermissionDeniedError


SECRET = "IQoJb3JpZ2luX2VjEHoaCXVzLWVhc3QtMSJHMEUCIQ"


@pytest.mark.parametrize(
    "body",
    [
        f'{{"message": "Canonical String: \\nx-amz-security-token:{SECRET}\\n"}}',
        f"<html><pre>X-Amz-Security-Token: {SECRET}</pre></html>",
        f"you sent authorization: Bearer {SECRET}",
        f'you sent {{"Authorization": "Bearer {SECRET}"}}',
        f"unknown key bedrock-api-key-{SECRET}",
        f'{{"message": "bad key ABSK{SECRET}=="}}',
    ],
)
def test_secrets_are_blanked(body: str) -> None:
    """ERR-02: AWS quotes the request it expected, headers and all, and so the session token."""
    error = read_body(403, body.encode(), ("x-amzn-errortype", "InvalidSignatureException"))

    assert SECRET not in str(error) + repr(error) + repr(error.__dict__)
    assert "***" in error.aws_message


def test_expired_bearer_token_can_still_be_read() -> None:
    """Blanking takes secrets, not sentences about them."""
    error = read(403, "AccessDeniedException", "Bearer Token has expired")

    assert error.aws_message == "Bearer Token has expired"


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("RequestExpired", "", True),
        ("RequestTimeTooSkewed", "", True),
        ("InvalidSignatureException", "Signature expired: 20260102T030405Z is now earlier", True),
        ("InvalidSignatureException", "Signature not yet current: 2026 is still later", True),
        ("InvalidSignatureException", "The request signature we calculated does not match", False),
        ("ExpiredTokenException", "The security token included in the request is expired", False),
    ],
)
def test_clock_skew(code: str, message: str, *, expected: bool) -> None:
    """WIRE-05: only a signature that was refused for its time is made anew."""
    assert is_clock_skew(read(403, code, message)) is expected


@pytest.mark.parametrize(
    ("code", "original", "kind", "status", "retried"),
    [
        ("ThrottlingException", None, errors.RateLimitError, 429, True),
        ("InternalServerException", None, errors.ServerError, 500, True),
        ("ServiceUnavailableException", None, errors.ServerError, 503, True),
        ("ModelStreamErrorException", 500, errors.ModelError, 502, True),
        ("ModelStreamErrorException", 400, errors.ModelError, 502, False),
        ("ModelStreamErrorException", None, errors.ModelError, 502, False),
        ("ModelTimeoutException", None, errors.TimeoutError, 504, True),
        ("ValidationException", None, errors.BadRequestError, 400, False),
        ("SomethingNew", None, errors.ServerError, 500, True),
    ],
)
def test_exception_inside_a_stream(
    code: str, original: int | None, kind: type[OutcropError], status: int, *, retried: bool
) -> None:
    """STREAM-04: a 429 in the middle of a stream is a 429, and not a 400 that nobody retries."""
    fault = StreamFault(code=code, message="m", original_status=original, original_message="o")

    error = error_of_stream(fault, PLACE, "id-1")

    assert (type(error), error.status, error.retryable) == (kind, status, retried)
    assert (error.code, error.aws_message, error.request_id) == (code, "o", "id-1")


EXPECTED = {
    ("ExpiredTokenException", 403): (errors.AuthenticationError, 401),
    ("AccessDeniedException", 403): (errors.PermissionDeniedError, 403),
    ("UnrecognizedClientException", 403): (errors.AuthenticationError, 401),
}


@pytest.mark.parametrize("recorded", cases(where=lambda each: each.status >= 400))
def test_recorded_refusals(recorded: Interaction) -> None:
    """Every refusal that was recorded becomes what the table says."""
    headers = tuple(recorded.response.headers.items())
    fault = decode_fault(recorded.status, headers, recorded.response.data, now=0.0)
    name = header(headers, "x-amzn-errortype").partition(":")[0]
    by_table = EXPECTED.get((name, recorded.status), (errors.BadRequestError, 400))
    if "model identifier is invalid" in fault.message:
        by_table = (errors.ModelNotFoundError, 404)

    error = error_of_reply(fault, PLACE)

    assert (type(error), error.status) == by_table
    assert error.aws_message == fault.message != ""
    assert not error.retryable


def test_fault_without_anything() -> None:
    """A reply without body or name still becomes an error that can be shown."""
    error = error_of_reply(AwsFault(status=500), Place())

    assert str(error) == "outcrop: AWS failed to answer."
