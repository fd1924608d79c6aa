"""``outcrop ask``: the answer on standard output as it arrives, all else beside it."""

import json
from collections.abc import AsyncGenerator

import pytest

from outcrop.emulator.engines.interface import Step
from outcrop.types.content import Text
from outcrop.types.events import (
    BlockEnded,
    MessageEnded,
    MessageStarted,
    ReasoningDelta,
    TextDelta,
)
from outcrop.types.requests import Request
from outcrop.types.responses import Stop
from tests.cli.running import Terminal
from tests.gateway.stage import MODEL, Gate, Stage, saying, scripted

ASK = ("ask", "-m", MODEL)


async def thinking(_request: Request) -> AsyncGenerator[Step, None]:
    yield MessageStarted()
    yield ReasoningDelta(index=0, text="Let me ")
    yield ReasoningDelta(index=0, text="think.")
    yield BlockEnded(index=0)
    yield TextDelta(index=1, text="Paris.")
    yield BlockEnded(index=1)
    yield MessageEnded(stop=Stop(kind="stop", raw="end_turn"))


def asked(stage: Stage) -> str:
    """Return what the model was asked last."""
    (block,) = stage.asked[-1].messages[-1].content
    assert isinstance(block, Text)
    return block.text


def test_answer(customer: Terminal) -> None:
    """In a pipe there is the answer, and nothing else anywhere."""
    done = customer.run(*ASK, "Hello,", "world")

    assert done == (0, "Hello, world\n", "")


@pytest.mark.parametrize(
    ("question", "piped", "expected"),
    [
        pytest.param((), b"from a pipe\n", "from a pipe", id="alone"),
        pytest.param(("Explain:",), b"from a pipe\n", "Explain:\nfrom a pipe", id="appended"),
        pytest.param(("Explain:",), b"  code\n    more\n", "Explain:\n  code\n    more", id="code"),
        pytest.param(("Explain:",), b"", "Explain:", id="empty-pipe"),
        pytest.param(("Explain:",), b"\r\n", "Explain:", id="blank-pipe"),
        pytest.param((), "naïve 日本 🙂".encode(), "naïve 日本 🙂", id="unicode"),
    ],
)
def test_pipe(
    customer: Terminal, stage: Stage, question: tuple[str, ...], piped: bytes, expected: str
) -> None:
    """What is piped in stands after the question, as it was written (CLI-01)."""
    done = customer.run(*ASK, *question, stdin=piped)

    assert done == (0, f"{expected}\n", "")
    assert asked(stage) == expected


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_pipe_is_unicode_whatever_the_locale(customer: Terminal, locale: str) -> None:
    done = customer.run(*ASK, stdin="日本".encode(), LANG=locale, PYTHONIOENCODING="utf-8")

    assert done == (0, "日本\n", "")


@pytest.mark.parametrize(
    ("question", "piped", "complaint"),
    [
        pytest.param((), b"", "Give a question, or pipe one in", id="nothing"),
        pytest.param(("",), b" \n", "Give a question, or pipe one in", id="blank"),
        pytest.param((), b"\xff\xfe", "standard input is not UTF-8 text", id="binary"),
        pytest.param((b"\xff",), b"", "the question is not UTF-8 text", id="argument"),
    ],
)
def test_no_question(
    customer: Terminal, question: tuple[str | bytes, ...], piped: bytes, complaint: str
) -> None:
    done = customer.run(*ASK, *question, stdin=piped)

    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


def test_options_reach_the_model(customer: Terminal, stage: Stage) -> None:
    done = customer.run(
        *ASK, "options", "--system", "Be brief.", "--max-tokens", "7", "--temperature", "0.5"
    )

    assert done.code == 0
    request = stage.asked[-1]
    assert request.model == MODEL
    assert request.system == (Text(text="Be brief."),)
    assert request.sampling.max_tokens == 7
    assert request.sampling.temperature == 0.5


def test_model_of_the_environment(customer: Terminal, stage: Stage) -> None:
    done = customer.run("ask", "whose model?", BEDROCK_MODEL=MODEL)

    assert done == (0, "whose model?\n", "")
    assert stage.asked[-1].model == MODEL


def test_model_that_nobody_chose(customer: Terminal, stage: Stage) -> None:
    """A default that costs money is named where a person sees it."""
    done = customer.run("ask", "any model")

    assert (done.code, done.out) == (0, "any model\n")
    assert done.err == f"model {stage.asked[-1].model} (default)\n"


def test_words_are_shown_as_they_come(customer: Terminal, stage: Stage) -> None:
    gate = Gate()
    stage.acts["word by word"] = saying("one", gate, " two")

    with customer.running(*ASK, "word by word") as asking:
        first = asking.read(3)
        gate.open()
        done = asking.finish()

    assert first == "one"
    assert done == (0, " two\n", "")


def test_answer_is_written_as_it_is(customer: Terminal, stage: Stage) -> None:
    """A file shall hold what the model said, to the last control code and line end."""
    stage.acts["colours"] = saying("\x1b[31mred\x1b[0m", "\n\n")

    done = customer.run(*ASK, "colours")

    assert done == (0, "\x1b[31mred\x1b[0m\n\n", "")


def test_reasoning_is_shown_beside(customer: Terminal, stage: Stage) -> None:
    stage.acts["think"] = thinking

    done = customer.run(*ASK, "think")

    assert done == (0, "Paris.\n", "Let me think.\n")


def test_reasoning_is_not_shown(customer: Terminal, stage: Stage) -> None:
    stage.acts["think"] = thinking

    done = customer.run(*ASK, "think", "--no-reasoning")

    assert done == (0, "Paris.\n", "")


def test_json(customer: Terminal, stage: Stage) -> None:
    stage.acts["as json"] = saying("one\ntwo")

    done = customer.run(*ASK, "as json", "--json")

    assert (done.code, done.err) == (0, "")
    assert done.out.count("\n") == 1
    answer = json.loads(done.out)
    assert answer["text"] == "one\ntwo"
    assert answer["finish_reason"] == "stop"
    assert answer["raw_stop_reason"] == "end_turn"
    assert answer["model"] == MODEL
    assert answer["region"] == "us-east-1"
    assert answer["usage"]["input_tokens"] == 7
    assert answer["usage"]["output_tokens"] == 5
    assert answer["cost_usd"] == pytest.approx(7 * 1.1e-6 + 5 * 5.5e-6)
    assert answer["served_by"] == "stage"
    assert len(answer["request_id"]) == 36


@pytest.mark.parametrize(("flags", "thought"), [((), "Let me think."), (("--no-reasoning",), None)])
def test_json_with_reasoning(
    customer: Terminal, stage: Stage, flags: tuple[str, ...], thought: str | None
) -> None:
    stage.acts["think"] = thinking

    done = customer.run(*ASK, "think", "--json", *flags)

    assert json.loads(done.out).get("reasoning") == thought


def test_what_was_changed_is_told(customer: Terminal, stage: Stage) -> None:
    """A finish that is none is told, for a short answer looks like a whole one."""
    stage.acts["cut short"] = scripted(
        "rules: [{reply: {content: [{text: one}], stopReason: max_tokens}}]"
    )

    done = customer.run(*ASK, "cut short")

    assert done == (0, "one\n", "ended by max_tokens\n")


def test_answer_that_breaks_off(customer: Terminal, stage: Stage) -> None:
    """What had come stays; the error begins a line of its own, and the exit code tells."""
    stage.acts["break off"] = scripted(
        "rules: [{reply: {content: [{text: one two three}]}, fault: {after: 3, cut: true}}]"
    )

    done = customer.run(*ASK, "break off")

    assert (done.code, done.out) == (1, "one two\n")
    assert done.err.startswith("outcrop: ")
    assert done.err.count("\n") <= 3


def test_unknown_model(customer: Terminal) -> None:
    done = customer.run("ask", "hi", "-m", "no.such-model")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("outcrop: ")
    assert "no.such-model" in done.err
    assert done.err.count("\n") <= 3
    assert "ValidationException" not in done.err


@pytest.mark.parametrize("place", ["before", "after"])
def test_debug(customer: Terminal, place: str) -> None:
    """AWS support wants the request id; most people do not (CLI-09)."""
    command = ("ask", "hi", "-m", "no.such-model")

    done = customer.run(*(("--debug", *command) if place == "before" else (*command, "--debug")))

    assert done.code == 1
    assert "ValidationException: The provided model identifier is invalid" in done.err
    assert "; request " in done.err
    assert done.err.count("\n") <= 3


def test_timeout(customer: Terminal, stage: Stage) -> None:
    gate = Gate()
    stage.acts["for ever"] = saying(gate)

    done = customer.run(*ASK, "for ever", "--timeout", "0.1")

    assert (done.code, done.out) == (1, "")
    assert "0.1" in done.err
    assert gate.left()


def test_engine_without_local(customer: Terminal) -> None:
    """An option that would be ignored is refused: its user expects something of it."""
    done = customer.run(*ASK, "hi", "--engine", "echo")

    assert (done.code, done.out) == (2, "")
    assert "--engine goes with --local" in done.err


def test_local(terminal: Terminal) -> None:
    """No account, no configuration, and a region all the same."""
    model = MODEL.replace("us.", "eu.")
    command = ("ask", "hi", "-m", model, "--local", "--engine", "echo", "--region", "eu-west-1")

    done = terminal.run(*command, "--json")

    answer = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert (answer["text"], answer["region"]) == ("hi", "eu-west-1")
    assert answer["served_by"] == "echo"


@pytest.mark.parametrize("engine", ["nobody", "script:/no/file", "script"])
def test_local_without_an_engine(terminal: Terminal, engine: str) -> None:
    done = terminal.run(*ASK, "hi", "--local", "--engine", engine)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("outcrop: ")
    assert done.err.count("\n") <= 3


def test_dotenv(customer: Terminal) -> None:
    """CONF-03: ``.env`` beside the command sets what the environment leaves open."""
    (customer.folder / ".env").write_text(f"BEDROCK_MODEL={MODEL}\nOUTCROP_TIMEOUT=60\n")

    assert customer.run("ask", "Hello") == (0, "Hello\n", "")


def test_dotenv_that_cannot_be_read(customer: Terminal) -> None:
    (customer.folder / ".env").write_bytes(b"BEDROCK_MODEL=\xff\n")

    done = customer.run("ask", "Hello")

    assert done.code == 2
    assert ".env cannot be read" in done.err
