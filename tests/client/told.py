"""What a client tells AWS, held against what botocore would tell it.

Place in the house: tests only.

    @each_client
    def test_get(act: Act) -> None:
        done = act(lambda client: client.batches.get("job"), reply({...}))
        assert done.told == told_by_botocore("bedrock", "get_model_invocation_job", ...)
"""

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import botocore.session
import msgspec
import pytest

from outcrop.client import AsyncClient, Client
from outcrop.client.plan import ClientOptions
from outcrop.http import HttpRequest, HttpResponse
from outcrop.transport.replay import AsyncReplay, Recording, Replay

REQUEST_ID = "7a2b3c4d-request"
OPTIONS: ClientOptions = {
    "region": "us-east-1",
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "secret",
    "max_retries": 0,
    "environ": {},
}
_PREFIX = "x-amzn-bedrock-"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A request, without what differs from one SDK to another."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    """JSON, or the bytes where they are none."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a call came to."""

    value: Any = None
    requests: tuple[HttpRequest, ...]

    @property
    def told(self) -> Told:
        """The only request."""
        (request,) = self.requests
        return _told(
            request.method,
            f"{request.origin}{request.target}",
            {name.lower(): value for name, value in request.headers},
            request.body,
        )


Act: TypeAlias = Callable[..., Done]
"""Takes what to do with a client, and the replies."""


def blocking(do: Callable[[Client], Any], *replies: HttpResponse | Recording) -> Done:
    """Do something with a blocking client."""
    replay = Replay(*replies)
    value = do(Client(transport=replay, sleep=_never, **OPTIONS))
    if hasattr(value, "collect"):
        value = (value.collect(), value.invocation)
    return Done(value=value, requests=tuple(replay.requests))


def awaiting(do: Callable[[AsyncClient], Any], *replies: HttpResponse | Recording) -> Done:
    """Do the same with an awaiting client."""
    replay = AsyncReplay(*replies)

    async def whole() -> Any:
        value = do(AsyncClient(transport=replay, sleep=_never_async, **OPTIONS))
        if inspect.isawaitable(value):
            value = await value
        return (await value.collect(), value.invocation) if hasattr(value, "collect") else value

    value = asyncio.run(whole())
    return Done(value=value, requests=tuple(replay.requests))


each_client = pytest.mark.parametrize("act", [blocking, awaiting])


def _never(_seconds: float) -> NoReturn:
    raise AssertionError("nothing is tried again")


async def _never_async(_seconds: float) -> NoReturn:
    raise AssertionError("nothing is tried again")


def reply(body: object, *headers: tuple[str, str], status: int = 200) -> HttpResponse:
    """Return a reply of AWS."""
    return HttpResponse(
        status=status,
        headers=(("x-amzn-requestid", REQUEST_ID), *headers),
        body=body if isinstance(body, bytes) else msgspec.json.encode(body),
    )


class _SentError(Exception):
    pass


def told_by_botocore(service: str, operation: str, **parameters: Any) -> Told:
    """Return what botocore tells AWS for the same call."""
    client = botocore.session.get_session().create_client(
        service,
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
    )
    caught: list[Any] = []

    def catch(request: Any, **_: Any) -> NoReturn:
        caught.append(request)
        raise _SentError

    client.meta.events.register("before-send", catch)
    try:
        with pytest.raises(_SentError):
            getattr(client, operation)(**parameters)
    finally:
        client.close()
    (request,) = caught
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    return _told(request.method, request.url, headers, request.body or b"")


def _told(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Told:
    parts = urlsplit(url)
    return Told(
        method=method,
        host=parts.netloc,
        path=parts.path,
        query=dict(parse_qsl(parts.query, strict_parsing=bool(parts.query))),
        headers={
            name: value
            for name, value in headers.items()
            if name.startswith(_PREFIX) or (name == "content-type" and body)
        },
        body=_json(body),
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
