"""The servers that clients talk to: the real commands, as a user starts them.

Place in the house: tests only. Gateway and emulator over each of two engines, each on a free port
of its own. What a client is told about them is what they print: the lines that begin with
``export``. Signatures are verified, and the gateway wants its key.
"""

import os
import re
import shlex
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.clients.environments import PROJECT, ROOM, clean_surroundings

OUTCROP = Path(sys.executable).with_name("outcrop")

_KEY = "sk-outcrop-clients"
_SCRIPT = ROOM / "script.yaml"
_PATIENCE_S = 30.0
_EXPORT = re.compile(r"^ *export (.*)$", re.MULTILINE)

_GATEWAY = ("serve", "--local")
_EMULATOR = ("emulate",)
_LAST: Mapping[str, str] = MappingProxyType(
    {"serve": "OPENAI_API_KEY", "emulate": "AWS_SECRET_ACCESS_KEY"}
)


class Server:
    """One of our commands, running."""

    def __init__(self, folder: Path, command: Sequence[str], engine: str) -> None:
        """Start it; what it prints goes into a file in `folder`."""
        self.name = f"{command[0]} over {engine.partition(':')[0]}"
        self.problem = ""
        """What was wrong with its life; empty: nothing."""
        self._last = _LAST[command[0]]
        self._environ = {**clean_surroundings(os.environ), "OUTCROP_MASTER_KEY": _KEY}
        self._log = folder / f"{self.name}.log"
        self._ready = ""
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(
                [str(OUTCROP), *command, "--engine", engine, "--port", "0"],
                cwd=PROJECT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def exports(self) -> dict[str, str]:
        """Return the variables that it tells users to set, once it says so.

        Raises:
            SystemExit: It did not start.
        """
        until = time.monotonic() + _PATIENCE_S
        while f"{self._last}=" not in self._ready or not self._ready.endswith("\n"):
            if self._process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{self.name} did not start. It said:\n{self._log.read_text()}")
            time.sleep(0.02)
            self._ready = self._log.read_text("utf-8")
        words = shlex.split(" ".join(_EXPORT.findall(self._ready)))
        pairs = (string.Template(word).substitute(self._environ) for word in words)
        return dict(pair.split("=", 1) for pair in pairs)

    def stop(self) -> None:
        """Ask it to stop, and note what was wrong."""
        self._process.terminate()
        try:
            code = self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        said = self._log.read_text("utf-8").removeprefix(self._ready)
        if code or said:
            self.problem = f"exit code {code} after SIGTERM; it had said:\n{said}"


class Fleet:
    """All of them, and what clients are told."""

    def __init__(self, folder: Path) -> None:
        """Start them, side by side."""
        self.servers = [
            Server(folder, command, engine)
            for engine in ("echo", f"script:{_SCRIPT}")
            for command in (_GATEWAY, _EMULATOR)
        ]

    def variables(self) -> dict[str, str]:
        """Return what the programs of clients find in their environment.

        Raises:
            SystemExit: A server did not start.
        """
        gateway, emulator, scripted_gateway, scripted_emulator = (
            server.exports() for server in self.servers
        )
        return {
            **gateway,
            **emulator,
            "OUTCROP": str(OUTCROP),
            "SCRIPT": str(_SCRIPT),
            "SCRIPTED_GATEWAY": scripted_gateway["OPENAI_BASE_URL"],
            "SCRIPTED_EMULATOR": scripted_emulator["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
        }

    def stop(self) -> None:
        """Stop them all."""
        for server in self.servers:
            server.stop()


@contextmanager
def fleet() -> Iterator[Fleet]:
    """Run the servers while the block runs."""
    with tempfile.TemporaryDirectory(prefix="outcrop-clients-") as folder:
        started = Fleet(Path(folder))
        try:
            yield started
        finally:
            started.stop()
