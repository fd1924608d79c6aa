"""Llama 4: the body of Llama 3, and a prompt with other headers.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, Meta Llama models; Meta, Llama 4 prompt format;
langchain_aws 1.x, convert_messages_to_prompt_llama4, for the other template.
"""

from typing import Final

from outcrop.codecs.native.llama_members import ANSWER, COUNTS, SAMPLING, WORDS
from outcrop.codecs.native.prompt_codec import PromptCodec
from outcrop.codecs.native.prompting import PromptForm
from outcrop.codecs.native.template import Template

_FORM: Final = PromptForm(
    api="llama_4",
    template=Template(
        begin="<|begin_of_text|>",
        turns={
            role: (f"<|header_start|>{role}<|header_end|>\n\n", "<|eot|>")
            for role in ("system", "user", "assistant")
        },
        opening="<|header_start|>assistant<|header_end|>\n\n",
    ),
    others=(
        Template(
            begin="<|begin_of_text|>\n",
            turns={
                role: (f"<|header_start|>{role}<|header_end|>", "<|eot|>\n")
                for role in ("system", "user", "assistant")
            },
            opening="<|header_start|>assistant<|header_end|>",
        ),
    ),
    sampling=SAMPLING,
    answer=ANSWER,
    counts=COUNTS,
    words=WORDS,
    chunk_counts=COUNTS,
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
