"""An engine that answers by rules from a file, and fails by them too.

Place in the house: emulator, engines. For tests of what no model does on demand: this answer in
that turn, a throttle twice and then success, a stream that breaks off. The format stands in
docs/emulator.md, its types in `script_file`.

The first rule that matches answers; a request that none matches is an error that says so.

Source: behaviour specification, EMU-05.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from outcrop.emulator.engines import reading
from outcrop.emulator.engines.interface import EngineRefusal, Step
from outcrop.emulator.engines.playback import play
from outcrop.emulator.engines.script_file import Break, Failure, Line, Match, read_script
from outcrop.emulator.engines.tokens import count_content, count_request
from outcrop.emulator.faults import CorruptNext, CutNext, Fault
from outcrop.errors import ConfigError
from outcrop.types.events import Event, Metadata, StreamFault
from outcrop.types.requests import Request
from outcrop.types.responses import Response
from outcrop.types.usage import Usage


class ScriptEngine:
    """Answers by rules. Counts how often each was used."""

    name = "script"
    description = "no model: answers by the rules of a file"

    def __init__(
        self,
        lines: tuple[Line, ...],
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Take the rules, and how to wait."""
        self._lines = lines
        self._used = [0] * len(lines)
        self._sleep = sleep

    async def answer(self, request: Request) -> AsyncGenerator[Step, None]:
        """Answer one request by the first rule that matches.

        Raises:
            EngineRefusal: The rule is an error, or there is none.
        """
        line = self._take(request)
        await self._wait(line.rule.delays.first_byte_s)
        if line.rule.error is not None:
            raise _refusal(line.rule.error)
        for place, step in enumerate(_steps(line, request)):
            if place and not isinstance(step, Fault):
                await self._wait(line.rule.delays.chunk_s)
            yield step

    async def count_tokens(self, request: Request) -> int:
        """Count by the rule of `tokens`."""
        return count_request(request)

    async def close(self) -> None:
        """Free nothing: nothing is held."""

    async def _wait(self, seconds: float) -> None:
        if seconds:
            await self._sleep(seconds)

    def _take(self, request: Request) -> Line:
        for place, line in enumerate(self._lines):
            times = line.rule.times
            if (times is None or self._used[place] < times) and _matches(line, request):
                self._used[place] += 1
                return line
        raise _unmatched(request, len(self._lines))


def load_script(file: str) -> ScriptEngine:
    """Return the engine for a file of rules.

    Raises:
        ConfigError: The file cannot be read, or something in it is not allowed.
    """
    try:
        text = Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The script {file} cannot be read: {error}") from error
    return ScriptEngine(read_script(text, file))


def _matches(line: Line, request: Request) -> bool:
    match: Match = line.rule.match
    results = bool(reading.last_results(request))
    return (
        (match.model is None or fnmatchcase(request.model, match.model))
        and (match.turn is None or match.turn == reading.turns(request))
        and (match.tool_result is None or match.tool_result == results)
        and (line.text is None or line.text.search(reading.last_user_text(request)) is not None)
    )


def _unmatched(request: Request, rules: int) -> EngineRefusal:
    # Not the text: errors end up in logs.
    results = "with" if reading.last_results(request) else "without"
    return EngineRefusal(
        400,
        "ValidationException",
        f"None of the script's {rules} rules matches this request: model {request.model}, "
        f"turn {reading.turns(request)} of the user, {results} tool results",
    )


def _refusal(error: Failure) -> EngineRefusal:
    return EngineRefusal(error.status, error.name, error.message, retry_after_s=error.retry_after_s)


def _steps(line: Line, request: Request) -> list[Step]:
    assert line.response is not None, "a rule without an error has a reply"
    events = _events(line, line.response, request)
    fault = line.rule.fault
    if fault is None:
        return [*events]
    before, after = events[: fault.after], events[fault.after :]
    if fault.exception is not None:
        return [*before, _exception(fault.exception)]
    return [*before, CutNext() if fault.cut else CorruptNext(), *after]


def _events(line: Line, response: Response, request: Request) -> list[Event]:
    events = list(play(_counted(response, request)))
    if line.rule.reply is not None and not line.rule.reply.metadata:
        return [event for event in events if not isinstance(event, Metadata)]
    return events


def _counted(response: Response, request: Request) -> Response:
    if response.usage is not None:
        return response
    asked = count_request(request)
    said = count_content(response.content)
    usage = Usage(input_tokens=asked, output_tokens=said, total_tokens=asked + said)
    return msgspec.structs.replace(response, usage=usage)


def _exception(broken: Break) -> StreamFault:
    return StreamFault(
        code=broken.name,
        message=broken.message,
        original_status=broken.original_status,
        original_message=broken.original_message,
    )
