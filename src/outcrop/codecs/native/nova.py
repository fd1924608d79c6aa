"""Nova: the schema ``messages-v1``.

Place in the house: the native codecs. Its halves stand in `nova_request`, `nova_answer` and
`nova_stream`.

Source: Amazon Nova User Guide, complete request schema; recordings.
"""

from outcrop.codecs.native.nova_answer import decode_response, encode_response
from outcrop.codecs.native.nova_blocks import API
from outcrop.codecs.native.nova_request import decode_request, encode_request, unsupported
from outcrop.codecs.native.nova_stream import StreamDecoder, StreamEncoder

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
