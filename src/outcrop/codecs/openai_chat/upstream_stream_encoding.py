"""A streamed answer of a Chat Completions service, chunk by chunk, as Bedrock writes it.

Place in the house: OpenAI Chat codec, the client's half. The gateway streams to its clients by
`stream`, which says more; this writes what Bedrock itself would, for the emulator. The way back is
`upstream_stream`.

    encoder = CompletionEncoder(model="...", response_id="chatcmpl-...", created=0)
    for event in events:
        for name, payload in encoder.encode(event):
            ...
    for name, payload in encoder.close():
        ...

Thoughts go out as text, as gpt-oss has them; neither their signatures nor what only a provider can
read has a place beside them. What Chat has no form for is left out.

Source: OpenAI API reference, "The chat completion chunk object"; behaviour specification, ROUTE-07,
THINK-08; recordings of bedrock-mantle.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

from outcrop.codecs.openai_chat.answer import Entry
from outcrop.codecs.openai_chat.extras import lay_over
from outcrop.codecs.openai_chat.parts import API
from outcrop.codecs.openai_chat.upstream_blocks import encode_citation, encode_stop
from outcrop.codecs.openai_chat.upstream_usage import encode_usage
from outcrop.errors import UnsupportedError
from outcrop.protocols.lossless import encode_plain
from outcrop.types import events
from outcrop.types.content import SERVER_TOOL_USE

Encoded: TypeAlias = tuple[tuple[str, bytes], ...]
"""Chunks, each with the name of its event, which is always empty here."""


class CompletionEncoder:
    """Writes the chunks of one stream. One per answer; not thread-safe."""

    def __init__(self, *, model: str, response_id: str, created: int) -> None:
        """Prepare what is the same in every chunk.

        Args:
            model: Who answers.
            response_id: ``chatcmpl-...``.
            created: Seconds since 1970.
        """
        self._envelope: Entry = {
            "id": response_id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": model,
        }
        self._calls: dict[int, int] = {}

    def encode(self, event: events.Event) -> Encoded:
        """Write one event; nothing for what this wire has no word for.

        Raises:
            UnsupportedError: `event` is a `StreamFault`: an error is no chunk.
            BadRequestError: A text cannot be written as JSON.
        """
        writer = self._WRITERS.get(type(event))
        return () if writer is None else writer(self, event)

    def close(self) -> Encoded:
        """Say that the stream has ended. Nothing was held back."""
        return ()

    def _delta(self, delta: Entry, reason: str | None = None) -> Encoded:
        return self._chunk({"index": 0, "delta": delta, "finish_reason": reason})

    def _chunk(self, *choices: Entry, **members: Any) -> Encoded:
        return (("", encode_plain(self._envelope | {"choices": choices} | members)),)

    def _take_start(self, event: events.MessageStarted) -> Encoded:
        return self._delta({"role": event.role, "content": ""})

    def _take_text(self, event: events.TextDelta) -> Encoded:
        return self._delta({"content": event.text})

    def _take_reasoning(self, event: events.ReasoningDelta) -> Encoded:
        return self._delta({"reasoning": event.text})

    def _take_citation(self, event: events.CitationDelta) -> Encoded:
        annotation = encode_citation(event.citation)
        return () if annotation is None else self._delta({"annotations": [annotation]})

    def _take_tool_start(self, event: events.ToolStarted) -> Encoded:
        if event.tool_type == SERVER_TOOL_USE:
            return ()
        number = self._calls[event.index] = len(self._calls)
        call: Entry = {
            "index": number,
            "id": event.id,
            "type": event.tool_type or "function",
            "function": {"name": event.name, "arguments": ""},
        }
        return self._delta({"tool_calls": [lay_over(call, event.start_extra)]})

    def _take_arguments(self, event: events.ToolDelta) -> Encoded:
        number = self._calls.get(event.index)
        if number is None:
            return ()
        call = {"index": number, "function": {"arguments": event.arguments}}
        return self._delta({"tool_calls": [call]})

    def _take_end(self, event: events.MessageEnded) -> Encoded:
        return self._delta({}, encode_stop(event.stop, calls=bool(self._calls)))

    def _take_metadata(self, event: events.Metadata) -> Encoded:
        told = {"usage": encode_usage(event.usage), "service_tier": event.service_tier}
        return self._chunk(**{name: value for name, value in told.items() if value is not None})

    def _take_unknown(self, event: events.ForeignEvent) -> Encoded:
        name = event.name.removeprefix(_DELTA)
        is_delta = event.api == API and name != event.name
        return self._delta({name: event.raw}) if is_delta else ()

    def _take_fault(self, _event: events.StreamFault) -> Encoded:
        raise UnsupportedError("an error is no chunk on this wire")

    _WRITERS: ClassVar[Mapping[type, Callable[[Any, Any], Encoded]]] = MappingProxyType(
        {
            events.MessageStarted: _take_start,
            events.TextDelta: _take_text,
            events.ReasoningDelta: _take_reasoning,
            events.CitationDelta: _take_citation,
            events.ToolStarted: _take_tool_start,
            events.ToolDelta: _take_arguments,
            events.MessageEnded: _take_end,
            events.Metadata: _take_metadata,
            events.ForeignEvent: _take_unknown,
            events.StreamFault: _take_fault,
        }
    )


_DELTA: Final = "delta."
"""What `upstream_stream` puts before the name of a member of a delta that it does not know."""
