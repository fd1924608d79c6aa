"""The loaded model: bodies in, pieces of text out, several at once.

Place in the house: emulator, engines. The only module that touches xllamacpp and threads. It knows
prompts and samplers in the runtime's own words, and nothing of requests, tools or events.

    runtime = load_runtime(path, parallel=4, context_tokens=8192)
    async with aclosing(runtime.generate({"prompt": "...", "max_tokens": 9})) as pieces:
        async for piece in pieces:      # Piece ... Piece, Finished
            ...

llama.cpp's server runs inside this process: it batches what runs at the same time and keeps the
prompts it has read. One thread waits for each answer and hands every piece over to the event loop
of whoever asked. Requests beyond `parallel` wait in line, first come first served. Leaving the
generator ends the answer with its next token, or, while a long prompt is read, with its next
`READ_AT_ONCE` tokens.

Threads do not survive a fork: load in the process that answers.

Source: xllamacpp 2026.10.11549, llama.cpp's server; behaviour as measured.
"""

import asyncio
import importlib
import os
import secrets
import threading
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import msgspec

from outcrop.emulator.engines.interface import EngineRefusal, EngineUnavailable
from outcrop.emulator.machine import RUNTIME, rest_while_waiting
from outcrop.errors import ModelError

READ_AT_ONCE: Final = 64
"""Tokens of a prompt that are read in one step. Larger steps are hardly faster, and for as long as
one takes no other answer advances and none can be cancelled."""
KEPT_PROMPTS_MIB: Final = 64
"""Memory for prompts that no slot holds any more."""
TOO_LONG: Final = "Input is too long for requested model."
"""AWS's words, seen in public threads on many models."""


class Piece(msgspec.Struct, frozen=True):
    """A part of the answer, whole characters only. Empty while the prompt is being read."""

    text: str


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """The end of the answer, and what it took."""

    reason: str
    """``"eos"``, ``"word"`` (a stop sequence) or ``"limit"`` (of tokens, or of the context)."""
    stop_sequence: str = ""
    """The stop sequence that matched."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Part of `prompt_tokens` that was not read again."""
    output_tokens: int = 0


Output: TypeAlias = Piece | Finished
Body: TypeAlias = Mapping[str, Any]
"""A completion in the words of llama.cpp's server."""


class Runtime(Protocol):
    """Whatever completes prompts."""

    def generate(self, body: Body) -> AsyncGenerator[Output, None]:
        """Yield the completion of ``body["prompt"]``, at last a `Finished`.

        Raises:
            EngineRefusal: Before the first piece: the prompt does not fit the context.
            ModelError: The model failed.
        """
        ...

    async def close(self) -> None:
        """End all answers and free the model."""
        ...


def load_runtime(weights: Path, *, parallel: int, context_tokens: int) -> Runtime:
    """Load the model into this process; takes about 0.3 s.

    Args:
        weights: The GGUF file.
        parallel: Answers at once.
        context_tokens: Shared out evenly among them.

    Raises:
        EngineUnavailable: It cannot be loaded.
    """
    rest_while_waiting()
    xllamacpp = importlib.import_module(RUNTIME)
    parameters = _parameters(xllamacpp, weights, parallel, context_tokens)
    try:
        server = xllamacpp.Server(parameters)
    except (RuntimeError, ValueError) as error:
        raise EngineUnavailable(
            f"the model in {weights} cannot be loaded: {error}",
            "Remove that file and run `outcrop emulate pull`, or free 400 MB of memory",
        ) from error
    return LlamaRuntime(server, parallel)


def _parameters(xllamacpp: Any, weights: Path, parallel: int, context_tokens: int) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx = context_tokens
    parameters.n_parallel = parallel
    parameters.n_batch = READ_AT_ONCE
    parameters.cache_ram_mib = KEPT_PROMPTS_MIB
    # One thread writes fastest when a machine has other things to do too; all of them read prompts.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = os.cpu_count() or 1
    # The runtime opens a listener on loopback whatever one does. Nobody knows its key.
    parameters.api_keys = [secrets.token_urlsafe(32)]
    parameters.n_threads_http = 1
    parameters.ui = False
    parameters.endpoint_slots = False
    # Measuring the memory of graphics cards takes longer than loading this model.
    parameters.fit_params = False
    # Its log quotes prompts and schemas.
    parameters.verbosity = 0
    return parameters


class _Answer:
    """One answer on its way from the thread that makes it to the loop that wants it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Output | Exception] = asyncio.Queue()
        self.left = threading.Event()

    def take(self, chunk: dict[str, Any]) -> bool:
        """Accept a chunk in the runtime's thread; return whether to stop."""
        for item in _decode(chunk):
            self._put(item)
        return self.left.is_set()

    def end(self, _future: "Future[None]") -> None:
        """Note that no chunk follows; whoever still waits for the end has missed it."""
        # What the thread raised is not repeated: it may quote the prompt.
        self._put(ModelError("the local model broke off its answer"))

    async def next(self) -> Output:
        """Wait for the next part.

        Raises:
            Exception: What is in its place.
        """
        item = await self._queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    def _put(self, item: Output | Exception) -> None:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)
        except RuntimeError:
            # The loop is closed: nobody is waiting any more.
            self.left.set()


class LlamaRuntime:
    """A `Runtime` in this process."""

    def __init__(self, server: Any, parallel: int) -> None:
        self._server = server
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="smollm2")
        self._running: set[_Answer] = set()
        self._process = os.getpid()

    async def generate(self, body: Body) -> AsyncGenerator[Output, None]:
        """Yield the completion of ``body["prompt"]``, at last a `Finished`.

        Raises:
            EngineUnavailable: This process was forked off the one that loaded the model.
        """
        if os.getpid() != self._process:
            raise EngineUnavailable(
                "the model was loaded before this process was forked off",
                "Load it in the process that answers",
            )
        answer = _Answer()
        self._running.add(answer)
        future = self._pool.submit(self._complete, dict(body) | _ALWAYS, answer)
        future.add_done_callback(answer.end)
        try:
            while not isinstance(output := await answer.next(), Finished):
                yield output
            yield output
        finally:
            self._running.discard(answer)
            answer.left.set()
            future.cancel()

    async def close(self) -> None:
        """End all answers and free the model."""
        for answer in self._running:
            answer.left.set()
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
        self._server = None

    def _complete(self, body: dict[str, Any], answer: _Answer) -> None:
        if not answer.left.is_set():
            self._server.handle_completions(body, answer.take)


_ALWAYS: Final = {
    "stream": True,
    # Names the stop sequence that matched.
    "verbose": True,
    # A chunk for each step of reading the prompt, so that reading can be broken off.
    "return_progress": True,
}


def _decode(chunk: dict[str, Any]) -> tuple[Output | Exception, ...]:
    if "error" in chunk:
        return (_failure(chunk["error"]),)
    (choice,) = chunk["choices"]
    if choice["finish_reason"] is None:
        return (Piece(choice["text"]),)
    return Piece(choice["text"]), _decode_end(chunk)


def _decode_end(chunk: dict[str, Any]) -> Finished:
    usage, details = chunk["usage"], chunk["__verbose"]
    return Finished(
        reason=details["stop_type"],
        stop_sequence=details["stopping_word"],
        prompt_tokens=usage["prompt_tokens"],
        cached_tokens=usage["prompt_tokens_details"]["cached_tokens"],
        output_tokens=usage["completion_tokens"],
    )


def _failure(error: dict[str, Any]) -> Exception:
    if error["type"] == "exceed_context_size_error":
        return EngineRefusal(400, "ValidationException", TOO_LONG)
    return ModelError("the local model failed to answer")
