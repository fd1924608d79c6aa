"""What both clients share: settings made into targets."""

import pytest

from outcrop import AsyncClient, Client
from outcrop.errors import ConfigError


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("places", [0, -1])
def test_no_place_for_any_connection(kind: type[Client | AsyncClient], places: int) -> None:
    """Every call would wait for ever, and nothing would say why."""
    with pytest.raises(ConfigError, match="no call could be sent"):
        kind(max_connections=places, environ={})
