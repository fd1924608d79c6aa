"""Playback: folding what is played is the answer again."""

import pytest

from outcrop.emulator.engines.playback import play
from outcrop.errors import BadRequestError
from outcrop.types import events
from outcrop.types.accumulate import Accumulator
from outcrop.types.content import (
    Block,
    Citation,
    CitedText,
    Document,
    Image,
    Inline,
    Plain,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.json import encode_raw
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage

BLOCKS: dict[str, Block] = {
    "text": Text(text="Hello, big  world\n"),
    "reasoning": Reasoning(text="I think so", signature="seal"),
    "sealed-reasoning": Reasoning(text="", signature="seal"),
    "redacted": RedactedReasoning(data=b"secret"),
    "tool-use": ToolUse(
        id="a", name="f", arguments=encode_raw({"city": "Paris", "days": [1, 2, 3]})
    ),
    "server-tool-use": ToolUse(id="a", name="f", arguments=encode_raw({}), type="server_tool_use"),
    "cut-arguments": ToolUse(
        id="a",
        name="f",
        arguments=encode_raw('{"city":"Par'),
        arguments_error="the model's arguments are not a JSON object",
    ),
    "tool-result": ToolResult(id="a", content=(Text(text="4"),), status="success", type="x"),
    "image": Image(format="png", source=Inline(b"png")),
    "cited": CitedText(content=(Text(text="20 days"),), citations=(Citation(title="policy"),)),
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_fold_inverts_play(block: Block) -> None:
    """A streamed answer and an unstreamed one are the same: STREAM-08."""
    response = Response(
        content=(block, Text(text="end")),
        stop=Stop(kind="stop", raw="end_turn"),
        usage=Usage(input_tokens=1, output_tokens=2, total_tokens=3),
        additional_response_fields=encode_raw({"x": 1}),
        trace=encode_raw({"t": 1}),
        latency_ms=7,
        service_tier="default",
    )
    fold = Accumulator()

    for event in play(response):
        fold.add(event)

    assert fold.response() == response


def test_text_comes_word_by_word() -> None:
    """A stream that came in one piece would test nothing."""
    response = Response(content=(Text(text="one two  three"),), stop=Stop(kind="stop"))

    deltas = [event.text for event in play(response) if isinstance(event, events.TextDelta)]

    assert deltas == ["one", " two", "  three"]


@pytest.mark.parametrize(
    "block",
    [
        Document(name="d", source=Plain("x")),
        ToolResult(id="a", content=(Image(format="png", source=Inline(b"x")),)),
    ],
)
def test_block_that_no_stream_carries(block: Block) -> None:
    """What Converse cannot stream is refused, not dropped."""
    with pytest.raises(BadRequestError, match="no stream can carry"):
        list(play(Response(content=(block,), stop=Stop(kind="stop"))))
