"""Calls the gateway as an ASGI server does, without a socket; and whom it asks then.

Place in the house: tests only.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from outcrop.client import AsyncClient, AsyncStream, Listing
from outcrop.errors import OutcropError
from outcrop.flow.listing import ModelInfo
from outcrop.gateway.app import Gateway
from outcrop.gateway.settings import GatewaySettings
from outcrop.types.content import Text
from outcrop.types.requests import Request
from outcrop.types.responses import Response, Stop

NOW = 1_767_323_045.0
QUESTION = b'{"model":"emu.echo","messages":[{"role":"user","content":"hi"}]}'
ANSWER = Response(content=(Text(text="yes"),), stop=Stop(kind="stop", raw="end_turn"))


class Reply(msgspec.Struct, frozen=True):
    """What an application sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Client:
    """Who calls: sends the pieces of a body, stays or leaves, and notes what it gets."""

    def __init__(self, *pieces: bytes, leaves: bool = False) -> None:
        self._messages = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
            for number, piece in enumerate(pieces or (b"",), 1)
        ]
        if leaves:
            self._messages[-1] = {"type": "http.disconnect"}
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self._messages:
            return self._messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("it waits for ever")

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def unread(self) -> int:
        """How many pieces of the body nobody wanted."""
        return len(self._messages)

    def reply(self) -> Reply:
        start = self.sent[0]
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Reply(start["status"], headers, self.body)


def scope(
    method: str, path: str, headers: Sequence[tuple[str, str]] = (), *, raw_path: str = ""
) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": (raw_path or path).encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }


def call(
    app: Gateway,
    method: str,
    path: str,
    *pieces: bytes,
    headers: Sequence[tuple[str, str]] = (),
) -> Reply:
    """Return the reply to one request."""
    client = Client(*pieces)

    asyncio.run(app(scope(method, path, headers), client.receive, client.send))

    return client.reply()


def chat(app: Gateway, *pieces: bytes, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """Return the reply to a request for a chat completion."""
    return call(app, "POST", "/v1/chat/completions", *(pieces or (QUESTION,)), headers=headers)


class Library(AsyncClient):
    """The library's client, with outcomes of the test instead of calls."""

    def __init__(
        self,
        *listings: Listing | OutcropError,
        answer: Response | Exception = ANSWER,
        stream: Callable[[], AsyncStream] | None = None,
    ) -> None:
        super().__init__(region="us-east-1", api_key="any", environ={})
        self._listings = list(listings)
        self._answer = answer
        self._stream = stream
        self.listed = 0

    async def models(self) -> Listing:
        self.listed += 1
        await asyncio.sleep(0)
        outcome = self._listings.pop(0) if self._listings else Listing(models=())
        if isinstance(outcome, OutcropError):
            raise outcome
        return outcome

    async def converse(self, request: Request) -> Response:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def converse_stream(self, request: Request) -> AsyncStream:
        assert self._stream is not None
        return self._stream()


class Clock:
    """Seconds since the epoch, as the test says."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def gateway(library: Library | None = None, clock: Clock | None = None, **settings: Any) -> Gateway:
    """Return a gateway over `library`."""
    return Gateway(library or Library(), GatewaySettings(**settings), clock=clock or Clock())


def info(model_id: str, **members: Any) -> ModelInfo:
    """Return a model of a listing."""
    known = {
        "name": model_id,
        "provider": "Amazon",
        "source": "foundation-model",
        "inputs": ("TEXT",),
    }
    return ModelInfo(id=model_id, **(known | members))
