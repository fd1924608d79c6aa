"""What a test does when something it needs is not on this machine.

Place in the house: tests only. On a developer's machine the test is skipped, with one line that
says what is missing; where `OUTCROP_REQUIRE_ALL=1` is set, as in continuous integration, it fails:
there a skipped test is a test that silently stopped testing.
"""

import os
from typing import NoReturn

import pytest


def everything_required() -> bool:
    """Return whether a missing prerequisite is a failure."""
    return os.environ.get("OUTCROP_REQUIRE_ALL", "") not in {"", "0"}


def absent(reason: str) -> NoReturn:
    """End the running test because of `reason`: skipped, or failed where all is required."""
    if everything_required():
        pytest.fail(f"{reason} (required by OUTCROP_REQUIRE_ALL)", pytrace=False)
    pytest.skip(reason)
