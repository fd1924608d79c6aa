"""``POST /v1/chat/completions``: the OpenAI Chat dialect on every model.

Place in the house: gateway. Decode, ask through the library's client, encode; no translation of
its own.

Source: behaviour specification, OAI-01 to OAI-19, GATE-08 to GATE-10.
"""

import asyncio
import uuid
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from outcrop.client import AsyncClient, AsyncStream
from outcrop.codecs import openai_chat
from outcrop.errors import OutcropError
from outcrop.gateway.asgi import Heartbeat, Presence, Receive, Scope, Send, answer, read_body
from outcrop.gateway.replies import JSON, answer_error, call_fields, request_id_of
from outcrop.gateway.settings import GatewaySettings
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Call, Response

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
            asked = openai_chat.decode_request(body)
            async with Presence(receive):
                if asked.stream:
                    await self._stream(asked, request_id, send)
                else:
                    await self._whole(asked, request_id, send)
        except OutcropError as error:
            await answer_error(send, error, request_id)

    async def _whole(self, asked: openai_chat.ChatRequest, request_id: bytes, send: Send) -> None:
        responses = [
            _with_adjustments(response, asked.adjustments)
            for response in await self._ask(asked.request, asked.n)
        ]
        call = responses[0].call
        body = openai_chat.encode_response(
            responses,
            response_id=_completion_id(call),
            created=int(self._clock()),
            model=asked.request.model,
        )
        await answer(send, 200, [JSON, *call_fields(call, request_id)], body)

    async def _ask(self, request: Request, times: int) -> Iterable[Response]:
        if times == 1:
            return (await self._client.converse(request),)
        calls = [asyncio.ensure_future(self._client.converse(request)) for _ in range(times)]
        try:
            return await asyncio.gather(*calls)
        finally:
            for call in calls:
                call.cancel()

    async def _stream(self, asked: openai_chat.ChatRequest, request_id: bytes, send: Send) -> None:
        stream = self._client.converse_stream(asked.request)
        reply = _StreamedReply(asked, request_id, send, created=int(self._clock()))
        try:
            await reply.run(stream, self._settings.ping_every_s)
        finally:
            stream.close()
