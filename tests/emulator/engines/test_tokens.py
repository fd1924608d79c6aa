"""The counting rule of the engines that have no tokenizer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.emulator.engines.tokens import count_content, count_request, count_tokens, split_tokens
from outcrop.types.content import Block, Image, Inline, Text, ToolResult, ToolUse
from outcrop.types.json import EMPTY_OBJECT, encode_raw
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import Tool


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hello, world", ["Hell", "o", ",", " worl", "d"]),
        ("", []),
        ("  ", ["  "]),
        ("a \n", ["a", " \n"]),
        ("日本語 ok", ["日本語", " ok"]),
    ],
)
def test_split(text: str, tokens: list[str]) -> None:
    """The rule as its documentation tells it."""
    assert split_tokens(text) == tokens


@given(st.text(max_size=30))
def test_tokens_are_the_text(text: str) -> None:
    """Nothing is lost, so cutting after any token is cutting the text."""
    assert "".join(split_tokens(text)) == text


@pytest.mark.parametrize(
    ("block", "tokens"),
    [
        pytest.param(Image(format="png", source=Inline(b"x" * 1001)), 2, id="bytes"),
        pytest.param(
            ToolUse(id="a", name="f", arguments=encode_raw({"n": 1})), 7, id="arguments-only"
        ),
        pytest.param(
            ToolResult(
                id="a",
                content=(Text(text="four"), Image(format="png", source=Inline(b"x"))),
            ),
            2,
            id="result",
        ),
    ],
)
def test_blocks(block: Block, tokens: int) -> None:
    """Everything that a model would read counts."""
    assert count_content([block]) == tokens


def test_request() -> None:
    """System prompt, messages and tools."""
    request = Request(
        model="m",
        system=(Text(text="four"),),
        messages=(Message(role="user", content=(Text(text="five5"),)),),
        tools=(Tool(name="f", description="does", input_schema=EMPTY_OBJECT),),
    )

    assert count_request(request) == 1 + 2 + 1 + 1 + count_tokens("{}")
