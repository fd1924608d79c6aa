"""Chunks of a chat completion, as server-sent events.

Place in the house: OpenAI Chat codec. All that is the same in every chunk of an answer is written
once, when the answer begins: a chunk is then a constant, a delta, and a constant.

Source: OpenAI API reference, "The chat completion chunk object".
"""

from typing import Any, Final

import msgspec

from outcrop.codecs.openai_chat.answer import Entry

DONE: Final = b"data: [DONE]\n\n"

_encode: Final = msgspec.json.Encoder().encode


class ChunkWriter:
    """Writes the chunks of one answer.

    Attributes:
        text_head: What stands before a text, written as JSON.
        text_tail: What stands after it.
    """

    def __init__(
        self, *, response_id: str, created: int, model: str, choice_index: int, null_usage: bool
    ) -> None:
        """Write what is the same in every chunk.

        Args:
            response_id: ``chatcmpl-...``.
            created: Seconds since 1970.
            model: As the client named it.
            choice_index: Which of several answers this is.
            null_usage: Whether every chunk says that its usage comes later.
        """
        self._prefix = (
            b'data: {"id":%b,"object":"chat.completion.chunk","created":%d,"model":%b,"choices":'
            % (_encode(response_id), created, _encode(model))
        )
        self._index = choice_index
        self._usage = b',"usage":null' if null_usage else b""
        self._head = self._prefix + b'[{"index":%d,"delta":' % choice_index
        self._tail = b',"finish_reason":null}]' + self._usage + b"}\n\n"
        self.text_head = self._head + b'{"content":'
        self.text_tail = b"}" + self._tail

    def delta(self, delta: bytes) -> bytes:
        """Write a chunk with this delta."""
        return self._head + delta + self._tail

    def members(self, **members: Any) -> bytes:
        """Write a chunk whose delta has these members."""
        return self._head + _encode(members) + self._tail

    def finish(self, reason: str, facts: Entry) -> bytes:
        """Write the chunk that says why the model stopped."""
        rest = b'{},"finish_reason":%b}]%b,"outcrop":%b}\n\n'
        return self._head + rest % (_encode(reason), self._usage, _encode(facts))

    def usage(self, members: Entry) -> bytes:
        """Write the last chunk, which has no choice; `members` are at least its ``usage``."""
        return self._last(b"[]", members)

    def afterthought(self, members: Entry) -> bytes:
        """Write a chunk that says nothing but `members`, for clients that expect a choice."""
        choices = b'[{"index":%d,"delta":{},"finish_reason":null}]' % self._index
        return self._last(choices, members)

    def _last(self, choices: bytes, members: Entry) -> bytes:
        return b"%b%b,%b\n\n" % (self._prefix, choices, _encode(members)[1:])
