"""Bedrock's own HTTP face: which path asks for what, and how it is answered.

Place in the house: emulator. A plain ASGI application, to be run by `server` or by any other ASGI
server; it opens no socket and reads no clock but those it is given.

    app = create_app(EchoEngine())

Runtime and control plane answer at one address. Ids stand in the path bare or percent-encoded; an
ARN's slash must be encoded (``%2F``), as at AWS.

Source: behaviour specification, EMU-01, EMU-02, WIRE-06; service models of bedrock-runtime,
bedrock-agent-runtime and bedrock.
"""

import logging
import random
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import msgspec

from outcrop.emulator import frames, listings, wordings
from outcrop.emulator.answering import CutError, Writer, fold_answer, stream_answer
from outcrop.emulator.asgi import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    Sending,
    TooLargeError,
    leave_unfinished,
    read_request,
    while_client_waits,
)
from outcrop.emulator.authentication import DEFAULT_CREDENTIALS, Gate, admit
from outcrop.emulator.completing import (
    Asked,
    Reader,
    failure_reply,
    read_completion,
    read_responses,
)
from outcrop.emulator.conversing import FrameWriter, encode_answer, read_converse
from outcrop.emulator.counting import encode_count, read_count
from outcrop.emulator.dialects import Letterhead
from outcrop.emulator.engines import echo
from outcrop.emulator.engines.interface import Engine
from outcrop.emulator.invoking import Answer, answer_invoke
from outcrop.emulator.native_bodies import ChunkWriter, count_headers, dialect_of, read_native
from outcrop.emulator.ranking import answer_rerank
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.replies import (
    EVENT_STREAM,
    JSON,
    SERVER_EVENTS,
    common_headers,
    error_reply,
    json_reply,
)
from outcrop.emulator.rules import reach_model
from outcrop.emulator.signatures import Arrived, Key
from outcrop.types.requests import Request

LONGEST_BODY: Final = 25_000_000
"""Bytes; as AWS (WIRE-07)."""

_log: Final = logging.getLogger("outcrop.emulator")


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two runs: time and chance."""

    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    timer: Callable[[], float] = time.perf_counter
    """Seconds, for latencies."""
    request_id: Callable[[], str] = lambda: str(uuid.uuid4())
    padding: Callable[[], int] = lambda: random.randint(  # noqa: S311 - it hides nothing here
        frames.SHORTEST_PADDING, frames.LONGEST_PADDING
    )


class Call(msgspec.Struct, frozen=True):
    """One request on its way to an answer."""

    arrived: Arrived
    name: str
    """What the path names, percent-decoded: a model, a profile."""
    region: str
    request_id: str
    started: float


class Emulator:
    """The application. One per engine; holds nothing between requests."""

    def __init__(self, engine: Engine, gate: Gate, sources: Sources) -> None:
        """Keep what every request needs."""
        self.engine = engine
        """Who answers for every model but the ``emu.`` ones."""
        self._own = echo.EchoEngine()
        self._gate = gate
        self._sources = sources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.engine.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = self._sources.request_id()
        sending = Sending(send)
        try:
            arrived = await read_request(scope, receive, LONGEST_BODY)
            await while_client_waits(receive, self._answer(arrived, request_id, sending))
        except ClientGoneError:
            return
        except TooLargeError:
            refusal = wordings.TOO_LARGE.refusal(limit=LONGEST_BODY)
            await self._refuse(sending, request_id, refusal)
        except CutError as cut:
            await sending.part(cut.last)
            leave_unfinished()

    async def _answer(self, arrived: Arrived, request_id: str, sending: Sending) -> None:
        started = self._sources.timer()
        try:
            region = admit(self._gate, arrived, self._sources.clock())
            answer, name = _route(arrived)
            await answer(self, Call(arrived, name, region, request_id, started), sending)
        except Refusal as refusal:
            await self._refuse(sending, request_id, refusal)
        except CutError:
            raise
        except Exception:
            if sending.begun:
                raise
            _log.exception("the emulator failed to answer request %s", request_id)
            await self._refuse(sending, request_id, wordings.INTERNAL.refusal())

    async def _refuse(self, sending: Sending, request_id: str, refusal: Refusal) -> None:
        headers = common_headers(JSON, request_id, self._sources.clock())
        await sending.reply(error_reply(refusal, headers))

    async def converse(self, call: Call, sending: Sending) -> None:
        """Answer Converse."""
        request = read_converse("Converse", call.name, call.arrived.body)
        engine = self._engine_for(call.name)
        headers = self._headers(call, JSON, engine)
        sending.prepare(headers)
        folded = await fold_answer(engine, request, self._elapsed(call))
        await sending.reply(json_reply(folded.body(encode_answer(folded.response)), headers))

    async def converse_stream(self, call: Call, sending: Sending) -> None:
        """Answer ConverseStream."""
        request = read_converse("ConverseStream", call.name, call.arrived.body)
        writer = FrameWriter(self._sources.padding)
        await self._stream(call, request, writer, EVENT_STREAM, sending)

    async def invoke(self, call: Call, sending: Sending) -> None:
        """Answer InvokeModel."""
        dialect = dialect_of(call.name)
        if dialect is None:
            answer = answer_invoke(call.name, call.arrived.body, call.request_id)
            await self._send_answer(call, answer, sending)
            return
        request = read_native(dialect, call.name, call.arrived.body, streamed=False)
        engine = self._engine_for(call.name)
        headers = self._headers(call, JSON, engine)
        sending.prepare(headers)
        folded = await fold_answer(engine, request, self._elapsed(call))
        body = folded.body(dialect.encode(folded.response, self._letterhead(call, call.name)))
        await sending.reply(json_reply(body, (*headers, *count_headers(folded.response))))

    async def invoke_stream(self, call: Call, sending: Sending) -> None:
        """Answer InvokeModelWithResponseStream."""
        dialect = dialect_of(call.name)
        if dialect is None:
            reach_model(call.name)
            raise wordings.NO_STREAM.refusal()
        request = read_native(dialect, call.name, call.arrived.body, streamed=True)
        encoder = dialect.encoder(self._letterhead(call, call.name))
        writer = ChunkWriter(encoder, self._elapsed(call), self._sources.padding)
        told = ("x-amzn-bedrock-content-type", JSON)
        await self._stream(call, request, writer, EVENT_STREAM, sending, told)

    async def complete(self, call: Call, sending: Sending) -> None:
        """Answer Chat Completions."""
        await self._answer_openai(call, read_completion, sending)

    async def respond(self, call: Call, sending: Sending) -> None:
        """Answer Responses."""
        await self._answer_openai(call, read_responses, sending)

    async def _answer_openai(self, call: Call, read: Reader, sending: Sending) -> None:
        try:
            asked = read(call.arrived.body, call.arrived.headers)
            await self._answer_asked(call, asked, sending)
        except Refusal as refusal:
            headers = common_headers(JSON, call.request_id, self._sources.clock())
            await sending.reply(failure_reply(refusal, headers))

    async def _answer_asked(self, call: Call, asked: Asked, sending: Sending) -> None:
        request = asked.request
        letterhead = self._letterhead(call, request.model)
        if asked.stream:
            writer = asked.writer(letterhead)
            await self._stream(call, request, writer, SERVER_EVENTS, sending)
            return
        engine = self._engine_for(request.model)
        headers = self._headers(call, JSON, engine)
        sending.prepare(headers)
        folded = await fold_answer(engine, request, self._elapsed(call))
        body = folded.body(asked.encode(folded.response, letterhead))
        await sending.reply(json_reply(body, headers))

    async def _stream(
        self,
        call: Call,
        request: Request,
        writer: Writer,
        content_type: str,
        sending: Sending,
        *beside: tuple[str, str],
    ) -> None:
        engine = self._engine_for(request.model)
        sending.prepare((*self._headers(call, content_type, engine), *beside))
        stream = stream_answer(engine, request, self._elapsed(call), writer)
        async with aclosing(stream) as written:
            async for piece in written:
                await sending.part(piece)
        await sending.end()

    def _letterhead(self, call: Call, model: str) -> Letterhead:
        created = int(self._sources.clock())
        return Letterhead(model=model, request_id=call.request_id, created=created)

    async def rerank(self, call: Call, sending: Sending) -> None:
        """Answer Rerank, an operation of the agent runtime."""
        await self._send_answer(call, answer_rerank(call.arrived.body), sending)

    async def _send_answer(self, call: Call, answer: Answer, sending: Sending) -> None:
        headers = common_headers(JSON, call.request_id, self._sources.clock(), answer.engine)
        elapsed = ("x-amzn-bedrock-invocation-latency", str(self._elapsed(call)()))
        await sending.reply(json_reply(answer.body, (*headers, elapsed, *answer.headers)))

    async def count_tokens(self, call: Call, sending: Sending) -> None:
        """Answer CountTokens."""
        request = read_count(call.name, call.arrived.body)
        engine = self._engine_for(call.name)
        counted = encode_count(await engine.count_tokens(request))
        await sending.reply(json_reply(counted, self._headers(call, JSON, engine)))

    async def list_models(self, call: Call, sending: Sending) -> None:
        """Answer ListFoundationModels."""
        asked = listings.read_query("ListFoundationModels", call.arrived.query)
        await self._send_json(call, listings.list_models(call.region, asked), sending)

    async def get_model(self, call: Call, sending: Sending) -> None:
        """Answer GetFoundationModel."""
        await self._send_json(call, listings.get_model(call.region, call.name), sending)

    async def list_profiles(self, call: Call, sending: Sending) -> None:
        """Answer ListInferenceProfiles."""
        asked = listings.read_query("ListInferenceProfiles", call.arrived.query)
        await self._send_json(call, listings.list_profiles(call.region, asked), sending)

    async def get_profile(self, call: Call, sending: Sending) -> None:
        """Answer GetInferenceProfile."""
        await self._send_json(call, listings.get_profile(call.region, call.name), sending)

    async def _send_json(self, call: Call, value: Any, sending: Sending) -> None:
        headers = common_headers(JSON, call.request_id, self._sources.clock())
        await sending.reply(json_reply(value, headers))

    def _engine_for(self, model: str) -> Engine:
        return self._own if model in echo.MODELS else self.engine

    def _headers(
        self, call: Call, content_type: str, engine: Engine
    ) -> tuple[tuple[str, str], ...]:
        return common_headers(content_type, call.request_id, self._sources.clock(), engine.name)

    def _elapsed(self, call: Call) -> Callable[[], int]:
        return lambda: round((self._sources.timer() - call.started) * 1000)


_Answer: TypeAlias = Callable[[Emulator, Call, Sending], Awaitable[None]]
_ROUTES: Final[tuple[tuple[str, re.Pattern[str], _Answer], ...]] = tuple(
    (method, re.compile(path), answer)
    for method, path, answer in (
        ("POST", "/model/([^/]+)/converse", Emulator.converse),
        ("POST", "/model/([^/]+)/converse-stream", Emulator.converse_stream),
        ("POST", "/model/([^/]+)/invoke", Emulator.invoke),
        ("POST", "/model/([^/]+)/invoke-with-response-stream", Emulator.invoke_stream),
        ("POST", "/openai/v1/chat/completions()", Emulator.complete),
        ("POST", "/openai/v1/responses()", Emulator.respond),
        ("POST", "/rerank()", Emulator.rerank),
        ("POST", "/model/([^/]+)/count-tokens", Emulator.count_tokens),
        ("GET", "/foundation-models()", Emulator.list_models),
        ("GET", "/foundation-models/([^/]+)", Emulator.get_model),
        ("GET", "/inference-profiles()", Emulator.list_profiles),
        ("GET", "/inference-profiles/([^/]+)", Emulator.get_profile),
    )
)


def _route(arrived: Arrived) -> tuple[_Answer, str]:
    path = arrived.path.decode("latin-1")
    for method, pattern, answer in _ROUTES:
        match = pattern.fullmatch(path)
        if match and method == arrived.method:
            return answer, unquote(match[1])
    raise wordings.UNKNOWN_OPERATION.refusal()


def create_app(
    engine: Engine,
    *,
    verify: bool = True,
    credentials: Mapping[str, Key] = DEFAULT_CREDENTIALS,
    api_keys: tuple[str, ...] = (),
    region: str | None = None,
    clock: Callable[[], float] = time.time,
) -> Emulator:
    """Return the emulator as an ASGI application.

    Args:
        engine: Who answers. It is closed when the server stops.
        verify: Whether signatures and API keys are checked; False lets everybody in.
        credentials: The key pairs that exist.
        api_keys: The API keys that are good; none given, every key is.
        region: The one region it plays; None plays the region that each signature names, and
            ``us-east-1`` for requests with an API key.
        clock: Seconds since the epoch; dates replies and judges signatures.
    """
    gate = Gate(verify=verify, credentials=credentials, api_keys=api_keys, region=region)
    return Emulator(engine, gate, Sources(clock=clock))
