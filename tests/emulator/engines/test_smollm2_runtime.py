"""Pieces come over from the model's thread in order, and whoever leaves stops the model."""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from outcrop.emulator.engines.interface import EngineRefusal, EngineUnavailable
from outcrop.emulator.engines.smollm2_runtime import Finished, LlamaRuntime, Output, Piece
from outcrop.errors import ModelError

Take = Callable[[dict[str, Any]], bool]


def _chunk(text: str) -> dict[str, Any]:
    return {"choices": [{"text": text, "finish_reason": None}]}


END: dict[str, Any] = {
    "choices": [{"text": "", "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 2},
    },
    "__verbose": {"stop_type": "word", "stopping_word": "END"},
}
ENDED = Finished(
    reason="word", stop_sequence="END", prompt_tokens=9, cached_tokens=2, output_tokens=4
)


class Server:
    """Stands for llama.cpp's server: calls back with what it was given, in the caller's thread."""

    def __init__(self, *chunks: dict[str, Any], error: Exception | None = None) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.stopped = threading.Event()
        self._chunks = chunks
        self._error = error

    def handle_completions(self, body: dict[str, Any], take: Take) -> None:
        self.bodies.append(body)
        for chunk in self._chunks:
            if take(chunk):
                self.stopped.set()
                return
        if self._error is not None:
            raise self._error


class Endless(Server):
    """Writes until it is told to stop, one piece for each time it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Semaphore(0)

    def handle_completions(self, body: dict[str, Any], take: Take) -> None:
        self.bodies.append(body)
        while self.may.acquire(timeout=10):
            if take(_chunk(".")):
                self.stopped.set()
                return


async def _all(pieces: AsyncGenerator[Output, None]) -> list[Output]:
    return [piece async for piece in pieces]


def test_pieces_and_the_end() -> None:
    server = Server(_chunk(""), _chunk("Hel"), _chunk("lo"), END)

    outputs = asyncio.run(_all(LlamaRuntime(server, 1).generate({"prompt": "x"})))

    assert outputs == [Piece(""), Piece("Hel"), Piece("lo"), Piece(""), ENDED]
    assert server.bodies == [
        {"prompt": "x", "stream": True, "verbose": True, "return_progress": True}
    ]


def test_a_prompt_that_is_too_long() -> None:
    """AWS's words, and before the first piece: the reply can still be a 400."""
    error = {"error": {"type": "exceed_context_size_error", "message": "request (9 tokens) ..."}}

    with pytest.raises(EngineRefusal) as caught:
        asyncio.run(_all(LlamaRuntime(Server(error), 1).generate({})))

    assert caught.value.message == "Input is too long for requested model."


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(Server({"error": {"type": "server_error", "message": "hush"}}), id="says-so"),
        pytest.param(Server(error=RuntimeError("parse error near: hush")), id="raises"),
        pytest.param(Server(_chunk("x")), id="just-stops"),
    ],
)
def test_a_model_that_fails(server: Server) -> None:
    """The runtime's errors quote prompts; ours do not."""
    with pytest.raises(ModelError) as caught:
        asyncio.run(_all(LlamaRuntime(server, 1).generate({"prompt": "hush"})))

    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_leaving_stops_the_model_with_its_next_piece() -> None:
    """A client that has gone must not cost the others a slot."""
    server = Endless()

    async def leave() -> bool:
        async with aclosing(LlamaRuntime(server, 1).generate({})) as pieces:
            server.may.release()
            await anext(pieces)
        server.may.release()
        return await asyncio.to_thread(server.stopped.wait, 10)

    assert asyncio.run(leave())


def test_a_loop_that_ended_stops_the_model() -> None:
    """A question asked in a loop of its own, and interrupted, leaves nothing running."""
    server = Endless()

    async def abandon() -> None:
        pieces = LlamaRuntime(server, 1).generate({})
        server.may.release()
        await anext(pieces)
        # Kept alive beyond the loop, so that nothing closes it.
        kept.append(pieces)

    kept: list[AsyncGenerator[Output, None]] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(abandon())
    loop.close()
    server.may.release(2)

    assert server.stopped.wait(10)


def test_more_than_there_are_slots_wait_in_line() -> None:
    """Nobody is turned away, nobody overtakes; whoever leaves the line is not asked for."""
    server = Endless()
    runtime = LlamaRuntime(server, 1)

    async def line() -> None:
        first = asyncio.create_task(_all(runtime.generate({"n": 1})))
        await asyncio.sleep(0)
        second = asyncio.create_task(_all(runtime.generate({"n": 2})))
        await asyncio.sleep(0)
        pieces = runtime.generate({"n": 3})
        third = asyncio.create_task(anext(pieces))
        await asyncio.sleep(0)
        second.cancel()
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        # One piece ends the first answer, the next one begins the third.
        server.may.release(2)
        assert await third == Piece(".")
        await pieces.aclose()
        server.may.release()
        await runtime.close()

    asyncio.run(line())

    assert [body["n"] for body in server.bodies] == [1, 3]


def test_closing_breaks_off_what_runs() -> None:
    server = Endless()
    runtime = LlamaRuntime(server, 1)

    async def close() -> list[type]:
        tasks = [asyncio.create_task(_all(runtime.generate({}))) for _ in range(2)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(runtime.close())
        await asyncio.sleep(0)
        server.may.release()
        await closing
        results = await asyncio.gather(*tasks, return_exceptions=True)
        return [type(result) for result in results]

    assert asyncio.run(close()) == [ModelError, ModelError]


def test_a_fork_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's threads are not in the child: it would wait for ever."""
    runtime = LlamaRuntime(Server(END), 1)
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)

    with pytest.raises(EngineUnavailable, match="before this process was forked off"):
        asyncio.run(_all(runtime.generate({})))
