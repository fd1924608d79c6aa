"""Who may come in."""

import pytest

from outcrop.emulator.authentication import DEFAULT_CREDENTIALS, Gate, admit, parse_credentials
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.signatures import Arrived, Key
from outcrop.errors import ConfigError


def bearer(token: str, scheme: str = "Bearer") -> Arrived:
    """Return a request with an API key."""
    return Arrived(method="GET", path=b"/", headers=(("authorization", f"{scheme} {token}"),))


@pytest.mark.parametrize(
    ("gate", "region"),
    [
        (Gate(), "us-east-1"),
        (Gate(region="eu-west-1"), "eu-west-1"),
        (Gate(api_keys=("a", "b")), "us-east-1"),
    ],
)
def test_good_key(gate: Gate, region: str) -> None:
    """A key says nothing of a region: it is the one that is played."""
    assert admit(gate, bearer("b"), 0) == region
    assert admit(gate, bearer("b", "bearer"), 0) == region


@pytest.mark.parametrize(("gate", "token"), [(Gate(api_keys=("a",)), "b"), (Gate(), " ")])
def test_bad_key(gate: Gate, token: str) -> None:
    """No key, or another one."""
    with pytest.raises(Refusal) as caught:
        admit(gate, bearer(token), 0)

    assert (caught.value.status, caught.value.code) == (403, "AccessDeniedException")


def test_nobody_is_asked() -> None:
    """Without verification everybody comes in, signed or not."""
    gate = Gate(verify=False, region="eu-west-1")

    assert admit(gate, Arrived(method="GET", path=b"/"), 0) == "eu-west-1"
    assert admit(gate, bearer("x", "AWS4-HMAC-SHA256"), 0) == "eu-west-1"


def test_parse() -> None:
    """Several pairs, with session tokens or without; none means the default."""
    keys = parse_credentials(("a:b", "c:d/e+f:token=="))

    assert dict(keys) == {"a": Key(secret="b"), "c": Key(secret="d/e+f", token="token==")}
    assert parse_credentials(()) is DEFAULT_CREDENTIALS


@pytest.mark.parametrize("text", ["a", "a:", ":b", ""])
def test_parse_malformed(text: str) -> None:
    """What is wrong is said; what was written is not, it may be a secret."""
    with pytest.raises(ConfigError) as caught:
        parse_credentials(("good:pair", text))

    assert "id:secret" in caught.value.hint
    assert "pair" not in caught.value.message.replace("key pair", "")
