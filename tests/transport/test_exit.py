"""Programs end as they should: status 0, nothing on stderr, whatever they left open.

Run on one CPU: there the order in which threads, loops and the interpreter itself wind up is the
least kind. A client of the field crashed at exit in a third of such runs.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.transport.servers import Peer, Server, serving

RUNS = 100
SOURCE = Path(__file__).parents[2] / "src"

START = """
import os, sys
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from outcrop.http import HttpRequest, Origin
origin = Origin("http", "127.0.0.1", int(sys.argv[1]))
def request(target):
    return HttpRequest(method="GET", origin=origin, target=target)
"""

BLOCKING = """
from outcrop.transport.blocking import Network
network = Network()
assert network.exchange(request("/whole")).body == b"ok"
stream = network.open(request("/stream"))
assert stream.read() == b"one"
{end}
"""

ASYNC = """
import asyncio{loop}
from outcrop.transport.asynchronous import AsyncNetwork
network = AsyncNetwork()
async def main():
    global stream
    assert (await network.exchange(request("/whole"))).body == b"ok"
    stream = await network.open(request("/stream"))
    assert await stream.read() == b"one"
    {end}
{run}(main())
"""

BLOCKING_ENDS = {
    "closed": "stream.close(); network.close()",
    "left": "pass",
    "stream-closed": "stream.close()",
    "threads": "import threading; threading.Thread(target=network.exchange, "
    "args=(request('/whole'),)).start()",
}
ASYNC_ENDS = {
    "closed": "stream.close(); await network.aclose()",
    "left": "pass",
    "stream-closed": "stream.close()",
    "task-left": "globals()['task'] = asyncio.ensure_future(stream.read()); await asyncio.sleep(0)",
}


def programs() -> dict[str, dict[str, str]]:
    """Return for each driver its programs, by how they end."""
    loops = {
        "asyncio": {"loop": "", "run": "asyncio.run"},
        "uvloop": {"loop": ", uvloop", "run": "uvloop.run"},
    }
    return {
        "blocking": {n: START + BLOCKING.format(end=end) for n, end in BLOCKING_ENDS.items()},
        **{
            name: {n: START + ASYNC.format(end=end, **loop) for n, end in ASYNC_ENDS.items()}
            for name, loop in loops.items()
        },
    }


def script(peer: Peer) -> None:
    while True:
        if b" /stream " in peer.read_request():
            peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
        else:
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


def run(program: str, server: Server, *flags: str) -> tuple[int, str]:
    """Run `program`, and return its status and what it said."""
    ended = subprocess.run(
        [sys.executable, *flags, "-c", program, str(server.port)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        text=True,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize("driver", programs())
def test_status_0_in_100_runs(driver: str) -> None:
    """Closed or not, with an open stream or a reading task left behind."""
    variants = list(programs()[driver].values())

    with serving(script) as server:
        ends = [run(variants[number % len(variants)], server) for number in range(RUNS)]

    assert [end for end in ends if end != (0, "")] == []


@pytest.mark.parametrize("end", ASYNC_ENDS)
@pytest.mark.parametrize("driver", ["asyncio", "uvloop"])
def test_no_warning_either(driver: str, end: str) -> None:
    """Development mode, which reports every socket and task left open, has nothing to report."""
    with serving(script) as server:
        status, said = run(programs()[driver][end], server, "-X", "dev", "-W", "error")

    assert (status, said) == (0, "")
