"""Anthropic's Messages API, over InvokeModel and over HTTP, both ways.

Place in the house: floor 4, a dialect. The client uses `encode_request`, `decode_response` and
`StreamDecoder`; gateway and emulator the other halves.

    body = encode_request(request, stream=False, invoke=True)
    response = decode_response(reply, headers)

    asked = decode_request(body)
    reply = encode_response(response, model=asked.request.model, response_id="msg_...")

Nothing that was read is lost: what the canonical model has no word for travels along as `Foreign`
or `Extra` and is written back unchanged. What this API has no word for is listed by `unsupported`
and left out.
"""

from outcrop.codecs.anthropic.errors import encode_error, encode_stream_error
from outcrop.codecs.anthropic.request import (
    BETA_HEADER,
    MessagesRequest,
    betas,
    decode_request,
    encode_request,
)
from outcrop.codecs.anthropic.response import decode_response, encode_response
from outcrop.codecs.anthropic.stream import StreamDecoder
from outcrop.codecs.anthropic.stream_encoding import StreamEncoder
from outcrop.codecs.anthropic.surplus import API
from outcrop.codecs.anthropic.unsupported import unsupported

__all__ = [
    "API",
    "BETA_HEADER",
    "MessagesRequest",
    "StreamDecoder",
    "StreamEncoder",
    "betas",
    "decode_request",
    "decode_response",
    "encode_error",
    "encode_request",
    "encode_response",
    "encode_stream_error",
    "unsupported",
]
