"""Limits: an answer ends where the request says."""

import pytest

from outcrop.emulator.engines.limits import limit
from outcrop.types.content import Block, Reasoning, Text, ToolUse
from outcrop.types.json import encode_raw
from outcrop.types.requests import Sampling
from outcrop.types.responses import Response, Stop

END = Stop(kind="stop", raw="end_turn")
LENGTH = Stop(kind="length", raw="max_tokens")


def matched(sequence: str) -> Stop:
    """Return the stop that a sequence makes."""
    return Stop(kind="stop", raw="stop_sequence", sequence=sequence)


@pytest.mark.parametrize(
    ("blocks", "sampling", "kept", "stop"),
    [
        pytest.param((Text(text="a b"),), Sampling(), (Text(text="a b"),), END, id="none"),
        pytest.param(
            (Text(text="a b c"),),
            Sampling(stop_sequences=("c", " b")),
            (Text(text="a"),),
            matched(" b"),
            id="earliest-sequence",
        ),
        pytest.param(
            (Text(text="a"), Text(text="STOP b"), Text(text="c")),
            Sampling(stop_sequences=("STOP",)),
            (Text(text="a"),),
            matched("STOP"),
            id="sequence-ends-the-answer",
        ),
        pytest.param(
            (Text(text="a b c"),), Sampling(max_tokens=2), (Text(text="a b"),), LENGTH, id="text"
        ),
        pytest.param(
            (Text(text="a b c"),),
            Sampling(max_tokens=3),
            (Text(text="a b c"),),
            END,
            id="just-enough",
        ),
        pytest.param(
            (Reasoning(text="a b c", signature="s"), Text(text="d")),
            Sampling(max_tokens=2),
            (Reasoning(text="a b"),),
            LENGTH,
            id="reasoning-cut-is-unsigned",
        ),
        pytest.param(
            (Text(text="a"), Text(text="b")),
            Sampling(max_tokens=1),
            (Text(text="a"),),
            LENGTH,
            id="block-that-never-began",
        ),
        pytest.param(
            (ToolUse(id="t", name="f", arguments=encode_raw({"a": 1})),),
            Sampling(max_tokens=3),
            (
                ToolUse(
                    id="t",
                    name="f",
                    arguments=encode_raw('{"a'),
                    arguments_error="the model's arguments are not a JSON object",
                ),
            ),
            LENGTH,
            id="arguments",
        ),
    ],
)
def test_limit(
    blocks: tuple[Block, ...], sampling: Sampling, kept: tuple[Block, ...], stop: Stop
) -> None:
    """Both limits cut exactly where they say, and name why."""
    answer = limit(Response(content=blocks, stop=END), sampling)

    assert (answer.content, answer.stop) == (kept, stop)
