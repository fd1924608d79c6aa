"""Puts a server under load with wrk, and reads what it did."""

import re
import subprocess
from pathlib import Path

import msgspec

_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_COUNT = re.compile(r"(\d+) requests in")
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: ([^\n]+)")


class Load(msgspec.Struct, frozen=True):
    """What a run of wrk did."""

    requests: int
    per_second: float


def run_load(
    folder: Path, url: str, body: bytes, *, core: int, connections: int, seconds: int
) -> Load:
    """POST `body` to `url` over and over.

    Raises:
        RuntimeError: Some requests failed.
    """
    (folder / "body.json").write_bytes(body)
    script = folder / "post.lua"
    script.write_text(
        f"""
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = io.open("{folder}/body.json"):read("*a")
"""
    )
    done = subprocess.run(
        [
            *("taskset", "-c", str(core)),
            *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    failed = _FAILED.search(done.stdout)
    rate, count = _RATE.search(done.stdout), _COUNT.search(done.stdout)
    if failed or not rate or not count:
        raise RuntimeError(f"wrk failed at {url}:\n{done.stdout}{done.stderr}")
    return Load(int(count[1]), float(rate[1]))
