"""``python -m tests.clients [NAME ...]``: foreign clients against gateway and emulator.

Place in the house: tests only. Brings the environment of every client to its lock, starts the
servers as a user would, runs the clients, and says of each what was checked.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from tests.absence import everything_required
from tests.clients.environments import Missing, clean_surroundings
from tests.clients.roster import CLIENTS, Client, Runtime, prepare
from tests.clients.running import Check, Outcome, run_client
from tests.clients.servers import Fleet, fleet

_AT_ONCE = 2


def main(names: Sequence[str]) -> int:
    """Run the clients of these names, or all; return the exit code."""
    chosen = [each for each in CLIENTS if not names or each.name in names]
    outcomes = []
    with ThreadPoolExecutor(_AT_ONCE) as pool, fleet() as servers:
        for outcome in _run_all(chosen, servers.variables(), pool):
            _tell(outcome)
            outcomes.append(outcome)
    outcomes.append(_of_servers(servers))
    _tell(outcomes[-1])
    return _sum_up(outcomes)


def _run_all(
    chosen: Sequence[Client], servers: Mapping[str, str], pool: ThreadPoolExecutor
) -> Iterator[Outcome]:
    """Prepare and run, several at once; yield in the order of the roster."""
    environ = {**clean_surroundings(os.environ), **servers}
    kinds = dict.fromkeys(each.environment for each in chosen)
    runtimes = {kind: pool.submit(prepare, kind) for kind in kinds}
    running = [pool.submit(_run, each, runtimes[each.environment], environ) for each in chosen]
    return (future.result() for future in running)


def _run(client: Client, runtime: Future[Runtime], environ: Mapping[str, str]) -> Outcome:
    try:
        command = runtime.result().command_for(client.program)
    except Missing as missing:
        return Outcome(title=client.name, missing=str(missing))
    outcome = run_client(client.name, command, environ)
    return msgspec.structs.replace(outcome, title=f"{outcome.title}, {client.against}")


def _of_servers(servers: Fleet) -> Outcome:
    checks = tuple(Check(server.name, problem=server.problem) for server in servers.servers)
    return Outcome(title="our servers have nothing to complain of and stop", checks=checks)


def _tell(outcome: Outcome) -> None:
    print(outcome.line, flush=True)
    for check in outcome.failed:
        _show(f"{check.name} failed", check.problem)
    if outcome.failed and outcome.output:
        _show("its output", outcome.output)


def _show(title: str, text: str) -> None:
    print(f"      {title}:", *text.splitlines(), sep="\n        ", flush=True)


def _sum_up(outcomes: Sequence[Outcome]) -> int:
    passed = sum(len(outcome.passed) for outcome in outcomes)
    failed = sum(len(outcome.failed) for outcome in outcomes)
    missing = sum(bool(outcome.missing) for outcome in outcomes)
    if missing and everything_required():
        print("what is missing counts as failed: OUTCROP_REQUIRE_ALL is set")
        failed, missing = failed + missing, 0
    print(f"{passed} passed, {failed} failed" + (f", {missing} not run" if missing else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    _parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    _parser.add_argument("name", nargs="*", help="the clients to run; none: all")
    _names = _parser.parse_args().name
    if _unknown := set(_names) - {each.name for each in CLIENTS}:
        _parser.error(f"no such client: {', '.join(sorted(_unknown))}")
    sys.exit(main(_names))
