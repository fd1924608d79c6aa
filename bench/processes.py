"""Starts what is measured and what measures, each on its own core, and reads what they used."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 20.0


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def pinned(
    command: Sequence[str], core: int, *, environ: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run a program on one core while the block runs; yields its process id."""
    process = subprocess.Popen(
        [shutil.which("taskset") or "taskset", "-c", str(core), *command],
        env=dict(environ) if environ is not None else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def wait_for(port: int) -> None:
    """Wait until somebody listens at `port`."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and its children have used so far."""
    pids = [pid, *_children(pid)]
    return sum(_cpu_seconds(each) for each in pids)


def memory_mb(pid: int) -> float:
    """Return the proportional share of memory of a process, in MB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S
