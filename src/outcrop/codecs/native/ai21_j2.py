"""AI21 Jurassic-2: a prompt, and completions with all their tokens.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, AI21 Labs Jurassic-2 models; recordings.
"""

from typing import Final

from outcrop.codecs.native.dialogue import DIALOGUE
from outcrop.codecs.native.prompt_codec import PromptCodec
from outcrop.codecs.native.prompting import Answer, PromptForm

_FORM: Final = PromptForm(
    api="ai21_j2",
    template=DIALOGUE,
    sampling={
        "max_tokens": ("maxTokens",),
        "temperature": ("temperature",),
        "top_p": ("topP",),
        "stop_sequences": ("stopSequences",),
        "presence_penalty": ("presencePenalty", "scale"),
        "frequency_penalty": ("frequencyPenalty", "scale"),
    },
    answers="completions",
    answer=Answer(text=("data", "text"), stop=("finishReason", "reason")),
    words={"endoftext": "stop", "stop": "stop", "length": "length"},
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
