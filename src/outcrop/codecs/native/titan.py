"""Titan Text: a prompt of lines, each with the name of who speaks.

Place in the house: the native codecs.

Source: Amazon Bedrock User Guide, Amazon Titan Text models, for the other template; recordings, of
which dd-trace-py--invoke--amazon-titan--f97305f367 has the first.
"""

from typing import Final

from outcrop.codecs.native.prompt_codec import PromptCodec
from outcrop.codecs.native.prompting import Answer, PromptForm
from outcrop.codecs.native.template import Template

_FORM: Final = PromptForm(
    api="titan",
    prompt=("inputText",),
    template=Template(
        turns={"system": ("", ""), "user": ("\n\nUser: ", ""), "assistant": ("\n\nBot: ", "")},
        opening="\n\nBot:",
    ),
    others=(
        Template(
            turns={"system": ("", "\n"), "user": ("User: ", "\n"), "assistant": ("Bot: ", "\n")},
            opening="Bot:",
        ),
    ),
    sampling={
        "max_tokens": ("textGenerationConfig", "maxTokenCount"),
        "temperature": ("textGenerationConfig", "temperature"),
        "top_p": ("textGenerationConfig", "topP"),
        "stop_sequences": ("textGenerationConfig", "stopSequences"),
    },
    answers="results",
    answer=Answer(
        text=("outputText",), stop=("completionReason",), counts={"output": ("tokenCount",)}
    ),
    counts={"input": ("inputTextTokenCount",)},
    words={
        "FINISH": "stop",
        "FINISHED": "stop",
        "STOP_CRITERIA_MET": "stop",
        "LENGTH": "length",
        "CONTENT_FILTERED": "content_filter",
        "RAG_QUERY_WHEN_RAG_DISABLED": "error",
    },
    chunk=Answer(text=("outputText",), stop=("completionReason",)),
    chunk_counts={"input": ("inputTextTokenCount",), "output": ("totalOutputTextTokenCount",)},
    constants={"index": 0},
    last="totalOutputTextTokenCount",
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
