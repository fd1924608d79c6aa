"""Folds the events of a stream into the `Response` that an unstreamed call would have given.

Place in the house: types. Knows the canonical events and nothing of any wire.

    fold = Accumulator()
    for event in events:
        for ready in fold.add(event):   # the event itself, and what it completes
            ...
    response = fold.response()

What a broken stream had brought so far is `partial()`.

Source: behaviour specification, STREAM-01 to STREAM-04, STREAM-08, TOOL-07.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, TypeAlias

import msgspec

from outcrop.errors import WireError
from outcrop.types import events
from outcrop.types.content import (
    Block,
    Citation,
    CitedText,
    Foreign,
    Image,
    Inline,
    JsonValue,
    MediaSource,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.json import EMPTY_OBJECT, Extra, is_object
from outcrop.types.responses import Call, Response, Stop

STREAM_SUFFIX: Final = "-stream"
"""Marks `Foreign` values folded from a stream: no codec can write them back as a whole block."""

Kind: TypeAlias = Literal[
    "text", "reasoning", "redacted", "tool", "tool_result", "image", "foreign"
]

_Start: TypeAlias = (
    events.ToolStarted | events.ToolResultStarted | events.ImageStarted | events.ForeignStarted
)


class _OpenBlock:
    """A block under construction."""

    __slots__ = ("citations", "data", "kind", "parts", "raws", "signature", "source", "start")

    def __init__(self, kind: Kind, start: _Start | None = None) -> None:
        self.kind: Kind = kind
        self.start: Any = start
        self.parts: list[str] = []
        self.citations: list[Citation] = []
        self.signature: str | None = None
        self.data = bytearray()
        self.source: MediaSource | None = None
        self.raws: list[Any] = []


class Accumulator:
    """Builds a response event by event. One per stream; not thread-safe."""

    def __init__(self) -> None:
        self._role = "assistant"
        self._blocks: dict[tuple[int, int], _OpenBlock] = {}
        self._current: dict[int, tuple[int, int]] = {}
        self._stop: Stop | None = None
        self._fields: msgspec.Raw | None = None
        self._metadata = events.Metadata()
        self._message_extra: Extra | None = None
        self._end_extra: Extra | None = None
        self._foreign: dict[str, msgspec.Raw] = {}
        self._foreign_api = ""
        self.started = False
        """Whether any event came."""

    @property
    def ended(self) -> bool:
        """Whether the answer came to its own end."""
        return self._stop is not None

    def add(self, event: events.Event) -> tuple[events.Event, ...]:
        """Take one event; return it, followed by the `ToolCalled` that it completes, if any."""
        self.started = True
        taker = self._TAKERS.get(type(event))
        if taker is not None:
            taker(self, event)
        if type(event) is events.BlockEnded:
            called = self._called(event.index)
            if called is not None:
                return event, called
        return (event,)

    def response(self, call: Call | None = None) -> Response:
        """Return the whole answer.

        Raises:
            WireError: The stream did not come to its end; see `partial`.
        """
        if self._stop is None:
            raise WireError("the stream ended before the model said why it stopped")
        return self._fold(self._stop, call)

    def partial(self, call: Call | None = None) -> Response | None:
        """Return what came so far, or None when nothing did."""
        if not self.started:
            return None
        return self._fold(self._stop or Stop(kind="other"), call)

    def _fold(self, stop: Stop, call: Call | None) -> Response:
        metadata = self._metadata
        return Response(
            content=tuple(_BUILDERS[block.kind](block) for block in self._ordered()),
            stop=stop,
            role=self._role,
            usage=metadata.usage,
            latency_ms=metadata.latency_ms,
            additional_response_fields=self._fields,
            trace=metadata.trace,
            latency=metadata.latency,
            service_tier=metadata.service_tier,
            message_extra=self._message_extra,
            metrics_extra=metadata.metrics_extra,
            extra=self._surplus(),
            call=call or Call(),
        )

    def _ordered(self) -> list[_OpenBlock]:
        return [self._blocks[key] for key in sorted(self._blocks)]

    # What the two last events say stands at the top of an unstreamed answer.
    def _surplus(self) -> Extra | None:
        kept = [extra for extra in (self._end_extra, self._metadata.extra) if extra is not None]
        members = {name: raw for extra in kept for name, raw in extra.members.items()}
        if self._foreign:
            return Extra(self._foreign_api + STREAM_SUFFIX, members | self._foreign)
        return Extra(kept[0].api, members) if kept else None

    def _called(self, index: int) -> events.ToolCalled | None:
        key = self._current.get(index)
        block = self._blocks[key] if key is not None else None
        if block is None or block.kind != "tool":
            return None
        call = _build_tool(block)
        return None if call.by_server else events.ToolCalled(index=index, call=call)

    # A block is one run of deltas of one kind at one index: an index that changes its kind (text
    # after reasoning at the same index) holds several blocks, in the order they came.
    def _open(self, index: int, kind: Kind, start: _Start | None = None) -> _OpenBlock:
        key = self._current.get(index)
        if key is not None:
            block = self._blocks[key]
            if block.kind == kind and start is None:
                return block
        key = (index, 0 if key is None else key[1] + 1)
        self._current[index] = key
        block = self._blocks[key] = _OpenBlock(kind, start)
        return block

    def _take_start(self, event: events.MessageStarted) -> None:
        self._role = event.role
        self._message_extra = event.extra

    def _take_tool(self, event: events.ToolStarted) -> None:
        self._open(event.index, "tool", event)

    def _take_tool_result(self, event: events.ToolResultStarted) -> None:
        self._open(event.index, "tool_result", event)

    def _take_image_start(self, event: events.ImageStarted) -> None:
        self._open(event.index, "image", event)

    def _take_foreign_start(self, event: events.ForeignStarted) -> None:
        # A start that says nothing opens nothing: the deltas tell what the block is.
        if event.start.raw != EMPTY_OBJECT:
            self._open(event.index, "foreign", event)

    def _take_text(self, event: events.TextDelta) -> None:
        if event.text:
            self._open(event.index, "text").parts.append(event.text)

    def _take_reasoning(self, event: events.ReasoningDelta) -> None:
        self._open(event.index, "reasoning").parts.append(event.text)

    def _take_signature(self, event: events.SignatureDelta) -> None:
        block = self._open(event.index, "reasoning")
        block.signature = (block.signature or "") + event.signature

    def _take_redacted(self, event: events.RedactedDelta) -> None:
        self._open(event.index, "redacted").data += event.data

    def _take_arguments(self, event: events.ToolDelta) -> None:
        self._open(event.index, "tool").parts.append(event.arguments)

    def _take_result(self, event: events.ToolResultDelta) -> None:
        self._open(event.index, "tool_result").raws.extend(event.content)

    def _take_citation(self, event: events.CitationDelta) -> None:
        self._open(event.index, "text").citations.append(event.citation)

    def _take_image(self, event: events.ImageDelta) -> None:
        block = self._open(event.index, "image")
        if isinstance(event.source, Inline):
            block.data += event.source.data
        elif event.source is not None:
            block.source = event.source
        if event.error is not None:
            block.parts.append(event.error)

    def _take_foreign(self, event: events.ForeignDelta) -> None:
        self._open(event.index, "foreign").raws.append(event.delta)

    def _take_end(self, event: events.MessageEnded) -> None:
        self._stop = event.stop
        self._fields = event.additional_response_fields
        self._end_extra = event.extra

    def _take_metadata(self, event: events.Metadata) -> None:
        # Several may come, each with its part; one without usage must not erase the counts of
        # the one before it.
        given = {name: getattr(event, name) for name in event.__struct_fields__}
        given = {name: value for name, value in given.items() if value is not None}
        self._metadata = msgspec.structs.replace(self._metadata, **given)

    def _take_foreign_event(self, event: events.ForeignEvent) -> None:
        self._foreign_api = event.api
        self._foreign[event.name] = event.raw

    _TAKERS: ClassVar[Mapping[type, Callable[[Any, Any], None]]] = MappingProxyType(
        {
            events.MessageStarted: _take_start,
            events.ToolStarted: _take_tool,
            events.ToolResultStarted: _take_tool_result,
            events.ImageStarted: _take_image_start,
            events.ForeignStarted: _take_foreign_start,
            events.TextDelta: _take_text,
            events.ReasoningDelta: _take_reasoning,
            events.SignatureDelta: _take_signature,
            events.RedactedDelta: _take_redacted,
            events.ToolDelta: _take_arguments,
            events.ToolResultDelta: _take_result,
            events.CitationDelta: _take_citation,
            events.ImageDelta: _take_image,
            events.ForeignDelta: _take_foreign,
            events.MessageEnded: _take_end,
            events.Metadata: _take_metadata,
            events.ForeignEvent: _take_foreign_event,
        }
    )


def _build_text(block: _OpenBlock) -> Text | CitedText:
    text = "".join(block.parts)
    if not block.citations:
        return Text(text=text)
    content = (Text(text=text),) if block.parts else None
    return CitedText(content=content, citations=tuple(block.citations))


def _build_reasoning(block: _OpenBlock) -> Reasoning:
    return Reasoning(text="".join(block.parts), signature=block.signature)


def _build_redacted(block: _OpenBlock) -> RedactedReasoning:
    return RedactedReasoning(data=bytes(block.data))


def _build_tool(block: _OpenBlock) -> ToolUse:
    start = block.start or events.ToolStarted(index=0, id="", name="")
    arguments, error = fold_arguments("".join(block.parts))
    return ToolUse(
        id=start.id,
        name=start.name,
        arguments=arguments,
        type=start.tool_type,
        arguments_error=error,
        extra=start.start_extra,
    )


def fold_arguments(text: str) -> tuple[msgspec.Raw, str | None]:
    """Read the arguments a model wrote: raw JSON, and what is wrong with them, if anything.

    No text at all means no arguments. Text that is no JSON object (cut off by the token limit, for
    example) is kept as a JSON string.
    """
    if not text.strip():
        return EMPTY_OBJECT, None
    data = text.encode()
    if is_object(data):
        return msgspec.Raw(data), None
    return msgspec.Raw(msgspec.json.encode(text)), "the model's arguments are not a JSON object"


def _build_tool_result(block: _OpenBlock) -> ToolResult:
    start = block.start or events.ToolResultStarted(index=0, id="")
    return ToolResult(
        id=start.id,
        content=tuple(_join_texts(block.raws)),
        status=start.status,
        type=start.result_type,
        extra=start.start_extra,
    )


def _join_texts(parts: list[Text | JsonValue | Foreign]) -> list[Text | JsonValue | Foreign]:
    joined: list[Text | JsonValue | Foreign] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Text) and isinstance(last, Text) and not (part.extra or last.extra):
            joined[-1] = Text(text=last.text + part.text)
        else:
            joined.append(part)
    return joined


def _build_image(block: _OpenBlock) -> Image:
    return Image(
        format=block.start.format if block.start else "",
        source=block.source or Inline(bytes(block.data)),
        error="".join(block.parts) or None,
        extra=block.start.start_extra if block.start else None,
    )


class _FoldedForeign(msgspec.Struct, frozen=True):
    start: msgspec.Raw | None
    deltas: tuple[msgspec.Raw, ...]


def _build_foreign(block: _OpenBlock) -> Foreign:
    pieces: list[Foreign] = block.raws
    start: Foreign | None = block.start.start if block.start else None
    api = (start or pieces[0]).api
    folded = _FoldedForeign(start.raw if start else None, tuple(piece.raw for piece in pieces))
    return Foreign(api=api + STREAM_SUFFIX, raw=msgspec.Raw(msgspec.json.encode(folded)))


_BUILDERS: Final[Mapping[Kind, Callable[[_OpenBlock], Block]]] = MappingProxyType(
    {
        "text": _build_text,
        "reasoning": _build_reasoning,
        "redacted": _build_redacted,
        "tool": _build_tool,
        "tool_result": _build_tool_result,
        "image": _build_image,
        "foreign": _build_foreign,
    }
)
