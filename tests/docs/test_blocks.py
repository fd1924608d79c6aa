"""Every block of README and docs runs: what a reader copies works."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from outcrop.client import AsyncClient
from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.gateway.app import Gateway
from outcrop.gateway.settings import GatewaySettings
from tests.servers import serving

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)

RUN_BY_THE_PIPELINE = ("make demo", "make test")
SERVERS = ("outcrop serve", "outcrop emulate")
"""Commands that answer until they are stopped."""


class Block(msgspec.Struct, frozen=True):
    """One fenced block of one page."""

    page: str
    number: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"


def _blocks(language: str) -> list[Block]:
    return [
        Block(page.relative_to(PROJECT).as_posix(), number, language, match["text"])
        for page in PAGES
        for number, match in enumerate(BLOCK.finditer(page.read_text()), 1)
        if match["language"] == language
    ]


def _commands() -> list[str]:
    lines = [line for block in _blocks("console") for line in block.text.splitlines()]
    commands = [line[2:].partition("  #")[0].strip() for line in lines if line.startswith("$ ")]
    return sorted(set(commands) - set(RUN_BY_THE_PIPELINE))


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with serving(create_app(EchoEngine())) as url:
        yield url


@pytest.fixture(scope="module")
def gateway(emulator: str) -> Iterator[str]:
    client = AsyncClient(base_url=emulator, api_key="any", environ={})
    with serving(Gateway(client, GatewaySettings(), clock=time.time)) as url:
        yield url


@pytest.fixture
def environ(emulator: str) -> dict[str, str]:
    """What a reader with credentials has in the environment, pointed at the emulator."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": emulator,
        "AWS_ENDPOINT_URL_BEDROCK": emulator,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "outcrop",
        "AWS_SECRET_ACCESS_KEY": "outcrop",
    }


@pytest.mark.parametrize("block", _blocks("python"), ids=str)
def test_python(block: Block, emulator: str, gateway: str, environ: dict[str, str]) -> None:
    text = block.text.replace("http://127.0.0.1:8080", gateway)
    text = text.replace("http://127.0.0.1:8099", emulator)

    done = subprocess.run(
        [sys.executable, "-c", text],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("command", _commands())
def test_command(command: str, environ: dict[str, str], tmp_path: Path) -> None:
    if command.startswith(SERVERS):
        command = f"exec {command} --port 0"
    if " --local" in command or "emulate" in command:
        command += " --engine echo"
    shell = shutil.which("bash") or "bash"

    with subprocess.Popen(
        [shell, "-c", command], env=environ, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        if command.startswith("exec"):
            process.terminate()
        process.stdout.read()

    assert first.strip()
    assert process.returncode == 0


def test_there_are_blocks() -> None:
    """A pattern that matches nothing would pass everything."""
    assert len(_blocks("python")) >= 8
    assert len(_commands()) >= 5
