"""What the commands talk to: an emulator whose answers the tests write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Terminal
from tests.gateway.stage import Stage, staged


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="session")
def emulator_url(stage: Stage) -> Iterator[str]:
    with staged(stage) as url:
        yield url


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal of somebody without an account, in an empty folder."""
    return Terminal(tmp_path, {})


@pytest.fixture
def customer(tmp_path: Path, emulator_url: str) -> Terminal:
    """A terminal of somebody with credentials, whose AWS is the emulator."""
    environ = {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": emulator_url,
        "AWS_ENDPOINT_URL_BEDROCK": emulator_url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "outcrop",
        "AWS_SECRET_ACCESS_KEY": "outcrop",
        "OUTCROP_MAX_RETRIES": "0",
    }
    return Terminal(tmp_path, environ)
