"""The real model keeps its promises. Properties only: words differ from processor to processor."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from outcrop.emulator.engines.interface import EngineRefusal, EngineUnavailable
from outcrop.emulator.engines.smollm2 import SmolLM2Engine, load
from outcrop.emulator.engines.smollm2_runtime import Finished, Piece, load_runtime
from outcrop.emulator.weights import weights_path
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import CachePoint, SystemBlock, Text
from outcrop.types.events import TextDelta
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling, TextFormat
from outcrop.types.responses import Response
from outcrop.types.tools import AnyChoice, Tool

pytestmark = pytest.mark.llm

STORY = "Tell me a long story about a dog."
PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "email": {"type": "string", "format": "email"},
        "role": {"enum": ["admin", "user"]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
    "required": ["name", "age", "email", "role", "tags"],
}


@pytest.fixture(scope="module")
def engine() -> Iterator[SmolLM2Engine]:
    """Lend one loaded model to all tests."""
    engine = load()
    yield engine
    asyncio.run(engine.close())


def _request(
    text: str, *begun: str, system: tuple[SystemBlock, ...] = (), **options: Any
) -> Request:
    said = [Message(role="user", content=(Text(text=text),))]
    said += [Message(role="assistant", content=(Text(text=start),)) for start in begun]
    kept = {"tools", "tool_choice", "text_format"} & options.keys()
    members = {name: options.pop(name) for name in kept}
    return Request(
        model="any", messages=tuple(said), system=system, sampling=Sampling(**options), **members
    )


async def _answer(engine: SmolLM2Engine, request: Request) -> Response:
    fold = Accumulator()
    async with aclosing(engine.answer(request)) as events:
        async for event in events:
            fold.add(event)
    return fold.response()


def _ask(engine: SmolLM2Engine, text: str, *begun: str, **options: Any) -> Response:
    return asyncio.run(_answer(engine, _request(text, *begun, **options)))


def test_it_answers(engine: SmolLM2Engine) -> None:
    response = _ask(engine, "What is the capital of France?", max_tokens=30)

    assert response.text.strip()
    assert response.usage is not None
    assert response.usage.input_tokens > 10
    assert 0 < response.usage.output_tokens <= 30
    assert response.usage.total_tokens == (
        response.usage.input_tokens + response.usage.output_tokens
    )


def test_the_limit_is_exact(engine: SmolLM2Engine) -> None:
    response = _ask(engine, STORY, max_tokens=7)

    assert response.usage is not None
    assert (response.usage.output_tokens, response.stop.raw) == (7, "max_tokens")


def test_it_streams(engine: SmolLM2Engine) -> None:
    """Many small events, not one at the end; no character is cut in two."""

    async def deltas() -> list[str]:
        request = _request(STORY, max_tokens=20)
        async with aclosing(engine.answer(request)) as events:
            return [event.text async for event in events if isinstance(event, TextDelta)]

    texts = asyncio.run(deltas())

    assert len(texts) > 10
    assert "".join(texts) == _ask(engine, STORY, max_tokens=20).text


def test_a_seed_repeats(engine: SmolLM2Engine) -> None:
    first, second = (_ask(engine, STORY, max_tokens=20, temperature=1.0, seed=11) for _ in range(2))

    assert first.text == second.text


def test_a_stop_sequence_ends_the_answer_in_front_of_itself(engine: SmolLM2Engine) -> None:
    whole = _ask(engine, STORY, max_tokens=30).text
    sequence = whole[20:26]

    cut = _ask(engine, STORY, max_tokens=30, stop_sequences=("never said", sequence))

    assert cut.text == whole[: whole.find(sequence)]
    assert (cut.stop.raw, cut.stop.sequence) == ("stop_sequence", sequence)


def test_an_answer_that_was_begun_is_not_repeated(engine: SmolLM2Engine) -> None:
    begun = "The capital of Italy is"

    response = _ask(engine, "What is the capital of Italy?", begun, max_tokens=10)

    assert response.text
    assert begun not in response.text


def test_arguments_fit_their_schema(engine: SmolLM2Engine) -> None:
    tool = Tool(
        name="add_person",
        description="Add a person",
        input_schema=msgspec.Raw(json.dumps(PERSON).encode()),
    )

    response = _ask(
        engine,
        "Add Ada Lovelace, 36, ada@example.com, as admin, tagged mathematics.",
        tools=(tool,),
        tool_choice=AnyChoice(),
    )

    assert response.stop.raw == "tool_use"
    assert [call.name for call in response.tool_calls] == ["add_person"]
    jsonschema.validate(json.loads(bytes(response.tool_calls[0].arguments)), PERSON)


def test_json_fits_its_schema(engine: SmolLM2Engine) -> None:
    format_ = TextFormat(schema=json.dumps(PERSON))

    response = _ask(engine, "Describe Ada Lovelace, 36.", text_format=format_)

    assert response.stop.raw == "end_turn"
    jsonschema.validate(json.loads(response.text), PERSON)


def test_four_at_once_say_what_each_says_alone(engine: SmolLM2Engine) -> None:
    """They are computed together; nobody's answer may leak into another's."""
    requests = [_request(f"Tell me about the number {n}.", max_tokens=16) for n in range(4)]

    async def together() -> list[Response]:
        return await asyncio.gather(*(_answer(engine, request) for request in requests))

    alone = [asyncio.run(_answer(engine, request)).text for request in requests]

    assert [response.text for response in asyncio.run(together())] == alone


def test_a_prompt_is_kept_for_the_next_one(engine: SmolLM2Engine) -> None:
    system = (Text(text="You are a very patient teacher of geography."), CachePoint())

    _ask(engine, "Where is Rome?", max_tokens=1, system=system)
    again = _ask(engine, "Where is Oslo?", max_tokens=1, system=system)

    assert again.usage is not None
    assert (again.usage.cache_read_tokens or 0) > 10


def test_too_long_a_prompt_is_refused(engine: SmolLM2Engine) -> None:
    with pytest.raises(EngineRefusal) as caught:
        _ask(engine, "word " * 2100)

    assert (caught.value.status, caught.value.code) == (400, "ValidationException")
    assert caught.value.message == "Input is too long for requested model."


class Counting:
    """The model's server, with a count of how often it called back."""

    def __init__(self, server: Any) -> None:
        self.calls = 0
        self.ended = threading.Event()
        self._server = server

    def handle_completions(
        self, body: dict[str, Any], take: Callable[[dict[str, Any]], bool]
    ) -> None:
        def counted(chunk: dict[str, Any]) -> bool:
            self.calls += 1
            return take(chunk)

        self._server.handle_completions(body, counted)
        self.ended.set()


@pytest.mark.parametrize(
    "text", [pytest.param(STORY, id="writing"), pytest.param("word " * 1500, id="reading")]
)
def test_leaving_frees_the_model_within_a_token(text: str) -> None:
    """Reading counts too: a client that leaves during a long prompt waits for no step but one."""
    path = weights_path()
    assert path is not None
    runtime: Any = load_runtime(path, parallel=1, context_tokens=2048)
    runtime._server = server = Counting(runtime._server)

    async def leave() -> int:
        async with aclosing(SmolLM2Engine(runtime).answer(_request(text))) as events:
            await anext(events)
        left_at = server.calls
        await asyncio.to_thread(server.ended.wait, 10)
        after = server.calls - left_at
        await runtime.close()
        return after

    assert asyncio.run(leave()) <= 1


def test_no_character_is_cut() -> None:
    """These characters are several tokens each; a grammar makes the model say them."""
    path = weights_path()
    assert path is not None
    runtime = load_runtime(path, parallel=1, context_tokens=512)
    grammar = '%llguidance {}\nstart: "🎉🦖 日本語 Ünïcødé"'

    async def pieces() -> list[str]:
        async with aclosing(runtime.generate({"prompt": "x", "grammar": grammar})) as outputs:
            said = [output async for output in outputs]
        await runtime.close()
        assert isinstance(said[-1], Finished)
        return [output.text for output in said if isinstance(output, Piece)]

    texts = asyncio.run(pieces())

    assert "".join(texts) == "🎉🦖 日本語 Ünïcødé"
    assert len([text for text in texts if text]) > 5


def test_a_program_that_leaves_in_the_middle_ends_well() -> None:
    """The model's threads neither keep a program from ending nor make it crash."""
    program = """
import asyncio
from outcrop.emulator.engines.smollm2 import load
from outcrop.types.content import Text
from outcrop.types.messages import Message
from outcrop.types.requests import Request

async def main():
    message = Message(role="user", content=(Text(text="Tell me a long story."),))
    async for event in load().answer(Request(model="any", messages=(message,))):
        print(type(event).__name__)
        break

asyncio.run(main())
"""

    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, text=True, timeout=30
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "MessageStarted\n", "")


def test_weights_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` falls back to another engine on this, and says what to run."""
    monkeypatch.setenv("OUTCROP_CACHE_DIR", str(tmp_path))

    with pytest.raises(EngineUnavailable) as caught:
        load()

    assert caught.value.remedy == "Run `outcrop emulate pull`"


def test_weights_that_are_none(tmp_path: Path) -> None:
    """A file that is no model is named; the process lives on."""
    file = tmp_path / "none.gguf"
    file.write_bytes(b"GGUF" + bytes(1000))

    with pytest.raises(EngineUnavailable, match=r"the model in .*none\.gguf cannot be loaded"):
        load(weights=file)
