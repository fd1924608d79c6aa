"""``python -m bench``: the gateway beside nginx forwarding the same bytes, in one run."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import msgspec

from bench.load import run_load
from bench.processes import cpu_seconds, free_port, memory_mb, pinned, wait_for
from bench.stub import DELTAS, question, write_config

SERVER_CORE = 0
LOAD_CORE = 1


class Row(msgspec.Struct, frozen=True):
    """One server under one load."""

    per_second: float
    cpu_us: float
    """CPU of the server for one request, microseconds."""


def measure(
    folder: Path, url: str, body: bytes, pid: int, *, connections: int, seconds: int
) -> Row:
    """Put one server under load, once it is warm."""
    run_load(folder, url, body, core=LOAD_CORE, connections=connections, seconds=1)
    rows = []
    for _ in range(3):
        before = cpu_seconds(pid)
        load = run_load(folder, url, body, core=LOAD_CORE, connections=connections, seconds=seconds)
        used = cpu_seconds(pid) - before
        rows.append(Row(load.per_second, used / load.requests * 1e6))
    return Row(median(row.per_second for row in rows), median(row.cpu_us for row in rows))


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="length of each of three rounds")
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    missing = [tool for tool in ("nginx", "wrk", "taskset") if shutil.which(tool) is None]
    if missing or (os.cpu_count() or 1) <= LOAD_CORE:
        print(f"make bench needs two cores and: {', '.join(missing) or 'nothing else'}")
        return 1
    with tempfile.TemporaryDirectory(prefix="outcrop-bench-") as name:
        run(Path(name), options.seconds, options.connections)
    return 0


def run(folder: Path, seconds: int, connections: int) -> None:
    """Start stub, nginx and gateway in turn, and print what they take."""
    folder.chmod(0o755)
    stub_port, proxy_port, gateway_port = free_port(), free_port(), free_port()
    stub, proxy = write_config(folder, stub_port=stub_port, proxy_port=proxy_port)
    whole, streamed = question(stream=False), question(stream=True)
    converse = f"http://127.0.0.1:{proxy_port}/model/m/converse"
    chat = f"http://127.0.0.1:{gateway_port}/v1/chat/completions"
    load = {"connections": connections, "seconds": seconds}
    with pinned(["nginx", "-c", str(stub)], LOAD_CORE):
        wait_for(stub_port)
        with pinned(["nginx", "-c", str(proxy)], SERVER_CORE) as pid:
            wait_for(proxy_port)
            floor = measure(folder, converse, whole, pid, **load)
            floor_stream = measure(folder, f"{converse}-stream", streamed, pid, **load)
        with pinned(
            [sys.executable, "-m", "bench.gateway", str(gateway_port)],
            SERVER_CORE,
            environ=_environ(stub_port),
        ) as pid:
            wait_for(gateway_port)
            idle = memory_mb(pid)
            gateway = measure(folder, chat, whole, pid, **load)
            gateway_stream = measure(folder, chat, streamed, pid, **load)
            after = memory_mb(pid)
    report(floor, gateway, floor_stream, gateway_stream)
    print(f"\nmemory of the gateway (PSS): {idle:.0f} MB idle, {after:.0f} MB after the load")


def _environ(stub_port: int) -> dict[str, str]:
    return {
        **os.environ,
        "BEDROCK_BASE_URL": f"http://127.0.0.1:{stub_port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    }


def report(floor: Row, gateway: Row, floor_stream: Row, gateway_stream: Row) -> None:
    """Print the table."""
    rows = (
        ("requests/s, 1 KB", floor.per_second, gateway.per_second),
        ("CPU µs per request, 1 KB", floor.cpu_us, gateway.cpu_us),
        ("streams/s, burst", floor_stream.per_second, gateway_stream.per_second),
        (
            f"CPU µs per streamed event, burst of {DELTAS}",
            floor_stream.cpu_us / DELTAS,
            gateway_stream.cpu_us / DELTAS,
        ),
    )
    print(f"{'one core':<40} {'nginx':>10} {'outcrop':>10} {'ratio':>8}")
    for title, nginx, ours in rows:
        print(f"{title:<40} {nginx:>10,.1f} {ours:>10,.1f} {ours / nginx:>8.2f}")


if __name__ == "__main__":
    sys.exit(main())
