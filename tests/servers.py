"""Servers of ours that run beside a test, each in a thread of its own.

Place in the house: tests only.

    with serving(create_app(EchoEngine())) as url:
        client = boto3.client("bedrock-runtime", endpoint_url=url, ...)

Real clients block, so the server needs a loop elsewhere.
"""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from outcrop.transport.serving import Application, running


@contextmanager
def serving(app: Application) -> Iterator[str]:
    """Serve an application at any free port of this machine, and give its base URL."""
    started: Future[str] = Future()
    stop: Future[None] = Future()
    thread = threading.Thread(target=asyncio.run, args=(_serve(app, started, stop),))
    thread.start()
    try:
        yield started.result(timeout=30)
    finally:
        stop.set_result(None)
        thread.join()


async def _serve(app: Application, started: Future[str], stop: Future[None]) -> None:
    try:
        async with running(app) as url:
            started.set_result(url)
            await asyncio.wrap_future(stop)
    except BaseException as error:
        if not started.done():
            started.set_exception(error)
        raise
