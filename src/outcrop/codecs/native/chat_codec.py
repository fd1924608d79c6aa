"""The codec that a `ChatForm` makes.

Place in the house: the native codecs. The modules of the forms hand its methods on by the names
that every codec has.
"""

from typing import Any

from outcrop.codecs.native import chatting
from outcrop.codecs.native.calls import is_sayable_choice, is_sayable_tool
from outcrop.codecs.native.chat_stream import ChatDecoder, ChatEncoder
from outcrop.codecs.native.chatting import ChatForm
from outcrop.codecs.native.texts import TEXTS
from outcrop.codecs.native.unsupported import Vocabulary, unsupported_by
from outcrop.http import Headers
from outcrop.types.content import CachePoint, Foreign, Image, ToolResult, ToolUse
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Response
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    SystemTool,
    Tool,
)

_CHOICES = (AnyChoice, AutoChoice, NamedChoice, NoChoice)
_TOOLS = (Tool, SystemTool, CachePoint)


class ChatCodec:
    """Both halves of one form."""

    def __init__(self, form: ChatForm) -> None:
        """Speak this form."""
        self._form = form
        self._words = Vocabulary(
            api=form.api,
            sampling=frozenset(form.sampling),
            blocks=(*TEXTS, ToolUse, ToolResult, Image),
            fields=("tools", "tool_choice"),
            says=self._is_sayable,
        )

    def encode_request(self, request: Request, *, stream: bool, invoke: bool = True) -> bytes:
        """Write the body of a request.

        Args:
            request: What is asked.
            stream: Whether the answer shall be streamed, which stands in the path.
            invoke: Always so: these bodies are InvokeModel's alone.

        Raises:
            BadRequestError: A text cannot be written as JSON.
        """
        del stream, invoke
        return chatting.encode_request(self._form, request)

    def decode_request(self, body: bytes, model: str) -> Request:
        """Read the body of a request to `model`, which stood in the path.

        Raises:
            BadRequestError: The body is malformed; message and `param` name the place.
        """
        return chatting.decode_request(self._form, body, model)

    def encode_response(
        self, response: Response, *, model: str = "", response_id: str = ""
    ) -> bytes:
        """Write the body of an answer, which names neither its model nor itself.

        Raises:
            BadRequestError: A text cannot be written as JSON.
        """
        del model, response_id
        return chatting.encode_response(self._form, response)

    def decode_response(self, body: bytes, headers: Headers = ()) -> Response:
        """Read the body of an answer; counts may stand in its headers.

        Raises:
            WireError: The body is malformed.
        """
        return chatting.decode_response(self._form, body, headers)

    def unsupported(self, request: Request) -> tuple[Adjustment, ...]:
        """List what the encoder would leave out."""
        return unsupported_by(self._words, request)

    def stream_decoder(self) -> ChatDecoder:
        """Begin to read a stream."""
        return ChatDecoder(self._form)

    def stream_encoder(self) -> ChatEncoder:
        """Begin to write a stream."""
        return ChatEncoder(self._form)

    def _is_sayable(self, value: Any) -> bool:
        api = self._form.api
        if isinstance(value, Image):
            return chatting.is_part(self._form, value)
        if isinstance(value, _CHOICES):
            return is_sayable_choice(value, api)
        if isinstance(value, (*_TOOLS, Foreign)):
            return is_sayable_tool(value, api)
        return True
