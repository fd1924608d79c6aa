"""Token counts in OpenAI's terms."""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.openai_chat.usage import encode_usage
from outcrop.types.usage import CacheWrite, Usage


def written(*usages: Usage | None) -> Any:
    return msgspec.to_builtins(encode_usage(usages))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param(
            Usage(input_tokens=10, output_tokens=5, total_tokens=15),
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 15,
                "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            },
            id="plain",
        ),
        pytest.param(
            Usage(
                input_tokens=0,
                output_tokens=5,
                total_tokens=105,
                cache_read_tokens=60,
                cache_write_tokens=40,
                cache_writes=(
                    CacheWrite(ttl="5m", tokens=10),
                    CacheWrite(ttl="1h", tokens=30),
                ),
                reasoning_tokens=3,
            ),
            {
                "prompt_tokens": 100,
                "completion_tokens": 5,
                "total_tokens": 105,
                "prompt_tokens_details": {
                    "cached_tokens": 60,
                    "cache_write_tokens": 40,
                    "cache_write_1h_tokens": 30,
                },
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            id="cached",
        ),
    ],
)
def test_one(usage: Usage, expected: object) -> None:
    """AWS counts cached input apart; OpenAI's clients expect it inside the sum (USAGE-03)."""
    assert written(usage) == expected


def test_several_are_added_up() -> None:
    """Several answers are several calls, each with its own input."""
    summed = written(
        Usage(input_tokens=1, output_tokens=2, reasoning_tokens=None),
        None,
        Usage(input_tokens=3, output_tokens=4, cache_read_tokens=5, reasoning_tokens=1),
    )

    assert summed == {
        "prompt_tokens": 9,
        "completion_tokens": 6,
        "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }


def test_unknown() -> None:
    """Unknown is not zero."""
    assert encode_usage([None, None]) is None
