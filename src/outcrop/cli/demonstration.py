"""What ``outcrop demo`` does.

Place in the house: cli. Asks the gateway as a stranger would: HTTP, JSON and server-sent events,
none of the library's own shortcuts.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

import click
import msgspec

from outcrop.cli.bedrock import open_client, warn
from outcrop.errors import ServerError
from outcrop.gateway.app import Gateway
from outcrop.gateway.settings import GatewaySettings
from outcrop.http import HttpRequest
from outcrop.models.catalogue import DEMO_MODEL
from outcrop.models.cost import cost_of
from outcrop.protocols.endpoints import parse_base_url
from outcrop.protocols.sse import EventDecoder, ServerEvent
from outcrop.transport.asynchronous import AsyncNetwork
from outcrop.transport.interface import AsyncStream
from outcrop.transport.serving import running
from outcrop.types.usage import Usage

_MAX_TOKENS: Final = 160
_DONE: Final = b"[DONE]"
_OK: Final = 200


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta


class _Usage(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int


class _Facts(msgspec.Struct):
    served_by: str = ""


class _Error(msgspec.Struct):
    message: str


class _Chunk(msgspec.Struct):
    choices: tuple[_Choice, ...] = ()
    usage: _Usage | None = None
    outcrop: _Facts | None = None
    error: _Error | None = None


_chunk: Final = msgspec.json.Decoder(_Chunk)


class _Watch:
    """What is worth telling of an answer."""

    def __init__(self) -> None:
        self.asked = time.perf_counter()
        self.first = 0.0
        self.last = 0.0
        self.usage: _Usage | None = None
        self.speaker = ""

    def take(self, chunk: _Chunk) -> str:
        """Note one chunk; return its text.

        Raises:
            ServerError: It reports an error.
        """
        if chunk.error is not None:
            raise ServerError(chunk.error.message.removeprefix("outcrop: "))
        self.usage = chunk.usage or self.usage
        self.speaker = (chunk.outcrop and chunk.outcrop.served_by) or self.speaker
        text = "".join(choice.delta.content or "" for choice in chunk.choices)
        if text:
            self.last = time.perf_counter()
            self.first = self.first or self.last
        return text


async def demonstrate(question: str, engine: str) -> None:
    """Run gateway and emulator, ask, show, stop.

    Raises:
        OutcropError: The engine cannot be had, or something on the road failed.
    """
    async with (
        open_client(engine) as client,
        running(Gateway(client, GatewaySettings(), clock=time.time)) as url,
    ):
        click.secho(f"gateway  {url}/v1  (OpenAI API) over the local Bedrock emulator", dim=True)
        click.secho(f"model    {DEMO_MODEL}", dim=True)
        click.echo(f"\n> {question}\n")
        watch = _Watch()
        try:
            await _show(url, question, watch)
        finally:
            click.echo("\n")
    _tell(watch)


async def _show(url: str, question: str, watch: _Watch) -> None:
    async with aclosing(_ask(url, question)) as chunks:
        async for chunk in chunks:
            click.echo(watch.take(chunk), nl=False)


async def _ask(url: str, question: str) -> AsyncGenerator[_Chunk, None]:
    body = {
        "model": DEMO_MODEL,
        "messages": [{"role": "user", "content": question}],
        "max_completion_tokens": _MAX_TOKENS,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    request = HttpRequest(
        method="POST",
        origin=parse_base_url(url, "gateway").origin,
        target="/v1/chat/completions",
        headers=(("content-type", "application/json"),),
        body=msgspec.json.encode(body),
    )
    network = AsyncNetwork()
    try:
        stream = await network.open(request)
        if stream.head.status != _OK:
            yield _chunk.decode(b"".join([piece async for piece in _pieces(stream)]))
            return
        async for event in _events(stream):
            if event.data != _DONE:
                yield _chunk.decode(event.data)
    finally:
        await network.aclose()


async def _pieces(stream: AsyncStream) -> AsyncIterator[bytes]:
    while piece := await stream.read():
        yield piece


async def _events(stream: AsyncStream) -> AsyncIterator[ServerEvent]:
    decoder = EventDecoder()
    async for piece in _pieces(stream):
        decoder.feed(piece)
        for event in decoder.events():
            yield event


def _tell(watch: _Watch) -> None:
    if watch.usage is None:
        warn("the answer came without token counts")
        return
    counts = watch.usage
    seconds = watch.last - watch.first
    # The first token is not counted: the clock starts when it is there.
    speed = f"{(counts.completion_tokens - 1) / seconds:.0f} tokens/s" if seconds > 0 else ""
    usage = Usage(input_tokens=counts.prompt_tokens, output_tokens=counts.completion_tokens)
    cost = cost_of(DEMO_MODEL, usage)
    facts = (
        f"{counts.prompt_tokens} tokens in, {counts.completion_tokens} out",
        speed,
        f"first token after {watch.first - watch.asked:.2f} s",
    )
    # No line is longer than a terminal of 80 columns is wide.
    click.secho(" · ".join(fact for fact in facts if fact), dim=True)
    if cost.usd is not None:
        click.secho(f"Bedrock would charge ${cost.usd:.6f} (not billed)", dim=True)
    click.secho(f"answered by the local engine {watch.speaker}", dim=True)
    click.echo("\nPoint any OpenAI client at it:\n")
    click.echo("  outcrop serve --local")
    click.echo("  export OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_API_KEY=any\n")
    click.echo("With AWS credentials, `outcrop serve` answers from Amazon Bedrock the same way.")
