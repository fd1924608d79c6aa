"""An emulator for tests that only ask: one for all of them."""

from collections.abc import Iterator

import pytest

from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from tests.servers import serving


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    """Base URL of an emulator that answers by echo and verifies signatures."""
    with serving(create_app(EchoEngine())) as url:
        yield url
