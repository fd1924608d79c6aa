"""Several answers to one question, side by side (``n``).

Place in the house: gateway. Bedrock gives one answer a call, so ``n`` answers are ``n`` calls.

Source: behaviour specification, OAI-08.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TypeAlias

from outcrop.client import AsyncClient, AsyncStream
from outcrop.types.events import Event
from outcrop.types.requests import Request
from outcrop.types.responses import Response

Batch: TypeAlias = tuple[int, tuple[Event, ...]]
"""Events that arrived together, and which of the answers they belong to."""


async def ask(client: AsyncClient, request: Request, times: int) -> Sequence[Response]:
    """Return `times` answers; if one fails the others are broken off.

    Raises:
        OutcropError: One of the calls failed.
    """
    if times == 1:
        return (await client.converse(request),)
    calls = [asyncio.ensure_future(client.converse(request)) for _ in range(times)]
    try:
        return await asyncio.gather(*calls)
    finally:
        for call in calls:
            call.cancel()


def batches(streams: Sequence[AsyncStream]) -> AsyncGenerator[Batch, None]:
    """Yield what arrives on any of the streams, as it arrives; closes them all at the end.

    Raises:
        OutcropError: One of the streams failed; raised after all that came before it.
    """
    return _one(streams[0]) if len(streams) == 1 else _several(streams)


async def _one(stream: AsyncStream) -> AsyncGenerator[Batch, None]:
    try:
        while (batch := await stream.next_batch()) is not None:
            yield 0, batch
    finally:
        stream.close()


async def _several(streams: Sequence[AsyncStream]) -> AsyncGenerator[Batch, None]:
    # A queue no longer than the number of streams: a slow reader stops all of them.
    arrived: asyncio.Queue[Batch | Exception | None] = asyncio.Queue(len(streams))

    async def pump(index: int, stream: AsyncStream) -> None:
        try:
            while (batch := await stream.next_batch()) is not None:
                await arrived.put((index, batch))
        except Exception as failure:  # noqa: BLE001 - raised where it is read
            await arrived.put(failure)
        else:
            await arrived.put(None)

    pumps = [asyncio.ensure_future(pump(*numbered)) for numbered in enumerate(streams)]
    left = len(pumps)
    try:
        while left:
            item = await arrived.get()
            if isinstance(item, Exception):
                raise item
            if item is None:
                left -= 1
            else:
                yield item
    finally:
        for task in pumps:
            task.cancel()
        for stream in streams:
            stream.close()
