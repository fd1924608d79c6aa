"""Mistral and Mixtral: a prompt with instructions in brackets.

Place in the house: the native codecs. The template has no place for a system prompt, which opens
the first turn of the user instead.

Source: Amazon Bedrock User Guide, Mistral AI text completion; behaviour specification, ROUTE-07.
"""

from typing import Final

from outcrop.codecs.native.instructions import INSTRUCTIONS
from outcrop.codecs.native.prompt_codec import PromptCodec
from outcrop.codecs.native.prompting import Answer, PromptForm
from outcrop.codecs.native.template import Template

_FORM: Final = PromptForm(
    api="mistral_prompt",
    template=Template(
        begin="<s>",
        turns={"user": ("[INST] ", " [/INST]"), "assistant": (" ", "</s>")},
        opening="",
    ),
    others=(INSTRUCTIONS,),
    sampling={
        "max_tokens": ("max_tokens",),
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "top_k": ("top_k",),
        "stop_sequences": ("stop",),
    },
    answers="outputs",
    answer=Answer(text=("text",), stop=("stop_reason",)),
    words={"stop": "stop", "length": "length"},
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
