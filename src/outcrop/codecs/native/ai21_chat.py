"""AI21 Jamba: Chat Completions.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, AI21 Labs Jamba models; AI21's own API reference for tools and
streams.
"""

from typing import Final

from outcrop.codecs.native.chat_codec import ChatCodec
from outcrop.codecs.native.chatting import ChatForm

_FORM: Final = ChatForm(
    api="ai21_chat",
    sampling={
        "max_tokens": ("max_tokens",),
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "stop_sequences": ("stop",),
        "presence_penalty": ("presence_penalty",),
        "frequency_penalty": ("frequency_penalty",),
    },
    stop="finish_reason",
    words={"stop": "stop", "length": "length", "tool_calls": "tool_calls"},
    piece="delta",
    counts={"input": ("usage", "prompt_tokens"), "output": ("usage", "completion_tokens")},
    total=("usage", "total_tokens"),
)

API: Final = _FORM.api
_codec: Final = ChatCodec(_FORM)
encode_request = _codec.encode_request
decode_request = _codec.decode_request
encode_response = _codec.encode_response
decode_response = _codec.decode_response
unsupported = _codec.unsupported
StreamDecoder = _codec.stream_decoder
StreamEncoder = _codec.stream_encoder
