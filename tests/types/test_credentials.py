"""Secrets stay secret."""

import pickle
import traceback

import pytest

from outcrop.types.credentials import Bearer, Credentials, KeyPair

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PAIR = KeyPair(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET, session_token=SECRET)


@pytest.mark.parametrize("credentials", [PAIR, Bearer(SECRET)], ids=["pair", "bearer"])
def test_nothing_shows_a_secret(credentials: Credentials) -> None:
    """Credentials end up in f-strings, logs, tracebacks and rich's printer."""
    shown = [
        repr(credentials),
        str(credentials),
        f"{credentials}",
        repr((credentials,)),
        repr(credentials.__rich_repr__()),
        "".join(traceback.format_exception(ValueError(credentials))),
    ]

    assert [text for text in shown if SECRET in text] == []


def test_the_name_of_a_key_is_shown() -> None:
    """It is what AWS support asks for."""
    assert repr(PAIR) == "KeyPair(access_key_id='AKIDEXAMPLE', ...)"


def test_credentials_pickle() -> None:
    """Clients are sent to process pools."""
    assert pickle.loads(pickle.dumps(PAIR)) == PAIR  # noqa: S301 - our own bytes
