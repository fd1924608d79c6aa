"""``outcrop emulate``: what it prints points any AWS client at it."""

import signal

import pytest

from tests.cli.running import Running, Terminal
from tests.gateway.stage import MODEL

EMULATE = ("emulate", "--port", "0")
SCRIPT = "rules: [{reply: {content: [{text: by the script}]}}]"


def exports_of(emulating: Running) -> dict[str, str]:
    """Read what is printed up to the last ``export``; return what it sets."""
    found: dict[str, str] = {}
    while "AWS_SECRET_ACCESS_KEY" not in found:
        words = emulating.line().strip().removeprefix("export ").split(" ")
        found |= dict(word.split("=", 1) for word in words if "=" in word)
    return found


def test_prints_how_to_reach_it(terminal: Terminal) -> None:
    """The lines are pasted into a shell, and a client with nothing else set gets its answer."""
    with terminal.running(*EMULATE, "--engine", "echo") as emulating:
        environ = exports_of(emulating)
        done = terminal.with_environ(environ).run("ask", "Hello", "-m", MODEL)
        emulating.signal(signal.SIGTERM)
        ended = emulating.finish()

    assert environ.keys() == {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        "AWS_ENDPOINT_URL_BEDROCK",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    }
    assert done == (0, "Hello\n", "")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("engine", [(), ("--engine", "script")], ids=["implied", "named"])
def test_script(terminal: Terminal, engine: tuple[str, ...]) -> None:
    (terminal.folder / "rules.yaml").write_text(SCRIPT)

    with terminal.running(*EMULATE, *engine, "--script", "rules.yaml") as emulating:
        done = terminal.with_environ(exports_of(emulating)).run("ask", "Hello", "-m", MODEL)

    assert done == (0, "by the script\n", "")


def test_wrong_key_is_refused(terminal: Terminal) -> None:
    with terminal.running(*EMULATE, "--engine", "echo") as emulating:
        environ = exports_of(emulating) | {"AWS_SECRET_ACCESS_KEY": "wrong"}
        done = terminal.with_environ(environ).run("ask", "Hello", "-m", MODEL)

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("outcrop: ")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--engine", "nobody"), 'There is no engine "nobody"'),
        (("--engine", "script"), "script:FILE"),
        (("--engine", "echo", "--script", "rules.yaml"), "--script goes with --engine script"),
        (("--script", "no-such-file"), "no-such-file"),
        (("--engine", "echo", "--credentials", "half"), "id:secret"),
    ],
)
def test_what_cannot_be_run(terminal: Terminal, arguments: tuple[str, ...], complaint: str) -> None:
    (terminal.folder / "rules.yaml").write_text(SCRIPT)

    done = terminal.run(*EMULATE, *arguments)

    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


def test_script_that_is_wrong(terminal: Terminal) -> None:
    """Whoever writes rules learns the line."""
    (terminal.folder / "rules.yaml").write_text("rules:\n  - reply: {content: []}\n    wrong: 1\n")

    done = terminal.run(*EMULATE, "--script", "rules.yaml")

    assert (done.code, done.out) == (2, "")
    assert "rules.yaml:3: " in done.err
