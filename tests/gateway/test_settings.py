"""How the gateway is run: what the environment says, and what is refused."""

import pytest

from outcrop.errors import ConfigError
from outcrop.gateway.settings import GatewaySettings

SECRET = "sk-of-the-gateway"


def test_defaults() -> None:
    settings = GatewaySettings.resolve({}, host="127.0.0.1")

    assert settings.master_key == ""
    assert settings.body_limit == 33_554_432
    assert settings.ping_every_s == 15.0
    assert settings.listing_fresh_s == 3600.0


def test_environment() -> None:
    environ = {"OUTCROP_MASTER_KEY": f" {SECRET}\n", "OUTCROP_BODY_LIMIT": "1000"}

    settings = GatewaySettings.resolve(environ, host="0.0.0.0")

    assert settings.master_key == SECRET
    assert settings.body_limit == 1000


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_key(host: str) -> None:
    assert GatewaySettings.resolve({}, host=host).master_key == ""


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.0.2.7", "example.com", "localhost.example.com", "127.1"]
)
@pytest.mark.parametrize("key", [{}, {"OUTCROP_MASTER_KEY": "  "}], ids=["no-key", "blank-key"])
def test_others_may_not_come_in_without_a_key(host: str, key: dict[str, str]) -> None:
    """Who opens a gateway to a network by mistake pays for everybody (GATE-03)."""
    with pytest.raises(ConfigError) as caught:
        GatewaySettings.resolve(key, host=host)

    assert "OUTCROP_MASTER_KEY" in caught.value.hint
    assert "OUTCROP_ALLOW_OPEN" in caught.value.hint


def test_others_may_come_in_where_somebody_said_so() -> None:
    settings = GatewaySettings.resolve({"OUTCROP_ALLOW_OPEN": "1"}, host="0.0.0.0")

    assert settings.master_key == ""


@pytest.mark.parametrize("text", ["many", "-1", "0", "1.5", "32MB"])
def test_body_limit_that_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="OUTCROP_BODY_LIMIT"):
        GatewaySettings.resolve({"OUTCROP_BODY_LIMIT": text}, host="127.0.0.1")


def test_key_is_not_shown() -> None:
    """Settings end up in logs and tracebacks."""
    settings = GatewaySettings.resolve({"OUTCROP_MASTER_KEY": SECRET}, host="127.0.0.1")

    assert SECRET not in repr(settings)
