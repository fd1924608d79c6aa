"""Runs ``outcrop`` as a person does: the installed program, in a process of its own.

Place in the house: tests only.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

PROGRAM = str(Path(sys.executable).with_name("outcrop"))
PATIENCE_S = 30.0
"""After this a test has failed; nothing measures it."""


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


class Terminal:
    """A folder and an environment to run commands in."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._environ = {
            "HOME": str(folder),
            "PATH": os.defpath,
            # A reader of ours on another machine has one too.
            "LANG": "C.UTF-8",
            **environ,
        }

    def with_environ(self, environ: Mapping[str, str]) -> "Terminal":
        """Return the same terminal with more variables set."""
        return Terminal(self.folder, {**self._environ, **environ})

    def run(self, *arguments: str | bytes, stdin: bytes = b"", **environ: str) -> Done:
        """Run a command to its end; `stdin` is what is piped in."""
        return self.with_environ(environ).run_program([PROGRAM, *arguments], stdin=stdin)

    def run_python(self, text: str, *arguments: str) -> Done:
        """Run a program of ours, which may start the command line itself."""
        return self.run_program([sys.executable, "-c", text, *arguments])

    def run_program(self, program: Sequence[str | bytes], *, stdin: bytes = b"") -> Done:
        done = subprocess.run(
            program,
            input=stdin,
            capture_output=True,
            timeout=PATIENCE_S,
            cwd=self.folder,
            env=self._environ,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def running(self, *arguments: str, **environ: str) -> Iterator["Running"]:
        """Run a command beside the test; at the end it is made to stop."""
        with subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self._environ | environ,
        ) as process:
            try:
                yield Running(process)
            finally:
                process.kill()


class Running:
    """A command under way."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._out: Any = process.stdout

    def read(self, count: int) -> str:
        """Wait for this many bytes of output."""
        text: str = self._out.read(count).decode()
        return text

    def line(self) -> str:
        """Wait for a line of output."""
        text: str = self._out.readline().decode()
        return text.rstrip("\n")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def close_output(self) -> None:
        """Stop reading, as ``head`` does."""
        self._out.close()

    def finish(self) -> Done:
        """Wait for the end; return what was not read yet."""
        assert self._process.stderr is not None
        out = b"" if self._out.closed else self._out.read()
        err = self._process.stderr.read()
        return Done(self._process.wait(PATIENCE_S), out.decode(), err.decode())
