"""The command's entry: what it says, how it starts, how it ends."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from outcrop.emulator.engines.echo import EchoEngine
from outcrop.emulator.engines.interface import EngineUnavailable
from outcrop.emulator.engines.script import ScriptEngine
from outcrop.emulator.engines.select import make_engine
from outcrop.emulator.run import run_emulator, start_lines
from outcrop.errors import ConfigError

URL = "http://127.0.0.1:8099"
SLOW = """
rules:
  - reply: {content: [{text: one two three}]}
    delays: {chunk_s: 0.2}
"""
PROGRAM = """
import sys
from outcrop.emulator.run import run_emulator
run_emulator("127.0.0.1", 0, sys.argv[1], verify=False, say=lambda line: print(line, flush=True))
"""


def test_start_lines() -> None:
    """Everything that is needed to point an SDK at it."""
    lines = list(start_lines(URL, EchoEngine(), verify=True, default_keys=True, region=None))

    assert lines == [
        "Bedrock emulator at http://127.0.0.1:8099",
        "Engine echo: no model: answers are made from the request alone",
        "Signatures are verified",
        "Point any AWS SDK at it:",
        "  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:8099",
        "  export AWS_ENDPOINT_URL_BEDROCK=http://127.0.0.1:8099",
        "  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1",
        "  export AWS_ACCESS_KEY_ID=outcrop AWS_SECRET_ACCESS_KEY=outcrop",
    ]


def test_start_lines_keep_secrets() -> None:
    """Own keys are not printed; without verification any will do, but an SDK wants some."""
    own = list(start_lines(URL, EchoEngine(), verify=True, default_keys=False, region="eu-west-1"))
    none = list(start_lines(URL, EchoEngine(), verify=False, default_keys=False, region=None))

    assert own[-2:] == [
        "  export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1",
        "  and sign with a key pair that was given to it",
    ]
    assert none[2] == "Signatures are not verified"
    assert none[-1] == "  export AWS_ACCESS_KEY_ID=outcrop AWS_SECRET_ACCESS_KEY=outcrop"


def test_port_is_taken() -> None:
    """Said before anything is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigError, match=f"port {port}"):
            run_emulator("127.0.0.1", port, "echo", say=print)


@contextmanager
def started(engine: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the emulator as a program, and give its process and port."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, engine], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield process, line.rpartition(":")[2]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_drains(number: signal.Signals, tmp_path: Path) -> None:
    """An answer that runs comes to its end; then the program ends, with success."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(SLOW, "utf-8")
    body = b'{"messages":[{"role":"user","content":[{"text":"hi"}]}]}'
    path = b"/model/us.amazon.nova-lite-v1%3A0/converse-stream"
    head = b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (path, len(body))

    with (
        started(f"script:{rules}") as (process, port),
        socket.create_connection(("127.0.0.1", int(port))) as connection,
    ):
        connection.sendall(head + body)
        reply = connection.recv(65536)
        process.send_signal(number)
        while data := connection.recv(65536):
            reply += data
        code = process.wait(timeout=30)

    assert code == 0
    assert reply.count(b"contentBlockDelta") == 3
    assert b"metadata" in reply
    assert reply.endswith(b"\r\n0\r\n\r\n")


def test_engine_by_name(tmp_path: Path) -> None:
    """Every name leads to its engine."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(SLOW, "utf-8")

    assert isinstance(make_engine("echo", say=print), EchoEngine)
    assert isinstance(make_engine(f"script:{rules}", say=print), ScriptEngine)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("parrot", 'no engine "parrot"'),
        ("script", "needs a file"),
        ("script:", "needs a file"),
        ("script:/nowhere.yaml", "cannot be read"),
    ],
)
def test_no_such_engine(spec: str, words: str) -> None:
    """A wrong name says which there are."""
    with pytest.raises(ConfigError, match=words):
        make_engine(spec, say=print)


def test_auto_without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fallback is said aloud, with what to do."""

    def unavailable() -> None:
        raise EngineUnavailable("the weights are not here", "Run outcrop emulate pull")

    monkeypatch.setattr("outcrop.emulator.engines.smollm2.load", unavailable)
    said: list[str] = []

    engine = make_engine("auto", say=said.append)

    assert engine.name == "echo"
    (line,) = said
    assert line == (
        "NO MODEL: the weights are not here. Answering with the echo engine. "
        "Run outcrop emulate pull."
    )
    with pytest.raises(EngineUnavailable):
        make_engine("smollm2", say=said.append)
