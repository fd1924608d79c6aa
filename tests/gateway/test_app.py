"""Routes, keys and failures, without a socket."""

import asyncio
import hmac
import logging
from typing import Any, cast

import pytest

from outcrop.client import AsyncStream, Listing
from outcrop.errors import PermissionDeniedError, ServerError
from outcrop.types.events import Event, TextDelta
from outcrop.types.responses import Call
from tests.gateway.calling import Client, Library, call, chat, gateway, info, scope

KEY = "sk-gateway-1234"


class Broken:
    """A stream in which something fails that nobody foresaw."""

    call = Call(request_id="r1")

    def __init__(self, *batches: tuple[Event, ...]) -> None:
        self._batches = list(batches)
        self.closed = False

    async def next_batch(self) -> tuple[Event, ...]:
        if not self._batches:
            raise RuntimeError("of our making")
        return self._batches.pop(0)

    def close(self) -> None:
        self.closed = True


def test_health_asks_nobody() -> None:
    """A probe for life must not depend on AWS."""
    library = Library()

    reply = call(gateway(library), "GET", "/health")

    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert library.listed == 0


def test_ready() -> None:
    library = Library(Listing(models=(info("amazon.x"),)))

    reply = call(gateway(library), "GET", "/health/ready")

    assert (reply.status, reply.json) == (200, {"status": "ready"})


def test_unready_says_why() -> None:
    """Whoever runs the gateway learns what to change (ERR-29)."""
    library = Library(PermissionDeniedError("No access", aws_message="User: arn:aws:iam::1:u"))

    reply = call(gateway(library), "GET", "/health/ready")

    assert reply.status == 503
    assert reply.json["status"] == "unready"
    assert "No models: listing failed" in reply.json["reason"]
    assert "bedrock:ListFoundationModels" in reply.json["reason"]
    assert "arn:aws:iam::1:u" in reply.json["reason"]


def test_unready_says_why_to_holders_of_the_key_alone() -> None:
    """A probe needs no key; AWS's words name accounts, and are not for everybody."""
    library = Library(PermissionDeniedError("No access", aws_message="User: arn:aws:iam::1:u"))
    app = gateway(library, master_key=KEY)

    probed = call(app, "GET", "/health/ready")
    asked = call(app, "GET", "/health/ready", headers=[("x-api-key", KEY)])

    assert (probed.status, probed.json) == (503, {"status": "unready"})
    assert asked.status == 503
    assert "arn:aws:iam::1:u" in asked.json["reason"]


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/chat", "/v1/chat/completions/", "/v1/modelsx", "/healthy"]
)
def test_unknown_route(path: str) -> None:
    """A mistyped base URL is told in OpenAI's shape, which every client shows (GATE-07)."""
    reply = call(gateway(), "POST", path)

    assert reply.status == 404
    assert reply.headers["content-type"] == "application/json"
    error = reply.json["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith(f"outcrop: Nothing is at POST {path}.")
    assert "/v1/chat/completions" in error["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/chat/completions", "POST"),
        ("POST", "/v1/models", "GET"),
        ("DELETE", "/v1/models/x", "GET"),
        ("POST", "/health", "GET"),
    ],
)
def test_wrong_method(method: str, path: str, allowed: str) -> None:
    reply = call(gateway(), method, path)

    assert reply.status == 405
    assert reply.headers["allow"] == allowed
    assert reply.json["error"]["message"] == f"outcrop: {path} takes {allowed}, not {method}."


def test_head_is_answered_as_get() -> None:
    """Load balancers ask by HEAD."""
    assert call(gateway(), "HEAD", "/health").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("authorization", f"Bearer {KEY}")], id="bearer"),
        pytest.param([("authorization", f"bearer {KEY}")], id="lower-case"),
        pytest.param([("x-api-key", KEY)], id="x-api-key"),
        pytest.param([("authorization", "Bearer any"), ("x-api-key", KEY)], id="either"),
        pytest.param([("x-api-key", "any"), ("authorization", f"Bearer {KEY}")], id="other"),
    ],
)
def test_key_opens(headers: list[tuple[str, str]]) -> None:
    reply = chat(gateway(master_key=KEY), headers=headers)

    assert reply.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="none"),
        pytest.param([("authorization", "Bearer ")], id="empty"),
        pytest.param([("authorization", "Bearer")], id="scheme-alone"),
        pytest.param([("x-api-key", "")], id="empty-x-api-key"),
        pytest.param([("authorization", "Bearer any")], id="wrong"),
        pytest.param([("authorization", f"Bearer {KEY[:-1]}")], id="prefix"),
        pytest.param([("authorization", f"Bearer {KEY}5")], id="longer"),
        pytest.param([("authorization", f"Basic {KEY}")], id="other-scheme"),
        pytest.param([("x-api-key", f"Bearer {KEY}")], id="scheme-in-x-api-key"),
        pytest.param([("x-api-key", "schl\xfcssel")], id="not-ascii"),
        pytest.param([("api-key", KEY)], id="other-header"),
        pytest.param([("cookie", KEY)], id="cookie"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/v1/models/x"])
def test_no_key_no_answer(path: str, headers: list[tuple[str, str]]) -> None:
    library = Library()
    method = "POST" if "chat" in path else "GET"

    reply = call(gateway(library, master_key=KEY), method, path, headers=headers)

    assert reply.status == 401
    assert reply.json["error"]["code"] == "invalid_api_key"
    assert reply.json["error"]["type"] == "authentication_error"
    assert KEY not in reply.body.decode()
    assert library.listed == 0


def test_every_key_shown_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever measures our answers must not learn the key letter by letter."""
    compared: list[tuple[Any, Any]] = []
    compare = hmac.compare_digest

    def noting(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noting)
    headers = [("x-api-key", KEY), ("authorization", "Bearer any")]

    chat(gateway(master_key=KEY), headers=headers)

    assert compared == [(KEY.encode(), KEY.encode()), (b"any", KEY.encode())]


def test_without_a_key_nothing_is_read() -> None:
    """A stranger cannot make us hold their 32 MB."""
    client = Client(b"x" * 10, b"x" * 10)

    asyncio.run(
        gateway(master_key=KEY)(scope("POST", "/v1/chat/completions"), client.receive, client.send)
    )

    assert client.reply().status == 401
    assert client.unread == 2


@pytest.mark.parametrize("pieces", [(b"x" * 11,), (b"x" * 6, b"x" * 5, b"x" * 5)])
def test_body_too_long(pieces: tuple[bytes, ...]) -> None:
    reply = chat(gateway(body_limit=10), *pieces)

    assert reply.status == 413
    assert reply.json["error"]["message"].startswith(
        "outcrop: The request body is longer than 10 bytes."
    )
    assert "OUTCROP_BODY_LIMIT" in reply.json["error"]["message"]


def test_body_as_long_as_allowed() -> None:
    body = b'{"model":"emu.echo","messages":[{"role":"user","content":"hi"}]}'

    reply = chat(gateway(body_limit=len(body)), body[:20], body[20:])

    assert reply.status == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"hi", b'{"model":"m"}', b"\xff\xfe", b"[" * 100_000]
)
def test_bad_json(body: bytes) -> None:
    reply = chat(gateway(), body)

    assert reply.status == 400
    assert reply.json["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("given", ["my-request", "a b", "x" * 128, "[1/2]"])
def test_request_id_is_echoed(given: str) -> None:
    """A trace that began at the client goes on here (GATE-08), with errors too."""
    headers = [("x-request-id", given)]

    replies = [
        call(gateway(), "GET", "/health", headers=headers),
        call(gateway(), "GET", "/v1/models", headers=headers),
        call(gateway(), "GET", "/nothing", headers=headers),
        chat(gateway(), headers=headers),
    ]

    assert [reply.headers["x-request-id"] for reply in replies] == [given] * 4


@pytest.mark.parametrize("given", ["", " x", "x" * 129, "caf\xe9", "a\tb", "a\x01b"])
def test_request_id_that_is_none(given: str) -> None:
    """What a server refuses to write in a header must not break the answer."""
    reply = call(gateway(), "GET", "/health", headers=[("x-request-id", given)])

    assert len(reply.headers["x-request-id"]) == 32
    assert reply.headers["x-request-id"] != given


def test_retry_after_is_never_too_early() -> None:
    library = Library(answer=ServerError("busy", status=503, retry_after_s=1.2))

    reply = chat(gateway(library))

    assert reply.status == 503
    assert reply.headers["retry-after"] == "2"


def test_what_nobody_foresaw_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """A defect of ours is OpenAI's error too, and its details go to the log alone."""
    library = Library(answer=RuntimeError("of our making"))

    reply = chat(gateway(library), headers=[("x-request-id", "r-7")])

    assert reply.status == 500
    assert reply.json["error"]["type"] == "server_error"
    assert "r-7" in reply.json["error"]["message"]
    assert "of our making" not in reply.body.decode()
    assert "request r-7 failed" in caplog.text
    assert "of our making" in caplog.text


@pytest.mark.parametrize("n", [1, 2])
def test_what_nobody_foresaw_ends_a_stream(caplog: pytest.LogCaptureFixture, n: int) -> None:
    """Neither does it hang, nor does it look like an end."""
    streams: list[Broken] = []

    def stream() -> AsyncStream:
        streams.append(Broken((TextDelta(index=0, text="one"),)))
        return cast("AsyncStream", streams[-1])

    question = (
        b'{"model":"emu.echo","messages":[{"role":"user","content":"x"}],"stream":true,"n":%d}'
    )

    reply = chat(gateway(Library(stream=stream)), question % n)

    assert reply.status == 200
    last = reply.body.decode().removesuffix("\n\n").split("\n\n")[-1]
    assert last.startswith('data: {"error":{"message":"outcrop: The gateway failed to answer')
    assert all(each.closed for each in streams)
    assert caplog.messages != []


def test_who_left_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """A client that leaves in the middle of its request is everyday life."""
    caplog.set_level(logging.INFO)
    client = Client(b"{", b"}", leaves=True)

    asyncio.run(gateway()(scope("POST", "/v1/chat/completions"), client.receive, client.send))

    assert client.sent == []
    assert caplog.messages == []
