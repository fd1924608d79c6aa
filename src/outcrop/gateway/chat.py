"""``POST /v1/chat/completions``: the OpenAI Chat dialect on every model.

Place in the house: gateway. Decode, ask through the library's client, encode; no translation of
its own.

Source: behaviour specification, OAI-01 to OAI-19, GATE-08 to GATE-10.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Final

import msgspec

from outcrop.client import AsyncClient, AsyncStream
from outcrop.codecs import openai_chat
from outcrop.codecs.openai_chat.facts import warnings_of
from outcrop.gateway.asgi import (
    EventStream,
    Fields,
    Presence,
    Receive,
    Scope,
    Send,
    answer,
    read_body,
)
from outcrop.gateway.choices import Batch, ask, batches
from outcrop.gateway.replies import JSON, call_fields, encode_field, error_of, new_id
from outcrop.gateway.settings import GatewaySettings
from outcrop.http import Headers
from outcrop.types.events import Metadata
from outcrop.types.responses import Adjustment, Call, Response
from outcrop.types.usage import Usage, sum_of

_EVENT_STREAM: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)


class ChatEndpoint:
    """Answers chat completions, streamed and not."""

    def __init__(
        self, client: AsyncClient, settings: GatewaySettings, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send, request_id: bytes) -> None:
        """Answer one request.

        Raises:
            OutcropError: There is no answer, and nothing was sent.
            ClientLeftError: The client left; the calls made for it were broken off.
        """
        body = await read_body(receive, self._settings.body_limit)
        asked = openai_chat.decode_request(body, _bedrock_headers(scope))
        async with Presence(receive):
            if asked.stream:
                await self._stream(asked, request_id, send)
            else:
                await self._whole(asked, request_id, send)

    async def _whole(self, asked: openai_chat.ChatRequest, request_id: bytes, send: Send) -> None:
        responses = [
            msgspec.structs.replace(each, call=_with_adjustments(each.call, asked.adjustments))
            for each in await ask(self._client, asked.request, asked.n)
        ]
        first = responses[0].call
        body = openai_chat.encode_response(
            responses,
            response_id=_completion_id(first),
            created=int(self._clock()),
            model=asked.request.model,
            legacy_functions=asked.legacy_functions,
        )
        fields = [JSON, *call_fields(first, request_id), *_warning_fields(responses)]
        await answer(send, 200, fields, body)

    async def _stream(self, asked: openai_chat.ChatRequest, request_id: bytes, send: Send) -> None:
        streams = [self._client.converse_stream(asked.request) for _ in range(asked.n)]
        reply = _Reply(asked, streams, request_id, int(self._clock()))
        out = EventStream(send, reply.fields(), ping_every_s=self._settings.ping_every_s)
        async with aclosing(batches(streams)) as arriving, out:
            last = await _pass_on(arriving, reply, out)
            await out.end(last)


class _Reply:
    """Encodes the events of one or more answers as the chunks of one stream."""

    def __init__(
        self,
        asked: openai_chat.ChatRequest,
        streams: Sequence[AsyncStream],
        request_id: bytes,
        created: int,
    ) -> None:
        self._asked = asked
        self._streams = streams
        self._request_id = request_id
        self._created = created
        self._call = Call()
        self._id = ""
        self._encoders: Sequence[openai_chat.StreamEncoder] = ()
        self._counts: list[Usage] = []

    def fields(self) -> Fields:
        """Return the headers, as far as is known by now how the calls are made."""
        return [*_EVENT_STREAM, *call_fields(self._call_by_now(), self._request_id)]

    def encode(self, batch: Batch) -> bytes:
        """Write the events that arrived together on one answer."""
        start = b"" if self._encoders else self._begin()
        index, arrived = batch
        if self._asked.n > 1:
            self._counts.extend(
                event.usage for event in arrived if isinstance(event, Metadata) and event.usage
            )
        encoder = self._encoders[index]
        return start + b"".join([encoder.encode(event) for event in arrived])

    def end(self) -> bytes:
        """Write what ends the stream."""
        if self._asked.n == 1 or not self._counts:
            return self._encoders[0].end()
        # Token counts of several answers are one sum, told once, after the last of them.
        summary = self._encoder(0, with_usage=self._asked.include_usage)
        return summary.encode(Metadata(usage=sum_of(self._counts))) + summary.end()

    def error(self, failure: Exception) -> bytes:
        """Write what breaks the stream off."""
        error = error_of(failure, self._request_id)
        return self._encoder(0, with_usage=False).error(error)

    def _begin(self) -> bytes:
        self._call = self._call_by_now()
        self._id = _completion_id(self._call)
        counted = self._asked.include_usage and self._asked.n == 1
        self._encoders = [
            self._encoder(index, with_usage=counted) for index in range(self._asked.n)
        ]
        return b"".join([encoder.start() for encoder in self._encoders])

    def _encoder(self, index: int, *, with_usage: bool) -> openai_chat.StreamEncoder:
        return openai_chat.StreamEncoder(
            response_id=self._id,
            created=self._created,
            model=self._asked.request.model,
            include_usage=with_usage,
            choice_index=index,
            legacy_functions=self._asked.legacy_functions,
            call=self._call,
        )

    def _call_by_now(self) -> Call:
        known = (stream.call for stream in self._streams if stream.call is not None)
        return _with_adjustments(next(known, Call()), self._asked.adjustments)


async def _pass_on(arriving: AsyncIterator[Batch], reply: _Reply, out: EventStream) -> bytes:
    """Send everything but the last piece, and return that."""
    try:
        async for batch in arriving:
            if not out.begun:
                out.fields = reply.fields()
            await out.send(reply.encode(batch))
    except Exception as failure:
        # Until something was sent, an error can still have a status of its own.
        if not out.begun:
            raise
        return reply.error(failure)
    return reply.end()


def _with_adjustments(call: Call, more: tuple[Adjustment, ...]) -> Call:
    return msgspec.structs.replace(call, adjustments=more + call.adjustments) if more else call


def _completion_id(call: Call) -> str:
    return f"chatcmpl-{call.request_id or new_id()}"


def _warning_fields(responses: Sequence[Response]) -> Fields:
    warnings = [warning for each in responses for warning in warnings_of(each.content)]
    return [(b"x-outcrop-warnings", encode_field("; ".join(warnings)))] if warnings else []


def _bedrock_headers(scope: Scope) -> Headers:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name.startswith(b"x-amzn-bedrock-")
    )
