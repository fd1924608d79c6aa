"""An environment for each client, apart from ours and from each other, kept between runs.

Place in the house: tests only. An environment is made anew when its lock or the Python under it
changes; otherwise a run installs nothing. pip and npm are called as a user would call them, so the
user's own index, registry and proxy settings hold; everything is checked against locked hashes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOM = Path(__file__).parent
PROJECT = ROOM.parent.parent
ENVIRONMENTS = PROJECT / ".venv-clients"

_PATIENCE_S = 600.0
_AMBIENT = ("ANTHROPIC_", "AWS_", "BEDROCK_", "LANGCHAIN_", "LANGSMITH_", "LITELLM_", "OPENAI_")
_OURS = ("OUTCROP_", "PYTHON", "NODE_")
_PROXIES = {"ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
_KEPT = {"OUTCROP_CACHE_DIR"}


class Missing(Exception):  # noqa: N818 - nothing went wrong: something is not here
    """What a client needs cannot be had on this machine; the text says what and why."""


def clean_surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without accounts, settings and proxies of whoever runs the tests."""
    kept = {
        name: value
        for name, value in environ.items()
        if name in _KEPT or not (name.startswith(_AMBIENT + _OURS) or name.upper() in _PROXIES)
    }
    return {
        **kept,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        # Else it fetches its prices from the Internet each time.
        "LITELLM_LOCAL_MODEL_COST_MAP": "true",
        "PYTHONUTF8": "1",
    }


def python_environment(name: str) -> Path:
    """Return the folder of the environment that ``requirements/<name>.lock`` describes.

    Raises:
        Missing: pip could not install it.
    """
    lock = ROOM / "requirements" / f"{name}.lock"
    folder = ENVIRONMENTS / name
    stamp = Stamp(folder, lock.read_bytes(), sys.version.encode())
    if not (stamp.holds() and python_in(folder).exists()):
        say(f"installing {name}")
        # No pip inside: ours installs from outside, and a second is saved each time.
        venv.create(folder, clear=True, symlinks=True, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--python", str(python_in(folder)), "install"]
        options = ("--quiet", "--disable-pip-version-check", "--no-compile", "--no-input")
        install(
            [*pip, *options, "--require-hashes", "--requirement", str(lock)], f"pip, for {name}"
        )
        stamp.set()
    return folder


def python_in(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    return folder / "bin" / "python"


class Stamp:
    """Says whether a folder holds what certain contents describe."""

    def __init__(self, folder: Path, *contents: bytes) -> None:
        self._file = folder / "outcrop-installed"
        self._digest = hashlib.sha256(b"\0".join(contents)).hexdigest()

    def holds(self) -> bool:
        """Return whether the folder was made from these contents."""
        return self._file.is_file() and self._file.read_text("utf-8") == self._digest

    def set(self) -> None:
        """Note that it was."""
        self._file.write_text(self._digest, "utf-8")


def install(command: Sequence[str], what: str, *, folder: Path | None = None) -> None:
    """Run an installer.

    Raises:
        Missing: It failed; the text is the last thing it said.
    """
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"{what} did not come to an end in {_PATIENCE_S:.0f} s") from None
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if "error" in line.lower()]
        raise Missing(f"{what}: {' / '.join(said[-2:]) or done.stdout[-300:].strip()}")


def debian_package(name: str) -> str:
    """Return the path of a program, installed with apt-get where that is possible.

    Raises:
        Missing: It is not here and cannot be had.
    """
    if (found := shutil.which(name)) is None:
        apt = shutil.which("apt-get")
        if apt is None or os.geteuid() != 0:
            raise Missing(f"{name} is not installed, and only root can install it with apt-get")
        say(f"installing {name} with apt-get")
        install([apt, "update", "--quiet"], "apt-get update")
        install([apt, "install", "--quiet", "--yes", "--no-install-recommends", name], "apt-get")
        found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not there, although apt-get installed it")
    return found


def say(line: str) -> None:
    """Tell the user what is being waited for."""
    print(f"clients: {line}", file=sys.stderr, flush=True)
