"""Lists of models, judged by OpenAI's own SDK."""

import msgspec

from outcrop.codecs.openai_chat import ModelEntry, encode_model, encode_models
from tests.codecs.openai_chat.sdk import client_of

BARE = ModelEntry(id="us.a/b:0", created=1700000000, owned_by="amazon")
FULL = ModelEntry(
    id="m",
    created=1700000000,
    owned_by="amazon",
    display_name="M",
    modes=("chat",),
    capabilities=("tools",),
    lifecycle="legacy",
    shutdown_date="2027-01-31",
    source="api",
)


def test_bare_entry() -> None:
    """What is not known is not there."""
    assert msgspec.json.decode(encode_model(BARE)) == {
        "id": "us.a/b:0",
        "object": "model",
        "created": 1700000000,
        "owned_by": "amazon",
    }


def test_full_entry() -> None:
    """All of LIST-05."""
    assert msgspec.json.decode(encode_model(FULL)) == {
        "id": "m",
        "object": "model",
        "created": 1700000000,
        "owned_by": "amazon",
        "display_name": "M",
        "modes": ["chat"],
        "capabilities": ["tools"],
        "lifecycle": "legacy",
        "shutdown_date": "2027-01-31",
        "source": "api",
    }


def test_sdk_reads_the_list() -> None:
    """The official client, over HTTP."""
    with client_of(200, "application/json", encode_models([BARE, FULL])) as client:
        listed = list(client.models.list())

    assert [(model.id, model.object, model.owned_by) for model in listed] == [
        ("us.a/b:0", "model", "amazon"),
        ("m", "model", "amazon"),
    ]


def test_empty_list() -> None:
    """No models are a list without entries (GATE-02)."""
    assert encode_models([]) == b'{"object":"list","data":[]}'
