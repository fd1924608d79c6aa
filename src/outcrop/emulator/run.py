"""Starts the emulator in the foreground: the one entry for the command line.

Place in the house: emulator. Chooses the engine, runs the server, tells how to reach it.

    run_emulator("127.0.0.1", 8099, "auto", say=print)

Source: behaviour specification, EMU-01.
"""

import asyncio
from collections.abc import Callable, Iterator

from outcrop.emulator.app import create_app
from outcrop.emulator.authentication import DEFAULT_CREDENTIALS, DEFAULT_REGION, parse_credentials
from outcrop.emulator.engines.interface import Engine
from outcrop.emulator.engines.select import make_engine
from outcrop.transport.serving import loop_factory, serve


def run_emulator(
    host: str,
    port: int,
    engine: str,
    *,
    verify: bool = True,
    credentials: tuple[str, ...] = (),
    api_keys: tuple[str, ...] = (),
    region: str | None = None,
    say: Callable[[str], object],
) -> None:
    """Serve until a signal asks to stop.

    Args:
        host: Name or address to listen at.
        port: 0 for any free one.
        engine: As `make_engine` takes it.
        verify: Whether signatures and API keys are checked.
        credentials: Key pairs, ``id:secret`` or ``id:secret:session-token``; none for the default.
        api_keys: The API keys that are good; none given, every key is.
        region: The one region it plays; None for any.
        say: Tells the user a line.

    Raises:
        ConfigError: The engine cannot be had, or nothing can listen there.
    """
    keys = parse_credentials(credentials)
    chosen = make_engine(engine, say=say)
    app = create_app(chosen, verify=verify, credentials=keys, api_keys=api_keys, region=region)
    known = verify and keys is DEFAULT_CREDENTIALS

    def ready(url: str) -> None:
        for line in start_lines(url, chosen, verify=verify, default_keys=known, region=region):
            say(line)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(app, host, port, ready=ready))


def start_lines(
    url: str, engine: Engine, *, verify: bool, default_keys: bool, region: str | None
) -> Iterator[str]:
    """Yield what a user wants to know once it runs; no secret that anybody chose."""
    yield f"Bedrock emulator at {url}"
    yield f"Engine {engine.name}: {engine.description}"
    yield "Signatures are verified" if verify else "Signatures are not verified"
    yield "Point any AWS SDK at it:"
    yield f"  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME={url}"
    yield f"  export AWS_ENDPOINT_URL_BEDROCK={url}"
    # boto3 reads the second name only, the SDKs of other languages the first.
    place = region or DEFAULT_REGION
    yield f"  export AWS_REGION={place} AWS_DEFAULT_REGION={place}"
    if verify and not default_keys:
        yield "  and sign with a key pair that was given to it"
    else:
        # No SDK sends without one, whether or not anybody checks it.
        yield "  export AWS_ACCESS_KEY_ID=outcrop AWS_SECRET_ACCESS_KEY=outcrop"
