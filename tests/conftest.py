"""What holds for every test: a clean environment, fixed laws, and no silent absence of the model.

Place in the house: tests only. The loader of recordings is `tests.recordings`.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

from outcrop.emulator.weights import why_not
from tests.absence import absent, everything_required

# Deadlines and health checks of speed measure the machine, not the code.
settings.register_profile(
    "local", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile(
    "required", parent=settings.get_profile("local"), derandomize=True, database=None
)
settings.load_profile("required" if everything_required() else "local")

_AMBIENT = ("ANTHROPIC_", "AWS_", "OPENAI_", "OUTCROP_")
_PROXIES = {"ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
_KEPT = {"OUTCROP_CACHE_DIR", "OUTCROP_RECORDINGS", "OUTCROP_REQUIRE_ALL"}


def pytest_configure() -> None:
    """Forget the accounts, settings and proxies of whoever runs the tests."""
    for name in list(os.environ):
        if (name.startswith(_AMBIENT) and name not in _KEPT) or name.upper() in _PROXIES:
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.devnull
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a test marked `llm` run only where the real model is."""
    if item.get_closest_marker("llm") and (obstacle := why_not()):
        absent(f"no local model: {obstacle.reason}. {obstacle.remedy}")
