"""CountTokens at the emulator: AWS's form, the engine's count, bare ids only."""

import asyncio
import base64
from typing import Any

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError

from outcrop.emulator.engines.smollm2 import load
from outcrop.http import header
from outcrop.types.content import Text
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling, TextFormat
from tests.emulator.test_app import Client

BARE = "anthropic.claude-haiku-4-5-20251001-v1%3A0"
HELLO = {"messages": [{"role": "user", "content": [{"text": "Hello, world"}]}]}
NOT_COUNTED = "The provided model doesn't support counting tokens."


CLAUDE: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 10,
    "messages": [{"role": "user", "content": "Hello, world"}],
}


def native(body: Any) -> dict[str, Any]:
    """Return a body of InvokeModel as input."""
    return {"invokeModel": {"body": base64.b64encode(msgspec.json.encode(body)).decode()}}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (BARE, CLAUDE),
        ("meta.llama3-8b-instruct-v1%3A0", {"prompt": "Hello, world"}),
    ],
)
def test_counts_native_bodies(model: str, body: Any) -> None:
    """As Anthropic's SDK asks; the same conversation has the same size."""
    answer = ask(model, native(body))

    assert (answer.status, answer.json) == (200, {"inputTokens": 5})


def ask(model: str, value: Any) -> Any:
    return Client().ask(f"/model/{model}/count-tokens", {"input": value})


@pytest.mark.parametrize("model", [BARE, "emu.echo", "amazon.nova-lite-v1%3A0"])
def test_counts(model: str) -> None:
    """The same number that Converse reports afterwards."""
    answer = ask(model, {"converse": HELLO})

    assert (answer.status, answer.json) == (200, {"inputTokens": 5})
    assert header(answer.headers, "x-outcrop-engine") == "echo"


def test_tools_and_system_count() -> None:
    schema = {"json": {"type": "object"}}
    tools = {"tools": [{"toolSpec": {"name": "f", "inputSchema": schema}}]}

    answer = ask(BARE, {"converse": {**HELLO, "system": [{"text": "Hi"}], "toolConfig": tools}})

    assert answer.json == {"inputTokens": 17}


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        pytest.param("us." + BARE, {"converse": HELLO}, NOT_COUNTED, id="profile"),
        pytest.param("us." + BARE, native(CLAUDE), NOT_COUNTED, id="native-profile"),
        pytest.param("emu.echo", native(CLAUDE), NOT_COUNTED, id="native-nobody"),
        pytest.param(
            "amazon.titan-embed-text-v2%3A0", {"converse": HELLO}, NOT_COUNTED, id="embedding"
        ),
        pytest.param(
            BARE,
            native({"messages": CLAUDE["messages"], "anthropic_version": "bedrock-2023-05-31"}),
            "max_tokens: Field required",
            id="native-incomplete",
        ),
        pytest.param(
            BARE,
            {"invokeModel": {"body": "###"}},
            "Invalid base64 encoded string - at `$.input.invokeModel.body`",
            id="no-base64",
        ),
        pytest.param(BARE, {}, "The provided request is not valid", id="neither"),
        pytest.param(
            "nobody.model-v1%3A0",
            {"converse": HELLO},
            "The provided model identifier is invalid.",
            id="unknown",
        ),
        pytest.param(
            BARE,
            {"converse": {"messages": [{"role": "tool", "content": []}]}},
            "1 validation error detected: Value 'tool' at 'input.converse.messages.1.member.role' "
            "failed to satisfy constraint: Member must satisfy enum value set: "
            "[user, assistant, system]",
            id="shape",
        ),
        pytest.param(
            BARE,
            {"converse": {"messages": [{"role": "assistant", "content": [{"text": "x"}]}]}},
            "A conversation must start with a user message. Try again with a conversation that "
            "starts with a user message.",
            id="rule",
        ),
    ],
)
def test_refuses(model: str, value: Any, message: str) -> None:
    answer = ask(model, value)

    assert (answer.status, answer.json) == (400, {"message": message})


def test_boto3(emulator_url: str) -> None:
    """The SDK's own operation, signed and verified."""
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=emulator_url,
        region_name="us-east-1",
        aws_access_key_id="outcrop",
        aws_secret_access_key="outcrop",
    )
    try:
        answer = client.count_tokens(modelId="emu.echo", input={"converse": HELLO})
        with pytest.raises(ClientError, match="doesn't support counting tokens"):
            client.count_tokens(
                modelId="us.anthropic.claude-haiku-4-5-20251001-v1:0", input={"converse": HELLO}
            )
    finally:
        client.close()

    assert answer["inputTokens"] == 5


@pytest.mark.llm
def test_the_model_counts_as_it_answers() -> None:
    """What CountTokens says is what Converse bills: the model's own tokenizer read it."""

    async def both() -> list[tuple[int, int]]:
        engine = load()
        try:
            return [
                (await engine.count_tokens(request), await billed(engine, request))
                for request in requests()
            ]
        finally:
            await engine.close()

    pairs = asyncio.run(both())

    assert all(counted == read for counted, read in pairs)
    assert pairs[0][0] > 3


def requests() -> list[Request]:
    said = (Message(role="user", content=(Text(text="What is an outcrop?"),)),)
    short = Request(model="a-model", messages=said, sampling=Sampling(max_tokens=2))
    return [
        short,
        Request(
            model="a-model",
            messages=said,
            system=(Text(text="Answer in one sentence."),),
            text_format=TextFormat(schema='{"type":"object"}'),
            sampling=Sampling(max_tokens=2),
        ),
    ]


async def billed(engine: Any, request: Request) -> int:
    *_, last = [event async for event in engine.answer(request)]
    return int(last.usage.full_input_tokens)
