"""``POST /v1/chat/completions``: the OpenAI Chat dialect on every model.

Place in the house: gateway. Decode, ask through the library's client, encode; no translation of
its own.

Source: behaviour specification, OAI-01 to OAI-19, GATE-08 to GATE-10.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import msgspec

from outcrop.client import AsyncClient, AsyncStream
from outcrop.codecs import openai_chat
from outcrop.errors import OutcropError
from outcrop.gateway.asgi import Heartbeat, Presence, Receive, Scope, Send, answer, read_body
from outcrop.gateway.choices import Batch, ask, batches
from outcrop.gateway.replies import JSON, answer_error, call_fields, new_id, request_id_of
from outcrop.gateway.settings import GatewaySettings
from outcrop.http import Headers
from outcrop.types.events import Metadata
from outcrop.types.responses import Adjustment, Call
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id = request_id_of(scope)
        try:
            body = await read_body(receive, self._settings.body_limit)
            asked = openai_chat.decode_request(body, _bedrock_headers(scope))
            async with Presence(receive):
                if asked.stream:
                    await self._stream(asked, request_id, send)
                else:
                    await self._whole(asked, request_id, send)
        except OutcropError as error:
            await answer_error(send, error, request_id)

    async def _whole(self, asked: openai_chat.ChatRequest, request_id: bytes, send: Send) -> None:
        responses = [
            msgspec.structs.replace(each, call=_with_adjustments(each.call, asked.adjustments))
            for each in await ask(self._client, asked.request, asked.n)
        ]
        body = openai_chat.encode_response(
            responses,
            response_id=_completion_id(responses[0].call),
            created=int(self._clock()),
            model=asked.request.model,
            legacy_functions=asked.legacy_functions,
        )
        fields = [JSON, *call_fields(responses[0].call, request_id)]
        await answer(send, 200, fields, body)

    async def _stream(self, asked: openai_chat.ChatRequest, request_id: bytes, send: Send) -> None:
        streams = [self._client.converse_stream(asked.request) for _ in range(asked.n)]
        try:
            async with aclosing(batches(streams)) as arriving:
                # Until the first events are here an error can still have a status of its own.
                first = await anext(arriving)
                call = _with_adjustments(_call_of(streams), asked.adjustments)
                reply = _Reply(asked, call, int(self._clock()))
                fields = [*_EVENT_STREAM, *call_fields(call, request_id)]
                await send({"type": "http.response.start", "status": 200, "headers": fields})
                await _send_piece(send, reply.start() + reply.encode(first))
                last = await self._pass_on(arriving, reply, send)
                await send({"type": "http.response.body", "body": last})
        finally:
            for stream in streams:
                stream.close()

    async def _pass_on(
        self, arriving: AsyncGenerator[Batch, None], reply: "_Reply", send: Send
    ) -> bytes:
        heartbeat = Heartbeat(send, self._settings.ping_every_s)
        try:
            async for batch in arriving:
                heartbeat.touch()
                await _send_piece(send, reply.encode(batch))
        except OutcropError as error:
            return reply.error(error)
        finally:
            heartbeat.stop()
        return reply.end()


async def _send_piece(send: Send, piece: bytes) -> None:
    if piece:
        await send({"type": "http.response.body", "body": piece, "more_body": True})


class _Reply:
    """Encodes the events of one or more answers as the chunks of one stream."""

    def __init__(self, asked: openai_chat.ChatRequest, call: Call, created: int) -> None:
        def encoder(index: int, *, with_usage: bool) -> openai_chat.StreamEncoder:
            return openai_chat.StreamEncoder(
                response_id=_completion_id(call),
                created=created,
                model=asked.request.model,
                include_usage=with_usage,
                choice_index=index,
                legacy_functions=asked.legacy_functions,
                call=call,
            )

        self._is_single = asked.n == 1
        counted = asked.include_usage
        self._encoders = [
            encoder(index, with_usage=counted and self._is_single) for index in range(asked.n)
        ]
        # Token counts of several answers are one sum, told once, after the last of them.
        self._summary = self._encoders[0] if self._is_single else encoder(0, with_usage=counted)
        self._counts: list[Usage] = []

    def start(self) -> bytes:
        """Write what begins the stream."""
        return b"".join([encoder.start() for encoder in self._encoders])

    def encode(self, batch: Batch) -> bytes:
        """Write the events that arrived together on one answer."""
        index, arrived = batch
        if not self._is_single:
            self._counts.extend(
                event.usage for event in arrived if isinstance(event, Metadata) and event.usage
            )
        encoder = self._encoders[index]
        return b"".join([encoder.encode(event) for event in arrived])

    def end(self) -> bytes:
        """Write what ends the stream."""
        if self._is_single or not self._counts:
            return self._summary.end()
        return self._summary.encode(Metadata(usage=sum_of(self._counts))) + self._summary.end()

    def error(self, error: OutcropError) -> bytes:
        """Write what breaks the stream off."""
        return self._summary.error(error)


def _call_of(streams: list[AsyncStream]) -> Call:
    return next((stream.call for stream in streams if stream.call is not None), Call())


def _with_adjustments(call: Call, more: tuple[Adjustment, ...]) -> Call:
    return msgspec.structs.replace(call, adjustments=more + call.adjustments) if more else call


def _completion_id(call: Call) -> str:
    return f"chatcmpl-{call.request_id or new_id()}"


def _bedrock_headers(scope: Scope) -> Headers:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name.startswith(b"x-amzn-bedrock-")
    )
