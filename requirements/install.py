"""Install a lock and this project into the project's virtual environment, or see that it is done.

    python3 requirements/install.py .venv run|dev|lock

Runs on the standard library alone, for `make` calls it before anything is installed. pip does the
work, so the user's own index, proxy and certificate settings hold; every download is checked
against the hashes in the lock. What was installed is noted inside the environment, by content: a
second run starts nothing. An environment that was moved, or whose Python is gone, is built anew.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
EDITABLE = ("--editable", str(PROJECT), "--no-deps", "--no-build-isolation")


def main(folder: str, lock: str) -> None:
    """Bring the environment in `folder` to what ``requirements/<lock>.lock`` says.

    Raises:
        SystemExit: Python is too old, or it or pip failed; says what to do.
    """
    if sys.version_info < OLDEST:
        have = ".".join(map(str, sys.version_info[:3]))
        raise SystemExit(
            f"outcrop needs Python 3.11 or newer; {sys.executable} is {have}. "
            "Name another one, for example: make PYTHON=python3.12"
        )
    venv = Path(folder).resolve()
    locked = PROJECT / "requirements" / f"{lock}.lock"
    if not _healthy(venv):
        _create(venv)
    _once(venv, lock, locked, "--require-hashes", "--requirement", str(locked))
    if lock != "lock":
        _once(venv, "project", PROJECT / "pyproject.toml", *EDITABLE)


def _healthy(venv: Path) -> bool:
    # Scripts name the place of their environment: in one that was moved they do not start.
    pip = venv / "bin" / "pip"
    if not pip.is_file() or str(venv).encode() not in pip.read_bytes():
        return False
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.run([_python(venv), "-ISc", check], check=False).returncode == 0
    except OSError:
        return False


def _create(venv: Path) -> None:
    _say(f"creating {venv.name} with Python {sys.version.split()[0]}")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if made.returncode:
        print(made.stdout.decode(errors="replace"), file=sys.stderr)
        raise SystemExit(
            f"{sys.executable} cannot create a virtual environment. "
            "On Debian and Ubuntu: apt-get install python3-venv"
        )


def _once(venv: Path, name: str, source: Path, *arguments: str) -> None:
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    note = venv / f"outcrop-{name}-installed"
    if note.is_file() and note.read_text("utf-8") == digest:
        return
    _say(f"installing {name}")
    pip = [_python(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, *arguments], check=False).returncode:
        raise SystemExit(f"installing {name} failed: pip says above why")
    note.write_text(digest, "utf-8")


def _python(venv: Path) -> str:
    return str(venv / "bin" / "python")


def _say(line: str) -> None:
    print(f"outcrop: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
