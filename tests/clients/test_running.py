"""The runner of the clients: nothing that fails or dies is counted as passed."""

import sys

from tests.clients.running import Check, Outcome, read_report, run_client

PLAN = b'{"client": "sdk 1.2", "checks": ["ask", "stream"]}'
ASKED = b'{"name": "ask", "seconds": 0.5, "problem": ""}'
BROKEN = b'{"name": "stream", "seconds": 0.5, "problem": "too short"}'

PROGRAM = """
import os, pathlib, sys
print("a client's own words")
pathlib.Path(os.environ["OUTCROP_REPORT"]).write_bytes(bytes.fromhex(sys.argv[1]))
sys.exit(int(sys.argv[2]))
"""


def test_report() -> None:
    title, checks = read_report("sdk", [PLAN, ASKED, BROKEN], "")

    assert title == "sdk 1.2"
    assert checks == (Check("ask", 0.5), Check("stream", 0.5, "too short"))


def test_checks_not_reached() -> None:
    """A program that dies has failed whatever it still had before it."""
    _, checks = read_report("sdk", [PLAN, ASKED], "its program ended with exit code 3")

    assert checks[1] == Check("stream", 0.0, "not reached: its program ended with exit code 3")


def test_death_after_the_last_check() -> None:
    """Threads that do not end, a crash at exit: a user sees them too."""
    done = b'{"name": "stream", "seconds": 0.5, "problem": ""}'

    _, checks = read_report("sdk", [PLAN, ASKED, done], "its program ended with exit code -6")

    assert checks[2] == Check("end", problem="its program ended with exit code -6")


def test_program_that_cannot_start() -> None:
    title, checks = read_report("sdk", [], "its program ended with exit code 1")

    assert (title, checks) == ("sdk", (Check("start", 0.0, "its program ended with exit code 1"),))


def test_program_is_run() -> None:
    report = b"\n".join([PLAN, ASKED]).hex()

    outcome = run_client("sdk", [sys.executable, "-c", PROGRAM, report, "3"], {})

    assert [check.name for check in outcome.passed] == ["ask"]
    assert [check.name for check in outcome.failed] == ["stream"]
    assert outcome.output == "a client's own words\n"


def test_line() -> None:
    checks = (Check("ask"), Check("stream", problem="too short"))

    good = Outcome(title="sdk 1.2", checks=checks[:1], seconds=1.25)
    bad = Outcome(title="sdk 1.2", checks=checks, seconds=1.25)
    gone = Outcome(title="sdk", missing="no package index")

    assert good.line == "ok    sdk 1.2: ask (1.2 s)"
    assert bad.line == "FAIL  sdk 1.2: ask, NOT stream (1.2 s)"
    assert gone.line == "-     sdk: not run: no package index"
