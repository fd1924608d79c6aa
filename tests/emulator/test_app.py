"""The HTTP face, asked without a network: paths, headers, refusals, clients that leave."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest
from botocore.eventstream import EventStreamBuffer

from outcrop.emulator.app import Emulator, Sources
from outcrop.emulator.authentication import Gate
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.emulator.engines.interface import Engine, EngineRefusal, Step
from outcrop.emulator.engines.script import ScriptEngine
from outcrop.emulator.engines.script_file import read_script
from outcrop.http import header
from outcrop.types import events
from outcrop.types.requests import Request
from outcrop.types.responses import Stop
from tests.recordings import Interaction, cases

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1%3A0"
CONVERSE = f"/model/{MODEL}/converse"
STREAM = f"/model/{MODEL}/converse-stream"
HELLO = {"messages": [{"role": "user", "content": [{"text": "Hello, world"}]}]}
SOURCES = Sources(
    clock=lambda: 1767323045.0,
    timer=itertools.count().__next__,
    request_id=lambda: "request-1",
    padding=lambda: 2,
)


class Answer(msgspec.Struct, frozen=True):
    """A reply as a client sees it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    complete: bool
    """False where the connection must be closed to end it."""

    @property
    def json(self) -> Any:
        """The body."""
        return msgspec.json.decode(self.body)

    @property
    def frames(self) -> list[tuple[str, Any]]:
        """The frames, read by botocore."""
        buffer = EventStreamBuffer()
        buffer.add_data(self.body)
        return [
            (
                message.headers.get(":event-type") or message.headers[":exception-type"],
                msgspec.json.decode(message.payload),
            )
            for message in buffer
        ]


class Client:
    """Speaks ASGI to the emulator: one request, and whatever comes back."""

    def __init__(self, engine: Engine | None = None, **gate: Any) -> None:
        gate.setdefault("verify", False)
        self._app = Emulator(engine or EchoEngine(), Gate(**gate), SOURCES)

    def ask(
        self, path: str, body: Any = None, *, query: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        """Post `body`, or get `path` where there is none."""
        scope = {
            "type": "http",
            "method": "GET" if body is None else "POST",
            "raw_path": path.encode(),
            "path": path,
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
        }
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return asyncio.run(self._ask(scope, data if body is not None else b""))

    async def _ask(self, scope: dict[str, Any], body: bytes) -> Answer:
        asked = [
            {"type": "http.request", "body": body[:10], "more_body": True},
            {"type": "http.request", "body": body[10:]},
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            if asked:
                return asked.pop(0)
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start, *parts = sent
        return Answer(
            status=start["status"],
            headers=tuple((k.decode(), v.decode()) for k, v in start["headers"]),
            body=b"".join(part["body"] for part in parts),
            complete=not parts[-1].get("more_body", False),
        )


def script(*rules: Any) -> ScriptEngine:
    """Return an engine for some rules."""
    return ScriptEngine(read_script(msgspec.json.encode({"rules": rules}).decode(), "rules"))


def says(text: str, **members: Any) -> dict[str, Any]:
    """Return a rule that answers with a text."""
    return {"reply": {"content": [{"text": text}]}, **members}


def test_converse() -> None:
    """Body and headers as AWS's, and who spoke."""
    answer = Client().ask(CONVERSE, HELLO)

    assert answer.status == 200
    assert answer.json == {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hello, world"}]}},
        "stopReason": "end_turn",
        "usage": {
            "inputTokens": 5,
            "outputTokens": 5,
            "totalTokens": 10,
            "serverToolUsage": {},
        },
        "metrics": {"latencyMs": 1000},
    }
    assert answer.headers == (
        ("date", "Fri, 02 Jan 2026 03:04:05 GMT"),
        ("content-type", "application/json"),
        ("x-amzn-requestid", "request-1"),
        ("x-outcrop-engine", "echo"),
        ("content-length", str(len(answer.body))),
    )


def test_converse_stream() -> None:
    """The same in frames."""
    answer = Client().ask(STREAM, HELLO)

    assert answer.complete
    assert header(answer.headers, "content-type") == "application/vnd.amazon.eventstream"
    assert header(answer.headers, "content-length") == ""
    assert answer.frames == [
        ("messageStart", {"p": "ab", "role": "assistant"}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello,"}, "p": "ab"}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " world"}, "p": "ab"}),
        ("contentBlockStop", {"contentBlockIndex": 0, "p": "ab"}),
        ("messageStop", {"p": "ab", "stopReason": "end_turn"}),
        (
            "metadata",
            {
                "metrics": {"latencyMs": 1000},
                "p": "ab",
                "usage": {
                    "inputTokens": 5,
                    "outputTokens": 5,
                    "serverToolUsage": {},
                    "totalTokens": 10,
                },
            },
        ),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/model/amazon.nova-lite-v1:0/converse",
        "/model/amazon.nova-lite-v1%3A0/converse",
        "/model/amazon.nova-lite-v1%3a0/converse",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Famazon.nova-lite-v1%3A0/converse",
        "/model/emu.echo/converse",
    ],
)
def test_ids_in_the_path(path: str) -> None:
    """Bare or encoded, as each SDK likes."""
    assert Client().ask(path, HELLO).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", None),
        ("/model/amazon.nova-lite-v1:0/speak", HELLO),
        (
            "/model/arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0/converse",
            HELLO,
        ),
        (CONVERSE, None),
        ("/foundation-models", {}),
    ],
)
def test_unknown_operation(path: str, body: Any) -> None:
    """A raw slash in an ARN leads nowhere, as at AWS."""
    answer = Client().ask(path, body)

    assert answer.status == 404
    assert header(answer.headers, "x-amzn-errortype").startswith("UnknownOperationException:")


@pytest.mark.parametrize("path", [CONVERSE, STREAM])
def test_error_reply(path: str) -> None:
    """An error is JSON, on streams too, and its type stands in a header."""
    answer = Client().ask(path.replace("us.anthropic", "us.nobody"), HELLO)

    assert answer.status == 400
    assert answer.json == {"message": "The provided model identifier is invalid."}
    assert answer.headers == (
        ("date", "Fri, 02 Jan 2026 03:04:05 GMT"),
        ("content-type", "application/json"),
        ("x-amzn-requestid", "request-1"),
        (
            "x-amzn-errortype",
            "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
        ),
        ("content-length", "55"),
    )


def test_authentication_error() -> None:
    """What checks signatures names itself."""
    answer = Client(verify=True).ask(CONVERSE, HELLO)

    assert answer.status == 403
    assert answer.json == {"message": "Missing Authentication Token"}
    assert header(answer.headers, "x-amzn-errortype") == (
        "MissingAuthenticationTokenException:"
        "http://internal.amazon.com/coral/com.amazon.coral.service/"
    )


def test_api_key() -> None:
    """Any key is good until some are named; AWS's words for a bad one begin in upper case."""
    bearer = {"authorization": "Bearer abc"}

    good = Client(verify=True).ask(CONVERSE, HELLO, headers=bearer)
    bad = Client(verify=True, api_keys=("x",)).ask(CONVERSE, HELLO, headers=bearer)
    none = Client(verify=True).ask(CONVERSE, HELLO, headers={"authorization": "Bearer "})

    assert good.status == 200
    assert (bad.status, none.status) == (403, 403)
    assert bad.json == {"Message": "Authentication failed: Please make sure your API Key is valid."}


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff", b'{"messages": [{"role": "user"', b'{"a":' * 5000]
)
def test_malformed_body(body: bytes) -> None:
    """Not JSON, not an object, not UTF-8, endless."""
    answer = Client().ask(CONVERSE, body)

    assert answer.status == 400
    assert header(answer.headers, "x-amzn-errortype").startswith("SerializationException:")


def test_malformed_base64() -> None:
    """What only decoding finds is refused as well."""
    image = {"image": {"format": "png", "source": {"bytes": "!"}}}
    body = {"messages": [{"role": "user", "content": [{"text": "a"}, image]}]}

    answer = Client().ask(CONVERSE, body)

    assert answer.status == 400
    assert header(answer.headers, "x-amzn-errortype").startswith("SerializationException:")


def test_body_too_large() -> None:
    """AWS takes 25 million bytes."""
    answer = Client().ask(CONVERSE, b" " * 25_000_001)

    assert answer.status == 413


def test_own_models_are_echos() -> None:
    """The ``emu.`` ids behave the same whatever engine serves the rest."""
    client = Client(script(says("scripted")))

    ours = client.ask("/model/emu.echo/converse", HELLO)
    others = client.ask(CONVERSE, HELLO)

    assert header(ours.headers, "x-outcrop-engine") == "echo"
    assert header(others.headers, "x-outcrop-engine") == "script"
    assert others.json["output"]["message"]["content"] == [{"text": "scripted"}]


@pytest.mark.parametrize("path", [CONVERSE, STREAM])
def test_engine_refuses(path: str) -> None:
    """Until the first event a reply can be an error, and wait times are told."""
    error = {"status": 429, "name": "ThrottlingException", "message": "slow", "retry_after_s": 1.5}

    answer = Client(script({"error": error})).ask(path, HELLO)

    assert (answer.status, answer.json) == (429, {"message": "slow"})
    assert header(answer.headers, "x-amzn-errortype").startswith("ThrottlingException:")
    assert header(answer.headers, "retry-after") == "1.5"


@pytest.mark.parametrize(
    "recorded", cases("converse", where=lambda i: i.status == 403 and bool(i.response.headers))
)
def test_recorded_error(recorded: Interaction) -> None:
    """Status, body and type header of a recorded error, told to the engine and said again."""
    name, _, _ = recorded.response.headers["x-amzn-errortype"].partition(":")
    text = recorded.response_body["message"]
    engine = script({"error": {"status": recorded.status, "name": name, "message": text}})

    answer = Client(engine).ask(CONVERSE, HELLO)

    assert (answer.status, answer.json) == (recorded.status, recorded.response_body)
    for header_name in ("content-type", "x-amzn-errortype"):
        assert header(answer.headers, header_name) == recorded.response.headers[header_name]


BROKEN = says(
    "one two",
    fault={
        "after": 2,
        "exception": {
            "name": "ModelStreamErrorException",
            "message": "m",
            "original_status": 500,
            "original_message": "o",
        },
    },
)


def test_exception_in_stream() -> None:
    """It ends the stream in order, with what the model itself said."""
    answer = Client(script(BROKEN)).ask(STREAM, HELLO)

    assert answer.complete
    assert answer.frames[-1] == (
        "modelStreamErrorException",
        {"message": "m", "originalMessage": "o", "originalStatusCode": 500},
    )


def test_exception_without_stream() -> None:
    """The unstreamed twin of the same failure is an error reply."""
    answer = Client(script(BROKEN)).ask(CONVERSE, HELLO)

    assert (answer.status, answer.json) == (424, {"message": "m"})
    assert header(answer.headers, "x-amzn-errortype").startswith("ModelErrorException:")


def test_cut_stream() -> None:
    """Half a frame, and no end: the server closes the connection."""
    whole = Client(script(says("one two"))).ask(STREAM, HELLO)
    cut = Client(script(says("one two", fault={"after": 1, "cut": True}))).ask(STREAM, HELLO)

    assert not cut.complete
    assert len(cut.frames) == 1
    assert whole.body.startswith(cut.body)


@pytest.mark.parametrize("path", [CONVERSE, STREAM])
def test_cut_at_once(path: str) -> None:
    """Even the first frame can be cut; an unstreamed body ends in its middle."""
    engine = script(says("one two", fault={"after": 0, "cut": True}))

    answer = Client(engine).ask(path, HELLO)

    assert (answer.status, answer.complete) == (200, False)
    assert answer.body
    assert header(answer.headers, "x-amzn-requestid") == "request-1"


def test_corrupt_frame() -> None:
    """One frame is wrong, and the rest goes on as if nothing were."""
    answer = Client(script(says("one", fault={"after": 1, "crc": True}))).ask(STREAM, HELLO)
    whole = Client(script(says("one"))).ask(STREAM, HELLO)

    assert answer.complete
    assert len(answer.body) == len(whole.body)
    assert sum(a != b for a, b in zip(answer.body, whole.body, strict=True)) == 1


class Failing:
    """An engine with a bug."""

    name = "failing"
    description = "fails"

    def __init__(self, *steps: Step, error: Exception | None = None) -> None:
        self._steps = steps
        self._error = error

    async def answer(self, _request: Request) -> AsyncGenerator[Step, None]:
        for step in self._steps:
            yield step
        if self._error is not None:
            raise self._error

    async def count_tokens(self, _request: Request) -> int:
        raise AssertionError("nobody asks")

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("path", [CONVERSE, STREAM])
@pytest.mark.parametrize("error", [ValueError("bug"), None])
def test_engine_fails_at_once(path: str, error: Exception | None) -> None:
    """An engine that raises, or says nothing at all, is a 500 and no crash."""
    answer = Client(Failing(error=error)).ask(path, HELLO)

    assert answer.status == 500
    assert header(answer.headers, "x-amzn-errortype").startswith("InternalServerException:")
    assert b"bug" not in answer.body


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ValueError("bug"), "internalServerException"),
        (EngineRefusal(503, "ServiceUnavailableException", "m"), "serviceUnavailableException"),
    ],
)
def test_engine_fails_in_the_middle(error: Exception, name: str) -> None:
    """A stream that has begun ends in an exception, never as if it were whole."""
    engine = Failing(events.MessageStarted(), error=error)

    answer = Client(engine).ask(STREAM, HELLO)

    assert [frame for frame, _ in answer.frames] == ["messageStart", name]
    assert Client(engine).ask(CONVERSE, HELLO).status in {500, 503}


class Endless:
    """An engine that speaks until it is closed."""

    name = "endless"
    description = "never ends"

    def __init__(self) -> None:
        self.spoken = 0
        self.warm = asyncio.Event()
        self.closed = False

    async def answer(self, _request: Request) -> AsyncGenerator[Step, None]:
        try:
            yield events.MessageStarted()
            while True:
                await asyncio.sleep(0)
                self.spoken += 1
                if self.spoken == 3:
                    self.warm.set()
                yield events.TextDelta(index=0, text="x")
        finally:
            self.closed = True

    async def count_tokens(self, _request: Request) -> int:
        raise AssertionError("nobody asks")

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("path", [CONVERSE, STREAM])
def test_client_that_leaves_stops_the_engine(path: str) -> None:
    """Nobody pays for words that nobody hears: at most one more token."""

    async def leave_after_three() -> tuple[int, int]:
        engine = Endless()
        app = Emulator(engine, Gate(verify=False), SOURCES)
        asked = [{"type": "http.request", "body": msgspec.json.encode(HELLO)}]
        heard: list[int] = []

        async def receive() -> Any:
            if asked:
                return asked.pop()
            await engine.warm.wait()
            heard.append(engine.spoken)
            return {"type": "http.disconnect"}

        async def send(_message: Any) -> None:
            pass

        scope = {
            "type": "http",
            "method": "POST",
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
        }
        await app(scope, receive, send)
        assert engine.closed
        return heard[0], engine.spoken

    heard, spoken = asyncio.run(leave_after_three())

    assert heard <= spoken <= heard + 1


def test_lifespan_closes_the_engine() -> None:
    """The server's end is the engine's."""

    class Closing(EchoEngine):
        closed = False

        async def close(self) -> None:
            self.closed = True

    engine = Closing()
    app = Emulator(engine, Gate(), SOURCES)

    async def live() -> list[str]:
        asked = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}]
        sent: list[str] = []

        async def receive() -> Any:
            return asked.pop()

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await app({"type": "lifespan"}, receive, send)
        return sent

    assert asyncio.run(live()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert engine.closed


def test_latency_of_the_engine_is_kept() -> None:
    """An engine that measures itself is believed."""
    engine = Failing(
        events.MessageStarted(),
        events.TextDelta(index=0, text="x"),
        events.BlockEnded(index=0),
        events.MessageEnded(stop=Stop(kind="stop", raw="end_turn")),
        events.Metadata(latency_ms=7),
    )

    assert Client(engine).ask(CONVERSE, HELLO).json["metrics"] == {"latencyMs": 7}
