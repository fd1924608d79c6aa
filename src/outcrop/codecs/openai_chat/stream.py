"""A streamed answer, as the chunks of a chat completion.

Place in the house: OpenAI Chat codec. Without I/O: canonical events in, server-sent events out.

    encoder = StreamEncoder(response_id=..., created=..., model=..., include_usage=True)
    for event in events:
        send(encoder.encode(event))       # may be empty
    send(encoder.end())                   # or encoder.error(error), and then close

The chunks folded, as OpenAI's own SDK folds them, give the message that `encode_response` writes
for the folded events. Text, reasoning and the arguments of calls go out as they come. A picture,
or a server tool's work, goes out when it is complete; citations and the order of the blocks with
the end. Entries of lists carry an ``index``, by which clients join them.

Source: OpenAI API reference, "The chat completion chunk object"; behaviour specification, OAI-09,
OAI-16 to OAI-18, STREAM-01, STREAM-02, STREAM-08.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.openai_chat.answer import (
    Entry,
    Run,
    cite,
    encode_image,
    finish_reason,
    layout,
    left_out,
    left_out_members,
    message_surplus,
)
from outcrop.codecs.openai_chat.blocks import encode_block
from outcrop.codecs.openai_chat.chunks import DONE, ChunkWriter
from outcrop.codecs.openai_chat.errors import encode_error_body
from outcrop.codecs.openai_chat.facts import early_facts, late_facts, openai_tier, warnings_of
from outcrop.codecs.openai_chat.underway import LIVE_KINDS, WHOLE_KINDS, Live, Whole, WholeEvent
from outcrop.codecs.openai_chat.usage import encode_usage
from outcrop.errors import OutcropError, StreamError
from outcrop.types import events
from outcrop.types.accumulate import STREAM_SUFFIX
from outcrop.types.content import SERVER_TOOL_USE, Foreign, Image
from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment, Call

_encode: Final = msgspec.json.Encoder().encode
_BASE64_GROUP: Final = 3


class StreamEncoder:
    """Writes one answer. One per answer; not thread-safe.

    Where several answers share a stream, each has its own encoder; send the `start` of all, in
    order, before anything else: OpenAI's SDK joins the choices by their place in a list.
    """

    def __init__(
        self,
        *,
        response_id: str,
        created: int,
        model: str,
        include_usage: bool,
        choice_index: int = 0,
        legacy_functions: bool = False,
        call: Call | None = None,
    ) -> None:
        """Prepare what is the same in every chunk.

        Args:
            response_id: ``chatcmpl-...``.
            created: Seconds since 1970.
            model: As the client named it.
            include_usage: Whether token counts follow in a chunk of their own.
            choice_index: Which of several answers this is.
            legacy_functions: Whether the client spoke of functions, not tools.
            call: How the call was made, for ``outcrop``.
        """
        self._chunks = ChunkWriter(
            response_id=response_id,
            created=created,
            model=model,
            choice_index=choice_index,
            null_usage=include_usage,
        )
        self._include_usage = include_usage
        self._legacy = legacy_functions
        self._call = call or Call()
        self._started = False
        self._open: dict[int, Live | Whole] = {}
        self._runs: list[Run] = []
        self._live: list[Live] = []
        self._waiting: deque[Whole] = deque()
        self._counts = {"text": 0, "reasoning": 0, "block": 0, "image": 0, "call": 0}
        # The hot path: the block that text is being added to, and what stands around a text.
        self._text_index: int | None = None
        self._text_run = Run("text")
        self._text_head, self._text_tail = self._chunks.text_head, self._chunks.text_tail
        self._left_out: list[Adjustment] = []
        self._extras: list[Extra | None] = []
        self._warnings: list[str] = []

    def start(self) -> bytes:
        """Write the first chunk, if it has not been written."""
        if self._started:
            return b""
        self._started = True
        return self._chunks.members(role="assistant")

    def encode(self, event: events.Event) -> bytes:
        """Write what one event adds: any number of chunks, or none."""
        if (
            type(event) is events.TextDelta
            and event.index == self._text_index
            and event.extra is None
        ):
            text = event.text
            self._text_run.length += len(text)
            return self._text_head + _encode(text) + self._text_tail if text else b""
        extra = getattr(event, "extra", None)
        if extra is not None:
            self._extras.append(extra)
        begun = b"" if type(event) is events.Metadata else self.start()
        return begun + _TAKERS[type(event)](self, event)

    def end(self) -> bytes:
        """Write what ends a stream, once for all its answers."""
        return DONE

    def error(self, error: OutcropError) -> bytes:
        """Write what a broken stream ends with; nothing may follow (OAI-18)."""
        return b"data: %b\n\n" % encode_error_body(error)

    def _begin(self, index: int, block: Live | Whole) -> None:
        """Let `block` be the one that deltas at `index` belong to."""
        before = self._open.get(index)
        if isinstance(before, Whole):
            before.ended = True
        if index == self._text_index:
            self._text_index = None
        self._open[index] = block
        self._runs.append(block.run)

    def _begin_live(self, index: int, kind: str) -> Live:
        run = Run(LIVE_KINDS[kind])
        block = Live(kind, run, self._next(run.kind))
        self._live.append(block)
        self._begin(index, block)
        return block

    def _continue(self, index: int, kind: str) -> Live:
        """Return the block that a delta of `kind` belongs to, a new one where the kind changes."""
        block = self._open.get(index)
        if isinstance(block, Live) and block.kind == kind:
            return block
        return self._begin_live(index, kind)

    def _next(self, kind: str) -> int:
        number = self._counts[kind]
        self._counts[kind] = number + 1
        return number

    def _take_nothing(self, _event: events.Event) -> bytes:
        return b""

    def _take_text(self, event: events.TextDelta) -> bytes:
        self._text_run = self._continue(event.index, "text").run
        self._text_index = event.index
        self._text_run.length += len(event.text)
        return self._chunks.members(content=event.text) if event.text else b""

    def _take_citation(self, event: events.CitationDelta) -> bytes:
        self._continue(event.index, "text").run.citations.append(event.citation)
        return b""

    def _take_reasoning(self, event: events.ReasoningDelta) -> bytes:
        block = self._continue(event.index, "reasoning")
        if not event.text and block.told:
            return b""
        block.told = True
        text = _encode(event.text)
        content = b'"reasoning_content":%b,' % text if event.text else b""
        return self._chunks.delta(
            b'{%b"reasoning_details":[{"type":"reasoning.text","text":%b,"index":%d}]}'
            % (content, text, block.number)
        )

    def _take_signature(self, event: events.SignatureDelta) -> bytes:
        block = self._continue(event.index, "reasoning")
        block.told = True
        detail = {"type": "reasoning.text", "text": "", "signature": event.signature}
        return self._chunks.members(reasoning_details=[detail | {"index": block.number}])

    def _take_redacted(self, event: events.RedactedDelta) -> bytes:
        block = self._continue(event.index, "redacted")
        data = block.carry + event.data
        # Fragments of base64 can only be joined at whole groups.
        whole = len(data) - len(data) % _BASE64_GROUP
        block.carry = data[whole:]
        return self._redacted(block, data[:whole])

    def _redacted(self, block: Live, data: bytes) -> bytes:
        if block.told and not data:
            return b""
        block.told = True
        # The encoder writes bytes as base64.
        detail = {"type": "reasoning.encrypted", "data": data, "index": block.number}
        return self._chunks.members(reasoning_details=[detail])

    def _take_tool(self, event: events.ToolStarted) -> bytes:
        if event.tool_type == SERVER_TOOL_USE:
            return self._take_whole_start(event)
        if event.start_extra is not None:
            self._extras.append(event.start_extra)
        return self._begin_call(event.index, event.id, event.name)

    def _begin_call(self, index: int, call_id: str, name: str) -> bytes:
        block = self._begin_live(index, "tool")
        function = {"name": name, "arguments": ""}
        if self._is_function_call(block):
            return self._chunks.members(function_call=function)
        entry = {"index": self._call_index(block), "id": call_id, "type": "function"}
        return self._chunks.members(tool_calls=[entry | {"function": function}])

    def _is_function_call(self, block: Live) -> bool:
        return self._legacy and block.number == 0

    def _call_index(self, block: Live) -> int:
        return block.number - 1 if self._legacy else block.number

    def _take_arguments(self, event: events.ToolDelta) -> bytes:
        if event.delta_extra is not None:
            self._extras.append(event.delta_extra)
        block = self._open.get(event.index)
        if isinstance(block, Live) and block.kind == "tool":
            return self._arguments(block, event.arguments)
        if isinstance(block, Whole) and block.takes("tool"):
            block.fold.add(event)
            return b""
        begun = self._begin_call(event.index, event.id, "")
        return begun + self._arguments(self._live[-1], event.arguments)

    def _arguments(self, block: Live, fragment: str) -> bytes:
        if not block.told:
            fragment = fragment.lstrip()
        if not fragment:
            return b""
        block.told = True
        text = _encode(fragment)
        if self._is_function_call(block):
            return self._chunks.delta(b'{"function_call":{"arguments":%b}}' % text)
        return self._chunks.delta(
            b'{"tool_calls":[{"index":%d,"function":{"arguments":%b}}]}'
            % (self._call_index(block), text)
        )

    def _take_called(self, event: events.ToolCalled) -> bytes:
        self._warnings += warnings_of((event.call,))
        return b""

    def _take_whole_start(self, event: WholeEvent) -> bytes:
        block = Whole(WHOLE_KINDS[type(event)])
        self._begin(event.index, block)
        self._waiting.append(block)
        block.fold.add(event)
        return self._drain()

    def _take_whole_delta(self, event: WholeEvent) -> bytes:
        block = self._open.get(event.index)
        if isinstance(block, Whole) and block.takes(WHOLE_KINDS[type(event)]):
            block.fold.add(event)
            return b""
        return self._take_whole_start(event)

    def _take_block_end(self, event: events.BlockEnded) -> bytes:
        block = self._open.get(event.index)
        if not isinstance(block, Whole):
            return b""
        block.ended = True
        return self._drain()

    def _drain(self) -> bytes:
        """Write the blocks that are complete, in the order they began."""
        chunks: list[bytes] = []
        while self._waiting and self._waiting[0].ended:
            chunks.append(self._whole(self._waiting.popleft()))
        return b"".join(chunks)

    def _whole(self, whole: Whole) -> bytes:
        block = whole.block()
        if isinstance(block, Foreign):
            self._left_out.append(left_out(block))
            return b""
        image = encode_image(block) if isinstance(block, Image) else None
        whole.run.kind = "block" if image is None else "image"
        number = self._next(whole.run.kind)
        if image is not None:
            return self._chunks.members(images=[{"index": number, **image}])
        return self._chunks.members(outcrop={"blocks": [encode_block(block, number)]})

    def _take_end(self, event: events.MessageEnded) -> bytes:
        rest = self._rest()
        facts = early_facts(
            event.stop,
            self._call,
            fields=event.additional_response_fields,
            adjustments=[*self._left_out, *left_out_members(self._extras)],
            warnings=self._warnings,
        )
        self._extras.clear()
        calls = self._counts["call"] > 0
        reason = finish_reason(event.stop, calls=calls, legacy=self._legacy)
        return rest + self._chunks.finish(reason, facts)

    def _rest(self) -> bytes:
        """Write what could not be written before all was known."""
        for waiting in self._waiting:
            waiting.ended = True
        chunks = [self._drain(), *(self._remainder(block) for block in self._live)]
        pages, citations = cite(self._runs)
        surplus = message_surplus((), citations, layout(self._runs))
        delta: Entry = {"outcrop": surplus} if surplus else {}
        if pages:
            delta["annotations"] = [{"index": at, **page} for at, page in enumerate(pages)]
        if not self._counts["call"] and not any(run.length for run in self._runs):
            delta["content"] = ""
        if delta:
            chunks.append(self._chunks.members(**delta))
        return b"".join(chunks)

    def _remainder(self, block: Live) -> bytes:
        if block.kind == "tool" and not block.told:
            return self._arguments(block, "{}")
        return self._redacted(block, block.carry) if block.carry else b""

    def _take_metadata(self, event: events.Metadata) -> bytes:
        facts = late_facts(event)
        adjustments = left_out_members([*self._extras, *_extras(event)])
        self._extras.clear()
        if adjustments:
            facts["adjustments"] = adjustments
        told: Entry = {"outcrop": facts} if facts else {}
        tier = openai_tier(event.service_tier)
        if tier is not None:
            told["service_tier"] = tier
        usage = encode_usage((event.usage,)) if self._include_usage else None
        if usage is not None:
            return self._chunks.usage({"usage": usage} | told)
        worth_a_chunk = facts.keys() - {"latency_ms"} or tier is not None
        return self._chunks.afterthought(told) if worth_a_chunk else b""

    def _take_foreign_event(self, event: events.ForeignEvent) -> bytes:
        self._extras.append(Extra(event.api + STREAM_SUFFIX, {event.name: event.raw}))
        return b""

    def _take_fault(self, event: events.StreamFault) -> bytes:
        return self.error(StreamError(event.message, code=event.code))


_Taker: TypeAlias = Callable[[StreamEncoder, Any], bytes]

_TAKERS: Final[Mapping[type, _Taker]] = MappingProxyType(
    {
        events.MessageStarted: StreamEncoder._take_nothing,
        events.TextDelta: StreamEncoder._take_text,
        events.CitationDelta: StreamEncoder._take_citation,
        events.ReasoningDelta: StreamEncoder._take_reasoning,
        events.SignatureDelta: StreamEncoder._take_signature,
        events.RedactedDelta: StreamEncoder._take_redacted,
        events.ToolStarted: StreamEncoder._take_tool,
        events.ToolDelta: StreamEncoder._take_arguments,
        events.ToolCalled: StreamEncoder._take_called,
        events.ToolResultStarted: StreamEncoder._take_whole_start,
        events.ToolResultDelta: StreamEncoder._take_whole_delta,
        events.ImageStarted: StreamEncoder._take_whole_start,
        events.ImageDelta: StreamEncoder._take_whole_delta,
        events.ForeignStarted: StreamEncoder._take_whole_start,
        events.ForeignDelta: StreamEncoder._take_whole_delta,
        events.BlockEnded: StreamEncoder._take_block_end,
        events.MessageEnded: StreamEncoder._take_end,
        events.Metadata: StreamEncoder._take_metadata,
        events.ForeignEvent: StreamEncoder._take_foreign_event,
        events.StreamFault: StreamEncoder._take_fault,
    }
)


def _extras(event: events.Metadata) -> Iterator[Extra | None]:
    yield event.metrics_extra
    if event.usage is not None:
        yield event.usage.extra
        yield from (write.extra for write in event.usage.cache_writes)
