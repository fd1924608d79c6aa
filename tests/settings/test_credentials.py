"""Which credentials win, and what is said when there are none."""

import pytest

from outcrop.errors import AuthenticationError, ConfigError
from outcrop.settings.credentials import (
    CredentialChoice,
    Passed,
    choose_credentials,
    missing_credentials,
)
from outcrop.settings.values import Variables
from outcrop.types.credentials import Bearer, KeyPair

AMBIENT = {
    "AWS_BEARER_TOKEN_BEDROCK": "ABSKambient",
    "AWS_ACCESS_KEY_ID": "AKIAAMBIENT00000",
    "AWS_SECRET_ACCESS_KEY": "ambient-secret",
    "AWS_SESSION_TOKEN": "ambient-token",
}
PASSED_PAIR = Passed(
    access_key_id="AKIAPASSED000000",
    secret_access_key="passed-secret",
    session_token="passed-token",
)


def choose(environ: dict[str, str], passed: Passed = Passed()) -> CredentialChoice:  # noqa: B008
    """Choose from an environment alone."""
    return choose_credentials(Variables(environ), passed)


@pytest.mark.parametrize(
    ("passed", "without", "credentials", "origin"),
    [
        (Passed(api_key="ABSKpassed"), (), Bearer("ABSKpassed"), "api_key="),
        (
            PASSED_PAIR,
            (),
            KeyPair(
                access_key_id="AKIAPASSED000000",
                secret_access_key="passed-secret",
                session_token="passed-token",
            ),
            "access_key_id=",
        ),
        (Passed(), (), Bearer("ABSKambient"), "AWS_BEARER_TOKEN_BEDROCK"),
        (
            Passed(),
            ("AWS_BEARER_TOKEN_BEDROCK",),
            KeyPair(
                access_key_id="AKIAAMBIENT00000",
                secret_access_key="ambient-secret",
                session_token="ambient-token",
            ),
            "AWS_ACCESS_KEY_ID",
        ),
        (
            Passed(),
            ("AWS_BEARER_TOKEN_BEDROCK", "AWS_SESSION_TOKEN"),
            KeyPair(access_key_id="AKIAAMBIENT00000", secret_access_key="ambient-secret"),
            "AWS_ACCESS_KEY_ID",
        ),
    ],
    ids=["api-key", "pair", "ambient-bearer", "ambient-pair", "ambient-long-term-pair"],
)
def test_order(passed: Passed, without: tuple[str, ...], credentials: object, origin: str) -> None:
    """CRED-01: code beats what lies around; of that, the API key beats keys."""
    environ = {name: value for name, value in AMBIENT.items() if name not in without}

    choice = choose(environ, passed)

    assert (choice.credentials, choice.origin) == (credentials, origin)
    assert choice.problem == ""


def test_api_key_beats_passed_pair() -> None:
    """Both in code: the key made for Bedrock."""
    both = Passed(api_key="ABSKx", access_key_id="AKIAX", secret_access_key="secret")

    assert choose({}, both).credentials == Bearer("ABSKx")


def test_passed_pair_takes_no_ambient_token() -> None:
    """A session token belongs to its own keys; with others AWS refuses both."""
    long_term = Passed(access_key_id="AKIAPASSED000000", secret_key="passed-secret")

    choice = choose(AMBIENT, long_term)

    assert choice.credentials == KeyPair(
        access_key_id="AKIAPASSED000000", secret_access_key="passed-secret"
    )


@pytest.mark.parametrize("prefix", ["AKIA", "ASIA"])
def test_api_key_that_is_a_key_id(prefix: str) -> None:
    """CRED-05: users of other libraries pass their key id as api_key."""
    passed = Passed(api_key=f"{prefix}IOSFODNN7EXAMPLE", secret_key="secret", session_token="token")

    choice = choose({}, passed)

    assert choice.credentials == KeyPair(
        access_key_id=f"{prefix}IOSFODNN7EXAMPLE",
        secret_access_key="secret",
        session_token="token",
    )
    assert "api_key= is an AWS access key id" in choice.notice


@pytest.mark.parametrize(
    ("passed", "says"),
    [
        (Passed(access_key_id="AKIAX"), "access_key_id= is set without secret_access_key="),
        (Passed(secret_access_key="s"), "secret_access_key= is set without access_key_id="),
        (Passed(secret_key="s"), "secret_key= is set without access_key_id="),
        (
            Passed(session_token="t"),
            "session_token= is set without access_key_id= and secret_access_key=",
        ),
        (
            Passed(api_key="AKIAIOSFODNN7EXAMPLE"),
            r"api_key= \(an AWS access key id\) is set without secret_access_key=",
        ),
        (
            Passed(access_key_id="AKIAX", secret_access_key="s", secret_key="other"),
            "two names of one thing",
        ),
    ],
)
def test_half_a_pair_passed(passed: Passed, says: str) -> None:
    """CRED-05: the message names the other half, and no value."""
    with pytest.raises(ConfigError, match=says):
        choose(AMBIENT, passed)


@pytest.mark.parametrize(
    ("left", "missing"),
    [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    ],
)
def test_half_a_pair_lying_around(left: str, missing: str) -> None:
    """CRED-08: it may be there for something else, so it breaks no start, only the first call."""
    choice = choose({left: AMBIENT[left]})

    assert choice.credentials is None
    assert choice.problem == f"{left} is set without {missing}"


def test_none_at_all() -> None:
    """CRED-08: a client without credentials can be made."""
    choice = choose({})

    assert choice.credentials is None
    assert choice.problem == ""


def test_the_error_tells_the_truth() -> None:
    """ERR-23: it lists what was really looked at, and what helps."""
    error = missing_credentials(choose({}).looked_in)

    assert isinstance(error, AuthenticationError)
    assert str(error) == (
        "outcrop: No AWS credentials. Looked in: api_key=, access_key_id= and secret_access_key=, "
        "AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Set "
        "AWS_BEARER_TOKEN_BEDROCK, or export AWS_ACCESS_KEY_ID + AWS_SECRET_ACCESS_KEY (and "
        "AWS_SESSION_TOKEN with temporary keys). Profiles, SSO and roles are not read: "
        "`aws configure export-credentials --format env` prints their keys."
    )


def test_the_error_names_the_problem() -> None:
    """Half a pair is the likeliest reason, so it is said."""
    choice = choose({"AWS_ACCESS_KEY_ID": "AKIAX"})

    error = missing_credentials(choice.looked_in, choice.problem)

    assert "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY" in str(error)


def test_nothing_shows_a_secret() -> None:
    """CRED-10: settings are printed, secrets are not."""
    shown = repr(choose(AMBIENT)) + repr(choose({}, PASSED_PAIR)) + repr(PASSED_PAIR)

    assert "secret'" not in shown
    assert "-secret" not in shown
    assert "-token" not in shown
    assert "ABSKambient" not in shown
