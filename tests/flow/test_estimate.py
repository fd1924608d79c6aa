"""The guess at a conversation's tokens: every word counts, nothing else does."""

import msgspec
import pytest

from outcrop.flow.estimate import estimate_tokens
from outcrop.types.content import (
    Block,
    CachePoint,
    CitedText,
    Document,
    Foreign,
    GuardText,
    Image,
    Inline,
    JsonValue,
    Pieces,
    Plain,
    Reasoning,
    SearchResult,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import SystemTool, Tool, ToolEntry

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"


def asked(*blocks: Block) -> Request:
    return Request(model=MODEL, messages=(Message(role="user", content=blocks),))


@pytest.mark.parametrize(
    ("block", "tokens"),
    [
        pytest.param(Text(text="x" * 8), 2, id="text"),
        pytest.param(Text(text="x" * 9), 3, id="rounded-up"),
        pytest.param(Text(text="äöü語"), 3, id="bytes-not-characters"),
        pytest.param(Text(text="\ud83d"), 1, id="half-a-pair"),
        pytest.param(GuardText(text="12345678"), 2, id="guarded"),
        pytest.param(Reasoning(text="12345678", signature="s" * 99), 2, id="reasoning"),
        pytest.param(CitedText(content=(Text(text="1234"), Text(text="5678"))), 2, id="cited"),
        pytest.param(ToolUse(id="i", name="12", arguments=msgspec.Raw(b'{"a":1}')), 3, id="call"),
        pytest.param(
            ToolResult(id="i", content=(Text(text="1234"), JsonValue(value=msgspec.Raw(b"1234")))),
            2,
            id="result",
        ),
        pytest.param(
            Document(name="1234", source=Plain("5678"), context="90"), 3, id="plain-document"
        ),
        pytest.param(Document(name="1234", source=Pieces(("5678", "9012"))), 3, id="pieces"),
        pytest.param(
            SearchResult(source="12", title="34", content=(Text(text="5678"),)), 2, id="found"
        ),
        pytest.param(Foreign(api="converse", raw=msgspec.Raw(b'{"a":12}')), 2, id="foreign"),
        pytest.param(Document(name="1234", source=Inline(b"x" * 99)), 1, id="file"),
        pytest.param(Image(format="png", source=Inline(b"x" * 99)), 0, id="picture"),
        pytest.param(CachePoint(), 0, id="cache-point"),
    ],
)
def test_block(block: Block, tokens: int) -> None:
    assert estimate_tokens(asked(block)) == tokens


@pytest.mark.parametrize(
    ("tool", "tokens"),
    [
        (Tool(name="1234", description="5678", input_schema=msgspec.Raw(b"{}")), 3),
        (Tool(name="1234", input_schema=msgspec.Raw(b"{}")), 2),
        (SystemTool(name="12345"), 2),
    ],
)
def test_tool(tool: ToolEntry, tokens: int) -> None:
    """Schemas are read by the model like everything else."""
    assert estimate_tokens(Request(model=MODEL, tools=(tool,))) == tokens


def test_everything_is_added_before_it_is_rounded() -> None:
    """Many short turns are not each a token."""
    request = Request(
        model=MODEL,
        system=(Text(text="1"),),
        messages=(
            Message(role="user", content=(Text(text="1"),)),
            Message(role="assistant", content=(Text(text="1"), Text(text="1"))),
        ),
    )

    assert estimate_tokens(request) == 1
