"""Llama 3: a prompt with headers for every turn.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, Meta Llama models; Meta, Llama 3 prompt format; recordings;
langchain_aws 1.x, convert_messages_to_prompt_llama3, for the other templates.
"""

from typing import Final

from outcrop.codecs.native.instructions import INSTRUCTIONS
from outcrop.codecs.native.llama_members import ANSWER, COUNTS, SAMPLING, WORDS
from outcrop.codecs.native.prompt_codec import PromptCodec
from outcrop.codecs.native.prompting import PromptForm
from outcrop.codecs.native.template import Template

_FORM: Final = PromptForm(
    api="llama",
    template=Template(
        begin="<|begin_of_text|>",
        turns={
            role: (f"<|start_header_id|>{role}<|end_header_id|>\n\n", "<|eot_id|>")
            for role in ("system", "user", "assistant")
        },
        opening="<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    others=(
        Template(
            begin="<|begin_of_text|>\n",
            turns={
                role: (f"<|start_header_id|>{role}<|end_header_id|>", "<|eot_id|>\n")
                for role in ("system", "user", "assistant")
            },
            opening="<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        INSTRUCTIONS,
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
