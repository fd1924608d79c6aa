"""Whether this machine can run the local model.

Place in the house: emulator. Looks at the machine once and keeps what it saw as a value, so that
the judgement is a pure function of it.

The runtime's wheels are built for x86-64 with AVX2, FMA and F16C: a processor without them ends the
process, so this is asked before it is loaded. On Linux they also link the system's libgomp, which
slim container images leave out.

Source: measured on xllamacpp 2026.10.11549.
"""

import ctypes
import os
import platform
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

import msgspec

from outcrop.emulator.engines.interface import EngineUnavailable

RUNTIME: Final = "xllamacpp"
OPENMP: Final = "libgomp.so.1"
NEEDED_FLAGS: Final = frozenset({"avx2", "f16c", "fma"})
X86_64: Final = frozenset({"amd64", "x86_64"})


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What matters of this machine."""

    has_runtime: bool
    """Whether xllamacpp is installed."""
    has_openmp: bool
    """Whether libgomp can be loaded, where it is needed."""
    architecture: str
    """As `platform.machine` says it."""
    cpu_flags: frozenset[str] | None
    """What the processor can do, in Linux' words; None where nobody says."""

    @classmethod
    def inspect(cls) -> Self:
        """Look at the machine that this process runs on."""
        on_linux = sys.platform == "linux"
        return cls(
            has_runtime=find_spec(RUNTIME) is not None,
            has_openmp=not on_linux or _loads(OPENMP),
            architecture=platform.machine(),
            cpu_flags=_cpu_flags(Path("/proc/cpuinfo")) if on_linux else None,
        )


def rest_while_waiting() -> None:
    """Let OpenMP's threads sleep while they wait, before it is loaded into this process.

    They spin otherwise, and two of them on a busy machine of two cores take turns in spinning: 1
    token per second was measured instead of 80. libgomp reads the variable once, when it is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def obstacle(machine: Machine) -> EngineUnavailable | None:
    """Return what keeps the runtime from being loaded, and what to do; None when nothing does."""
    return next(_obstacles(machine), None)


def _obstacles(machine: Machine) -> Iterator[EngineUnavailable]:
    missing = NEEDED_FLAGS - (NEEDED_FLAGS if machine.cpu_flags is None else machine.cpu_flags)
    if missing and machine.architecture.lower() in X86_64:
        yield EngineUnavailable(
            f"this processor lacks {', '.join(sorted(missing)).upper()}, which the model's "
            "runtime is built for",
            "Run it on a processor of 2013 or later, or use the engine `echo`",
        )
    if not machine.has_runtime:
        yield EngineUnavailable(
            f"{RUNTIME}, which runs the model, is not installed", "run pip install 'outcrop[model]'"
        )
    if not machine.has_openmp:
        yield EngineUnavailable(
            f"{OPENMP} cannot be loaded",
            "apt-get install libgomp1 (Debian, Ubuntu) or dnf install libgomp (Fedora, Amazon "
            "Linux)",
        )


def _loads(library: str) -> bool:
    rest_while_waiting()
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _cpu_flags(cpuinfo: Path) -> frozenset[str] | None:
    try:
        text = cpuinfo.read_text("utf-8", "replace")
    except OSError:
        return None
    lines = (line.partition(":") for line in text.splitlines())
    return next(
        (frozenset(value.split()) for key, _, value in lines if key.strip() == "flags"), None
    )
