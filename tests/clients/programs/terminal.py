"""A terminal of 80 columns, and a person before it.

Place in the house: tests only. The commands run in a real pseudo-terminal; what is checked is the
screen that a terminal makes of their output.
"""

import os
import re

import pexpect
import pyte

from tests.clients.programs.checks import MODEL, run, same

OUTCROP = os.environ["OUTCROP"]
ECHO = ("--local", "--engine", "echo", "--model", MODEL)
SCRIPT = ("--local", "--engine", f"script:{os.environ['SCRIPT']}", "--model", MODEL)
LINES, COLUMNS = 24, 80
PATIENCE_S = 30
DIM = "\x1b[2m"


class Terminal:
    """A screen, and a command that writes on it."""

    def __init__(self, *arguments: str) -> None:
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        self.raw = ""
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.Stream(self._screen)
        self._process = pexpect.spawn(
            OUTCROP,
            list(arguments),
            dimensions=(LINES, COLUMNS),
            env=environ,
            encoding="utf-8",
            timeout=PATIENCE_S,
        )

    def wait_for(self, text: str) -> None:
        """Read until `text` was written."""
        self._process.expect_exact(text)
        self._show(self._process.before + self._process.after)

    def press_control_c(self) -> None:
        """Interrupt the command as a person does."""
        self._process.sendintr()

    def finish(self) -> int:
        """Read to the end; return the exit code."""
        self._process.expect(pexpect.EOF)
        self._show(self._process.before)
        self._process.close()
        if self._process.signalstatus is not None:
            return 128 + int(self._process.signalstatus)
        return int(self._process.exitstatus)

    @property
    def is_running(self) -> bool:
        """Whether the command has not ended yet."""
        return bool(self._process.isalive())

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without empty lines at its end."""
        shown = [line.rstrip() for line in self._screen.display]
        while shown and not shown[-1]:
            shown.pop()
        return shown

    def _show(self, text: str) -> None:
        self.raw += text
        self._stream.feed(text)


def an_answer_and_a_dim_summary() -> None:
    terminal = Terminal("ask", *ECHO, "How far is the moon?")

    code = terminal.finish()

    summary = "6 in, 6 out · $0.000040 (not billed) · answered by the local engine echo"
    same(code, 0)
    same(terminal.lines, ["How far is the moon?", summary])
    assert f"{DIM}{summary}" in terminal.raw, "the summary is not dim"
    assert f"{DIM}How" not in terminal.raw, "the answer is dim"


def thoughts_are_dim() -> None:
    terminal = Terminal("ask", *SCRIPT, "weather and time")

    code = terminal.finish()

    same(code, 0)
    same(
        terminal.lines,
        [
            "Two tools will do.",
            "Let me look.",
            '[get_weather {"city":"Paris"}]',
            '[get_time {"zone":"Europe/Paris"}]',
            "20 in, 30 out · $0.000187 (not billed) · answered by the local engine script",
        ],
    )
    same((f"{DIM}Two" in terminal.raw, f"{DIM}Let" in terminal.raw), (True, False))


def words_come_one_by_one() -> None:
    terminal = Terminal("ask", *SCRIPT, "slowly")

    terminal.wait_for("one")
    early = terminal.lines
    still_running = terminal.is_running
    code = terminal.finish()

    same((early, still_running), (["one"], True))
    same((terminal.lines[0], code), ("one two three four five six seven eight nine ten", 0))


def control_c_keeps_what_came() -> None:
    terminal = Terminal("ask", *SCRIPT, "slowly")

    terminal.wait_for("three")
    terminal.press_control_c()
    code = terminal.finish()

    same(code, 130)
    # A slow machine may hear the key one word later; the answer has ten.
    (line,) = terminal.lines
    assert re.fullmatch(r"one two three( \w+){0,6}\^C", line), line


def demo() -> None:
    terminal = Terminal("demo", "--engine", "echo", "How far is the moon?")

    code = terminal.finish()

    steady = [re.sub(r":\d{4,}|\d+ tokens/s|[\d.]+ s$", "…", line) for line in terminal.lines]
    same(code, 0)
    same(
        steady,
        [
            "gateway  http://127.0.0.1…/v1  (OpenAI API) over the local Bedrock emulator",
            f"model    {MODEL}",
            "",
            "> How far is the moon?",
            "",
            "How far is the moon?",
            "",
            "6 tokens in, 6 out · … · first token after …",
            "Bedrock would charge $0.000040 (not billed)",
            "answered by the local engine echo",
            "",
            "Point any OpenAI client at it:",
            "",
            "  outcrop serve --local",
            "  export OPENAI_BASE_URL=http://127.0.0.1…/v1 OPENAI_API_KEY=any",
            "",
            "With AWS credentials, `outcrop serve` answers from Amazon Bedrock the same way.",
        ],
    )


def errors_are_short() -> None:
    busy = Terminal("ask", *SCRIPT, "busy")
    broken = Terminal("ask", *SCRIPT, "break off")
    empty = Terminal("ask", *ECHO)

    same((busy.finish(), broken.finish(), empty.finish()), (1, 1, 2))
    same(broken.lines[0], "One two")
    for line in (busy.lines[0], broken.lines[1]):
        assert line.startswith("outcrop: "), line
    assert "Slow down." in " ".join(busy.lines), busy.lines
    assert "The model broke off." in " ".join(broken.lines), broken.lines
    same([len(each.lines) <= 3 for each in (busy, broken)], [True, True])
    same(empty.lines[-1], "Error: ask what? Give a question, or pipe one in")


def control_c_stops_the_gateway() -> None:
    terminal = Terminal("serve", "--local", "--engine", "echo", "--port", "0")

    terminal.wait_for("OPENAI_API_KEY=any")
    terminal.press_control_c()
    code = terminal.finish()

    steady = [re.sub(r":\d{4,}", "…", line) for line in terminal.lines]
    same(code, 0)
    same(
        steady,
        [
            "outcrop gateway at http://127.0.0.1…, over the emulator on this machine",
            "  export OPENAI_BASE_URL=http://127.0.0.1…/v1 OPENAI_API_KEY=any",
            "^C",
        ],
    )


if __name__ == "__main__":
    run(
        "",
        an_answer_and_a_dim_summary,
        thoughts_are_dim,
        words_come_one_by_one,
        control_c_keeps_what_came,
        demo,
        errors_are_short,
        control_c_stops_the_gateway,
        title=f"terminal of {COLUMNS} columns",
    )
