"""What would be sent, unsent: both clients."""

import asyncio
from typing import Any

import pytest

from outcrop.client import AsyncClient, Client, DryRun
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.transport.replay import AsyncReplay, Replay
from tests.client.asking import CLAUDE, NOVA, Asked, blocking, call, calling, each_client, reply

OPTIONS: Any = {"region": "us-west-2", "environ": {}, "model": NOVA}


@each_client
def test_exact_request(ask: Asked) -> None:
    """Byte for byte what the call then sends, and the same rules."""
    question: Any = {"max_tokens": 5, "top_k": 3, "reasoning": {"effort": "low"}, "model": CLAUDE}

    run = ask([], "chat", "Hi", dry_run=True, **question).value
    sent = ask([reply("ok")], "chat", "Hi", **question)

    assert isinstance(run, DryRun)
    assert run.json == sent.bodies[0]
    assert run.adjustments == sent.value.adjustments != ()
    assert (run.text, run.usage, run.parsed) == ("", None, None)


def test_parts() -> None:
    """Without credentials, and without the network: nobody is asking."""
    transport = Replay()
    headers = {"x-team": "search", "X-Api-Key": "s3cret", "cookie": "s3cret", "user-agent": "mine"}
    with Client(transport=transport, headers=headers, **OPTIONS) as client:
        run = client.chat("Hi", dry_run=True)

    assert isinstance(run, DryRun)
    assert transport.requests == []
    assert run.method == "POST"
    assert run.url == (
        "https://bedrock-runtime.us-west-2.amazonaws.com/model/us.amazon.nova-lite-v1%3A0/converse"
    )
    told = dict(run.headers)
    assert told.pop("user-agent").endswith(" mine")
    assert told == {
        "x-team": "search",
        "X-Api-Key": "***",
        "cookie": "***",
        "content-type": "application/json",
        "accept": "application/json",
    }
    assert run.json == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    assert (run.api, run.region, run.resolved_model) == ("converse", "us-west-2", NOVA)
    assert run.call.attempts == 0


def test_keys_are_not_told() -> None:
    with Client(transport=Replay(), api_key="s3cret", **OPTIONS) as client:
        run = client.chat("Hi", dry_run=True)

    assert "s3cret" not in repr(run)


def test_stream() -> None:
    """A stream of no events, whose response is what a stream would have sent."""
    transport, awaited = Replay(), AsyncReplay()

    async def collected() -> Any:
        async with AsyncClient(transport=awaited, **OPTIONS) as client:
            stream = client.stream("Hi", dry_run=True)
            return [event async for event in stream], stream.response

    with Client(transport=transport, **OPTIONS) as client:
        stream = client.stream("Hi", dry_run=True)
        events, run = list(stream), stream.response

    assert events == []
    assert isinstance(run, DryRun)
    assert run.url.endswith("/converse-stream")
    assert asyncio.run(collected()) == ([], run)
    assert (transport.requests, awaited.requests) == ([], [])


@each_client
def test_what_cannot_be_sent_cannot_be_rehearsed(ask: Asked) -> None:
    strict = {"unsupported_params": "error"}
    with pytest.raises(BadRequestError, match="at least one non-empty message"):
        ask([], "chat", " ", dry_run=True)
    with pytest.raises(UnsupportedError, match="top_k"):
        ask([], "chat", "Hi", top_k=1, model="vendor.x-v1:0", dry_run=True, client=strict)


@each_client
def test_with_a_type_and_tools(ask: Asked) -> None:
    """The question alone is shown: what would follow depends on the answer."""

    def look() -> str:
        return "here"

    run = ask([], "run_tools", "?", tools=[look], response_format=dict, dry_run=True).value

    (step,) = run.steps
    assert isinstance(step, DryRun)
    names = [tool["toolSpec"]["name"] for tool in step.json["toolConfig"]["tools"]]
    assert names == ["look", "__json_response"]


def test_false_sends() -> None:
    told = blocking([calling(call("f", {}))], "chat", "?", dry_run=False)

    assert len(told.bodies) == 1
