from outcrop.client import AsyncClient as AsyncClient
from outcrop.client import AsyncStream as AsyncStream
from outcrop.client import BoundModel as BoundModel
from outcrop.client import Client as Client
from outcrop.client import Listing as Listing
from outcrop.client import Stream as Stream
from outcrop.client import assistant as assistant
from outcrop.client import chat as chat
from outcrop.client import tool_result as tool_result
from outcrop.client import user as user
from outcrop.errors import OutcropError as OutcropError
from outcrop.types.content import S3 as S3
from outcrop.types.content import Document as Document
from outcrop.types.content import Image as Image
from outcrop.types.content import Inline as Inline
from outcrop.types.content import Text as Text
from outcrop.types.content import ToolResult as ToolResult
from outcrop.types.content import ToolUse as ToolUse
from outcrop.types.messages import Message as Message
from outcrop.types.requests import Request as Request
from outcrop.types.requests import TextFormat as TextFormat
from outcrop.types.responses import Response as Response
from outcrop.types.tools import Tool as Tool
from outcrop.types.usage import Usage as Usage

__version__: str
