"""embed, rerank and generate_image, both clients, against the emulator and against a script."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

import outcrop
from outcrop.client.plan import Plan
from outcrop.client.several import run_all_async
from outcrop.emulator.app import create_app
from outcrop.emulator.engines.echo import EchoEngine
from outcrop.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigError,
    OutcropError,
    UnsupportedError,
)
from outcrop.flow.effects import Flow, Sleep
from tests.flow.script import AsyncScript, Script
from tests.servers import serving

TITAN = "amazon.titan-embed-text-v2:0"
COHERE = "cohere.embed-multilingual-v3"
CANVAS = "amazon.nova-canvas-v1:0"
RERANK = "cohere.rerank-v3-5:0"
PNG = outcrop.Image(format="png", source=outcrop.Inline(b"\x89PNG\r\n\x1a\n"))

Call: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(create_app(EchoEngine())) as address:
        yield address


def _options(url: str, options: dict[str, Any]) -> dict[str, Any]:
    settled = {
        "base_url": url,
        "access_key_id": "outcrop",
        "secret_access_key": "outcrop",
        "max_retries": 0,
        "environ": {},
    }
    if "api_key" in options:
        del settled["access_key_id"], settled["secret_access_key"]
    return settled | options


def blocking(url: str, method: str, *given: Any, client: Any = None, **options: Any) -> Any:
    """Call a method of the blocking client."""
    with outcrop.Client(**_options(url, client or {})) as made:
        return getattr(made, method)(*given, **options)


def awaiting(url: str, method: str, *given: Any, client: Any = None, **options: Any) -> Any:
    """Call the same method of the asynchronous client."""

    async def call() -> Any:
        async with outcrop.AsyncClient(**_options(url, client or {})) as made:
            return await getattr(made, method)(*given, **options)

    return asyncio.run(call())


each_client = pytest.mark.parametrize("call", [blocking, awaiting])


@each_client
@pytest.mark.parametrize("model", [TITAN, COHERE, "us.cohere.embed-v4:0"])
def test_embed_keeps_the_order(call: Call, url: str, model: str) -> None:
    """However the inputs are split and however many run at once."""
    texts = [f"number {number}" for number in range(110 if model != TITAN else 20)]

    whole = call(url, "embed", texts, model=model)
    alone = call(url, "embed", texts[17], model=model)

    assert [each.index for each in whole.items] == list(range(len(texts)))
    assert whole.vectors[17] == alone.vectors[0]
    assert whole.usage.input_tokens == 3 * len(texts)
    assert len(whole.calls) == (20 if model == TITAN else 2)
    assert whole.resolved_model == model


@each_client
def test_embed_by_default(call: Call, url: str) -> None:
    """CONF-18: Titan 2, unless the environment names another model and length."""
    environ = {"OUTCROP_EMBED_MODEL": "cohere.embed-v4:0", "OUTCROP_EMBED_DIMENSIONS": "256"}

    plain = call(url, "embed", "hi")
    chosen = call(url, "embed", "hi", client={"environ": environ})

    assert (plain.resolved_model, len(plain.vectors[0])) == (TITAN, 1024)
    assert (chosen.resolved_model, len(chosen.vectors[0])) == ("cohere.embed-v4:0", 256)


@each_client
def test_embed_what_is_no_text(call: Call, url: str) -> None:
    """A picture alone, among texts, and together with one."""
    model = "amazon.titan-embed-image-v1"

    made = call(url, "embed", ["fox", PNG, ("fox", PNG)], model=model, dimensions=256)
    alone = call(url, "embed", PNG, model=model, dimensions=256)

    assert len(set(made.vectors)) == 3
    assert made.vectors[1] == alone.vectors[0]
    assert {len(vector) for vector in made.vectors} == {256}


@each_client
def test_embed_failure_names_the_input(call: Call, url: str) -> None:
    """Which of many was refused, in AWS's words."""
    with pytest.raises(BadRequestError) as caught:
        call(url, "embed", ["a", "b", "", "c"])

    assert caught.value.param == "inputs[2]"
    assert str(caught.value).startswith("outcrop: inputs[2]: AWS refused the request.")
    assert "#/inputText: expected minLength: 1" in caught.value.aws_message
    assert caught.value.operation == "InvokeModel"


@each_client
@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ([1, 2], "inputs[0] is neither text nor"),
        ([["a", 7]], "inputs[0] is neither text nor"),
        (b"x", "inputs is neither text nor"),
        ([b"x"], "inputs[0] is neither text nor"),
        (["a", []], "inputs[1] is empty"),
        (None, "inputs is neither text nor"),
    ],
)
def test_embed_wrong_forms(call: Call, url: str, inputs: Any, words: str) -> None:
    """Tokens, bytes and nothing are refused by their place (EMB-10)."""
    with pytest.raises(BadRequestError) as caught:
        call(url, "embed", inputs)

    assert words in caught.value.message


@each_client
def test_rerank(call: Call, url: str) -> None:
    """The best first, by position in the request; both roads agree."""
    documents = ["bread", "the capital is Washington", {"text": "the capital"}]

    invoked = call(url, "rerank", "the capital", documents, model=RERANK)
    by_agent = call(url, "rerank", "the capital", documents, model=RERANK, api="agent", top_n=2)

    assert [each.index for each in invoked.results][-1] == 0
    assert [each.index for each in by_agent.results] == [each.index for each in invoked.results[:2]]
    assert (invoked.call.api, by_agent.call.api) == ("invoke", "agent")


@each_client
def test_rerank_wrong_forms(call: Call, url: str) -> None:
    """Refused before anything is sent."""
    with pytest.raises(ConfigError, match="model is required"):
        call(url, "rerank", "q", ["a"])
    with pytest.raises(BadRequestError, match="documents is a str"):
        call(url, "rerank", "q", "abc", model=RERANK)
    with pytest.raises(BadRequestError, match=r"documents\[0\] must be one JSON object"):
        call(url, "rerank", "q", [7], model=RERANK)
    with pytest.raises(BadRequestError, match="unknown api rest"):
        call(url, "rerank", "q", ["a"], model=RERANK, api="rest")
    with pytest.raises(AuthenticationError, match="takes no API key"):
        call(url, "rerank", "q", ["a"], model=RERANK, api="agent", client={"api_key": "k"})


@each_client
def test_generate_image(call: Call, url: str) -> None:
    """Pictures of the size and number asked for."""
    made = call(url, "generate_image", "a fox", model=CANVAS, size="640x320", n=6, seed=1)

    assert [each.format for each in made.items] == ["png"] * 6
    assert {each.data[16:24].hex() for each in made.items} == {"0000028000000140"}
    assert len({each.data for each in made.items}) == 6
    assert (made.finish_reason, len(made.calls)) == ("stop", 2)


@each_client
def test_edit_image(call: Call, url: str) -> None:
    """A task without a prompt, and what only one task knows."""
    removed = call(url, "generate_image", model=CANVAS, task="remove_background", images=PNG)
    dressed = call(
        url,
        "generate_image",
        model=CANVAS,
        task="try_on",
        images=[PNG, PNG],
        fields={"virtualTryOnParams": {"garmentBasedMask": {"garmentClass": "FOOTWEAR"}}},
    )

    assert (len(removed.items), len(dressed.items)) == (1, 1)


@each_client
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": "big"}, "'big' is no size"),
        ({"n": 0}, "n is 0"),
        ({"task": "draw"}, "unknown task draw"),
        ({"images": ["x"]}, "images[0] is a str"),
        ({"colour": "red"}, "unknown options: colour"),
    ],
)
def test_image_wrong_forms(call: Call, url: str, options: Any, words: str) -> None:
    """Refused before anything is sent."""
    with pytest.raises(BadRequestError) as caught:
        call(url, "generate_image", "x", model=CANVAS, **options)

    assert words in caught.value.message


@each_client
def test_image_needs_a_model(call: Call, url: str) -> None:
    """There is no default: pictures cost."""
    with pytest.raises(ConfigError, match="model is required"):
        call(url, "generate_image", "x")


@each_client
@pytest.mark.parametrize(
    ("method", "model", "words"),
    [
        ("chat", TITAN, f"{TITAN} is an embedding model; use embed"),
        ("chat", CANVAS, f"{CANVAS} is an image model; use generate_image"),
        ("chat", RERANK, f"{RERANK} is a rerank model; use rerank"),
        ("embed", "us.amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0 is a text model; use chat"),
        ("embed", RERANK, f"{RERANK} is a rerank model; use rerank"),
        ("generate_image", TITAN, f"{TITAN} is an embedding model; use embed"),
    ],
)
def test_models_made_for_something_else(
    call: Call, url: str, method: str, model: str, words: str
) -> None:
    """ERR-31: what it is, and what to use; nothing is sent."""
    with pytest.raises(UnsupportedError) as caught:
        call("http://127.0.0.1:9", method, "x", model=model)

    assert caught.value.message == words


def test_stream_of_a_model_that_does_not_converse(url: str) -> None:
    """The stream refuses as the call does, before it is read."""
    with outcrop.Client(**_options(url, {})) as client, pytest.raises(UnsupportedError):
        client.stream("x", model=TITAN)


@each_client
@pytest.mark.parametrize("api", ["converse", "native", "openai", "anthropic"])
def test_api_is_for_conversations(call: Call, url: str, api: str) -> None:
    """Whatever carries conversations, vectors come by their own body, and nothing was set aside."""
    answer = call(url, "embed", "hi", client={"api": api})

    assert (answer.calls[0].api, answer.adjustments) == ("invoke", ())


class Gauge:
    """Counts how many of some flows are under way at once."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.finished: list[int] = []

    def flow(self, number: int, rounds: int, error: OutcropError | None = None) -> Flow[int]:
        """Sleep some rounds; return the number, or fail."""
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            for _ in range(rounds):
                yield Sleep(0.0)
        finally:
            self.now -= 1
        if error:
            raise error
        self.finished.append(number)
        return number


async def _yielding(_seconds: float) -> None:
    await asyncio.sleep(0)


def test_eight_at_once_in_order() -> None:
    """EMB-09: never more than eight, and results in the order asked, not of arrival."""
    gauge = Gauge()
    flows = [gauge.flow(number, rounds=20 - number % 7) for number in range(20)]

    results = asyncio.run(run_all_async(flows, AsyncScript(Script()), _yielding, 8))

    assert results == list(range(20))
    assert gauge.most == 8
    assert gauge.finished != list(range(20))


def test_first_failure_ends_the_others() -> None:
    """What is under way is broken off, what waits never begins, and one error comes out."""
    gauge = Gauge()
    failure = BadRequestError("no")
    flows = [gauge.flow(0, 2, failure), *(gauge.flow(number, 50) for number in range(1, 20))]

    with pytest.raises(BadRequestError) as caught:
        asyncio.run(run_all_async(flows, AsyncScript(Script()), _yielding, 8))

    assert caught.value is failure
    assert (gauge.now, gauge.finished, gauge.most) == (0, [], 8)


@pytest.mark.parametrize(
    ("options", "seconds"),
    [({}, 60.0), ({"timeout": 7}, 7.0), ({"environ": {"OUTCROP_TIMEOUT": "90"}}, 90.0)],
)
def test_embedding_timeout(options: Any, seconds: float) -> None:
    """CONF-16: a minute where nobody chose, for the retries together too."""
    settled: Any = {"environ": {}, "region": "us-east-1"}

    target = Plan(settled | options).embedding_target(TITAN)

    assert target.timeouts.first_byte_s == seconds
    assert target.retry.total_s == seconds


def test_agent_target() -> None:
    """The neighbour of the runtime, signed for the same service."""
    target = Plan({"environ": {}, "region": "eu-west-1"}).agent_target(RERANK)

    assert str(target.endpoint) == "https://bedrock-agent-runtime.eu-west-1.amazonaws.com"
    assert (target.service, target.model) == ("bedrock", RERANK)
