"""Drives calls that do not depend on each other: one after another, or several at once.

Place in the house: client. The drivers of one flow stand in `client.drivers`.

Source: behaviour specification, EMB-09.
"""

import asyncio
from collections.abc import Sequence

from outcrop.client.drivers import AsyncSleeper, Sleeper, run, run_async
from outcrop.flow.effects import Flow, T
from outcrop.transport.interface import AsyncTransport, Transport


def run_all(flows: Sequence[Flow[T]], transport: Transport, sleep: Sleeper) -> list[T]:
    """Drive flows to their results, one after another; the first failure ends it."""
    return [run(flow, transport, sleep) for flow in flows]


async def run_all_async(
    flows: Sequence[Flow[T]], transport: AsyncTransport, sleep: AsyncSleeper, at_once: int
) -> list[T]:
    """Drive flows to their results, several at once; the first failure ends the others too."""
    gate = asyncio.Semaphore(at_once)

    async def drive(flow: Flow[T]) -> T:
        async with gate:
            return await run_async(flow, transport, sleep)

    tasks = [asyncio.create_task(drive(flow)) for flow in flows]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
