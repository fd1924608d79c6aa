"""Requests as clients write them, for tests.

Place in the house: tests only.
"""

from typing import Any

import msgspec
import pytest

from outcrop.codecs.openai_chat import ChatRequest, decode_request
from outcrop.errors import BadRequestError
from outcrop.types.content import Block
from outcrop.types.messages import Message

PNG = "iVBORw0KGgo="
"""The first bytes of a PNG, in base64."""


def ask(*messages: dict[str, Any], **members: Any) -> ChatRequest:
    """Decode a request with these messages and members."""
    said = list(messages) or [{"role": "user", "content": "Hi"}]
    return decode_request(msgspec.json.encode({"model": "m", "messages": said, **members}))


def turns(*messages: dict[str, Any]) -> tuple[Message, ...]:
    """Decode messages alone."""
    return ask(*messages).request.messages


def blocks(*parts: dict[str, Any]) -> tuple[Block, ...]:
    """Decode the parts of a user's message."""
    return turns({"role": "user", "content": list(parts)})[0].content


def refusal(*messages: dict[str, Any], **members: Any) -> tuple[str, str]:
    """Return what is said of a request that is refused, and of which member."""
    with pytest.raises(BadRequestError) as raised:
        ask(*messages, **members)
    return raised.value.message, raised.value.param
