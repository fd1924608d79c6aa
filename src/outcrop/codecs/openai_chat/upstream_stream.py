"""A streamed answer of a Chat Completions service, chunk by chunk.

Place in the house: OpenAI Chat codec, the client's half. Knows the JSON of chunks; where each
begins and ends is for the reader of the frames.

    decoder = StreamDecoder()
    for name, payload in ...:
        for event in decoder.decode(name, payload):
            ...
    for event in decoder.close(): ...

Blocks come one after the other: what a new kind of delta begins, ends what was open. Folded, they
give what `upstream_reply` reads of the same answer in one piece. What the model does not name is
kept: of a chunk or a choice, in `extra` of the end; of a delta, as a `ForeignEvent`.

Source: OpenAI API reference, "The chat completion chunk object"; behaviour specification,
STREAM-01 to STREAM-04, STREAM-08, THINK-07, ROUTE-07.
"""

from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.openai_chat import upstream_wire as wire
from outcrop.codecs.openai_chat.extras import decode_extra, make_extra
from outcrop.codecs.openai_chat.inline_reasoning import InlineReasoning
from outcrop.codecs.openai_chat.parts import API
from outcrop.codecs.openai_chat.upstream_blocks import (
    SAID,
    SEALED,
    call_id,
    call_type,
    decode_citation,
    decode_part,
    decode_stop,
    detail_data,
    detail_key,
    detail_text,
    foreign_detail,
    thought_of,
)
from outcrop.codecs.openai_chat.upstream_reply import LOGPROBS, choice_surplus, present
from outcrop.codecs.openai_chat.upstream_usage import decode_usage, usage_of_metrics
from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.protocols.openaierrors import decode_fault
from outcrop.types import events
from outcrop.types.content import Foreign, Text
from outcrop.types.usage import Usage

_Key: TypeAlias = tuple[Any, ...]
"""What the deltas of one block have in common: its kind, and its number where there are several."""

_TEXT: Final = ("text",)
_THOUGHT: Final = ("thought",)

_tokens: Final = msgspec.json.Decoder(dict[str, list[msgspec.Raw] | None])


class _Called:
    """A call under way."""

    __slots__ = ("id", "index")

    def __init__(self, index: int, call_id: str) -> None:
        self.index = index
        self.id = call_id


class StreamDecoder:
    """Reads the chunks of one stream. One per stream; not thread-safe."""

    def __init__(self) -> None:
        self._ready: list[events.Event] = []
        self._started = False
        self._ended = False
        self._refused = False
        self._open: _Key | None = None
        self._index = -1
        self._blocks = 0
        self._places: dict[_Key, int] = {}
        self._calls: dict[Any, _Called] = {}
        self._last_call: Any = None
        self._splitter = InlineReasoning()
        self._surplus: dict[str, msgspec.Raw] = {}
        self._logprobs: dict[str, list[msgspec.Raw]] = {}
        self._usage: Usage | None = None
        self._metrics: wire.Metrics | None = None
        self._tier: str | None = None
        self._untold = False

    def decode(self, name: str, payload: bytes) -> tuple[events.Event, ...]:
        """Read one chunk; `name` is the name of its server-sent event, usually empty.

        Raises:
            WireError: The payload is malformed; the message names the path of the problem.
        """
        if name == "error":
            self._take_error(payload)
        else:
            self._take(_CHUNKS.read(payload, None))
        return self._taken()

    def close(self) -> tuple[events.Event, ...]:
        """Return what the end of the body completes."""
        self._flush_text()
        if self._ended and self._untold:
            self._tell_counts()
        return self._taken()

    def _taken(self) -> tuple[events.Event, ...]:
        taken = tuple(self._ready)
        self._ready.clear()
        return taken

    def _take(self, chunk: wire.Completion) -> None:
        error = wire.given(chunk.error)
        if error is not None:
            self._ready.append(decode_fault(error))
            return
        if chunk.surplus is not None:
            self._surplus |= dict(present(chunk.surplus))
        for choice in chunk.choices or ():
            if choice.index:
                raw = msgspec.Raw(encode(choice))
                self._ready.append(events.ForeignEvent(api=API, name="choice", raw=raw))
            else:
                self._take_choice(choice)
        self._take_counts(chunk)

    def _take_error(self, payload: bytes) -> None:
        try:
            error = wire.given(_read_error(payload).error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            error = None
        self._ready.append(decode_fault(error or payload))

    def _take_choice(self, choice: wire.Choice) -> None:
        delta = choice.delta or choice.message or _NO_DELTA
        if not self._started:
            self._started = True
            self._ready.append(events.MessageStarted(role=delta.role or "assistant"))
        self._take_delta(delta)
        if choice.surplus is not None:
            self._surplus |= dict(choice_surplus(choice))
        logprobs = wire.given(choice.logprobs)
        if logprobs is not None:
            self._take_logprobs(logprobs)
        if choice.finish_reason and not self._ended:
            self._end(choice.finish_reason)

    def _take_delta(self, delta: wire.Message) -> None:
        if delta.reasoning_details:
            for position, detail in enumerate(delta.reasoning_details):
                self._take_detail(detail, detail_key(position, detail))
        elif delta.reasoning or delta.reasoning_content:
            self._think(thought_of(delta) or "")
        if delta.content:
            self._take_content(delta.content)
        if delta.refusal:
            self._refused = True
            self._say(delta.refusal)
        for call in delta.tool_calls or ():
            self._take_call(call)
        for annotation in delta.annotations or ():
            self._enter(_TEXT)
            citation = decode_citation(annotation)
            self._ready.append(events.CitationDelta(index=self._index, citation=citation))
        for name, raw in present(delta.surplus):
            event = events.ForeignEvent(api=API, name=f"delta.{name}", raw=raw.copy())
            self._ready.append(event)

    def _take_content(self, content: str | tuple[msgspec.Raw, ...]) -> None:
        if isinstance(content, tuple):
            for part in content:
                self._take_part(part)
        elif self._splitter.done:
            self._say(content)
        else:
            self._split(self._splitter.feed(content))

    def _split(self, pieces: list[tuple[bool, str]]) -> None:
        for is_thought, text in pieces:
            (self._think if is_thought else self._say)(text)

    def _take_part(self, raw: msgspec.Raw) -> None:
        block = decode_part(raw)
        if isinstance(block, Text) and block.extra is None:
            self._say(block.text)
        else:
            self._keep(Foreign(api=API, raw=raw.copy()))

    def _keep(self, foreign: Foreign) -> None:
        """Let a piece that is not known here be a block of its own."""
        self._enter(("foreign", self._blocks))
        self._ready.append(events.ForeignDelta(index=self._index, delta=foreign))

    def _take_detail(self, detail: wire.ReasoningDetail, key: _Key) -> None:
        extra = decode_extra(detail.surplus)
        data = detail_data(detail) if detail.type == SEALED else None
        if detail.type not in SAID and data is None:
            self._keep(foreign_detail(detail))
            return
        self._enter(key)
        index = self._index
        if data is not None:
            self._ready.append(events.RedactedDelta(index=index, data=data, extra=extra))
        text = detail_text(detail)
        if text is not None:
            self._ready.append(events.ReasoningDelta(index=index, text=text, extra=extra))
        if detail.signature is not None:
            signed = events.SignatureDelta(index=index, signature=detail.signature)
            self._ready.append(signed)

    def _think(self, text: str) -> None:
        self._enter(_THOUGHT)
        self._ready.append(events.ReasoningDelta(index=self._index, text=text))

    def _say(self, text: str) -> None:
        self._enter(_TEXT)
        self._ready.append(events.TextDelta(index=self._index, text=text))

    def _take_call(self, call: wire.ToolCall) -> None:
        key = self._key_of(call)
        called = self._calls.get(key)
        if called is None:
            called = self._begin_call(key, call)
        self._enter(("call", key))
        fragment = call.function.arguments if call.function is not None else None
        if fragment:
            self._ready.append(
                events.ToolDelta(index=called.index, arguments=fragment, id=called.id)
            )

    # Some services number no calls: one with an id of its own is new, one without goes on.
    def _key_of(self, call: wire.ToolCall) -> Any:
        key = call.index if call.index is not None else call.id or self._last_call
        self._last_call = key
        return key

    def _begin_call(self, key: Any, call: wire.ToolCall) -> _Called:
        self._enter(("call", key))
        called = self._calls[key] = _Called(self._index, call_id(call, len(self._calls)))
        self._ready.append(
            events.ToolStarted(
                index=called.index,
                id=called.id,
                name=(call.function.name if call.function is not None else None) or "",
                tool_type=call_type(call),
                start_extra=decode_extra(call.surplus),
            )
        )
        return called

    def _take_logprobs(self, raw: msgspec.Raw) -> None:
        try:
            given = _tokens.decode(raw)
        except msgspec.DecodeError:
            self._surplus[LOGPROBS] = raw.copy()
            return
        for name, tokens in given.items():
            self._logprobs.setdefault(name, []).extend(token.copy() for token in tokens or ())

    def _enter(self, key: _Key) -> None:
        """Let the block of `key` be open: again if it is numbered, else a new one."""
        if self._open == key:
            return
        self._leave()
        place = self._places.get(key)
        if place is None:
            place = self._blocks
            self._blocks += 1
            if _is_numbered(key):
                self._places[key] = place
        self._open, self._index = key, place

    def _leave(self) -> None:
        if self._open is not None:
            self._ready.append(events.BlockEnded(index=self._index))
            self._open = None

    def _flush_text(self) -> None:
        self._split(self._splitter.close())

    def _end(self, reason: str) -> None:
        self._flush_text()
        self._leave()
        self._ended = True
        stop = decode_stop(reason, refused=self._refused)
        if self._logprobs:
            tokens = {name: found or None for name, found in self._logprobs.items()}
            self._surplus[LOGPROBS] = msgspec.Raw(msgspec.json.encode(tokens))
        extra = make_extra(self._surplus)
        self._surplus = {}
        self._ready.append(events.MessageEnded(stop=stop, extra=extra))

    def _take_counts(self, chunk: wire.Completion) -> None:
        if chunk.usage is not None:
            self._usage, self._untold = decode_usage(chunk.usage), True
        if chunk.metrics is not None:
            self._metrics, self._untold = chunk.metrics, True
        if chunk.service_tier is not None and chunk.service_tier != self._tier:
            self._tier, self._untold = chunk.service_tier, True
        if self._ended and self._untold and (self._usage or self._metrics):
            self._tell_counts()

    def _tell_counts(self) -> None:
        metrics, surplus = self._metrics, self._surplus
        self._untold, self._surplus = False, {}
        self._ready.append(
            events.Metadata(
                usage=self._usage or (usage_of_metrics(metrics) if metrics else None),
                latency_ms=metrics.invocation_latency if metrics else None,
                service_tier=self._tier,
                metrics_extra=decode_extra(metrics.surplus) if metrics else None,
                extra=make_extra(surplus),
            )
        )


def _is_numbered(key: _Key) -> bool:
    """Tell whether a fragment that comes late still belongs to the same block."""
    kind, *number = key
    return bool(number) and (kind == "call" or number[0] >= 0)


class _Failure(msgspec.Struct):
    error: wire.OptionalRaw = msgspec.UNSET


_read_error: Final = msgspec.json.Decoder(_Failure).decode


def _as_read(chunk: wire.Completion, _context: None) -> wire.Completion:
    return chunk


_NO_DELTA: Final = wire.Message()
_CHUNKS: Final = Reader(wire.Completion, _as_read, WireError)
