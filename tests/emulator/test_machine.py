"""What is said to someone whose machine cannot run the model is what they need to do."""

import os
from pathlib import Path

import msgspec
import pytest

from outcrop.emulator.machine import Machine, _cpu_flags, obstacle, rest_while_waiting

ABLE = Machine(
    has_runtime=True,
    has_openmp=True,
    architecture="x86_64",
    cpu_flags=frozenset({"avx2", "f16c", "fma", "sse2"}),
)


@pytest.mark.parametrize(
    ("change", "reason", "remedy"),
    [
        pytest.param(
            {"has_runtime": False},
            "xllamacpp, which runs the model, is not installed",
            "run pip install 'outcrop[model]'",
            id="no-runtime",
        ),
        pytest.param(
            {"has_openmp": False},
            "libgomp.so.1 cannot be loaded",
            "apt-get install libgomp1 (Debian, Ubuntu) or dnf install libgomp (Fedora, Amazon "
            "Linux)",
            id="no-openmp",
        ),
        pytest.param(
            {"cpu_flags": frozenset({"f16c", "sse2"})},
            "this processor lacks AVX2, FMA, which the model's runtime is built for",
            "Run it on a processor of 2013 or later, or use the engine `echo`",
            id="old-processor",
        ),
    ],
)
def test_obstacle_names_what_to_do(change: dict[str, object], reason: str, remedy: str) -> None:
    found = obstacle(msgspec.structs.replace(ABLE, **change))

    assert found is not None
    assert (found.reason, found.remedy) == (reason, remedy)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="able"),
        pytest.param({"cpu_flags": None}, id="nobody-says-what-the-processor-can-do"),
        pytest.param({"architecture": "aarch64", "cpu_flags": frozenset({"asimd"})}, id="arm"),
    ],
)
def test_no_obstacle(change: dict[str, object]) -> None:
    assert obstacle(msgspec.structs.replace(ABLE, **change)) is None


def test_flags_are_read_from_the_first_processor(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu avx2 fma\n\nprocessor\t: 1\nflags\t: fpu\n")

    assert _cpu_flags(cpuinfo) == frozenset({"fpu", "avx2", "fma"})
    assert _cpu_flags(tmp_path / "absent") is None


def test_the_users_choice_of_waiting_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has a machine to himself may want the threads to spin."""
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")

    rest_while_waiting()

    assert os.environ["OMP_WAIT_POLICY"] == "active"
