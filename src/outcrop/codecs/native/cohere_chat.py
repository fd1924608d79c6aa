"""Cohere Command R and R+: a message, the history before it, documents and tools.

Place in the house: the native codecs. Its halves stand in `cohere_request`, `cohere_answer` and
`cohere_stream`.

Source: Amazon Bedrock User Guide, Cohere Command R and Command R+ models.
"""

from outcrop.codecs.native.cohere_answer import decode_response, encode_response
from outcrop.codecs.native.cohere_request import decode_request, encode_request, unsupported
from outcrop.codecs.native.cohere_stream import StreamDecoder, StreamEncoder
from outcrop.codecs.native.cohere_tools import API

__all__ = [
    "API",
    "StreamDecoder",
    "StreamEncoder",
    "decode_request",
    "decode_response",
    "encode_request",
    "encode_response",
    "unsupported",
]
