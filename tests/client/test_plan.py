"""What both clients share: settings made into targets."""

import logging

import pytest

from outcrop import AsyncClient, Client
from outcrop.client.plan import Plan
from outcrop.errors import ConfigError


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("places", [0, -1])
def test_no_place_for_any_connection(kind: type[Client | AsyncClient], places: int) -> None:
    """Every call would wait for ever, and nothing would say why."""
    with pytest.raises(ConfigError, match="no call could be sent"):
        kind(max_connections=places, environ={})


def test_notice_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing changes in silence: a key pair under the wrong name works, and is said aloud."""
    with caplog.at_level(logging.WARNING, "outcrop.client"):
        Plan({"api_key": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "s", "environ": {}})

    assert caplog.messages == ["outcrop: api_key= is an AWS access key id: used as access_key_id="]


def test_dotenv_is_below_the_environment() -> None:
    """CONF-01: the environment wins over ``.env``."""
    plan = Plan(
        {"dotenv": "BEDROCK_MODEL=a\nOUTCROP_MAX_RETRIES=7", "environ": {"BEDROCK_MODEL": "b"}}
    )

    assert plan.model == "b"
    assert plan.settings.max_retries.value == 7
