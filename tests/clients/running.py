"""Runs a client's program and reads its report.

Place in the house: tests only. A program first writes which checks it will make, then what came of
each, into a file of its own: what it prints is the client's. So one that dies half-way fails every
check that it has not reached.
"""

import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests.clients.environments import PROJECT

_PATIENCE_S = 120.0


class Check(msgspec.Struct, frozen=True):
    """Something that was checked."""

    name: str
    seconds: float = 0.0
    problem: str = ""
    """Why it failed; empty: it passed."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a client."""

    title: str
    """Its name and version."""
    checks: tuple[Check, ...] = ()
    seconds: float = 0.0
    output: str = ""
    """All that it printed."""
    missing: str = ""
    """What it needs and is not here; it was not run then."""

    @property
    def passed(self) -> list[Check]:
        """The checks that hold."""
        return [check for check in self.checks if not check.problem]

    @property
    def failed(self) -> list[Check]:
        """The checks that do not."""
        return [check for check in self.checks if check.problem]

    @property
    def line(self) -> str:
        """All of it in one line."""
        if self.missing:
            return f"-     {self.title}: not run: {self.missing}"
        word = "FAIL" if self.failed else "ok"
        checks = ", ".join(f"{'NOT ' if each.problem else ''}{each.name}" for each in self.checks)
        return f"{word:<5} {self.title}: {checks} ({self.seconds:.1f} s)"


class _Plan(msgspec.Struct, frozen=True):
    client: str
    checks: tuple[str, ...]


def run_client(name: str, command: Sequence[str], environ: Mapping[str, str]) -> Outcome:
    """Run one program to its end, and read what it reports."""
    began = time.monotonic()
    with tempfile.NamedTemporaryFile("rb", prefix="outcrop-client-") as report:
        output, ended = _run(command, {**environ, "OUTCROP_REPORT": report.name})
        lines = Path(report.name).read_bytes().splitlines()
    title, checks = read_report(name, lines, ended)
    return Outcome(title=title, checks=checks, seconds=time.monotonic() - began, output=output)


def _run(command: Sequence[str], environ: Mapping[str, str]) -> tuple[str, str]:
    """Return what a program printed, and how it ended; empty: well."""
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=PROJECT,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired as error:
        return (error.output or b"").decode(errors="replace"), f"stopped after {_PATIENCE_S:.0f} s"
    ended = f"its program ended with exit code {done.returncode}" if done.returncode else ""
    return done.stdout.decode(errors="replace"), ended


def read_report(name: str, lines: Sequence[bytes], ended: str) -> tuple[str, tuple[Check, ...]]:
    """Return a client's title and its checks.

    Args:
        name: What to call it if it did not come far enough to say.
        lines: What its program reported.
        ended: How the program ended; empty: well.
    """
    if not lines:
        return name, (Check("start", problem=ended or "its program reported nothing"),)
    plan = msgspec.json.decode(lines[0], type=_Plan)
    made = [msgspec.json.decode(line, type=Check) for line in lines[1:]]
    reached = {check.name for check in made}
    left = [each for each in plan.checks if each not in reached]
    lost = [Check(each, problem=f"not reached: {ended or 'no reason given'}") for each in left]
    if ended and not left:
        lost = [Check("end", problem=ended)]
    return plan.client, (*made, *lost)
