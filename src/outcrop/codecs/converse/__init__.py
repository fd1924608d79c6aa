"""Bedrock's Converse and ConverseStream, both ways.

Place in the house: floor 4, a dialect. The client uses `encode_request`, `decode_response` and
`StreamDecoder`; the emulator the other halves.

    body = encode_request(request)
    response = decode_response(reply)

Nothing that was read is lost: what the canonical model has no word for travels along as `Foreign`
or `Extra` and is written back unchanged. What Converse has no word for is listed by `unsupported`
and left out.
"""

from outcrop.codecs.converse.request import decode_request, encode_request
from outcrop.codecs.converse.response import decode_response, encode_response
from outcrop.codecs.converse.stops import decode_stop, encode_stop
from outcrop.codecs.converse.stream import StreamDecoder, decode_exception
from outcrop.codecs.converse.stream_encoding import StreamEncoder, encode_exception
from outcrop.codecs.converse.surplus import API
from outcrop.codecs.converse.unsupported import unsupported

__all__ = [
    "API",
    "StreamDecoder",
    "StreamEncoder",
    "decode_exception",
    "decode_request",
    "decode_response",
    "decode_stop",
    "encode_exception",
    "encode_request",
    "encode_response",
    "encode_stop",
    "unsupported",
]
