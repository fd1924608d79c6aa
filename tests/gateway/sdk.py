"""OpenAI's own SDK in both its forms, behind one blocking face.

Place in the house: tests only. A test that runs with `Blocking` and `Awaiting` holds for both.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from openai import AsyncOpenAI, OpenAI
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ParsedChatCompletion

from tests.gateway.stage import PATIENCE_S

T = TypeVar("T")


class Sdk(Protocol):
    """What the tests ask of OpenAI's SDK."""

    def create(self, **options: Any) -> ChatCompletion: ...
    def chunks(self, **options: Any) -> list[ChatCompletionChunk]: ...
    def fold(self, **options: Any) -> tuple[list[str], ParsedChatCompletion[Any]]: ...
    def parse(self, **options: Any) -> ParsedChatCompletion[Any]: ...
    def models(self) -> list[Model]: ...
    def model(self, name: str) -> Model: ...


def _settings(url: str) -> dict[str, Any]:
    return {
        "base_url": f"{url}/v1",
        "api_key": "any",
        "max_retries": 0,
        "timeout": PATIENCE_S,
    }


class Blocking:
    """`OpenAI`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def _run(self, ask: Callable[[OpenAI], T]) -> T:
        with OpenAI(**_settings(self._url)) as client:
            return ask(client)

    def create(self, **options: Any) -> ChatCompletion:
        answer: ChatCompletion = self._run(lambda sdk: sdk.chat.completions.create(**options))
        return answer

    def chunks(self, **options: Any) -> list[ChatCompletionChunk]:
        return self._run(lambda sdk: [*sdk.chat.completions.create(stream=True, **options)])

    def fold(self, **options: Any) -> tuple[list[str], ParsedChatCompletion[Any]]:
        def ask(sdk: OpenAI) -> tuple[list[str], ParsedChatCompletion[Any]]:
            with sdk.chat.completions.stream(**options) as stream:
                return [event.type for event in stream], stream.get_final_completion()

        return self._run(ask)

    def parse(self, **options: Any) -> ParsedChatCompletion[Any]:
        return self._run(lambda sdk: sdk.chat.completions.parse(**options))

    def models(self) -> list[Model]:
        return self._run(lambda sdk: [*sdk.models.list()])

    def model(self, name: str) -> Model:
        return self._run(lambda sdk: sdk.models.retrieve(name))


class Awaiting:
    """`AsyncOpenAI`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def _run(self, ask: Callable[[AsyncOpenAI], Awaitable[T]]) -> T:
        async def run() -> T:
            async with AsyncOpenAI(**_settings(self._url)) as client:
                return await ask(client)

        return asyncio.run(run())

    def create(self, **options: Any) -> ChatCompletion:
        answer: ChatCompletion = self._run(lambda sdk: sdk.chat.completions.create(**options))
        return answer

    def chunks(self, **options: Any) -> list[ChatCompletionChunk]:
        async def ask(sdk: AsyncOpenAI) -> list[ChatCompletionChunk]:
            stream = await sdk.chat.completions.create(stream=True, **options)
            return [chunk async for chunk in stream]

        return self._run(ask)

    def fold(self, **options: Any) -> tuple[list[str], ParsedChatCompletion[Any]]:
        async def ask(sdk: AsyncOpenAI) -> tuple[list[str], ParsedChatCompletion[Any]]:
            async with sdk.chat.completions.stream(**options) as stream:
                kinds: list[str] = [event.type async for event in stream]
                return kinds, await stream.get_final_completion()

        return self._run(ask)

    def parse(self, **options: Any) -> ParsedChatCompletion[Any]:
        return self._run(lambda sdk: sdk.chat.completions.parse(**options))

    def models(self) -> list[Model]:
        async def ask(sdk: AsyncOpenAI) -> list[Model]:
            return [model async for model in sdk.models.list()]

        return self._run(ask)

    def model(self, name: str) -> Model:
        return self._run(lambda sdk: sdk.models.retrieve(name))
