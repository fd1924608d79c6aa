"""Events as the emulator writes them."""

import msgspec
import pytest

from outcrop.codecs.converse import StreamEncoder, encode_exception
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.types import events as e
from outcrop.types.content import Foreign, ToolUse, Url
from outcrop.types.json import Extra
from outcrop.types.responses import Stop

OTHER = Foreign(api="anthropic", raw=msgspec.Raw(b"{}"))


@pytest.mark.parametrize(
    ("event", "name", "payload"),
    [
        (e.MessageStarted(), "messageStart", b'{"role":"assistant"}'),
        (
            e.TextDelta(index=12, text='a "b"\n\u2028é'),
            "contentBlockDelta",
            '{"contentBlockIndex":12,"delta":{"text":"a \\"b\\"\\n\u2028é"}}'.encode(),
        ),
        (
            e.TextDelta(index=0, text="x", extra=Extra("anthropic", {"a": msgspec.Raw(b"1")})),
            "contentBlockDelta",
            b'{"contentBlockIndex":0,"delta":{"text":"x"}}',
        ),
        (
            e.ToolStarted(index=1, id="t", name="f"),
            "contentBlockStart",
            b'{"contentBlockIndex":1,"start":{"toolUse":{"name":"f","toolUseId":"t"}}}',
        ),
        (
            e.ToolDelta(index=1, arguments='{"a":1}', id="t"),
            "contentBlockDelta",
            b'{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\\"a\\":1}"}}}',
        ),
        (e.BlockEnded(index=1), "contentBlockStop", b'{"contentBlockIndex":1}'),
        (
            e.MessageEnded(stop=Stop(kind="tool_calls")),
            "messageStop",
            b'{"stopReason":"tool_use"}',
        ),
    ],
)
def test_encode(event: e.Event, name: str, payload: bytes) -> None:
    """Compact, and with the members in the order of AWS."""
    assert StreamEncoder().encode(event) == (name, payload)


@pytest.mark.parametrize(
    "event",
    [
        e.ToolCalled(index=0, call=ToolUse(id="t", name="f", arguments=msgspec.Raw(b"{}"))),
        e.ForeignStarted(index=0, start=OTHER),
        e.ForeignDelta(index=0, delta=OTHER),
        e.ForeignEvent(api="anthropic", name="ping", raw=msgspec.Raw(b"{}")),
    ],
)
def test_what_is_never_on_this_wire(event: e.Event) -> None:
    """Events of another dialect would be nonsense to AWS's clients."""
    assert StreamEncoder().encode(event) is None


def test_a_fault_is_no_event() -> None:
    """Dropping it in silence would end a broken stream like a whole one."""
    with pytest.raises(UnsupportedError, match="encode_exception"):
        StreamEncoder().encode(e.StreamFault(code="X", message=""))


def test_a_fault_is_an_exception() -> None:
    fault = e.StreamFault(
        code="ModelStreamErrorException", message="m", original_status=500, original_message="o"
    )

    assert encode_exception(fault) == (
        "modelStreamErrorException",
        b'{"message":"m","originalMessage":"o","originalStatusCode":500}',
    )


def test_media_at_an_address_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        StreamEncoder().encode(e.ImageDelta(index=0, source=Url("https://example.com/a.png")))


@pytest.mark.parametrize(
    "event",
    [e.TextDelta(index=0, text="\ud83d"), e.ReasoningDelta(index=0, text="\ud83d")],
)
def test_half_a_surrogate_pair_is_refused(event: e.Event) -> None:
    """An engine that cuts its tokens within a character is told so."""
    with pytest.raises(BadRequestError, match="surrogate pair"):
        StreamEncoder().encode(event)
