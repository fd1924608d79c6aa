"""Every model on Amazon Bedrock: a library, a gateway, a terminal and a local emulator.

    import outcrop

    with outcrop.Client(region="us-east-1") as client:
        answer = client.chat("What is an outcrop?", model="us.amazon.nova-lite-v1:0")
        print(answer.text, answer.usage)

Importing opens nothing, reads nothing, and loads no server, no command line and no AWS SDK.
"""

__version__ = "0.1.0"

from outcrop.client import (
    AsyncClient,
    AsyncStream,
    BoundModel,
    Client,
    Listing,
    Stream,
    assistant,
    chat,
    tool_result,
    user,
)
from outcrop.errors import OutcropError
from outcrop.types.content import S3, Document, Image, Inline, Text, ToolResult, ToolUse
from outcrop.types.messages import Message
from outcrop.types.requests import Request, TextFormat
from outcrop.types.responses import Response
from outcrop.types.tools import Tool
from outcrop.types.usage import Usage

__all__ = [
    "S3",
    "AsyncClient",
    "AsyncStream",
    "BoundModel",
    "Client",
    "Document",
    "Image",
    "Inline",
    "Listing",
    "Message",
    "OutcropError",
    "Request",
    "Response",
    "Stream",
    "Text",
    "TextFormat",
    "Tool",
    "ToolResult",
    "ToolUse",
    "Usage",
    "assistant",
    "chat",
    "tool_result",
    "user",
]
