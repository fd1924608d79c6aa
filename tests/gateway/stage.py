"""An engine whose answers the tests write, and the gateway over it.

Place in the house: tests only. What the user says names the act that answers; a text that names
none is echoed. One emulator and one gateway serve all tests, which then cost milliseconds.

    def test_x(stage: Stage, gateway_url: str) -> None:
        gate = Gate()
        stage.acts["tell me"] = saying("one", gate, " two")
        ...                          # "one" is here, and the engine waits
        gate.open()
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from outcrop.client import AsyncClient
from outcrop.emulator.app import Emulator, create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.emulator.engines.interface import Step
from outcrop.emulator.engines.reading import last_user_text
from outcrop.emulator.engines.script import ScriptEngine
from outcrop.emulator.engines.script_file import read_script
from outcrop.gateway.app import Gateway
from outcrop.gateway.settings import GatewaySettings
from outcrop.types.events import BlockEnded, MessageEnded, MessageStarted, Metadata, TextDelta
from outcrop.types.requests import Request
from outcrop.types.responses import Stop
from outcrop.types.usage import Usage
from tests.servers import serving

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
PATIENCE_S = 20.0
"""After this a test has failed; nothing measures it."""

Act: TypeAlias = Callable[[Request], AsyncGenerator[Step, None]]


class Gate:
    """A place in an answer where the engine waits for the test."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._left = threading.Event()

    async def passed(self) -> None:
        """Wait, in the engine."""
        self._loop = asyncio.get_running_loop()
        self._opened = asyncio.Event()
        self._reached.set()
        try:
            await self._opened.wait()
        except BaseException:
            self._left.set()
            raise

    def reached(self) -> bool:
        """Wait until the engine waits here."""
        return self._reached.wait(PATIENCE_S)

    def left(self) -> bool:
        """Wait until the engine was told to give up."""
        return self._left.wait(PATIENCE_S)

    def open(self) -> None:
        """Let the engine go on."""
        assert self.reached()
        self._loop.call_soon_threadsafe(self._opened.set)


class Stage:
    """An engine that plays what the tests wrote."""

    name = "stage"
    description = "no model: answers are written by tests"

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {}
        self.asked: list[Request] = []
        """What arrived here, decoded."""
        self.headers: list[dict[bytes, bytes]] = []
        """What arrived here, for every call of any kind."""
        self._echo = EchoEngine()

    def answer(self, request: Request) -> AsyncGenerator[Step, None]:
        self.asked.append(request)
        return self.acts.get(last_user_text(request), self._echo.answer)(request)

    async def count_tokens(self, request: Request) -> int:
        return await self._echo.count_tokens(request)

    async def close(self) -> None:
        """Free nothing: nothing is held."""


class Watched:
    """The emulator, and what arrives there."""

    def __init__(self, emulator: Emulator, headers: list[dict[bytes, bytes]]) -> None:
        self._emulator = emulator
        self._headers = headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self._headers.append(dict(scope["headers"]))
        await self._emulator(scope, receive, send)


@contextmanager
def staged(stage: Stage) -> Iterator[str]:
    """Run an emulator with this engine, and give its URL."""
    with serving(Watched(create_app(stage), stage.headers)) as url:
        yield url


@contextmanager
def gateway(emulator_url: str, **settings: Any) -> Iterator[str]:
    """Run a gateway over an emulator, and give its URL."""
    client = AsyncClient(
        base_url=emulator_url,
        control_base_url=emulator_url,
        region="us-east-1",
        access_key_id="outcrop",
        secret_access_key="outcrop",
        environ={},
        # A test that is refused shall not wait; retries have tests of their own.
        max_retries=0,
    )
    with serving(Gateway(client, GatewaySettings(**settings), clock=time.time)) as url:
        yield url


def saying(*parts: str | Gate) -> Act:
    """Return an act that says these texts, and waits at these gates."""

    async def act(_request: Request) -> AsyncGenerator[Step, None]:
        yield MessageStarted()
        for part in parts:
            if isinstance(part, Gate):
                await part.passed()
            else:
                yield TextDelta(index=0, text=part)
        yield BlockEnded(index=0)
        yield MessageEnded(stop=Stop(kind="stop", raw="end_turn"))
        yield Metadata(usage=Usage(input_tokens=7, output_tokens=5, total_tokens=12))

    return act


def scripted(rules: str) -> Act:
    """Return an act that follows the rules of a script."""
    return ScriptEngine(read_script(rules, "rules.yaml")).answer
