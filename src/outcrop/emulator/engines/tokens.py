"""Tokens of the engines that have no tokenizer: a fixed rule that anybody can count by hand.

Place in the house: emulator, engines. Pure.

A token is up to four letters, digits or underscores, or one other character; white space belongs to
the token behind it, and at the end of the text it is a token of its own. So ``"Hello, world"`` is
``Hell|o|,| worl|d``: five tokens. Joined they are the text again. Media count one token for each
1,000 bytes begun, tools the tokens of their name, description and schema.
"""

import re
from collections.abc import Iterable
from typing import Final

from outcrop.emulator.engines import reading
from outcrop.types.content import Block, Inline, SystemBlock, ToolResult
from outcrop.types.requests import Request
from outcrop.types.tools import Tool, ToolEntry

_TOKEN: Final = re.compile(r"\s*(?:\w{1,4}|[^\w\s])|\s+")
_BYTES_PER_TOKEN: Final = 1000


def split_tokens(text: str) -> list[str]:
    """Cut a text into its tokens; joined they are the text."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return len(split_tokens(text))


def count_request(request: Request) -> int:
    """Return how many tokens a request has: system, messages and tools."""
    blocks = [block for message in request.messages for block in message.content]
    return (
        count_content(request.system) + count_content(blocks) + sum(map(_count_tool, request.tools))
    )


def count_content(blocks: Iterable[Block | SystemBlock]) -> int:
    """Return how many tokens some blocks have."""
    return sum(map(_count_block, blocks))


def _count_block(block: Block | SystemBlock) -> int:
    parts = block.content if isinstance(block, ToolResult) else (block,)
    return sum(count_tokens(reading.text_of(part)) + _count_media(part) for part in parts)


def _count_media(block: object) -> int:
    source = getattr(block, "source", None)
    return -(-len(source.data) // _BYTES_PER_TOKEN) if isinstance(source, Inline) else 0


def _count_tool(tool: ToolEntry) -> int:
    if not isinstance(tool, Tool):
        return 0
    texts = (tool.name, tool.description or "", bytes(tool.input_schema).decode())
    return sum(map(count_tokens, texts))
