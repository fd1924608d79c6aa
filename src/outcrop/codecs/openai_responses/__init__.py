"""The OpenAI Responses API, both ways.

Place in the house: codecs. The client uses `encode_request`, `decode_response` and
`StreamDecoder`, towards bedrock-runtime's ``/openai/v1/responses`` and Mantle; the gateway and the
emulator the other halves.

    body = encode_request(request, stream=False, invoke=False)
    response = decode_response(reply)

    asked = decode_request(body)
    body = encode_response(response, model=..., response_id="resp_...", asked=asked.request)

Nothing that was read is lost: items of a kind that is not known travel as `Foreign`, members that
nobody names as `Extra`. What this API has no word for is listed by `unsupported` and left out.
"""

from outcrop.codecs.openai_responses.extras import API
from outcrop.codecs.openai_responses.request import (
    ResponsesRequest,
    decode_request,
    encode_request,
)
from outcrop.codecs.openai_responses.response import decode_response, encode_response
from outcrop.codecs.openai_responses.stream import StreamDecoder
from outcrop.codecs.openai_responses.stream_encoding import StreamEncoder
from outcrop.codecs.openai_responses.unsupported import unsupported

__all__ = [
    "API",
    "ResponsesRequest",
    "StreamDecoder",
    "StreamEncoder",
    "decode_request",
    "decode_response",
    "encode_request",
    "encode_response",
    "unsupported",
]
