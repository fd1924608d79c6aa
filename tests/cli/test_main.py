"""The entry point: exit codes, help that is quick, pipes that close."""

import signal

import pytest

import outcrop
from tests.cli.running import Terminal
from tests.gateway.stage import MODEL, Gate, Stage, saying

COMMANDS = ("ask", "demo", "emulate", "models", "serve")

_LOADED = """
import sys
from outcrop.cli.main import root
root.main(sys.argv[1:], standalone_mode=False)
heavy = ("asyncio", "httptools", "jsonschema", "msgspec", "ssl", "starlette", "uvicorn", "uvloop",
         "xllamacpp", "yaml", "outcrop.client", "outcrop.emulator", "outcrop.gateway",
         "outcrop.models", "outcrop.transport", "outcrop.types")
print("LOADED", [name for name in heavy if name in sys.modules])
"""


def test_version(terminal: Terminal) -> None:
    done = terminal.run("--version")

    assert done == (0, f"outcrop, version {outcrop.__version__}\n", "")


def test_help_names_every_command(terminal: Terminal) -> None:
    done = terminal.run("--help")

    assert (done.code, done.err) == (0, "")
    assert all(f"\n  {name} " in done.out for name in COMMANDS)


@pytest.mark.parametrize(
    "command", [(), *((name,) for name in COMMANDS), ("emulate", "pull")], ids=" ".join
)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_is_quick(terminal: Terminal, command: tuple[str, ...], flag: str) -> None:
    """Help is read in the middle of typing: it loads no client, no server and no loop."""
    done = terminal.run_python(_LOADED, *command, flag)

    assert done.code == 0, done.err
    assert done.out.startswith("Usage: ")
    assert done.out.endswith("LOADED []\n")


@pytest.mark.parametrize(
    "arguments", [("nothing",), ("ask", "--nothing"), ("serve", "--port", "x")]
)
def test_usage(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    done = terminal.run(*arguments)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: outcrop")


def test_failure_of_the_world(terminal: Terminal) -> None:
    """No credentials: nothing on standard output, what to do on standard error."""
    done = terminal.run("ask", "hi", "-m", MODEL)

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("outcrop: No AWS credentials.")
    assert "AWS_BEARER_TOKEN_BEDROCK" in done.err
    assert done.err.count("\n") <= 3


def test_setting_that_cannot_be_read(terminal: Terminal) -> None:
    done = terminal.run("ask", "hi", "-m", MODEL, OUTCROP_TIMEOUT="soon")

    assert (done.code, done.out) == (2, "")
    assert "OUTCROP_TIMEOUT" in done.err


def test_interrupted(customer: Terminal, stage: Stage) -> None:
    """Ctrl+C keeps what was said, stops the model and tells the shell."""
    gate = Gate()
    stage.acts["interrupt me"] = saying("one", gate, " two")

    with customer.running("ask", "interrupt me", "-m", MODEL) as asking:
        said = asking.read(3)
        assert gate.reached()
        asking.signal(signal.SIGINT)
        done = asking.finish()

    assert said + done.out == "one\n"
    assert done.err.strip() == ""
    assert done.code == 130
    assert gate.left()


def test_interrupted_with_an_emulator_of_its_own(terminal: Terminal) -> None:
    """The emulator is in the same process, and ends with it."""
    (terminal.folder / "slow.yaml").write_text(
        """
        rules:
          - delays: {chunk_s: 0.2}
            reply: {content: [{text: "one two three four five six seven eight nine ten"}]}
        """
    )
    command = ("ask", "hi", "-m", MODEL, "--local", "--engine", "script:slow.yaml")

    with terminal.running(*command) as asking:
        said = asking.read(3)
        asking.signal(signal.SIGINT)
        done = asking.finish()

    assert said == "one"
    assert "ten" not in done.out
    assert done.err.strip() == ""
    assert done.code == 130


@pytest.mark.parametrize("command", [("models",), ("ask", "a long answer", "-m", MODEL)])
def test_reader_that_has_seen_enough(
    customer: Terminal, stage: Stage, command: tuple[str, ...]
) -> None:
    """``| head`` closes the pipe; that is no error to report."""
    stage.acts["a long answer"] = saying(*["word " * 20_000] * 20)

    with customer.running(*command) as writing:
        writing.close_output()
        done = writing.finish()

    assert done.err == ""
    assert done.code == 1


@pytest.mark.parametrize("missing", ["uvicorn", "yaml"])
@pytest.mark.parametrize("command", ["serve --local", "demo", "ask hi --local", "emulate"])
def test_missing_extra(terminal: Terminal, command: str, missing: str) -> None:
    """The bare library has every command; what one of them lacks is said in one line."""
    program = (
        f"import sys; sys.modules[{missing!r}] = None; from outcrop.cli.main import main; main()"
    )

    done = terminal.run_python(program, *command.split())

    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "pip install 'outcrop[" in done.err
