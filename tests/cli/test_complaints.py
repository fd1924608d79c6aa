"""Errors as a person reads them: three lines at most, and the right exit code."""

import pytest

from outcrop import errors
from outcrop.cli.complaints import exit_code_of, lines_of
from outcrop.errors import OutcropError


def full() -> OutcropError:
    """Return an error that has everything to tell."""
    error = errors.RateLimitError(
        "The AWS quota for m in us-east-1 is reached.",
        hint="lower max_tokens, or raise the quota in Service Quotas, or use another model",
        code="ThrottlingException",
        aws_message="Too many\ntokens,  please wait",
        request_id="r-1",
    )
    error.region, error.model, error.endpoint = "us-east-1", "m", "e"
    return error


def test_what_happened_and_what_to_do() -> None:
    assert [*lines_of(full(), debug=False)] == [
        "outcrop: The AWS quota for m in us-east-1 is reached.",
        "Lower max_tokens, or raise the quota in Service Quotas, or use another model.",
    ]


def test_debug_adds_what_aws_said_and_where() -> None:
    assert [*lines_of(full(), debug=True)] == [
        "outcrop: The AWS quota for m in us-east-1 is reached.",
        "Lower max_tokens, or raise the quota in Service Quotas, or use another model.",
        "[ThrottlingException: Too many tokens, please wait; request r-1; us-east-1; m; e]",
    ]


def test_without_advice_aws_speaks() -> None:
    """A refusal that we have no words for must not be reduced to nothing."""
    error = errors.BadRequestError(
        "AWS refused the request", code="ValidationException", aws_message="x is wrong"
    )

    assert [*lines_of(error, debug=False)] == [
        "outcrop: AWS refused the request. ValidationException: x is wrong."
    ]
    assert [*lines_of(error, debug=True)] == [
        "outcrop: AWS refused the request.",
        "[ValidationException: x is wrong]",
    ]


def test_short_sentences_share_a_line() -> None:
    error = errors.ConfigError("x needs the y extra", hint="run pip install 'outcrop[y]'")

    assert [*lines_of(error, debug=True)] == [
        "outcrop: x needs the y extra. Run pip install 'outcrop[y]'."
    ]


def test_long_texts_stay_within_three_lines() -> None:
    error = errors.ServerError("a\nb\n" * 40, hint="c\r\nd " * 40, aws_message="e\n\nf " * 40)

    assert len([*lines_of(error, debug=True)]) == 3
    assert not any("\n" in line or "\r" in line for line in lines_of(error, debug=True))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("x"), 2),
        (errors.BadRequestError("x"), 2),
        (errors.UnsupportedError("x"), 2),
        (errors.BadRequestError("x", code="ValidationException"), 1),
        (errors.AuthenticationError("x"), 1),
        (errors.ModelNotFoundError("x"), 1),
        (errors.StreamError("x"), 1),
        (errors.ConnectionError("x"), 1),
    ],
)
def test_exit_codes(error: OutcropError, code: int) -> None:
    """A script tells by it whether to change the command or to try again."""
    assert exit_code_of(error) == code
