"""A streamed answer, as the events of the Responses API.

Place in the house: OpenAI Responses codec. Without I/O: canonical events in; names and payloads of
server-sent events out.

    encoder = StreamEncoder(model=..., response_id="resp_...", created=..., asked=request)
    for event in events:
        for name, payload in encoder.encode(event):
            ...
    for name, payload in encoder.end():     # or encoder.error(error), and then close
        ...

Texts in a row are parts of one message, as in the whole answer; the last event holds what
`response.encode_response` writes for the folded events.

Source: OpenAI API reference, "Streaming events"; behaviour specification, RESP-05, RESP-06,
STREAM-03, STREAM-04.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from outcrop.codecs.openai_responses.extras import API, lay_over, members_of
from outcrop.codecs.openai_responses.items import encode_foreign, proof_of
from outcrop.codecs.openai_responses.parts import Entry, encode_citation
from outcrop.codecs.openai_responses.response import (
    Envelope,
    is_sayable,
    left_out_of,
    new_message,
    with_id,
)
from outcrop.codecs.openai_responses.stops import REFUSAL
from outcrop.codecs.openai_responses.underway import Underway
from outcrop.errors import OutcropError
from outcrop.protocols.lossless import encode_plain
from outcrop.types import events
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import SERVER_TOOL_USE, Reasoning, RedactedReasoning
from outcrop.types.requests import Request
from outcrop.types.responses import Call

Sent: TypeAlias = tuple[tuple[str, bytes], ...]
"""Names and payloads of server-sent events."""


class StreamEncoder:
    """Writes one answer. One per answer; not thread-safe."""

    def __init__(
        self,
        *,
        model: str,
        response_id: str,
        created: int = 0,
        asked: Request | None = None,
        call: Call | None = None,
    ) -> None:
        """Prepare what is the same in every event; see `encode_response` for the arguments.

        Args:
            model: Who answers, as the client named it.
            response_id: ``resp_...``.
            created: Seconds since 1970.
            asked: What was asked: an answer repeats it.
            call: How the call was made.
        """
        self._envelope = Envelope(
            model=model, response_id=response_id, created=created, asked=asked
        )
        self._id = response_id
        self._call = call or Call()
        self._fold = Accumulator()
        self._sent: list[tuple[str, bytes]] = []
        self._number = 0
        self._output: list[Entry] = []
        self._open: dict[int, Underway] = {}
        self._message: Underway | None = None
        self._over = False

    def encode(self, event: events.Event) -> Sent:
        """Write what one event adds: any number of events, or none."""
        if type(event) is not events.ToolCalled:
            self._fold.add(event)
            taker = self._TAKERS.get(type(event))
            if taker is not None and not self._over:
                if type(event) is not events.StreamFault:
                    self._start()
                taker(self, event)
        return self._taken()

    def end(self) -> Sent:
        """Write what ends the stream, unless it has ended: an answer may tell no token counts."""
        if not self._over and self._fold.ended:
            self._finish()
        return self._taken()

    def error(self, error: OutcropError) -> Sent:
        """Write what a broken stream ends with; nothing may follow."""
        self._fail(error.code, error.message)
        return self._taken()

    def _taken(self) -> Sent:
        taken = tuple(self._sent)
        self._sent.clear()
        return taken

    def _send(self, kind: str, /, **members: Any) -> None:
        body = {"type": kind, "sequence_number": self._number, **members}
        self._number += 1
        self._sent.append((kind, encode_plain(body)))

    def _start(self) -> None:
        if self._number == 0:
            self._send("response.created", response=self._envelope.start())
            self._send("response.in_progress", response=self._envelope.start())

    def _add_item(self, entry: Entry) -> tuple[int, Entry]:
        """Begin an item, after the message that may be under way."""
        self._end_message()
        place = len(self._output)
        item = with_id(entry, self._id, place)
        self._output.append(item)
        return place, item

    def _enter(self, index: int, kind: str) -> Underway:
        """Return the block that a delta of `kind` belongs to, a new one where the kind changes."""
        block = self._open.get(index)
        if block is not None and block.kind == kind:
            return block
        if block is not None:
            self._leave(index)
        block = self._open[index] = _BEGINNERS[kind](self)
        return block

    def _begin_text(self) -> Underway:
        return self._begin_part("text", {"type": "output_text", "text": "", "annotations": []})

    def _begin_refusal(self) -> Underway:
        return self._begin_part(REFUSAL, {"type": REFUSAL, REFUSAL: ""})

    def _begin_part(self, kind: str, part: Entry) -> Underway:
        message = self._message
        if message is None:
            place, item = self._add_item(new_message(self._id, len(self._output)))
            message = self._message = Underway("message", place, item)
            begun = {**item, "status": "in_progress"}
            self._send("response.output_item.added", output_index=place, item=begun)
        content = message.item["content"]
        block = Underway(kind, message.place, message.item, part=len(content))
        self._send("response.content_part.added", **block.at(content_index=block.part, part=part))
        content.append(part)
        return block

    def _begin_thought(self) -> Underway:
        place, item = self._add_item({"type": "reasoning", "summary": []})
        self._send("response.output_item.added", output_index=place, item=item)
        return Underway("thought", place, item)

    def _begin_redacted(self) -> Underway:
        place, item = self._add_item({"type": "reasoning", "summary": []})
        self._send("response.output_item.added", output_index=place, item=item)
        return Underway("redacted", place, item)

    def _take_text(self, event: events.TextDelta) -> None:
        if not event.text:
            return
        if REFUSAL in members_of(event.extra):
            block = self._enter(event.index, REFUSAL)
            at = block.at(content_index=block.part, delta=event.text)
            self._send("response.refusal.delta", **at)
        else:
            block = self._enter(event.index, "text")
            at = block.at(content_index=block.part, delta=event.text, logprobs=[])
            self._send("response.output_text.delta", **at)
        block.pieces.append(event.text)

    def _take_citation(self, event: events.CitationDelta) -> None:
        self._enter(event.index, "text").citations.append(event.citation)

    def _take_thought(self, event: events.ReasoningDelta) -> None:
        block = self._enter(event.index, "thought")
        block.extra = event.extra or block.extra
        if not event.text:
            return
        if not block.pieces:
            part = {"type": "summary_text", "text": ""}
            at = block.at(summary_index=0, part=part)
            self._send("response.reasoning_summary_part.added", **at)
        block.pieces.append(event.text)
        at = block.at(summary_index=0, delta=event.text)
        self._send("response.reasoning_summary_text.delta", **at)

    def _take_signature(self, event: events.SignatureDelta) -> None:
        block = self._enter(event.index, "thought")
        block.signature = (block.signature or "") + event.signature
        block.extra = event.extra or block.extra

    def _take_redacted(self, event: events.RedactedDelta) -> None:
        block = self._enter(event.index, "redacted")
        block.data += event.data
        block.extra = event.extra or block.extra

    def _take_tool(self, event: events.ToolStarted) -> None:
        if event.tool_type == SERVER_TOOL_USE:
            return
        entry: Entry = {"type": "function_call", "call_id": event.id, "name": event.name}
        entry = lay_over(entry | {"arguments": "", "status": "in_progress"}, event.start_extra)
        place, item = self._add_item(entry)
        self._send("response.output_item.added", output_index=place, item=item)
        if event.index in self._open:
            self._leave(event.index)
        self._open[event.index] = Underway("call", place, item)

    def _take_arguments(self, event: events.ToolDelta) -> None:
        block = self._open.get(event.index)
        if block is None or block.kind != "call" or not event.arguments:
            return
        block.pieces.append(event.arguments)
        at = block.at(delta=event.arguments)
        self._send("response.function_call_arguments.delta", **at)

    def _take_foreign(self, event: events.ForeignDelta) -> None:
        entry = encode_foreign(event.delta)
        if entry is not None:
            place, item = self._add_item(entry)
            self._send("response.output_item.added", output_index=place, item=item)
            self._send("response.output_item.done", output_index=place, item=item)

    def _take_unknown(self, event: events.ForeignEvent) -> None:
        """Pass on an event of this API that nobody here has a word for."""
        if event.api == API:
            members = _members.decode(event.raw)
            for name in ("type", "sequence_number"):
                members.pop(name, None)
            self._send(event.name, **members)

    def _take_block_end(self, event: events.BlockEnded) -> None:
        if event.index in self._open:
            self._leave(event.index)

    def _leave(self, index: int) -> None:
        block = self._open.pop(index)
        _ENDERS[block.kind](self, block)

    def _end_text(self, block: Underway) -> None:
        part = block.item["content"][block.part]
        part["text"] = "".join(block.pieces)
        at = block.at(content_index=block.part)
        # Where a source's text ends is known with the text.
        for citation in block.citations:
            entry = encode_citation(citation, 0, len(part["text"]))
            if entry is not None:
                place = {"annotation_index": len(part["annotations"]), "annotation": entry}
                self._send("response.output_text.annotation.added", **at, **place)
                part["annotations"].append(entry)
        self._send("response.output_text.done", **at, text=part["text"], logprobs=[])
        self._send("response.content_part.done", **at, part=part)

    def _end_refusal(self, block: Underway) -> None:
        part = block.item["content"][block.part]
        part[REFUSAL] = "".join(block.pieces)
        at = block.at(content_index=block.part)
        self._send("response.refusal.done", **at, refusal=part[REFUSAL])
        self._send("response.content_part.done", **at, part=part)

    def _end_thought(self, block: Underway) -> None:
        text = "".join(block.pieces)
        part = {"type": "summary_text", "text": text}
        if text:
            at = block.at(summary_index=0)
            self._send("response.reasoning_summary_text.done", **at, text=text)
            self._send("response.reasoning_summary_part.done", **at, part=part)
            block.item["summary"] = [part]
        thought = Reasoning(text=text, signature=block.signature, extra=block.extra)
        self._end_reasoning(block, thought)

    def _end_redacted(self, block: Underway) -> None:
        self._end_reasoning(block, RedactedReasoning(data=block.data, extra=block.extra))

    def _end_reasoning(self, block: Underway, thought: Reasoning | RedactedReasoning) -> None:
        proof = proof_of(thought, native=self._call.api == API)
        block.item.update({} if proof is None else {"encrypted_content": proof})
        lay_over(block.item, thought.extra)
        self._send("response.output_item.done", output_index=block.place, item=block.item)

    def _end_call(self, block: Underway) -> None:
        text = "".join(block.pieces) or "{}"
        block.item.update(arguments=text, status="completed")
        name = block.item["name"]
        self._send("response.function_call_arguments.done", **block.at(arguments=text, name=name))
        self._send("response.output_item.done", output_index=block.place, item=block.item)

    def _end_message(self) -> None:
        message, self._message = self._message, None
        if message is None:
            return
        for index in [index for index, block in self._open.items() if block.kind in _SAID]:
            self._leave(index)
        self._send("response.output_item.done", output_index=message.place, item=message.item)

    def _take_end(self, _event: events.MessageEnded) -> None:
        for index in list(self._open):
            self._leave(index)
        self._end_message()

    def _take_metadata(self, _event: events.Metadata) -> None:
        if self._fold.ended:
            self._finish()

    def _finish(self) -> None:
        self._over = True
        response = self._fold.response(self._call)
        left_out = [left_out_of(block) for block in response.content if not is_sayable(block)]
        body = self._envelope.write(response, self._output, left_out)
        self._send(f"response.{body['status']}", response=body)

    def _take_fault(self, event: events.StreamFault) -> None:
        self._fail(event.code, event.message)

    def _fail(self, code: str, message: str) -> None:
        self._start()
        self._over = True
        error = {"code": _CODES.get(code, "server_error"), "message": message}
        body = self._envelope.start() | {"status": "failed", "output": self._output}
        self._send("response.failed", response=body | {"error": error})

    _TAKERS: ClassVar[Mapping[type, Callable[["StreamEncoder", Any], None]]] = MappingProxyType(
        {
            events.MessageStarted: lambda _encoder, _event: None,
            events.TextDelta: _take_text,
            events.CitationDelta: _take_citation,
            events.ReasoningDelta: _take_thought,
            events.SignatureDelta: _take_signature,
            events.RedactedDelta: _take_redacted,
            events.ToolStarted: _take_tool,
            events.ToolDelta: _take_arguments,
            events.ForeignDelta: _take_foreign,
            events.ForeignEvent: _take_unknown,
            events.BlockEnded: _take_block_end,
            events.MessageEnded: _take_end,
            events.Metadata: _take_metadata,
            events.StreamFault: _take_fault,
        }
    )


_SAID: Final = frozenset({"text", REFUSAL})
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {"ThrottlingException": "rate_limit_exceeded", "ValidationException": "invalid_prompt"}
)

_BEGINNERS: Final[Mapping[str, Callable[[StreamEncoder], Underway]]] = MappingProxyType(
    {
        "text": StreamEncoder._begin_text,
        REFUSAL: StreamEncoder._begin_refusal,
        "thought": StreamEncoder._begin_thought,
        "redacted": StreamEncoder._begin_redacted,
    }
)
_ENDERS: Final[Mapping[str, Callable[[StreamEncoder, Underway], None]]] = MappingProxyType(
    {
        "text": StreamEncoder._end_text,
        REFUSAL: StreamEncoder._end_refusal,
        "thought": StreamEncoder._end_thought,
        "redacted": StreamEncoder._end_redacted,
        "call": StreamEncoder._end_call,
    }
)
