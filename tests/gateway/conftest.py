"""One emulator and one gateway for all tests of the gateway."""

from collections.abc import Iterator

import pytest
from openai import OpenAI

from tests.gateway.stage import PATIENCE_S, Stage, gateway, staged


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="session")
def emulator_url(stage: Stage) -> Iterator[str]:
    with staged(stage) as url:
        yield url


@pytest.fixture(scope="session")
def gateway_url(emulator_url: str) -> Iterator[str]:
    with gateway(emulator_url) as url:
        yield url


@pytest.fixture(scope="session")
def openai(gateway_url: str) -> Iterator[OpenAI]:
    """OpenAI's own client, given nothing but the gateway's address."""
    with OpenAI(
        base_url=f"{gateway_url}/v1", api_key="any", max_retries=0, timeout=PATIENCE_S
    ) as client:
        yield client
