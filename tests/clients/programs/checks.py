"""Makes the checks of a client and reports them: what all programs in Python share.

Place in the house: tests only. Runs in the client's own environment, so on the standard library
alone. The report goes into a file, for clients print what they like; `tests.clients.running` reads
it.
"""

import json
import os
import time
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
"""A picture of one pixel in base64, 70 bytes."""


def run(package: str, *checks: Callable[[], object], title: str = "") -> None:
    """Make every check, in order, whatever becomes of the others.

    Args:
        package: Whose version is reported.
        checks: What to check; their names are reported.
        title: What to call the client, if not by name and version of `package`.
    """
    names = [check.__name__.replace("_", " ") for check in checks]
    _report({"client": title or f"{package} {version(package)}", "checks": names})
    for name, check in zip(names, checks, strict=True):
        began = time.monotonic()
        problem = ""
        try:
            check()
        except Exception:  # noqa: BLE001 - whatever a client raises is reported
            problem = traceback.format_exc()
        _report({"name": name, "seconds": time.monotonic() - began, "problem": problem})


def same(got: Any, expected: Any) -> None:
    """Check that two values are equal.

    Raises:
        AssertionError: They are not; says both.
    """
    if got != expected:
        raise AssertionError(f"\n     got {got!r}\nexpected {expected!r}")


def _report(line: dict[str, Any]) -> None:
    with Path(os.environ["OUTCROP_REPORT"]).open("a", encoding="utf-8") as report:
        report.write(json.dumps(line) + "\n")
