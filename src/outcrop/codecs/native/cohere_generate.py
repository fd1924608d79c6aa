"""Cohere Command: a prompt, and one or several generations.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, Cohere Command models; behaviour specification, ROUTE-07;
recordings.
"""

from typing import Final

from outcrop.codecs.native.dialogue import DIALOGUE
from outcrop.codecs.native.prompt_codec import PromptCodec
from outcrop.codecs.native.prompting import Answer, PromptForm

_FORM: Final = PromptForm(
    api="cohere_generate",
    template=DIALOGUE,
    sampling={
        "max_tokens": ("max_tokens",),
        "temperature": ("temperature",),
        "top_p": ("p",),
        "top_k": ("k",),
        "stop_sequences": ("stop_sequences",),
        "logit_bias": ("logit_bias",),
    },
    stream_flag=True,
    answers="generations",
    answer=Answer(text=("text",), stop=("finish_reason",)),
    words={
        "COMPLETE": "stop",
        "MAX_TOKENS": "length",
        "ERROR_LIMIT": "length",
        "ERROR_TOXIC": "content_filter",
        "ERROR": "error",
    },
    chunk=Answer(text=("text",), stop=("finish_reason",)),
    constants={"is_finished": False},
    ends={"is_finished": True},
    last="is_finished",
    ends_silently=True,
    index="index",
)

API: Final = _FORM.api
_codec: Final = PromptCodec(_FORM)
encode_request = _codec.encode_request
decode_request = _codec.decode_request
encode_response = _codec.encode_response
decode_response = _codec.decode_response
unsupported = _codec.unsupported
StreamDecoder = _codec.stream_decoder
StreamEncoder = _codec.stream_encoder
