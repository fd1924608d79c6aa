"""``outcrop demo``: the whole road, shown once, with nothing left behind."""

import re
import socket

import pytest

from tests.cli.running import Terminal


def test_demo(terminal: Terminal) -> None:
    done = terminal.run("demo", "--engine", "echo", "What", "is", "this?")

    assert (done.code, done.err) == (0, "")
    assert "\n> What is this?\n\nWhat is this?\n\n" in done.out
    assert re.search(
        r"^4 tokens in, 4 out · .*first token after \d+\.\d\d s$", done.out, re.MULTILINE
    )
    assert "\nBedrock would charge $0.000026 (not billed)\n" in done.out
    assert "answered by the local engine echo" in done.out
    assert "export OPENAI_BASE_URL=http://127.0.0.1:8080/v1" in done.out


def test_nothing_is_left_running(terminal: Terminal) -> None:
    done = terminal.run("demo", "--engine", "echo")

    found = re.search(r"http://127\.0\.0\.1:(\d+)/v1", done.out)
    assert found is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(found[1])))


def test_account_of_the_user_is_not_touched(terminal: Terminal) -> None:
    """Whoever has AWS set up must not pay for a demonstration, nor have it fail by a proxy."""
    environ = {
        "AWS_ACCESS_KEY_ID": "theirs",
        "AWS_SECRET_ACCESS_KEY": "theirs",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:9",
        "BEDROCK_BASE_URL": "http://127.0.0.1:9",
        "AWS_REGION": "eu-west-1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "OUTCROP_MASTER_KEY": "theirs",
        "OUTCROP_TIMEOUT": "none that can be read",
    }

    done = terminal.with_environ(environ).run("demo", "--engine", "echo")

    assert (done.code, done.err) == (0, "")


def test_failure_is_told(terminal: Terminal) -> None:
    (terminal.folder / "rules.yaml").write_text(
        "rules: [{error: {status: 400, name: ValidationException, message: Not today}}]"
    )

    done = terminal.run("demo", "--engine", "script:rules.yaml")

    assert done.code == 1
    assert "Not today" in done.err
    assert done.err.count("\n") <= 3


def test_stream_that_breaks_is_told(terminal: Terminal) -> None:
    (terminal.folder / "rules.yaml").write_text(
        "rules: [{reply: {content: [{text: one two three}]}, fault: {after: 3, cut: true}}]"
    )

    done = terminal.run("demo", "--engine", "script:rules.yaml")

    assert done.code == 1
    assert "\none two\n" in done.out
    assert done.err.startswith("outcrop: ")
