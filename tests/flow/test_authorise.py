"""The proof on a request: a signature, or a key as it is."""

import pytest

from outcrop.errors import AuthenticationError
from outcrop.flow.authorise import authorise, require_credentials
from outcrop.http import HttpRequest, Origin, header
from outcrop.settings.credentials import CredentialChoice
from outcrop.types.credentials import Bearer, KeyPair
from tests.flow.script import Script, target

ASK = HttpRequest(
    method="POST",
    origin=Origin("https", "bedrock-runtime.us-east-1.amazonaws.com", 443),
    target="/model/arn%3Aa%2Fb/converse",
    headers=(("content-type", "application/json"),),
    body=b"{}",
)


def test_official_vector() -> None:
    """WIRE-03: the specification's own signature comes out of a whole target and session."""
    signed = authorise(ASK, target(), Script().session)

    assert header(signed.headers, "authorization").endswith(
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=ae5d99a38f521d142fe08cd846fe41cebef39e74c59db2eb1e4964465baf7e28"
    )


def test_learnt_clock_is_used() -> None:
    session = Script().session
    session.learn_clock(60.0, 0.0)

    signed = authorise(ASK, target(), session)

    assert header(signed.headers, "x-amz-date") == "20260102T030505Z"


def test_session_token_is_sent() -> None:
    """CRED-05. A lost session token is the commonest way to a 403."""
    keys = CredentialChoice(credentials=KeyPair("ASIAEXAMPLE", "secret", "token"), origin="test")

    signed = authorise(ASK, target(credentials=keys), Script().session)

    assert header(signed.headers, "x-amz-security-token") == "token"


def test_bearer() -> None:
    key = CredentialChoice(credentials=Bearer("ABSKx"), origin="test")

    proven = authorise(ASK, target(credentials=key), Script().session)

    assert proven.headers == (*ASK.headers, ("authorization", "Bearer ABSKx"))


def test_nothing_to_prove_with() -> None:
    """ERR-23: where was looked, and what was wrong with what was found."""
    nothing = CredentialChoice(problem="AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")

    with pytest.raises(AuthenticationError, match="is set without AWS_SECRET") as caught:
        require_credentials(target(credentials=nothing))

    assert "AWS_BEARER_TOKEN_BEDROCK" in str(caught.value)
    require_credentials(target())
