"""A real language model, small enough to come inside a package: SmolLM2-135M-Instruct.

Place in the house: emulator, engines. Joins its parts, which stand beside it: `smollm2_prompt`,
`smollm2_sampling`, `smollm2_tools` and `smollm2_schema` say what the model is asked,
`smollm2_answer` makes events of what it says, and `smollm2_runtime` alone touches it.

    engine = load()             # in the process that answers; about 0.3 s
    async for event in engine.answer(request):
        ...
    await engine.close()

Every token count and every stop reason is the model's own, and so is every word, but where JSON had
to be mended. What a model of this size cannot do is done around it, and said where it is done:
choosing a tool (`smollm2_tools`), mending JSON (`smollm2_schema`), telling of pictures
(`smollm2_prompt`).

Source: behaviour specification, EMU-01, EMU-03.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Final

from outcrop.emulator.engines.smollm2_answer import plan
from outcrop.emulator.engines.smollm2_runtime import Finished, Runtime, load_runtime
from outcrop.emulator.machine import Machine, obstacle
from outcrop.emulator.weights import SMOLLM2, missing_weights, weights_path
from outcrop.types.events import Event
from outcrop.types.requests import Request

PARALLEL: Final = 4
CONTEXT_TOKENS: Final = 8192
"""Shared out among the answers that run at once: 2048 for each, prompt and answer together."""


def load(
    *,
    weights: Path | None = None,
    parallel: int = PARALLEL,
    context_tokens: int = CONTEXT_TOKENS,
) -> "SmolLM2Engine":
    """Load the model. Do it after forking: its threads do not survive a fork.

    Args:
        weights: The GGUF file; None for the one that was pulled.
        parallel: Answers at once; more wait in line.
        context_tokens: Shared out evenly among them. The model was trained on up to 8192, and each
            1000 take 23 MB.

    Raises:
        EngineUnavailable: This machine cannot run it, or the weights are not here.
    """
    found = obstacle(Machine.inspect())
    if found is not None:
        raise found
    path = weights or weights_path()
    if path is None:
        raise missing_weights()
    runtime = load_runtime(path, parallel=parallel, context_tokens=context_tokens)
    return SmolLM2Engine(runtime)


class SmolLM2Engine:
    """Answers with a language model that runs in this process. One per process."""

    name: Final = "smollm2"
    description: Final = f"{SMOLLM2.title}, a real model in this process"

    def __init__(self, runtime: Runtime) -> None:
        """Take a model that is loaded; see `load`."""
        self._runtime = runtime

    async def answer(self, request: Request) -> AsyncGenerator[Event, None]:
        """Answer one request, event by event. Closing the generator stops the model.

        Raises:
            EngineRefusal: The request is too long, or a schema or option in it makes no sense.
        """
        task = plan(request)
        async with aclosing(self._runtime.generate(task.body)) as outputs:
            async for output in outputs:
                for event in task.answer.take(output):
                    yield event

    async def count_tokens(self, request: Request) -> int:
        """Count by the model's own tokenizer, instructions for tools and JSON included.

        Raises:
            EngineRefusal: As `answer`.
        """
        body = {**plan(request).body, "max_tokens": 1}
        async with aclosing(self._runtime.generate(body)) as outputs:
            read = [each.prompt_tokens async for each in outputs if isinstance(each, Finished)]
        return read[-1]

    async def close(self) -> None:
        """Free the model; what still runs breaks off."""
        await self._runtime.close()
