"""Mistral Large and Pixtral: Chat Completions, with other words for its end.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, Mistral AI chat completion, Pixtral Large; behaviour
specification, ROUTE-07.
"""

from typing import Final

from outcrop.codecs.native.chat_codec import ChatCodec
from outcrop.codecs.native.chatting import ChatForm

_FORM: Final = ChatForm(
    api="mistral",
    sampling={
        "max_tokens": ("max_tokens",),
        "temperature": ("temperature",),
        "top_p": ("top_p",),
    },
    stop="stop_reason",
    words={
        "stop": "stop",
        "length": "length",
        "model_length": "length",
        "tool_calls": "tool_calls",
        "error": "error",
    },
    piece="message",
    counts={},
    pictures=True,
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
