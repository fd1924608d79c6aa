"""A model with its options fixed.

Place in the house: client. One class for both clients: what it returns is what their methods
return.

Source: behaviour specification, LIB-04, TOOL-14.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, Unpack

from outcrop.client.ask import ChatOptions, Conversation, ToolInput

Answer = TypeVar("Answer")
Streamed = TypeVar("Streamed")


class BoundModel(Generic[Answer, Streamed]):
    """One model, ready to be asked. Immutable; every method that changes it returns a copy.

    model = client.model("us.amazon.nova-lite-v1:0", max_tokens=200)
    model.generate("What is an outcrop?")
    """

    __slots__ = ("_chat", "_options", "_stream")

    def __init__(
        self,
        chat: Callable[..., Answer],
        stream: Callable[..., Streamed],
        options: ChatOptions,
    ) -> None:
        """Take a client's two methods; use `Client.model` instead."""
        self._chat = chat
        self._stream = stream
        self._options = options

    def generate(self, conversation: Conversation, **options: Unpack[ChatOptions]) -> Answer:
        """Ask; return the whole answer (of an `AsyncClient`: await it). See `Client.chat`."""
        return self._chat(conversation, **self._merged(options))

    def stream(self, conversation: Conversation, **options: Unpack[ChatOptions]) -> Streamed:
        """Ask; return the answer as it arrives. See `Client.stream`."""
        return self._stream(conversation, **self._merged(options))

    def with_options(self, **options: Unpack[ChatOptions]) -> "BoundModel[Answer, Streamed]":
        """Return a copy with other options."""
        return BoundModel(self._chat, self._stream, self._merged(options))

    def bind_tools(self, tools: Sequence[ToolInput]) -> "BoundModel[Answer, Streamed]":
        """Return a copy that may ask for `tools`: descriptions, or functions."""
        return self.with_options(tools=tuple(tools))

    def _merged(self, options: ChatOptions) -> Any:
        return {**self._options, **options}
