"""Claude 2 and before: Text Completions.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, Anthropic Claude Text Completions API; recordings.
"""

from typing import Final

from outcrop.codecs.native.prompt_codec import PromptCodec
from outcrop.codecs.native.prompting import Answer, PromptForm
from outcrop.codecs.native.template import Template

_FORM: Final = PromptForm(
    api="claude_text",
    template=Template(
        turns={
            "system": ("", ""),
            "user": ("\n\nHuman: ", ""),
            "assistant": ("\n\nAssistant: ", ""),
        },
        opening="\n\nAssistant:",
    ),
    sampling={
        "max_tokens": ("max_tokens_to_sample",),
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "top_k": ("top_k",),
        "stop_sequences": ("stop_sequences",),
    },
    # CONF-14: no model of the family writes more in one answer.
    needs={("max_tokens_to_sample",): 4096},
    answer=Answer(text=("completion",), stop=("stop_reason",), sequence=("stop",)),
    words={"stop_sequence": "stop", "max_tokens": "length"},
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
