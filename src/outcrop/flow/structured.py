"""Answers in a given form: by the model's own structured output, by a tool, or by asking for it.

Place in the house: flow. `shape_answer` is part of `flow.prepare`; `reveal` and `RevealingReader`
make of a call of the tool the text that was asked for, whole and streamed, so that callers see one
kind of answer whichever way it came.

Source: behaviour specification, STRUCT-01 to STRUCT-05, THINK-04.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from outcrop.errors import UnsupportedError
from outcrop.flow.declarations import OPEN_SCHEMA
from outcrop.flow.reading import Reader
from outcrop.flow.reasoning import Teller, think
from outcrop.flow.schemas import can_be_closed, closed
from outcrop.models.quirks import Quirks
from outcrop.types import events
from outcrop.types.content import Block, CachePoint, Document, SearchResult, Text, ToolUse
from outcrop.types.json import raw_object
from outcrop.types.requests import Request, TextFormat
from outcrop.types.responses import Adjustment, Response, Stop
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, NoChoice, Tool, ToolChoice

JSON_TOOL: Final = "__json_response"

_RULE: Final = "text_format"
_WHAT: Final = "Gives the answer, as JSON of this schema."
_ASK: Final = "Answer with one JSON object and nothing else, without words or Markdown around it."
_ASK_SCHEMA: Final = f"{_ASK} It must match this JSON schema:\n"
# Wires whose models do not all have structured output, and that have tools instead.
_WIRES: Final = frozenset({"converse", "anthropic"})
_THINKS: Final = frozenset({"enabled", "adaptive"})


def shape_answer(request: Request, quirks: Quirks, changes: list[Adjustment], api: str) -> Request:
    """Ask for the form of the answer in the way that the model understands.

    Raises:
        BadRequestError: The schema is no JSON object.
        UnsupportedError: The answer shall cite as well, and this model cannot do both.
    """
    form = request.text_format
    if form is None or api not in _WIRES:
        return request
    schema = _schema_of(form)
    if quirks.json_schema and form.type == "json_schema" and can_be_closed(schema):
        if quirks.uncited_json:
            _refuse_citations(request)
        return _native(request, form, schema, changes)
    if quirks.forced_choice and not _thinks(request, quirks):
        return _by_tool(request, form, changes)
    return _by_words(request, form, changes)


def _refuse_citations(request: Request) -> None:
    blocks = (block for message in request.messages for block in message.content)
    if any(isinstance(block, Document | SearchResult) and block.citations for block in blocks):
        raise UnsupportedError(
            f"{request.model} cannot cite documents in an answer of a given form",
            hint="ask for citations or for the form, not for both",
        )


def _schema_of(form: TextFormat) -> dict[str, Any]:
    if form.type != "json_schema":
        return {}
    raw = raw_object(form.schema, "the schema of text_format")
    schema: dict[str, Any] = msgspec.json.decode(raw)
    return schema


def _thinks(request: Request, quirks: Quirks) -> bool:
    if request.reasoning is not None:
        thinking = think(Teller(request, request.reasoning, quirks))
        return thinking is not None and thinking.on
    fields = request.additional_model_request_fields
    told = msgspec.json.decode(fields) if fields else {}
    thought = told.get("thinking") if isinstance(told, dict) else None
    return isinstance(thought, dict) and thought.get("type") in _THINKS


def _native(
    request: Request, form: TextFormat, schema: dict[str, Any], changes: list[Adjustment]
) -> Request:
    left_out: set[str] = set()
    fit = closed(schema, left_out)
    if fit == schema:
        return request
    lost = f", and is not told {', '.join(sorted(left_out))}" if left_out else ""
    changes.append(
        Adjustment(rule=_RULE, detail=f"the schema takes no additional properties{lost}")
    )
    text = msgspec.json.encode(fit).decode()
    return msgspec.structs.replace(request, text_format=msgspec.structs.replace(form, schema=text))


def _by_tool(request: Request, form: TextFormat, changes: list[Adjustment]) -> Request:
    changes.append(
        Adjustment(rule=_RULE, detail=f"the answer is asked for by the tool {JSON_TOOL}")
    )
    tool = Tool(
        name=JSON_TOOL,
        description=form.description or _WHAT,
        input_schema=msgspec.Raw(form.schema.encode()) if form.schema else OPEN_SCHEMA,
    )
    return msgspec.structs.replace(
        request, text_format=None, tools=(*request.tools, tool), tool_choice=_choice(request)
    )


def _choice(request: Request) -> ToolChoice | None:
    """Force the tool; where others may be called as well, force any of them."""
    others = any(not isinstance(tool, CachePoint) for tool in request.tools)
    if not others or isinstance(request.tool_choice, NoChoice):
        return NamedChoice(name=JSON_TOOL)
    if request.tool_choice is None or isinstance(request.tool_choice, AutoChoice):
        return AnyChoice()
    return request.tool_choice


def _by_words(request: Request, form: TextFormat, changes: list[Adjustment]) -> Request:
    changes.append(Adjustment(rule=_RULE, detail="the answer's form is asked for in words"))
    words = _ASK_SCHEMA + form.schema if form.schema else _ASK
    system = (*request.system, Text(text=words))
    return msgspec.structs.replace(request, text_format=None, system=system)


def reveal(response: Response) -> Response:
    """Return the answer with a call of the tool as the text that was asked for."""
    content = tuple(map(_revealed, response.content))
    if content == response.content:
        return response
    shown = msgspec.structs.replace(response, content=content)
    return msgspec.structs.replace(shown, stop=_stop(response.stop, calls=bool(shown.tool_calls)))


def _revealed(block: Block) -> Block:
    if not isinstance(block, ToolUse) or block.name != JSON_TOOL:
        return block
    said = bytes(block.arguments).decode()
    return Text(text=said if block.arguments_error is None else msgspec.json.decode(said))


def _stop(stop: Stop, *, calls: bool) -> Stop:
    if stop.kind != "tool_calls" or calls:
        return stop
    return msgspec.structs.replace(stop, kind="stop")


class RevealingReader:
    """A `Reader` that does to events what `reveal` does to the whole."""

    def __init__(self, reader: Reader) -> None:
        """Read by `reader`."""
        self._reader = reader
        self._hidden: set[int] = set()
        self._calls = False

    def read(self, data: bytes) -> Iterator[events.Event]:
        """Yield the events that `data` completes. See `Reader`."""
        for event in self._reader.read(data):
            yield from self._shown(event)

    def close(self) -> Iterator[events.Event]:
        """Yield what the end of the body completes. See `Reader`."""
        for event in self._reader.close():
            yield from self._shown(event)

    def _shown(self, event: events.Event) -> Iterator[events.Event]:
        show = self._SHOWN.get(type(event))
        if show is None:
            yield event
        else:
            yield from show(self, event)

    def _started(self, event: events.ToolStarted) -> Iterator[events.Event]:
        if event.name == JSON_TOOL:
            self._hidden.add(event.index)
            return
        self._calls = True
        yield event

    def _more(self, event: events.ToolDelta) -> Iterator[events.Event]:
        if event.index not in self._hidden:
            yield event
        elif event.arguments:
            yield events.TextDelta(index=event.index, text=event.arguments)

    def _ended(self, event: events.MessageEnded) -> Iterator[events.Event]:
        if not self._hidden:
            yield event
            return
        stop = _stop(event.stop, calls=self._calls)
        yield msgspec.structs.replace(event, stop=stop)

    _SHOWN: Final[dict[type, Callable[[Any, Any], Iterator[events.Event]]]] = {
        events.ToolStarted: _started,
        events.ToolDelta: _more,
        events.MessageEnded: _ended,
    }
