"""What the model is asked for one request, and what its output becomes.

Place in the house: emulator, engines. Pure: pieces of text in, events out.

    task = plan(request)
    for output in runtime.generate(task.body):      # Piece ... Piece, Finished
        for event in task.answer.take(output):
            ...

There are two kinds of answers. Text is passed on as it is written. JSON, be it the arguments of a
tool or an answer in a format, is held back until it has been validated, so that nothing is sent
that would have to be taken back; what the caller's own limit cuts off is sent as it is, as Bedrock
does. Stop sequences do not apply to the arguments of tools.

Source: behaviour specification, STREAM-01, STOP-01 to STOP-07, CONV-06, USAGE-01.
"""

import secrets
from collections.abc import Iterator
from itertools import chain
from typing import Final, Protocol

import msgspec

from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.emulator.engines.samples import Json
from outcrop.emulator.engines.smollm2_prompt import render_prompt
from outcrop.emulator.engines.smollm2_runtime import Body, Finished, Output
from outcrop.emulator.engines.smollm2_sampling import encode_sampling, max_tokens
from outcrop.emulator.engines.smollm2_schema import decode_schema, encode_grammar, mend
from outcrop.emulator.engines.smollm2_tools import chosen_tool, tool_instruction
from outcrop.types.content import CachePoint
from outcrop.types.events import (
    BlockEnded,
    Event,
    MessageEnded,
    MessageStarted,
    Metadata,
    TextDelta,
    ToolDelta,
    ToolStarted,
)
from outcrop.types.json import encode_raw
from outcrop.types.requests import Request
from outcrop.types.responses import Stop, StopKind
from outcrop.types.tools import Tool
from outcrop.types.usage import Usage

_KINDS: Final[dict[str, StopKind]] = {
    "end_turn": "stop",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
}
JSON_INSTRUCTION: Final = "Answer in JSON."
"""No list of the members: with one, the model filled 3 of 7 schemas less well."""
REPEAT_PENALTY: Final = 1.01
"""JSON mostly says what the prompt says: less is held against repeating it than in text."""
_ANY_OBJECT: Final = '{"type":"object"}'


class Answer(Protocol):
    """One answer under way."""

    def take(self, output: Output) -> Iterator[Event]:
        """Yield the events that the next part of the model's output completes."""
        ...


class Task(msgspec.Struct, frozen=True):
    """What the model is asked, and what is made of what it says."""

    body: Body
    answer: Answer


def plan(request: Request) -> Task:
    """Decide how a request is answered.

    Raises:
        EngineRefusal: It cannot be: a schema or an option makes no sense.
    """
    tool = chosen_tool(request)
    if tool is not None:
        return _tool_task(request, tool)
    if request.text_format is not None:
        return _json_task(request, request.text_format.schema or _ANY_OBJECT)
    body = {"prompt": render_prompt(request), **encode_sampling(request)}
    return Task(body, _Spoken(request))


def _tool_task(request: Request, tool: Tool) -> Task:
    what = f"tool {tool.name}"
    schema = decode_schema(bytes(tool.input_schema), what)
    prompt = render_prompt(request, tool_instruction(tool, schema))
    form = _Form(schema=schema, what=what, call=tool.name)
    return _held_task(request, prompt, form, {"stop": []})


def _json_task(request: Request, text: str) -> Task:
    what = "the output format"
    schema = decode_schema(text, what)
    prompt = render_prompt(request, JSON_INSTRUCTION)
    return _held_task(request, prompt, _Form(schema=schema, what=what), {})


def _held_task(request: Request, prompt: str, form: "_Form", options: Body) -> Task:
    held = {"repeat_penalty": REPEAT_PENALTY, **options}
    body = {"prompt": prompt, **encode_sampling(request), **held}
    grammar = encode_grammar(form.schema)
    if grammar is not None:
        return Task({**body, "grammar": grammar}, _Held(request, form))
    if mend("", form.schema) is None:
        text = f"smollm2 can make no value for the JSON schema of {form.what}"
        raise EngineRefusal(400, "ValidationException", text)
    # The answer is a sample; the prompt is read all the same, to be counted.
    sampled = msgspec.structs.replace(form, sampled=True)
    return Task({**body, "max_tokens": 1}, _Held(request, sampled))


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    """What JSON is wanted."""

    schema: Json
    what: str
    """Whose schema it is, for messages."""
    call: str = ""
    """The tool whose arguments they are; empty for an answer."""
    sampled: bool = False
    """Whether no grammar can hold the model to it, so that it is not asked."""


class _Spoken:
    """Text, passed on as it is written."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._started = False
        self._said = False

    def take(self, output: Output) -> Iterator[Event]:
        """Yield the events that the next part of the model's output completes."""
        if not self._started:
            self._started = True
            yield MessageStarted()
        if isinstance(output, Finished):
            yield from self._end(output)
        elif output.text:
            self._said = True
            yield TextDelta(index=0, text=output.text)

    def _end(self, finished: Finished) -> Iterator[Event]:
        if self._said:
            yield BlockEnded(index=0)
        yield from _endings(self._request, finished, _reason(self._request, finished))


class _Held:
    """JSON, held back until it has been validated."""

    def __init__(self, request: Request, form: _Form) -> None:
        self._request = request
        self._form = form
        self._started = False
        self._pieces: list[str] = []

    def take(self, output: Output) -> Iterator[Event]:
        """Yield the events that the next part of the model's output completes."""
        if not self._started:
            self._started = True
            yield MessageStarted()
        if isinstance(output, Finished):
            yield from self._end(output)
        elif output.text and not self._form.sampled:
            self._pieces.append(output.text)

    def _end(self, finished: Finished) -> Iterator[Event]:
        reason = _reason(self._request, finished)
        if not self._is_cut(reason):
            reason = self._complete()
        yield from self._block()
        yield from _endings(self._request, finished, reason)

    def _is_cut(self, reason: str) -> bool:
        """Tell whether the caller, or the context, ended the answer before it was whole."""
        if self._form.sampled or reason == "end_turn":
            return False
        return reason != "max_tokens" or self._request.sampling.max_tokens is not None

    def _complete(self) -> str:
        """Make the pieces a whole that the schema accepts; return why the answer ends."""
        written = "".join(self._pieces)
        text = mend(written, self._form.schema)
        if text is None:
            return "malformed_tool_use" if self._form.call else "malformed_model_output"
        if text != written:
            self._pieces = [text]
        return "tool_use" if self._form.call else "end_turn"

    def _block(self) -> Iterator[Event]:
        if self._form.call:
            id_ = f"tooluse_{secrets.token_urlsafe(16)}"
            yield ToolStarted(index=0, id=id_, name=self._form.call)
            yield from (ToolDelta(index=0, arguments=each, id=id_) for each in self._pieces)
            yield BlockEnded(index=0)
        elif self._pieces:
            yield from (TextDelta(index=0, text=each) for each in self._pieces)
            yield BlockEnded(index=0)


def _endings(request: Request, finished: Finished, reason: str) -> Iterator[Event]:
    sequence = finished.stop_sequence if reason == "stop_sequence" else None
    stop = Stop(kind=_KINDS[reason], raw=reason, sequence=sequence)
    yield MessageEnded(stop=stop, additional_response_fields=_asked_fields(request, stop))
    yield Metadata(usage=_usage(request, finished))


def _asked_fields(request: Request, stop: Stop) -> msgspec.Raw | None:
    if "/stop_sequence" not in request.additional_model_response_field_paths:
        return None
    return encode_raw({"stop_sequence": stop.sequence})


def _usage(request: Request, finished: Finished) -> Usage:
    """Count as AWS does: what was read from the cache apart, where the request asks for a cache.

    The runtime keeps every prompt it has read, so nothing is ever written to a cache on demand.
    """
    counted = Usage(
        input_tokens=finished.prompt_tokens,
        output_tokens=finished.output_tokens,
        total_tokens=finished.prompt_tokens + finished.output_tokens,
    )
    if not _has_cache_point(request):
        return counted
    return msgspec.structs.replace(
        counted,
        input_tokens=finished.prompt_tokens - finished.cached_tokens,
        cache_read_tokens=finished.cached_tokens,
        cache_write_tokens=0,
    )


def _has_cache_point(request: Request) -> bool:
    contents = (message.content for message in request.messages)
    blocks = chain(request.system, request.tools, *contents)
    return any(isinstance(block, CachePoint) for block in blocks)


def _reason(request: Request, finished: Finished) -> str:
    """Return why the model stopped, in AWS's words."""
    if finished.reason == "word":
        return "stop_sequence"
    if finished.reason != "limit":
        return "end_turn"
    within = finished.output_tokens < max_tokens(request)
    return "model_context_window_exceeded" if within else "max_tokens"
