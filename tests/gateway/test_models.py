"""Lists of models: fetched once, kept, never lost by a failure."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI

from outcrop.client import Listing
from outcrop.errors import ConnectionError, ModelNotFoundError
from outcrop.gateway import models
from tests.gateway.calling import Client, Clock, Library, call, chat, gateway, info, scope
from tests.servers import serving

ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3"
NOVA = "us.amazon.nova-lite-v1:0"
LOST = ConnectionError("The network is down")


def ids(reply: Any) -> list[str]:
    return [model["id"] for model in reply.json["data"]]


def test_entries() -> None:
    """Who lists models for people needs vendor, abilities and end of life (LIST-05)."""
    listed = info(
        NOVA,
        name="US Nova Lite",
        inputs=("TEXT", "IMAGE"),
        outputs=("TEXT",),
        streaming=True,
        lifecycle="ACTIVE",
        created=1_700_000_000,
    )

    reply = call(gateway(Library(Listing(models=(listed,)))), "GET", "/v1/models")

    assert reply.status == 200
    assert reply.json == {
        "object": "list",
        "data": [
            {
                "id": NOVA,
                "object": "model",
                "created": 1_700_000_000,
                "owned_by": "amazon",
                "display_name": "US Nova Lite",
                "modes": ["chat"],
                "capabilities": ["streaming", "tools", "prompt_caching", "image_input"],
                "lifecycle": "active",
                "shutdown_date": None,
                "source": "api",
            }
        ],
    }


def test_entry_of_a_model_nobody_knows() -> None:
    """A model AWS adds tomorrow is listed without a release of ours; unknown is left out."""
    listed = info("new.model-v9", provider="", inputs=("SPEECH",), streaming=None)

    reply = call(gateway(Library(Listing(models=(listed,)))), "GET", "/v1/models/new.model-v9")

    assert reply.json == {
        "id": "new.model-v9",
        "object": "model",
        "created": 1_677_628_800,
        "owned_by": "bedrock",
        "display_name": "new.model-v9",
        "capabilities": ["speech_input"],
        "source": "api",
    }


def test_list_is_kept_for_an_hour() -> None:
    library, clock = Library(Listing(models=(info("a"),)), Listing(models=(info("b"),))), Clock()
    app = gateway(library, clock)

    first = call(app, "GET", "/v1/models")
    clock.now += 3599
    second = call(app, "GET", "/v1/models")
    clock.now += 2
    third = call(app, "GET", "/v1/models")

    assert [ids(first), ids(second), ids(third)] == [["a"], ["a"], ["b"]]
    assert library.listed == 2


def test_last_good_list_survives_a_failure() -> None:
    """AWS is away for a minute: what was known stays known, and the failure is told (LIST-06)."""
    library = Library(Listing(models=(info("a"),)), LOST, Listing(models=(info("b"),)))
    clock = Clock()
    app = gateway(library, clock)
    call(app, "GET", "/v1/models")

    clock.now += 3601
    failed = call(app, "GET", "/v1/models")
    clock.now += 59
    waiting = call(app, "GET", "/v1/models")
    clock.now += 2
    again = call(app, "GET", "/v1/models")

    assert [ids(failed), ids(waiting), ids(again)] == [["a"], ["a"], ["b"]]
    assert failed.headers["x-outcrop-warnings"] == "outcrop: The network is down."
    assert "x-outcrop-warnings" not in again.headers
    assert library.listed == 3


def test_part_of_the_list_is_missing() -> None:
    """One of three lists failed: the rest is shown, the reason too, and it is asked for soon."""
    partial = Listing(models=(info("a"),), problems=("outcrop: No access.",))
    library, clock = Library(partial, Listing(models=(info("a"), info("b")))), Clock()
    app = gateway(library, clock)

    first = call(app, "GET", "/v1/models")
    clock.now += 61
    second = call(app, "GET", "/v1/models")

    assert ids(first) == ["a"]
    assert first.headers["x-outcrop-warnings"] == "outcrop: No access."
    assert ids(second) == ["a", "b"]


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        pytest.param(Listing(models=()), "No models: none on demand here.", id="none"),
        pytest.param(
            LOST, "No models: listing failed (outcrop: The network is down.).", id="failed"
        ),
    ],
)
def test_no_models(outcome: Any, reason: str) -> None:
    """An empty list is a list, and says why it is empty (GATE-02, ERR-29)."""
    reply = call(gateway(Library(outcome)), "GET", "/v1/models")

    assert (reply.status, reply.json) == (200, {"object": "list", "data": []})
    assert reply.headers["x-outcrop-warnings"].startswith(reason)


def test_warning_fits_into_a_header() -> None:
    """AWS's texts have line ends and typographic quotes; a header has neither."""
    listing = Listing(models=(info("a"),), problems=("You don’t have\r\nX-Evil: access\x00",))

    reply = call(gateway(Library(listing)), "GET", "/v1/models")

    assert reply.headers["x-outcrop-warnings"] == "You don?t have X-Evil: access "


def test_many_ask_and_one_listing_is_fetched() -> None:
    library = Library(Listing(models=(info("a"),)))
    app = gateway(library)
    clients = [Client() for _ in range(5)]

    async def all_at_once() -> None:
        await asyncio.gather(
            *(app(scope("GET", "/v1/models"), each.receive, each.send) for each in clients)
        )

    asyncio.run(all_at_once())

    assert [ids(client.reply()) for client in clients] == [["a"]] * 5
    assert library.listed == 1


@pytest.mark.parametrize("name", [NOVA, ARN, "a/b", "a%2Fb"])
def test_sdk_finds_any_id(name: str, with_odd_names: OpenAI) -> None:
    """The SDK encodes the id for the path, and the server decodes it: once each."""
    found = with_odd_names.models.retrieve(name)

    assert found.id == name


@pytest.fixture(scope="module")
def with_odd_names() -> Iterator[OpenAI]:
    """OpenAI's client of a gateway that lists ids of every form."""
    names = ("other", NOVA, ARN, "a/b", "a%2Fb")
    app = gateway(Library(Listing(models=tuple(info(name) for name in names))))
    with (
        serving(app) as url,
        OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client,
    ):
        yield client


def test_ids_may_stand_bare_in_the_path() -> None:
    """People type ids into curl as they are (GATE-01)."""
    app = gateway(Library(Listing(models=(info(ARN),))))

    reply = call(app, "GET", f"/v1/models/{ARN}")

    assert reply.json["id"] == ARN


def test_model_that_is_not_listed() -> None:
    app = gateway(Library(Listing(models=(info(NOVA), info("mistral.x")))))

    reply = call(app, "GET", "/v1/models/us.amazon.nova-light")

    assert reply.status == 404
    error = reply.json["error"]
    assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert "us.amazon.nova-light is not listed here" in error["message"]
    assert f"nearest ids: {NOVA}" in error["message"]


def test_unknown_model_of_a_question() -> None:
    refused = ModelNotFoundError("unknown in us-east-1", hint="Look again")
    refused.model = "us.amazon.nova-light"
    app = gateway(Library(Listing(models=(info(NOVA),)), answer=refused))

    reply = chat(app)

    assert reply.status == 404
    assert f"Look again; nearest ids: {NOVA}" in reply.json["error"]["message"]


def test_advice_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where lists cannot be had, an error comes without advice, and not later."""
    monkeypatch.setattr(models, "_ADVICE_S", 0.001)
    refused = ModelNotFoundError("unknown in us-east-1")
    refused.model = "us.amazon.nova-light"

    class Hanging(Library):
        async def models(self) -> Listing:
            await asyncio.Event().wait()
            raise AssertionError("it waits for ever")

    reply = chat(gateway(Hanging(answer=refused)))

    assert reply.status == 404
    assert "nearest" not in reply.json["error"]["message"]
