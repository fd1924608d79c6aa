"""Causes that we know a remedy for: AWS's words in, a sentence that says what to do out."""

import pytest

from outcrop import errors
from outcrop.errors import OutcropError
from outcrop.flow.causes import CAUSES, Facts, Place, find_cause
from outcrop.flow.faults import error_of_reply
from outcrop.protocols.awserrors import decode_fault
from tests.flow.script import refusal

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"


def read(
    name: str,
    message: str,
    *,
    status: int = 400,
    model: str = f"us.{HAIKU}",
    region: str = "us-east-1",
    clock_offset_s: float | None = None,
) -> OutcropError:
    """Return what a refusal becomes."""
    reply = refusal(status, name, message)
    fault = decode_fault(status, reply.headers, reply.body)
    place = Place(model=model, region=region)
    return error_of_reply(fault, place, clock_offset_s=clock_offset_s)


def told(error: OutcropError) -> str:
    """Return what happened and what to do, as it is shown."""
    return str(error).removeprefix("outcrop: ").partition(" [")[0]


# As AWS writes it: with a typographic apostrophe.
ON_DEMAND = (
    f"Invocation of model ID {HAIKU} with on-demand throughput isn\u2019t supported. Retry your "
    "request with the ID or ARN of an inference profile that contains this model."
)


@pytest.mark.parametrize(
    ("model", "region", "profiles"),
    [
        (HAIKU, "us-east-1", f"us.{HAIKU} or global.{HAIKU}"),
        (HAIKU, "eu-central-1", f"eu.{HAIKU} or global.{HAIKU}"),
        ("anthropic.claude-fable-5-1", "eu-west-1", "global.anthropic.claude-fable-5-1"),
        ("vendor.new-model", "ap-south-1", "apac.vendor.new-model or global.vendor.new-model"),
        ("vendor.new-model", "sa-east-1", "global.vendor.new-model"),
    ],
)
def test_profile_needed(model: str, region: str, profiles: str) -> None:
    """ERR-16: nobody has to guess the prefix for their region (pain 30)."""
    error = read("ValidationException", ON_DEMAND, model=model, region=region)

    assert told(error) == (
        f"Model {model} needs an inference profile. "
        f"Use {profiles} as the model or in BEDROCK_MODELS."
    )
    assert (type(error), error.status, error.retryable) == (errors.BadRequestError, 400, False)


def test_profile_of_elsewhere() -> None:
    """ERR-16: an id that is right, in a region that does not know it."""
    error = read(
        "ValidationException", "The provided model identifier is invalid.", region="eu-west-1"
    )

    assert told(error) == (
        f"Profile us.{HAIKU} is called from us-east-[12], us-west-[12], ca-central-1, us-gov-* "
        "regions; region is eu-west-1. Choose one of these regions, or a profile of this one."
    )
    assert (type(error), error.status) == (errors.ModelNotFoundError, 404)


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        (
            "us.anthropic.claude-haiku-45-20251001-v1:0",
            (
                "Nearest ids: anthropic.claude-haiku-4-5-20251001-v1:0, "
                "anthropic.claude-opus-4-5-20251101-v1:0, anthropic.claude-3-haiku-20240307-v1:0"
            ),
        ),
        ("nothing-like-it", "`outcrop models` lists what is served"),
    ],
)
def test_unknown_model(model: str, hint: str) -> None:
    """ERR-19: the ids that were probably meant."""
    error = read("ValidationException", "The provided model identifier is invalid.", model=model)

    assert error.message == f"{model} is unknown in us-east-1"
    assert error.hint == hint
    assert (type(error), error.status) == (errors.ModelNotFoundError, 404)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "The model returned the following errors: prompt is too long: 208310 tokens > 200000",
            f"Input of ~208310 tokens exceeds us.{HAIKU}'s limit of 200000",
        ),
        (
            "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease",
            f"Input of ~199759 tokens exceeds us.{HAIKU}'s limit of 200000",
        ),
        (
            "This model's maximum context length is 131072 tokens. However, you requested 131134",
            f"Input of ~131134 tokens exceeds us.{HAIKU}'s limit of 131072",
        ),
        (
            "Input is too long for requested model.",
            f"The input exceeds us.{HAIKU}'s limit of 200000",
        ),
        (
            "The input exceeds the context window of the model",
            f"The input exceeds us.{HAIKU}'s limit of 200000",
        ),
    ],
)
def test_context_length(message: str, expected: str) -> None:
    """ERR-20, pain 28: with the figures AWS tells, else with the catalogue's."""
    error = read("ValidationException", message)

    assert told(error) == f"{expected}. Shorten it or pick a larger model."
    assert (type(error), error.status, error.retryable) == (errors.ContextLengthError, 400, False)


def test_context_length_of_an_unknown_model() -> None:
    error = read("ValidationException", "Input is too long for requested model.", model="x.y")

    assert error.message == "The input exceeds the limit of x.y"


@pytest.mark.parametrize(
    ("message", "which", "hint", "retried"),
    [
        (
            "Too many tokens, please wait before trying again.",
            "tokens per minute",
            (
                "lower max_tokens (it counts in full when a call starts), "
                f"try global.{HAIKU}, raise it in Service Quotas, or use provisioned throughput"
            ),
            True,
        ),
        (
            "Too many requests, please wait before trying again.",
            "requests per minute",
            f"try global.{HAIKU}, raise it in Service Quotas, or use provisioned throughput",
            True,
        ),
        (
            "Too many tokens per day, please wait before trying again.",
            "tokens per day",
            f"try global.{HAIKU}, raise it in Service Quotas, or use provisioned throughput",
            False,
        ),
    ],
)
def test_throttled(message: str, which: str, hint: str, *, retried: bool) -> None:
    """ERR-21: which quota, and what helps; the daily one is not waited for."""
    error = read("ThrottlingException", message, status=429)

    assert error.message == f"AWS quota for us.{HAIKU} in us-east-1 reached ({which})"
    assert error.hint == hint
    assert (type(error), error.status, error.retryable) == (errors.RateLimitError, 429, retried)


@pytest.mark.parametrize("model", [f"global.{HAIKU}", "amazon.titan-text-express-v1", "x.unknown"])
def test_nowhere_else_to_go(model: str) -> None:
    """Nobody is sent to a global profile that they use already, or that there is not."""
    error = read("ThrottlingException", "Too many requests, please wait", status=429, model=model)

    assert error.hint == "raise it in Service Quotas, or use provisioned throughput"


@pytest.mark.parametrize(
    ("name", "status", "message", "expected", "kind"),
    [
        pytest.param(
            "AccessDeniedException",
            403,
            "You don't have access to the model with the specified model ID.",
            f"No access to us.{HAIKU}. Request it in Bedrock console > Model access; allow "
            "bedrock:InvokeModel on model and profile ARN.",
            errors.PermissionDeniedError,
            id="ERR-17",
        ),
        pytest.param(
            "AccessDeniedException",
            403,
            "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel",
            f"No access to us.{HAIKU}. Request it in Bedrock console > Model access; allow "
            "bedrock:InvokeModel on model and profile ARN.",
            errors.PermissionDeniedError,
            id="ERR-17-iam",
        ),
        pytest.param(
            "AccessDeniedException",
            403,
            "Model access is denied due to IAM user or service role is not authorized to perform "
            "the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, "
            "aws-marketplace:Subscribe) to enable access to this model.",
            f"An administrator must enable us.{HAIKU} once (Marketplace subscription). "
            "Then wait 2 to 15 minutes.",
            errors.PermissionDeniedError,
            id="ERR-18-marketplace",
        ),
        pytest.param(
            "ResourceNotFoundException",
            404,
            "Model use case details have not been submitted for this account.",
            f"us.{HAIKU} waits for the Anthropic use-case form of this account. "
            "Submit it in the Bedrock console, then wait 15 minutes.",
            errors.ModelNotFoundError,
            id="ERR-18-use-case",
        ),
        pytest.param(
            "ResourceNotFoundException",
            404,
            "This model version has reached the end of its life.",
            f"us.{HAIKU} is retired or dormant. "
            "Move to its successor; `outcrop models` lists what is served.",
            errors.ModelNotFoundError,
            id="ERR-19-retired",
        ),
        pytest.param(
            "ResourceNotFoundException",
            404,
            "Access denied. This Model is marked by provider as Legacy and you have not been "
            "actively using the model in the last 15 days.",
            f"us.{HAIKU} is retired or dormant. "
            "Move to its successor; `outcrop models` lists what is served.",
            errors.ModelNotFoundError,
            id="ERR-19-legacy",
        ),
        pytest.param(
            "ValidationException",
            400,
            "The model returned the following errors: messages.1.content.0: Invalid `signature` in "
            "`thinking` block",
            f"Reasoning of an earlier turn is missing, or is not what us.{HAIKU} wrote. "
            "Resend the assistant turn's reasoning blocks unchanged.",
            errors.BadRequestError,
            id="ERR-22-signature",
        ),
        pytest.param(
            "ValidationException",
            400,
            "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
            "`tool_use`.",
            f"Reasoning of an earlier turn is missing, or is not what us.{HAIKU} wrote. "
            "Resend the assistant turn's reasoning blocks unchanged.",
            errors.BadRequestError,
            id="ERR-22-missing",
        ),
        pytest.param(
            "ValidationException",
            400,
            "This model does not support assistant message prefill. The conversation must end with "
            "a user message.",
            f"us.{HAIKU} cannot continue an assistant turn. "
            "End with a user message or use structured output.",
            errors.BadRequestError,
            id="MSG-03",
        ),
        pytest.param(
            "UnrecognizedClientException",
            403,
            "The security token included in the request is invalid.",
            "The AWS keys are wrong, expired, or lack AWS_SESSION_TOKEN. Renew them.",
            errors.AuthenticationError,
            id="ERR-27-keys",
        ),
        pytest.param(
            "",
            403,
            "The security token included in the request is expired",
            "The AWS keys are wrong, expired, or lack AWS_SESSION_TOKEN. Renew them.",
            errors.AuthenticationError,
            id="ERR-27-nameless",
        ),
        pytest.param(
            "",
            403,
            "Authentication failed: Please make sure your API Key is valid.",
            "The Bedrock API key is wrong, expired, or of another region than us-east-1. "
            "Make a new one there.",
            errors.AuthenticationError,
            id="ERR-27-api-key",
        ),
        pytest.param(
            "",
            403,
            "Invalid API Key format: Must start with pre-defined prefix",
            "The Bedrock API key is wrong, expired, or of another region than us-east-1. "
            "Make a new one there.",
            errors.AuthenticationError,
            id="ERR-27-no-key",
        ),
        pytest.param(
            "InvalidSignatureException",
            403,
            "The request signature we calculated does not match the signature you provided.",
            "AWS does not accept the signature. "
            "Check that the secret access key belongs to the access key id.",
            errors.AuthenticationError,
            id="signature",
        ),
        pytest.param(
            "ValidationException",
            400,
            "data retention mode 'default' is not available for this model",
            f"Model us.{HAIKU} needs the account's data-retention mode aws_review in this region "
            "(PUT /data-retention): not a request field. An administrator sets it once.",
            errors.BadRequestError,
            id="ERR-28",
        ),
    ],
)
def test_remedy(
    name: str, status: int, message: str, expected: str, kind: type[OutcropError]
) -> None:
    """Each friendly text, by the words that AWS uses for it."""
    error = read(name, message, status=status)

    assert told(error) == expected
    assert type(error) is kind
    assert error.retryable is False
    assert error.aws_message == message


@pytest.mark.parametrize(
    ("offset", "said"), [(412.3, " by 412 s"), (-3601.0, " by 3601 s"), (None, "")]
)
def test_clock(offset: float | None, said: str) -> None:
    """ERR-27: the clock is named, and by how much it is off where the reply tells."""
    message = "Signature expired: 20260102T025513Z is now earlier than 20260102T025905Z"

    error = read("InvalidSignatureException", message, status=403, clock_offset_s=offset)

    assert told(error) == f"The system clock differs from AWS's{said}. Set the clock."
    assert type(error) is errors.AuthenticationError


@pytest.mark.parametrize(
    ("model", "outputs"),
    [("amazon.titan-embed-text-v2:0", "embedding"), ("amazon.nova-canvas-v1:0", "image")],
)
def test_model_that_makes_no_text(model: str, outputs: str) -> None:
    """ERR-31: what it is a model for."""
    error = read("ValidationException", "This action doesn't support the model", model=model)

    assert error.message == f"{model} is a model for {outputs}, and does not chat"


@pytest.mark.parametrize(
    ("name", "status", "message", "kind"),
    [
        (
            "ValidationException",
            400,
            "tool name 'too many requests' is bad",
            errors.BadRequestError,
        ),
        ("ValidationException", 400, "not authorized to perform", errors.BadRequestError),
        ("AccessDeniedException", 403, "no inference profile access", errors.PermissionDeniedError),
        ("InternalServerException", 500, "too many tokens", errors.ServerError),
    ],
)
def test_words_alone_change_no_class(
    name: str, status: int, message: str, kind: type[OutcropError]
) -> None:
    """RETRY-02: a 400 that happens to mention throttling is never sent again."""
    error = read(name, message, status=status)

    assert type(error) is kind
    assert error.hint == ""


def test_every_cause_can_be_told() -> None:
    """Each template names facts that there are, for any model and none."""
    for cause in CAUSES:
        for place in (Place(), Place(model="bad id", region="mars"), Place(model=f"eu.{HAIKU}")):
            facts = Facts(place, "prompt is too long")

            text = " ".join(cause.tell(facts))

            assert "{" not in text


def test_words_are_normalised() -> None:
    """ERR-03: every trigger stands in the form that AWS's words are brought to."""
    written = [word for cause in CAUSES for group in cause.words for word in group]

    assert written == [" ".join(word.lower().replace("`", "").split()) for word in written]
    assert (
        find_cause("", errors.BadRequestError, Facts(Place(), "Prompt  is too\nLONG")) is not None
    )
