"""The clients: thin, one blocking and one for asyncio, over the same flows.

Place in the house: client. Composes settings, flows and transport; the only floor with two texts
of one thing, the drivers and the two clients.
"""

from outcrop.client.ask import ChatOptions, Conversation, assistant, tool_result, user
from outcrop.client.async_client import AsyncClient
from outcrop.client.attaching import document, image
from outcrop.client.bound import BoundModel
from outcrop.client.client import Client, chat
from outcrop.client.drivers import AsyncStream, Stream
from outcrop.client.listing import Listing
from outcrop.client.native import AsyncInvokeStream, InvokeStream
from outcrop.client.plan import ClientOptions
from outcrop.client.rehearsing import DryRun
from outcrop.client.running import ToolRun

__all__ = [
    "AsyncClient",
    "AsyncInvokeStream",
    "AsyncStream",
    "BoundModel",
    "ChatOptions",
    "Client",
    "ClientOptions",
    "Conversation",
    "DryRun",
    "InvokeStream",
    "Listing",
    "Stream",
    "ToolRun",
    "assistant",
    "chat",
    "document",
    "image",
    "tool_result",
    "user",
]
