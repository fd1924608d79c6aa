"""Which credentials win, and what to say when there are none.

Place in the house: settings. Pure: nothing is fetched, renewed or checked here, so a client
without credentials can be made; only its first call fails.

The sources are arguments and variables of the environment or ``.env``. What is passed in code
beats what lies around, and a Bedrock API key that lies around beats keys that do.

Source: behaviour specification, CRED-01, CRED-05, CRED-08, CRED-10, ERR-23.
"""

import re
from typing import Any, Final

import msgspec

from outcrop.errors import AuthenticationError, ConfigError
from outcrop.settings.values import Value, Variables, argument, first_set
from outcrop.types.credentials import Bearer, Credentials, KeyPair

_ACCESS_KEY_ID: Final = re.compile(r"(AKIA|ASIA)[A-Z0-9]{12,}")

LOOKED_IN: Final = (
    "api_key=",
    "access_key_id= and secret_access_key=",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
)
"""Every source that is asked, in order."""


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials that a caller passed. Holds secrets: shows nothing."""

    api_key: str | None = None
    """A Bedrock API key; or an access key id, if `secret_key` stands beside it."""
    access_key_id: str | None = None
    secret_access_key: str | None = None
    secret_key: str | None = None
    """Another name for `secret_access_key`."""
    session_token: str | None = None

    def __repr__(self) -> str:
        """Return nothing of it."""
        return "Passed(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return nothing; msgspec's own would return all of it."""
        return []


class CredentialChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The credentials that won, or why there are none."""

    credentials: Credentials | None = None
    origin: str = ""
    """Where they were set; empty where there are none."""
    looked_in: tuple[str, ...] = LOOKED_IN
    """Sources that were asked."""
    problem: str = ""
    """Why what was found cannot be used; empty where nothing was found."""
    notice: str = ""
    """What the user should know about this choice; empty where there is nothing."""


def choose_credentials(variables: Variables, passed: Passed) -> CredentialChoice:
    """Choose by the order of CRED-01.

    Raises:
        ConfigError: Half a pair was passed. Half a pair in the environment is only a `problem`:
            it may lie around for something else.
    """
    return (
        _passed_bearer(passed)
        or _passed_pair(passed)
        or _ambient_bearer(variables)
        or _ambient_pair(variables)
        or CredentialChoice()
    )


def missing_credentials(looked_in: tuple[str, ...], problem: str = "") -> AuthenticationError:
    """Return the error of a first call that has nothing to sign with."""
    return AuthenticationError(
        f"No AWS credentials. Looked in: {', '.join(looked_in)}" + (f". {problem}" * bool(problem)),
        hint="Set AWS_BEARER_TOKEN_BEDROCK, or export AWS_ACCESS_KEY_ID + AWS_SECRET_ACCESS_KEY "
        "(and AWS_SESSION_TOKEN with temporary keys). Profiles, SSO and roles are not read: "
        "`aws configure export-credentials --format env` prints their keys",
    )


def _passed_bearer(passed: Passed) -> CredentialChoice | None:
    key = argument("api_key", passed.api_key)
    if key is None or _is_access_key_id(key.value):
        return None
    return CredentialChoice(credentials=Bearer(key.value), origin=key.origin)


def _passed_pair(passed: Passed) -> CredentialChoice | None:
    key_id, notice = _passed_key_id(passed)
    secret = _passed_secret(passed)
    token = argument("session_token", passed.session_token)
    if key_id is None and secret is None and token is None:
        return None
    if key_id is None or secret is None:
        raise ConfigError(
            _half(
                given=first_set(key_id, secret, token),
                wanted=(
                    "access_key_id=" * (key_id is None),
                    "secret_access_key=" * (secret is None),
                ),
            )
        )
    pair = _pair(key_id, secret, token)
    return CredentialChoice(credentials=pair, origin=key_id.origin, notice=notice)


def _passed_key_id(passed: Passed) -> tuple[Value[str] | None, str]:
    key_id = argument("access_key_id", passed.access_key_id)
    api_key = argument("api_key", passed.api_key)
    if key_id or api_key is None:
        return key_id, ""
    looks_like = Value(api_key.value, "api_key= (an AWS access key id)")
    return looks_like, "api_key= is an AWS access key id: used as access_key_id="


def _passed_secret(passed: Passed) -> Value[str] | None:
    secret = argument("secret_access_key", passed.secret_access_key)
    alias = argument("secret_key", passed.secret_key)
    if secret and alias and secret.value != alias.value:
        raise ConfigError(
            "secret_access_key= and secret_key= are two names of one thing, and differ"
        )
    return secret or alias


def _ambient_bearer(variables: Variables) -> CredentialChoice | None:
    key = variables.get("AWS_BEARER_TOKEN_BEDROCK")
    return CredentialChoice(credentials=Bearer(key.value), origin=key.origin) if key else None


def _ambient_pair(variables: Variables) -> CredentialChoice | None:
    key_id = variables.get("AWS_ACCESS_KEY_ID")
    secret = variables.get("AWS_SECRET_ACCESS_KEY")
    if key_id is None and secret is None:
        return None
    if key_id is None or secret is None:
        wanted = (
            "AWS_ACCESS_KEY_ID" * (key_id is None),
            "AWS_SECRET_ACCESS_KEY" * (secret is None),
        )
        return CredentialChoice(problem=_half(given=key_id or secret, wanted=wanted))
    pair = _pair(key_id, secret, variables.get("AWS_SESSION_TOKEN"))
    return CredentialChoice(credentials=pair, origin=key_id.origin)


def _pair(key_id: Value[str], secret: Value[str], token: Value[str] | None) -> KeyPair:
    return KeyPair(
        access_key_id=key_id.value,
        secret_access_key=secret.value,
        session_token=token.value if token else "",
    )


def _half(*, given: Value[str] | None, wanted: tuple[str, ...]) -> str:
    missing = " and ".join(name for name in wanted if name)
    return f"{given.origin if given else ''} is set without {missing}"


def _is_access_key_id(text: str) -> bool:
    return _ACCESS_KEY_ID.fullmatch(text) is not None
