"""What ``import outcrop`` gives: names that type checkers and the interpreter agree on."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import outcrop

STUB = Path(outcrop.__file__).with_suffix(".pyi")
DECLARED = {
    alias.asname: node.module
    for node in ast.parse(STUB.read_text("utf-8")).body
    if isinstance(node, ast.ImportFrom) and node.module
    for alias in node.names
    if alias.asname == alias.name
}
"""Each name of the stub, and the module it says the name is from."""


def test_stub_declares_what_there_is() -> None:
    """A name that only one of the two knows is an error for the reader of the other."""
    assert sorted(DECLARED) == sorted(vars(outcrop)["__all__"])
    assert len(DECLARED) > 20


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_name_is_what_the_stub_says(name: str) -> None:
    """Types are checked against the stub: it must speak of the same object."""
    told = getattr(importlib.import_module(DECLARED[name]), name)

    assert getattr(outcrop, name) is told


def test_names_are_listed() -> None:
    """Whoever explores in a shell sees them before they are loaded."""
    program = "import outcrop; print(sorted(set(outcrop.__all__) - set(dir(outcrop))))"

    assert _run(program) == "[]"


def test_star_import() -> None:
    program = "from outcrop import *; print(Client.__name__, chat.__name__)"

    assert _run(program) == "Client chat"


def test_name_that_is_none() -> None:
    with pytest.raises(AttributeError, match="module 'outcrop' has no attribute 'Cleint'"):
        outcrop.Cleint  # type: ignore[attr-defined]  # noqa: B018


def test_import_loads_nothing() -> None:
    """A program that only mentions outcrop pays for nothing: no loop, no TLS, no server, no SDK."""
    program = """
import sys
before = set(sys.modules)
import outcrop
heavy = {"asyncio", "boto3", "botocore", "click", "dataclasses", "httptools", "jsonschema",
         "msgspec", "socket", "ssl", "starlette", "uvicorn", "uvloop", "xllamacpp", "yaml"}
loaded = set(sys.modules) - before
print(sorted(heavy & loaded), sorted(name for name in loaded if name.startswith("outcrop")))
"""

    assert _run(program) == "[] ['outcrop']"


def test_blocking_client_loads_no_server_and_no_sdk() -> None:
    program = """
import sys
import outcrop
outcrop.Client
heavy = {"boto3", "botocore", "click", "jsonschema", "starlette", "uvicorn", "uvloop", "xllamacpp"}
rooms = ("outcrop.cli", "outcrop.emulator", "outcrop.gateway", "outcrop.transport.serving")
print(sorted(heavy & set(sys.modules)), [room for room in rooms if room in sys.modules])
"""

    assert _run(program) == "[] []"


def _run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    return done.stdout.strip()
